//! The store: a thread that writes the journal, one that writes the tables, a pool of readers, and the files of the data directory.

use crate::committer::{Batch, CommitFailure, JournalJob};
use crate::disk::Directory;
use crate::partition::{self, Epoch, Ownership};
use crate::queue::Queue;
use crate::tables_thread::{Announce, EventsHook, TableJob};
use crate::workings::Workings;
use crate::{StoreError, connection, load, migrate, verify};
use calendar::Instant;
use charging::{Customer, CustomerId};
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, Transaction};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Name of the database inside the data directory.
pub(crate) const DATABASE: &str = "talea.db";
/// Directory of the redo journal inside the data directory.
pub(crate) const JOURNAL: &str = "journal";
/// Held while a process has the directory open.
pub(crate) const LOCK: &str = "talea.lock";
/// Reading connections kept open.
const READERS_KEPT: usize = 8;
/// How often the WAL is carried into the database file.
const WAL_EVERY: Duration = Duration::from_millis(500);
/// Niceness of the threads that write the tables.
const BACKGROUND_NICENESS: i32 = 5;
/// WAL pages after which the writing thread helps to finish it (64 MB).
const WAL_PAGES: i64 = 16_384;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Data directory; made when missing.
    pub directory: PathBuf,
}

/// The database. Cheap to share as `Arc<Store>`; stops its threads when dropped.
pub struct Store {
    journal: Arc<Queue<JournalJob>>,
    tables: Arc<Queue<TableJob>>,
    epoch: Arc<Epoch>,
    readers: Mutex<Vec<Connection>>,
    path: PathBuf,
    events_hook: EventsHook,
    threads: Mutex<Vec<JoinHandle<()>>>,
    wal_stop: Arc<(Mutex<bool>, Condvar)>,
    recovered: usize,
    _lock: File,
}

impl Store {
    /// Opens (or makes) the data directory, brings the schema up to date and folds what a crash left in the journal.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let directory = &options.directory;
        let trouble = |reason| StoreError::directory(directory, &reason);
        std::fs::create_dir_all(directory).map_err(trouble)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join(LOCK))
            .map_err(trouble)?;
        lock.try_lock().map_err(|_| StoreError::Locked(directory.display().to_string()))?;
        let path = directory.join(DATABASE);
        let mut writer = connection::writer(&path)?;
        migrate::migrate(&mut writer)?;
        let mut workings = Workings::new(writer)?;
        let place = directory.join(JOURNAL);
        let disk = Directory::open(&place).map_err(|reason| StoreError::directory(&place, &reason))?;
        let (committer, recovered) = workings.recover(Arc::new(disk))?;
        let Workings { folding, journal, tables, epoch, events_hook, wal_grown, .. } = workings;
        let wal_stop = Arc::new((Mutex::new(false), Condvar::new()));
        let threads = vec![
            spawn("talea-commit", move || committer.run())?,
            spawn("talea-tables", move || {
                yield_to_others();
                folding.run();
            })?,
            spawn_wal(&path, wal_stop.clone(), wal_grown)?,
        ];
        let (readers, threads) = (Mutex::new(Vec::new()), Mutex::new(threads));
        Ok(Self {
            journal,
            tables,
            epoch,
            readers,
            path,
            events_hook,
            threads,
            wal_stop,
            recovered,
            _lock: lock,
        })
    }

    /// Journal records that were folded when the store was opened: not 0 after a crash.
    pub fn recovered(&self) -> usize {
        self.recovered
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes all partitions over for this process.
    pub fn take_over(&self) -> Result<Ownership, StoreError> {
        let mut connection = connection::checkpointer(&self.path)?;
        let ownership = partition::take_over(&mut connection)?;
        self.epoch.begin(ownership);
        Ok(ownership)
    }

    /// Queues a batch; `batch.done` is called once it is durable or lost.
    pub fn commit(&self, batch: Batch) {
        if let Err(JournalJob::Batch(batch)) = self.journal.push(JournalJob::Batch(batch)) {
            (batch.done)(Err(CommitFailure::Stopped));
        }
    }

    /// Folds everything that was committed before into the tables, and waits for it.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (send, receive) = mpsc::channel();
        let announce = move |folded| {
            let _ = send.send(folded);
        };
        let _ = self.journal.push(JournalJob::Flush(Box::new(announce)));
        match receive.recv() {
            Ok(true) => Ok(()),
            _ => Err(StoreError::Stopped),
        }
    }

    /// Calls `hook` after each commit that wrote events into the table.
    pub fn on_events(&self, hook: impl Fn() + Send + 'static) {
        self.events_hook.lock().push(Box::new(hook));
    }

    /// The aggregate of a customer as the tables have it. Only right when nothing of him waits to be folded.
    pub fn load_customer(
        &self,
        id: CustomerId,
        now: Instant,
        closed_after: Instant,
    ) -> Result<Option<Customer>, StoreError> {
        self.read(|connection| load::customer(connection, id, now, closed_after))
    }

    /// Recomputes every balance from the ledger.
    pub fn verify(&self) -> Result<verify::VerifyReport, StoreError> {
        self.flush()?;
        self.read(verify::verify)
    }

    /// Runs a question on a reading connection.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.readers.lock().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connection::reader(&self.path)?,
        };
        let answer = ask(&connection);
        let mut readers = self.readers.lock();
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        answer
    }

    /// Runs a change on the tables' thread and waits until it is durable. An error undoes only this change.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = mpsc::channel();
        let work = move |transaction: Option<&Transaction<'_>>| -> Result<Announce, StoreError> {
            let outcome = transaction.ok_or(StoreError::Stopped).and_then(change);
            match outcome {
                Ok(value) => Ok(Box::new(move |committed| {
                    let _ = send.send(if committed { Ok(value) } else { Err(StoreError::Stopped) });
                })),
                Err(error) => {
                    let _ = send.send(Err(error));
                    Err(StoreError::Stopped)
                }
            }
        };
        let _ = self.tables.push(TableJob::Write(Box::new(work)));
        receive.recv().unwrap_or(Err(StoreError::Stopped))
    }

    /// Stops the threads after folding everything. Called by drop, too.
    pub fn close(&self) {
        self.journal.close();
        *self.wal_stop.0.lock() = true;
        self.wal_stop.1.notify_all();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|reason| StoreError::Directory { path: name.to_owned(), reason: reason.to_string() })
}

/// Lets the threads that answer go first where there are fewer processors than work: what this one does can wait a little.
fn yield_to_others() {
    // On Linux this is about the calling thread alone. Without it everything is only less even.
    let _ = rustix::process::setpriority_process(None, BACKGROUND_NICENESS);
}

/// Carries the WAL into the database file in the background, so that commits never do.
fn spawn_wal(
    path: &Path,
    stop: Arc<(Mutex<bool>, Condvar)>,
    grown: Arc<AtomicBool>,
) -> Result<JoinHandle<()>, StoreError> {
    let connection = connection::checkpointer(path)?;
    spawn("talea-wal", move || {
        yield_to_others();
        loop {
            let mut stopped = stop.0.lock();
            if !*stopped {
                stop.1.wait_for(&mut stopped, WAL_EVERY);
            }
            if *stopped {
                return;
            }
            drop(stopped);
            let pages = connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1))
                .unwrap_or(0);
            if pages > WAL_PAGES {
                grown.store(true, Ordering::Relaxed);
            }
        }
    })
}
