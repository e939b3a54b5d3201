//! A catalog that must not be published, and the one problem that is told of it.

use catalog::{Catalog, CatalogVersion, Snapshot};

/// Spoils a catalog and expects exactly this one problem.
pub fn refused(mut catalog: Catalog, object: &str, field: &str, spoil: impl FnOnce(&mut Catalog)) {
    spoil(&mut catalog);
    let problems = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap_err();
    let found: Vec<(&str, &str)> = problems.iter().map(|p| (p.object.as_str(), p.field)).collect();
    assert_eq!(found, [(object, field)], "{problems:?}");
    assert!(!problems[0].reason.is_empty());
}
