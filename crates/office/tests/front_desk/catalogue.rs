//! Publishing: checked whole, numbers that stay, old versions that can be read again.

use crate::desk::{Desk, anna, open, sample_catalog};
use catalog::{CatalogVersion, ProductKind};
use office::OfficeError;

#[test]
fn numbers_stay_by_code_through_versions_and_restarts_whatever_the_order() {
    let desk = Desk::new();
    let before = desk.office.catalog();
    let mut changed = sample_catalog();
    let mut new = changed.products[0].clone();
    new.code = "homeconnect-mini".to_owned();
    new.kind = ProductKind::Main;
    changed.products.insert(0, new);
    changed.products.reverse();
    let version = desk.office.publish(&anna(), changed, "a smaller product").unwrap();
    assert_eq!(version, CatalogVersion(2));
    let after = desk.office.catalog();
    for product in &before.catalog().products {
        assert_eq!(after.product(&product.code).unwrap().id, product.id, "{}", product.code);
    }
    let mini = after.product("homeconnect-mini").unwrap().id;
    let Desk { office, directory } = desk;
    office.engine().stop();
    drop((office, after));
    let office = open(directory.path());
    assert_eq!(office.catalog().product("homeconnect-mini").unwrap().id, mini);
    assert_eq!(office.catalog().version(), CatalogVersion(2));
    assert!(office.catalog_version(CatalogVersion(1)).unwrap().product("homeconnect-mini").is_none());
    let versions = office.catalog_versions(None, 0).unwrap().items;
    let listed: Vec<(u32, &str, &str)> =
        versions.iter().map(|v| (v.version.0, v.published_by.as_str(), v.comment.as_str())).collect();
    assert_eq!(listed, [(2, "staff:anna", "a smaller product"), (1, "demo", "sample")]);
}

#[test]
fn a_catalog_that_breaks_something_is_refused_with_every_problem_and_changes_nothing() {
    let desk = Desk::new();
    let mut broken = sample_catalog();
    broken.products.retain(|p| p.code != "hbo");
    broken.tariffs.retain(|t| t.code != "films");
    let Err(OfficeError::Invalid(faults)) = desk.office.publish(&anna(), broken.clone(), "") else {
        panic!("a broken catalog was published")
    };
    assert!(faults.iter().any(|f| f.field == "product hbo.code"), "{faults:#?}");
    assert!(faults.iter().any(|f| f.field == "product homeconnect.rating"), "{faults:#?}");
    assert!(desk.office.check_catalog(broken).is_err());
    desk.office.check_catalog(sample_catalog()).unwrap();
    assert_eq!(desk.office.catalog().version(), CatalogVersion(1));
    let mut other = sample_catalog();
    other.currency = money::Currency::parse("EUR").unwrap();
    let refused = desk.office.publish(&anna(), other, "");
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-001"));
}
