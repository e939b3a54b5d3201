//! A store without its threads: the queues between them, the committer and the folding, and how they start.
//!
//! [`crate::Store`] gives each its thread; [`crate::Stepwise`] drives them one step at a time.

use crate::StoreError;
use crate::committer::{Committer, JournalJob};
use crate::disk::Disk;
use crate::journal::Journal;
use crate::partition::Epoch;
use crate::queue::Queue;
use crate::tables_thread::{Backlog, EventsHook, FOLDED, TableJob, TablesThread};
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

pub(crate) struct Workings {
    pub folding: TablesThread,
    pub journal: Arc<Queue<JournalJob>>,
    pub tables: Arc<Queue<TableJob>>,
    pub epoch: Arc<Epoch>,
    pub events_hook: EventsHook,
    pub wal_grown: Arc<AtomicBool>,
    backlog: Arc<Backlog>,
    folded: Arc<AtomicU64>,
}

impl Workings {
    /// Around the writing connection of a database whose schema is up to date.
    pub fn new(writer: Connection) -> Result<Self, StoreError> {
        let folded = Arc::new(AtomicU64::new(folded_upto(&writer)?));
        let (journal, tables) = (Arc::new(Queue::new()), Arc::new(Queue::new()));
        let (events_hook, wal_grown): (EventsHook, Arc<AtomicBool>) = Default::default();
        let (backlog, epoch): (Arc<Backlog>, Arc<Epoch>) = Default::default();
        let folding = TablesThread::new(
            writer,
            tables.clone(),
            backlog.clone(),
            folded.clone(),
            events_hook.clone(),
            wal_grown.clone(),
        );
        Ok(Self { folding, journal, tables, epoch, events_hook, wal_grown, backlog, folded })
    }

    /// Folds what a crash left in the journal; the committer that goes on with it, and how many records those were.
    pub fn recover(&mut self, disk: Arc<dyn Disk>) -> Result<(Committer, usize), StoreError> {
        let mut recovered = 0;
        let journal = Journal::open(disk, self.folded.clone(), |id, payload| {
            recovered += 1;
            self.folding.take_record(id, payload)
        })?;
        self.folding.fold_everything()?;
        let committer = Committer {
            journal,
            queue: self.journal.clone(),
            tables: self.tables.clone(),
            backlog: self.backlog.clone(),
            epoch: self.epoch.clone(),
        };
        Ok((committer, recovered))
    }
}

/// Up to which journal record the tables are complete.
pub(crate) fn folded_upto(connection: &Connection) -> Result<u64, StoreError> {
    let found =
        connection.query_row("SELECT value FROM sequence WHERE name = ?1", [FOLDED], |row| row.get(0));
    Ok(found.optional()?.map_or(0, |upto: i64| u64::try_from(upto).unwrap_or(0)))
}
