//! The store: a thread that writes the journal, one that writes the tables, a pool of readers, and the files of the data directory.

use crate::committer::{Batch, CommitFailure, Committer, JournalJob};
use crate::database_url::DatabaseUrl;
use crate::db::{self, Connection, Transaction};
use crate::disk::Directory;
use crate::health::StoreHealth;
use crate::partition::{self, Ownership};
use crate::queue::Queue;
use crate::tables_thread::{Announce, Flush, Shared, TableJob};
use crate::workings::Workings;
use crate::{StoreError, connection, load, migrate, verify};
use calendar::Instant;
use charging::{Customer, CustomerId};
use parking_lot::{Condvar, Mutex};
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
/// How often, and how far apart, a database that another process has is tried: longer than a server needs to miss a machine that died.
const LOCK_TRIES: u32 = 300;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// How long a server may take to write something, and to answer a question.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
const READ_PATIENCE: Duration = Duration::from_secs(300);
/// And to go through a large table, or to build an index of it anew.
pub(crate) const LARGE_PATIENCE: Duration = Duration::from_secs(86_400);
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

/// How to open a server's database that another process may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Entry {
    /// Wait a while for the other process to end; then give up.
    #[default]
    WhenFree,
    /// Take it over: what the other process still tries to commit fails.
    TakeOver,
}

/// Where the database is.
enum Place {
    File(PathBuf),
    /// Who took it over when it was opened, and whether that right was given out.
    Server {
        url: Arc<DatabaseUrl>,
        owner: String,
        taken: AtomicBool,
    },
}

