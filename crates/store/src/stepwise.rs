//! The store one step at a time: the same committer, journal, folding, recovery and loading as [`crate::Store`], without threads
//! and without a clock, over a [`Disk`] of the caller's. The simulation (`crates/sim`) drives it in an order that a seed decides.
//!
//! Must not know: what the order means; any way to do a step differently from the product.

use crate::committer::{Batch, Committer, JournalJob};
use crate::db;
use crate::disk::Disk;
use crate::partition::{self, Ownership};
use crate::tables_thread::{Flush, Piece};
use crate::verify::{self, VerifyReport};
use crate::workings::Workings;
use crate::{DatabaseError, Partition, StoreError, load, migrate};
use calendar::Instant;
use charging::{Customer, CustomerId, RowId};
use parking_lot::Mutex;
use rusqlite::{Connection, MAIN_DB};
use std::sync::Arc;
use std::time::Duration;

/// The database: what is in it is what was committed. The caller decides what a loss of power leaves of it (see
/// [`Stepwise::is_durable`]).
pub struct Tables(db::Connection);

/// All that is in the embedded database now.
fn copy(connection: &mut db::Connection) -> Result<Vec<u8>, StoreError> {
    let connection = connection.sqlite_mut().ok_or(StoreError::Stopped)?;
    Ok(connection.serialize(MAIN_DB).map_err(DatabaseError::from)?.to_vec())
}

impl Tables {
    /// An empty one in memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(DatabaseError::from)?;
        connection.set_prepared_statement_cache_capacity(128);
        let connection = db::Connection::Sqlite(connection);
        migrate::migrate(&connection)?;
        Ok(Self(connection))
    }

    /// One as it was copied.
    pub fn from_copy(copy: &[u8]) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory().map_err(DatabaseError::from)?;
        connection.set_prepared_statement_cache_capacity(128);
        connection.deserialize_read_exact(MAIN_DB, copy, copy.len(), false).map_err(DatabaseError::from)?;
        Ok(Self(db::Connection::Sqlite(connection)))
    }

    /// All that is in it now, in SQLite's file format.
    pub fn copy(&mut self) -> Result<Vec<u8>, StoreError> {
        copy(&mut self.0)
    }
}

/// Which images the next round folds besides those of the generation that is being folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// No new ones.
    Nothing,
    /// Those of customers with new records.
    New,
    /// All: they become the generation, unless one is being folded.
    All,
}

/// The records of one customer as the tables have them, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredRows {
    /// Id, kind, units, amount in millionths.
    pub xdrs: Vec<(RowId, String, i64, i64)>,
    /// Id, debited side, credited side, amount in millionths.
    pub ledger: Vec<(RowId, String, String, i64)>,
    /// Id, name.
    pub events: Vec<(RowId, String)>,
}

/// An answer that may be told now.
pub type Tell = Box<dyn FnOnce() + Send>;

/// A store between two steps.
pub struct Stepwise {
    workings: Workings,
    committer: Committer,
}

impl Stepwise {
    /// Opens as after a start: folds what is left in the journal. Gives the database back when that fails.
    pub fn open(tables: Tables, disk: Arc<dyn Disk>) -> Result<Self, (StoreError, Option<Box<Tables>>)> {
        let mut workings = Workings::new(tables.0).map_err(|error| (error, None))?;
        match workings.recover(disk) {
            Ok((committer, _)) => Ok(Self { workings, committer }),
            Err(error) => Err((error, Some(Box::new(Tables(workings.folding.into_connection()))))),
        }
    }

    /// Ends without another step; what remains is the database, and the disk.
    pub fn crash(self) -> Tables {
        Tables(self.workings.folding.into_connection())
    }

    /// Takes all partitions over.
    pub fn take_over(&mut self) -> Result<Ownership, StoreError> {
        let ownership = partition::take_over(self.workings.folding.connection())?;
        self.workings.shared.epoch.begin(ownership);
        Ok(ownership)
    }

    /// All that is in the tables now, as [`Tables::copy`].
    pub fn copy_tables(&mut self) -> Result<Vec<u8>, StoreError> {
        copy(&mut self.workings.folding.connection)
    }

    /// Whether the last transaction of the tables' thread, and with it every one before, survives a loss of power. Of those that are
    /// not durable a loss of power leaves the first ones, any number of them. A step that has several transactions has at most one
    /// that is not durable, before the others. Taking over is durable, too.
    pub fn is_durable(&self) -> bool {
        self.workings.folding.durable
    }

