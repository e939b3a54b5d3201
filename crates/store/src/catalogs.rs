//! Published catalogs: written once, never changed.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;

/// One published catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRow {
    /// Counts up from 1.
    pub version: u32,
    /// When.
    pub published_at: Instant,
    /// By whom.
    pub published_by: String,
    /// Why.
    pub comment: String,
    /// The catalog as JSON; empty in lists.
    pub body: String,
}

fn catalog(row: &Row<'_>) -> crate::db::Result<CatalogRow> {
    Ok(CatalogRow {
        version: row.get(0)?,
        published_at: Instant::from_micros(row.get(1)?),
        published_by: row.get(2)?,
        comment: row.get(3)?,
        body: row.get(4)?,
    })
}

impl Store {
    /// Adds a publication; `false` when that version exists already.
    pub fn add_catalog(&self, row: CatalogRow) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let added = transaction.execute(
                "INSERT INTO catalog_version (version, published_at, published_by, comment, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![row.version, row.published_at.as_micros(), row.published_by, row.comment, row.body],
            )?;
            Ok(added == 1)
        })
    }

    /// Versions up to `upto` with their bodies, oldest first: each one's numbers rest on the one before.
    pub fn catalogs_upto(&self, upto: u32) -> Result<Vec<CatalogRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT version, published_at, published_by, comment, body FROM catalog_version WHERE version <= ?1 ORDER BY version",
            )?;
            let rows = statement.query_map([upto], catalog)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Versions without bodies, newest first, below `before`.
    pub fn catalog_list(&self, before: Option<u32>, most: usize) -> Result<Vec<CatalogRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT version, published_at, published_by, comment, '' FROM catalog_version WHERE version < ?1
                 ORDER BY version DESC LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![before.unwrap_or(u32::MAX), most], catalog)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The newest version's number.
    pub fn newest_catalog(&self) -> Result<Option<u32>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT MAX(version) FROM catalog_version")?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?.flatten())
        })
    }
}