/// The database. Cheap to share as `Arc<Store>`; stops its threads when dropped.
pub struct Store {
    journal: Arc<Queue<JournalJob>>,
    shared: Shared,
    readers: Mutex<Vec<Connection>>,
    place: Place,
    threads: Mutex<Vec<JoinHandle<()>>>,
    wal_stop: Arc<(Mutex<bool>, Condvar)>,
    recovered: usize,
    /// One catalog is published at a time.
    pub(crate) publishing: Mutex<()>,
    _lock: Option<File>,
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
        let writer = Connection::Sqlite(connection::writer(&path)?);
        migrate::migrate(&writer)?;
        let mut workings = Workings::new(writer)?;
        let place = directory.join(JOURNAL);
        let disk = Directory::open(&place).map_err(|reason| StoreError::directory(&place, &reason))?;
        let (committer, recovered) = workings.recover(Arc::new(disk))?;
        let wal_grown = workings.shared.wal_grown.clone();
        let mut store = Self::start(workings, committer, Place::File(path.clone()), recovered)?;
        store.threads.get_mut().push(spawn_wal(&path, store.wal_stop.clone(), wal_grown)?);
        store._lock = Some(lock);
        Ok(store)
    }

    /// Opens the database of a PostgreSQL server, takes its partitions over, brings the schema up to date and folds what a crash left
    /// in the journal.
    ///
    /// # Errors
    /// [`StoreError::Locked`]: another process has it and does not end; only [`Entry::TakeOver`] helps.
    pub fn connect(url: &DatabaseUrl, entry: Entry) -> Result<Self, StoreError> {
        let url = Arc::new(url.clone());
        let connection = server(&url, WRITE_PATIENCE)?;
        wait_for_lock(&connection, &url, entry)?;
        migrate::migrate(&server(&url, LARGE_PATIENCE)?)?;
        let mut workings = Workings::new(server(&url, WRITE_PATIENCE)?)?;
        let (committer, recovered) = workings.recover_server(connection)?;
        let place =
            Place::Server { url, owner: workings.folding.owner.clone(), taken: AtomicBool::new(false) };
        Self::start(workings, committer, place, recovered)
    }

    /// Opens a server's database where one is named, else that of the data directory.
    pub fn at(directory: &Path, database: Option<&DatabaseUrl>, entry: Entry) -> Result<Self, StoreError> {
        match database {
            Some(url) => Self::connect(url, entry),
            None => Self::open(&Options { directory: directory.to_owned() }),
        }
    }

    fn start(
        workings: Workings,
        committer: Committer,
        place: Place,
        recovered: usize,
    ) -> Result<Self, StoreError> {
        let Workings { folding, journal, shared } = workings;
        let threads = vec![
            spawn("talea-commit", move || committer.run())?,
            spawn("talea-tables", move || {
                yield_to_others();
                folding.run();
            })?,
        ];
        let (readers, threads) = (Mutex::new(Vec::new()), Mutex::new(threads));
        let wal_stop = Arc::new((Mutex::new(false), Condvar::new()));
        let publishing = Mutex::new(());
        Ok(Self { journal, shared, readers, place, threads, wal_stop, recovered, publishing, _lock: None })
    }

    /// Journal records that were folded when the store was opened: not 0 after a crash.
    pub fn recovered(&self) -> usize {
        self.recovered
    }

    /// The database file, where it is one.
    pub fn path(&self) -> &Path {
        match &self.place {
            Place::File(path) => path,
            Place::Server { .. } => Path::new(""),
        }
    }

    /// Where it is, for people: without a password.
    pub fn place(&self) -> String {
        match &self.place {
            Place::File(path) => path.parent().unwrap_or(path).display().to_string(),
            Place::Server { url, .. } => url.to_string(),
        }
    }

    /// How it is doing with its server; the embedded database is always there.
    pub fn health(&self) -> StoreHealth {
        self.shared.health.now()
    }

    /// Takes all partitions over for this process.
    pub fn take_over(&self) -> Result<Ownership, StoreError> {
        let path = match &self.place {
            Place::File(path) => path,
            // It did when it was opened: what was in the journal had to be complete.
            Place::Server { taken, .. } if !taken.swap(true, Ordering::AcqRel) => {
                return Ok(self.shared.epoch.ownership());
            }
            Place::Server { url, owner, .. } => {
                return partition::take_over_again(&server(url, WRITE_PATIENCE)?, &self.shared.epoch, owner);
            }
        };
        let connection = Connection::Sqlite(connection::checkpointer(path)?);
        let ownership = partition::take_over(&connection)?;
        self.shared.epoch.begin(ownership);
        Ok(ownership)
    }

    /// Queues a batch; `batch.done` is called once it is durable or lost.
    pub fn commit(&self, batch: Batch) {
        if let Err(JournalJob::Batch(batch)) = self.journal.push(JournalJob::Batch(batch)) {
            (batch.done)(Err(CommitFailure::Stopped), false);
        }
    }

    /// Folds everything that was committed before into the tables, and waits for it.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.wait_for_tables(false)
    }

    /// Waits until everything that was committed before is in the tables: where much waits, at the even pace at which it goes there
    /// anyway (some ten seconds), so that nobody feels it.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.wait_for_tables(true)
    }

    fn wait_for_tables(&self, paced: bool) -> Result<(), StoreError> {
        let (send, receive) = mpsc::channel();
        let announce = Box::new(move |folded| {
            let _ = send.send(folded);
        });
        let _ = self.journal.push(JournalJob::Flush(Flush { announce, paced }));
        match receive.recv() {
            Ok(true) => Ok(()),
            _ => Err(StoreError::Stopped),
        }
    }

    /// Calls `hook` after each commit that wrote events into the table.
    pub fn on_events(&self, hook: impl Fn() + Send + 'static) {
        self.shared.events_hook.lock().push(Box::new(hook));
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
        // A connection of its own: screens do not wait so long.
        let connection = self.reader()?;
        connection.be_patient(LARGE_PATIENCE)?;
        verify::verify(&connection)
    }

    /// Runs a question on a reading connection.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut kept = self.readers.lock().pop();
        while kept.as_ref().is_some_and(Connection::is_lost) {
            kept = self.readers.lock().pop();
        }
        let connection = match kept {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let answer = ask(&connection);
        let mut readers = self.readers.lock();
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        answer
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        match &self.place {
            Place::File(path) => Ok(Connection::Sqlite(connection::reader(path)?)),
            Place::Server { url, .. } => {
                let connection = server(url, READ_PATIENCE)?;
                self.shared.health.may_read(&connection)?;
                Ok(connection)
            }
        }
    }

    /// Runs a change on the tables' thread and waits until it is durable. An error undoes only this change.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = mpsc::channel();
        let work = move |transaction: Option<&Transaction<'_>>| -> Result<Announce, StoreError> {
            let outcome = transaction.ok_or(StoreError::NotWritten).and_then(change);
            match outcome {
                Ok(value) => Ok(Box::new(move |committed| {
                    let _ = send.send(if committed { Ok(value) } else { Err(StoreError::NotWritten) });
                })),
                Err(error) => {
                    let _ = send.send(Err(error));
                    Err(StoreError::Stopped)
                }
            }
        };
        let _ = self.shared.tables.push(TableJob::Write(Box::new(work)));
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
pub(crate) fn yield_to_others() {
    // On Linux this is about the calling thread alone. Without it everything is only less even.
    let _ = rustix::process::setpriority_process(None, BACKGROUND_NICENESS);
}

fn server(url: &Arc<DatabaseUrl>, patience: Duration) -> db::Result<Connection> {
    Ok(Connection::Postgres(Box::new(db::postgres::Connection::connect(url.clone(), patience)?)))
}

/// Waits until no other process has the database. Its lock ends with the connections that write.
fn wait_for_lock(connection: &Connection, url: &DatabaseUrl, entry: Entry) -> Result<(), StoreError> {
    let mut left = LOCK_TRIES;
    while !partition::lock(connection)? {
        if entry == Entry::TakeOver {
            tracing::warn!(database = %url, "taken over from another process");
            return Ok(());
        }
        if left == LOCK_TRIES {
            tracing::warn!(database = %url, "another process has the database; waiting for it to end");
        }
        left = left.checked_sub(1).ok_or_else(|| StoreError::Locked(url.to_string()))?;
        // Nobody unparks.
        std::thread::park_timeout(LOCK_PAUSE);
    }
    Ok(())
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
