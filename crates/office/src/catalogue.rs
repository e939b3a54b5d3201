//! Publishing catalogs: checked whole, stored for good, put in force at once; old versions stay for explaining old charges.
//!
//! Flows in: a catalog as an operator writes it. Flows out: a compiled snapshot in the engine. Must not know: who holds which product.

use crate::background::in_background;
use crate::{Actor, FieldError, Office, OfficeError, Page, page_limit};
use calendar::Instant;
use catalog::{Catalog, CatalogProblem, CatalogVersion, Snapshot};
use std::sync::Arc;
use store::{CatalogRow, Store};

/// Characters of a comment.
const COMMENT_MOST: usize = 500;
/// Older versions kept compiled in memory.
const KEPT_COMPILED: usize = 16;

/// A published version in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Version.
    pub version: CatalogVersion,
    /// When.
    pub published_at: Instant,
    /// By whom.
    pub published_by: String,
    /// Why.
    pub comment: String,
}

fn refused(problems: Vec<CatalogProblem>) -> OfficeError {
    let fields = problems.into_iter().map(|p| FieldError::new(format!("{}.{}", p.object, p.field), p.reason));
    OfficeError::Invalid(fields.collect())
}

/// Compiles stored versions in order up to one: each keeps the numbers of the one before. One text at a time is in memory.
fn compile(store: &Store, upto: u32) -> Result<Option<Snapshot>, OfficeError> {
    let mut snapshot: Option<Snapshot> = None;
    for version in store.catalogs_upto(upto)? {
        let broken = |reason: String| OfficeError::Store(format!("catalog version {version}: {reason}"));
        let body = store.catalog_body(version)?.ok_or_else(|| broken("it is gone".to_owned()))?;
        let catalog: Catalog = serde_json::from_str(&body).map_err(|error| broken(error.to_string()))?;
        drop(body);
        let next = Snapshot::compile(catalog, CatalogVersion(version), snapshot.as_ref());
        snapshot = Some(next.map_err(|problems| broken(refused(problems).to_string()))?);
    }
    Ok(snapshot)
}

/// The newest published catalog; `None` when none was ever published. For starting the engine.
pub fn load_latest(store: &Store) -> Result<Option<Snapshot>, OfficeError> {
    compile(store, u32::MAX)
}

/// Publishes a catalog before there is an engine: the first one of an installation, or a further one.
pub fn publish_first(
    store: &Store,
    actor: &Actor,
    catalog: Catalog,
    comment: &str,
    now: Instant,
) -> Result<Snapshot, OfficeError> {
    let previous = load_latest(store)?;
    write(store, previous.as_ref(), actor, catalog, comment, now)
}

fn write(
    store: &Store,
    previous: Option<&Snapshot>,
    actor: &Actor,
    catalog: Catalog,
    comment: &str,
    now: Instant,
) -> Result<Snapshot, OfficeError> {
    if comment.chars().count() > COMMENT_MOST {
        return Err(OfficeError::field("comment", format!("has at most {COMMENT_MOST} characters")));
    }
    if let Some(previous) = previous
        && previous.currency() != catalog.currency
    {
        let reason = format!("customers have {} already; it stays", previous.currency());
        return Err(OfficeError::field("currency", reason));
    }
    let version = CatalogVersion(previous.map_or(1, |p| p.version().0.saturating_add(1)));
    let snapshot = Snapshot::compile(catalog, version, previous).map_err(refused)?;
    let body =
        serde_json::to_string(snapshot.catalog()).map_err(|error| OfficeError::Store(error.to_string()))?;
    let added = store.add_catalog(CatalogRow {
        version: version.0,
        published_at: now,
        published_by: actor.text(),
        comment: comment.trim().to_owned(),
        body,
    })?;
    if added {
        Ok(snapshot)
    } else {
        Err(OfficeError::Conflict(format!("catalog version {version} was published meanwhile")))
    }
}

impl Office {
    /// Publishes a catalog and puts it in force; running sessions keep their prices.
    pub fn publish(
        &self,
        actor: &Actor,
        catalog: Catalog,
        comment: &str,
    ) -> Result<CatalogVersion, OfficeError> {
        actor.allow_installation()?;
        let _order = self.inner.publishing.lock();
        let previous = self.catalog();
        // Millions of rates take seconds to compile.
        let write = || write(self.store(), Some(&previous), actor, catalog, comment, self.now());
        let snapshot = in_background(write)??;
        let version = snapshot.version();
        self.engine().publish(Arc::new(snapshot));
        // Giving hundreds of megabytes back takes a while, too.
        in_background(move || drop(previous))?;
        self.note(actor, "catalog/published", &format!("version {version}"), comment.trim())?;
        Ok(version)
    }

    /// What publishing would be refused for; nothing is written.
    pub fn check_catalog(&self, catalog: Catalog) -> Result<(), OfficeError> {
        let previous = self.catalog();
        in_background(|| {
            Snapshot::compile(catalog, previous.version(), Some(&previous)).map(|_| ()).map_err(refused)
        })?
    }

    /// Published versions, newest first.
    pub fn catalog_versions(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<CatalogEntry>, OfficeError> {
        let limit = page_limit(limit);
        let before = cursor.map(str::parse).transpose();
        let before = before.map_err(|_| OfficeError::field("cursor", "is not a cursor of this list"))?;
        let rows = self.store().catalog_list(before, limit + 1)?;
        let page = Page::from_surplus(rows, limit, |row| row.version.to_string());
        Ok(page.map(|row| CatalogEntry {
            version: CatalogVersion(row.version),
            published_at: row.published_at,
            published_by: row.published_by,
            comment: row.comment,
        }))
    }

    /// A published catalog as it was.
    pub fn catalog_version(&self, version: CatalogVersion) -> Result<Arc<Snapshot>, OfficeError> {
        let current = self.catalog();
        if current.version() == version {
            return Ok(current);
        }
        if let Some(known) = self.inner.catalogs.lock().get(&version.0) {
            return Ok(known.clone());
        }
        let found = compile(self.store(), version.0)?.filter(|s| s.version() == version);
        let found = Arc::new(found.ok_or_else(|| OfficeError::not_found("catalog version", version))?);
        let mut kept = self.inner.catalogs.lock();
        if kept.len() >= KEPT_COMPILED {
            kept.clear();
        }
        kept.insert(version.0, found.clone());
        Ok(found)
    }
}
