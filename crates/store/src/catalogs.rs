//! Published catalogs: written once, never changed.
//!
//! A catalog's text may have hundreds of megabytes. It is kept compressed, in parts that go to the database one by one with pauses, so
//! that commits meanwhile find the disk free; the row of the version comes last and makes them count. Versions of before have their
//! text in that row. Must not know: what is in the text.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};
use std::time::Duration;

/// Octets of a part.
const PART: usize = 128 << 10;
/// Text that is compressed at a time.
const PIECE: usize = 64 << 10;
/// Between two parts: commits need the disk much longer than a part does.
const PAUSE: Duration = Duration::from_millis(20);

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
    /// Adds a publication; `false` when that version exists already. Takes its time with a large one.
    pub fn add_catalog(&self, row: CatalogRow) -> Result<bool, StoreError> {
        // Parts of two that publish the same version must not mix.
        let _order = self.publishing.lock();
        if self.newest_catalog()?.is_some_and(|newest| newest >= row.version) {
            return Ok(false);
        }
        let parts = self.add_parts(row.version, row.body.as_bytes())?;
        self.write(move |transaction| {
            let added = transaction.execute(
                "INSERT INTO catalog_version (version, published_at, published_by, comment, body, parts)
                 VALUES (?1, ?2, ?3, ?4, '', ?5) ON CONFLICT DO NOTHING",
                params![row.version, row.published_at.as_micros(), row.published_by, row.comment, parts],
            )?;
            Ok(added == 1)
        })
    }

    /// Compresses a text and writes it; how many parts there are. What an attempt that was cut short left behind is overwritten.
    fn add_parts(&self, version: u32, text: &[u8]) -> Result<u32, StoreError> {
        let failed = |_| StoreError::Corrupt("catalog that was to be compressed");
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(PART + PIECE), Compression::fast());
        let mut parts = 0;
        for piece in text.chunks(PIECE) {
            encoder.write_all(piece).map_err(failed)?;
            if encoder.get_ref().len() >= PART {
                let part = std::mem::replace(encoder.get_mut(), Vec::with_capacity(PART + PIECE));
                self.add_part(version, parts, part)?;
                parts += 1;
                // Nobody unparks.
                std::thread::park_timeout(PAUSE);
            }
        }
        self.add_part(version, parts, encoder.finish().map_err(failed)?)?;
        Ok(parts + 1)
    }

    fn add_part(&self, version: u32, part: u32, octets: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO catalog_part (version, part, octets) VALUES (?1, ?2, ?3)
                 ON CONFLICT (version, part) DO UPDATE SET octets = excluded.octets",
                params![version, part, octets],
            )?;
            Ok(())
        })
    }

    /// The text of a version; `None` when there is no such version.
    pub fn catalog_body(&self, version: u32) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT body, parts FROM catalog_version WHERE version = ?1";
            let row =
                connection.query_row(sql, [version], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((mut body, parts)): Option<(String, u32)> = row else { return Ok(None) };
            if parts == 0 {
                return Ok(Some(body));
            }
            let sql = "SELECT octets FROM catalog_part WHERE version = ?1 AND part < ?2 ORDER BY part";
            let mut statement = connection.prepare_cached(sql)?;
            let octets = statement.query_map((version, parts), |row| row.get(0))?;
            let octets: Vec<Vec<u8>> = octets.collect::<Result<_, _>>()?;
            let octets = octets.concat();
            let read = ZlibDecoder::new(octets.as_slice()).read_to_string(&mut body);
            read.map_err(|_| StoreError::Corrupt("catalog"))?;
            Ok(Some(body))
        })
    }

    /// Numbers of all versions up to `upto`, oldest first: each one's numbers rest on the one before.
    pub fn catalogs_upto(&self, upto: u32) -> Result<Vec<u32>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT version FROM catalog_version WHERE version <= ?1 ORDER BY version";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([upto], |row| row.get(0))?;
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

#[cfg(test)]
mod tests;
