//! Moving an installation from one database to another: everything or nothing.
//!
//! Every table is copied a page at a time, in one transaction of the target; before it is committed, the rows are counted and every
//! balance is recomputed from the ledger there and compared with the source's. What is left of an attempt that failed is an empty
//! target. The source is marked before the commit, so that from then on it is not served by mistake, and unmarked when the attempt
//! failed; when nobody knows whether the commit arrived, the next call finds out. Must not know: what the tables mean.

mod tables;

use crate::db::{Connection, Transaction};
use crate::store::LARGE_PATIENCE;
use crate::verify::{self, VerifyReport};
use crate::{Store, StoreError};
use calendar::Instant;
use std::sync::Arc;
use tables::{Row, Table};

/// Rows read and written at once: some have documents of 100 KB.
const PAGE: usize = 250;
/// Row of `meta` in a source: where its data is now, and since when.
const MOVED_TO: &str = "moved_to";
/// The same in the target, so that a repeated call knows what it finds there.
const MOVED_HERE: &str = "moved_here";

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// Rows in the target; nothing when an earlier call had moved them.
    pub rows: u64,
    /// What was recomputed there: the same as in the source.
    pub books: VerifyReport,
}

/// Hears the table that is being copied, how many of its rows are, and how many it has.
pub type MigrationProgress = Box<dyn FnMut(&str, u64, u64) + Send>;

impl Store {
    /// Copies everything into another store that is empty, checks it, and marks this one as moved. Neither may be served meanwhile.
    ///
    /// # Errors
    /// The target holds something; the source's books do not agree; reading or writing failed. Then the target stays as it was.
    pub fn migrate_to(
        self: &Arc<Self>,
        target: &Self,
        at: Instant,
        told: MigrationProgress,
    ) -> Result<MigrationReport, StoreError> {
        let marked = self.moved_to()?;
        if marked.is_some() && marked == target.read(|there| meta(there, MOVED_HERE))? {
            return Ok(MigrationReport { rows: 0, books: target.verify()? });
        }
        let tables = tables::all()?;
        target.read(|there| refuse_filled(there, &tables, target))?;
        let books = self.verify()?;
        if !books.differences.is_empty() || !books.relays.differences.is_empty() {
            return Err(StoreError::BooksDiffer);
        }
        let mark = format!("{} at {at}", target.place());
        self.set_meta(MOVED_TO, Some(mark.clone()))?;
        let (source, expected) = (self.clone(), books.clone());
        let moved = target.write(move |there| {
            there.be_patient(LARGE_PATIENCE)?;
            let rows = copy(&source, there, &tables, told)?;
            if verify::verify(there)? != expected {
                return Err(StoreError::BooksDiffer);
            }
            write_meta(there, MOVED_HERE, Some(&mark))?;
            Ok(rows)
        });
        match moved {
            Ok(rows) => Ok(MigrationReport { rows, books }),
            // Perhaps it is there: the mark stays until somebody has looked.
            Err(error @ (StoreError::NotWritten | StoreError::Stopped)) => Err(error),
            Err(error) => {
                self.set_meta(MOVED_TO, None)?;
                Err(error)
            }
        }
    }

    /// Where the data of this store was moved to, and when: then it must not be served.
    pub fn moved_to(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| meta(connection, MOVED_TO))
    }

    /// Takes the mark away, so that this store is served again: right only when the data over there never was.
    pub fn forget_move(&self) -> Result<(), StoreError> {
        self.set_meta(MOVED_TO, None)
    }

    fn set_meta(&self, key: &'static str, value: Option<String>) -> Result<(), StoreError> {
        self.write(move |transaction| write_meta(transaction, key, value.as_deref()))
    }
}

fn meta(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let mut rows = statement.query([key])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

fn write_meta(transaction: &Transaction<'_>, key: &str, value: Option<&str>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM meta WHERE key = ?1", [key])?;
    if let Some(value) = value {
        transaction.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
    }
    Ok(())
}

fn refuse_filled(there: &Connection, tables: &[Table], target: &Store) -> Result<(), StoreError> {
    for table in tables.iter().filter(|table| table.is_counted()) {
        if table.count(there)? > 0 {
            return Err(StoreError::NotEmpty(target.place()));
        }
    }
    Ok(())
}

/// Copies all tables; how many rows.
fn copy(
    source: &Store,
    there: &Transaction<'_>,
    tables: &[Table],
    mut told: MigrationProgress,
) -> Result<u64, StoreError> {
    let mut all = 0;
    for table in tables {
        let expected = source.read(|here| {
            here.be_patient(LARGE_PATIENCE)?;
            table.count(here)
        })?;
        let (mut copied, mut last) = (0, None);
        told(&table.name, copied, expected);
        loop {
            let page: Vec<Row> = source.read(|here| table.page(here, last.as_ref(), PAGE))?;
            for row in page.iter().filter(|row| table.goes_along(row)) {
                table.write(there, row)?;
            }
            // Rows that are posted gather until another statement follows.
            there.query_row("SELECT 1", [], |_| Ok(()))?;
            copied += page.len() as u64;
            told(&table.name, copied, expected);
            if page.len() < PAGE {
                break;
            }
            last = page.into_iter().next_back();
        }
        if copied != expected || (table.is_counted() && table.count(there)? != expected) {
            return Err(StoreError::Corrupt("table changed while it was moved, or its copy"));
        }
        table.go_on_counting(source, there)?;
        all += copied;
    }
    Ok(all)
}
