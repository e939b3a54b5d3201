//! A store without its threads: the queues between them, the committer and the folding, and how they start.
//!
//! [`crate::Store`] gives each its thread; [`crate::Stepwise`] drives them one step at a time.

use crate::committer::{Committer, JournalJob};
use crate::db::Connection;
use crate::disk::Disk;
use crate::journal::{Journal, files::Files, table};
use crate::queue::Queue;
use crate::tables_thread::{Shared, TablesThread};
use crate::{StoreError, partition};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub(crate) struct Workings {
    pub folding: TablesThread,
    pub journal: Arc<Queue<JournalJob>>,
    pub shared: Shared,
}

impl Workings {
    /// Around the writing connection of a database whose schema is up to date.
    pub fn new(writer: Connection) -> Result<Self, StoreError> {
        let shared = Shared {
            tables: Arc::new(Queue::new()),
            folded: Arc::new(AtomicU64::new(table::folded_upto(&writer)?)),
            backlog: Arc::default(),
            events_hook: Arc::default(),
            wal_grown: Arc::default(),
            epoch: Arc::default(),
            health: Arc::default(),
        };
        let folding = TablesThread::new(writer, shared.clone(), String::new());
        Ok(Self { folding, journal: Arc::new(Queue::new()), shared })
    }

    /// Folds what a crash left in the journal; the committer that goes on with it, and how many records those were.
    pub fn recover(&mut self, disk: Arc<dyn Disk>) -> Result<(Committer, usize), StoreError> {
        let mut recovered = 0;
        let files = Files::open(disk, self.shared.folded.clone(), |id, payload| {
            recovered += 1;
            self.folding.take_record(id, payload)
        })?;
        self.folding.fold_everything()?;
        Ok((self.committer(Journal::Files(files)), recovered))
    }

    /// Takes the server's partitions over through the connection that will write the journal, and folds what is left in it.
    pub fn recover_server(&mut self, connection: Connection) -> Result<(Committer, usize), StoreError> {
        self.shared.epoch.begin(partition::take_over(&connection)?);
        partition::insist_on_lock(&connection)?;
        let owner = connection.name();
        self.folding.owner.clone_from(&owner);
        let (folding, mut recovered) = (&mut self.folding, 0);
        table::read(&connection, table::folded_upto(&connection)?, |id, payload| {
            recovered += 1;
            folding.take_record(id, payload)
        })?;
        self.folding.fold_everything()?;
        self.shared.health.tables_complete(&self.folding.connection);
        let (epoch, health) = (self.shared.epoch.clone(), self.shared.health.clone());
        let table = table::Table::open(connection, owner, epoch, health, self.journal.clone())?;
        Ok((self.committer(Journal::Table(table)), recovered))
    }

    fn committer(&self, journal: Journal) -> Committer {
        Committer {
            journal,
            queue: self.journal.clone(),
            tables: self.shared.tables.clone(),
            backlog: self.shared.backlog.clone(),
            epoch: self.shared.epoch.clone(),
        }
    }
}