    /// Queues a batch.
    pub fn commit(&self, batch: Batch) {
        // The queue is open for as long as this is.
        let _ = self.workings.journal.push(JournalJob::Batch(batch));
    }

    /// Batches that wait for the journal.
    pub fn waiting_for_journal(&self) -> usize {
        self.workings.journal.len()
    }

    /// Jobs that wait for the tables.
    pub fn waiting_for_tables(&self) -> usize {
        self.workings.shared.tables.len()
    }

    /// One commit of at most `most` batches; their answers.
    pub fn journal_step(&mut self, most: usize) -> Vec<Tell> {
        let jobs = self.workings.journal.take(Some(Duration::ZERO), most).unwrap_or_default();
        let told = if jobs.is_empty() { Vec::new() } else { self.committer.cycle(jobs) };
        told.into_iter().map(|(done, outcome)| -> Tell { Box::new(move || done(outcome, false)) }).collect()
    }

    /// One round of the tables: `most` jobs and at most about `rows` rows of folding. Error: nothing of it was written.
    pub fn tables_step(&mut self, most: usize, turn: Turn, rows: usize) -> Result<(), StoreError> {
        let jobs = self.workings.shared.tables.take(Some(Duration::ZERO), most).unwrap_or_default();
        let folding = &mut self.workings.folding;
        if turn == Turn::All {
            folding.turn();
        }
        let with_new = if turn == Turn::New { folding.with_new() } else { 0 };
        folding.rows_most = rows;
        folding.round(jobs, Some(Piece { with_new, customers: rows }))
    }

    /// Folds everything that was committed before: the journal and the tables do all they have, as [`crate::Store::flush`] waits
    /// for. The answers that come with it, and whether it worked.
    pub fn flush(&mut self) -> (Vec<Tell>, bool) {
        let outcome = Arc::new(Mutex::new(None));
        let told = outcome.clone();
        let announce = Box::new(move |folded| *told.lock() = Some(folded));
        let _ = self.workings.journal.push(JournalJob::Flush(Flush { announce, paced: false }));
        let mut answers = Vec::new();
        while self.waiting_for_journal() > 0 {
            answers.extend(self.journal_step(usize::MAX));
        }
        while self.waiting_for_tables() > 0 {
            // How it ended is told to whoever waits.
            let _ = self.tables_step(usize::MAX, Turn::Nothing, usize::MAX);
        }
        let folded = outcome.lock().unwrap_or(false);
        (answers, folded)
    }

    /// See [`crate::Store::load_customer`].
    pub fn load_customer(
        &self,
        id: CustomerId,
        now: Instant,
        closed_after: Instant,
    ) -> Result<Option<Customer>, StoreError> {
        load::customer(self.workings.folding.connection(), id, now, closed_after)
    }

    /// Recomputes every balance from the ledger. Only right when everything is folded.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        verify::verify(self.workings.folding.connection())
    }

    /// Makes the tables refuse new rows of one table (or none any more), as a full disk would in the middle of a transaction.
    pub fn refuse_rows(&self, table: Option<&str>) -> Result<(), StoreError> {
        let connection = self.workings.folding.connection();
        connection.execute_batch("DROP TRIGGER IF EXISTS temp.refused")?;
        if let Some(table) = table {
            connection.execute_batch(&format!(
                "CREATE TEMP TRIGGER refused BEFORE INSERT ON main.{table} BEGIN SELECT RAISE(ABORT, 'no room'); END"
            ))?;
        }
        Ok(())
    }

    /// The records of a customer in the tables.
    pub fn rows(&self, customer: CustomerId) -> Result<StoredRows, StoreError> {
        let connection = self.workings.folding.connection();
        let key = (Partition::of(customer).sql(), customer.0);
        let read = |sql: &str| connection.prepare_cached(sql);
        let xdrs = read(
            "SELECT xdr_id, kind, units, amount FROM xdr WHERE partition = ?1 AND customer_id = ?2 ORDER BY xdr_id",
        )?
        .query_map(key, |row| Ok((RowId(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
        let ledger = read(
            "SELECT entry_id, debit, credit, amount FROM ledger_entry WHERE partition = ?1 AND customer_id = ?2
             ORDER BY entry_id",
        )?
        .query_map(key, |row| Ok((RowId(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
        let events = read(
            "SELECT event_id, kind FROM event WHERE partition = ?1 AND customer_id = ?2 ORDER BY event_id",
        )?
        .query_map(key, |row| Ok((RowId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
        Ok(StoredRows { xdrs, ledger, events })
    }
}

#[cfg(test)]
mod tests;
