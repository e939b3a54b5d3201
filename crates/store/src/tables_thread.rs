//! The tables' thread: the only one that writes SQLite. It folds what the journal made durable and runs the office's own changes.
//!
//! Images of customers that somebody is about to read (`fold_now`) and the office's jobs go first; the rest is folded a little with
//! every transaction, so that no job waits for a checkpoint.

use crate::image::{self, Images};
use crate::pending::{CustomerImages, Pending};
use crate::queue::Queue;
use crate::{StoreError, fold};
use charging::CustomerId;
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rows folded in one transaction while jobs wait.
const FOLD_ROWS_BUSY: usize = 512;
/// Rows folded in one transaction when nobody waits.
const FOLD_ROWS_IDLE: usize = 2_048;
/// New transaction records, ledger entries and events are in the tables about so much later, with all else of their customers.
const FOLD_NEW_AFTER: Duration = Duration::from_millis(500);
/// Everything is: busy sessions change many times meanwhile and are written once.
const FOLD_ALL_AFTER: Duration = Duration::from_secs(3);
/// Octets of images after which everything is, however little time has passed.
const FOLD_ALL_OCTETS: usize = 64 << 20;
/// Jobs that share one transaction at most.
const JOBS_MOST: usize = 256;
/// Octets of images that may wait before commits wait for them.
const BACKLOG_MOST: usize = 256 << 20;
/// After a failed transaction.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);
/// Row of the `sequence` table that tells up to which journal record the tables are complete.
pub(crate) const FOLDED: &str = "journal_folded";

pub(crate) type Work = Box<dyn FnOnce(Option<&Transaction<'_>>) -> Result<Announce, StoreError> + Send>;
/// Called after the transaction with whether it worked.
pub(crate) type Announce = Box<dyn FnOnce(bool) + Send>;
/// Called after transactions that wrote events into the table.
pub(crate) type EventsHook = Arc<Mutex<Vec<Box<dyn Fn() + Send>>>>;

/// A batch that is in the journal.
pub(crate) struct Durable {
    pub id: u64,
    pub images: Images,
    pub fold_now: Vec<CustomerId>,
    pub folded: Option<Box<dyn FnOnce() + Send>>,
}

pub(crate) enum TableJob {
    Durable(Durable),
    Write(Work),
    /// Fold everything, then answer.
    Flush(Announce),
}

/// How much is durable and not yet in the tables: commits wait when it is too much.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    octets: Mutex<usize>,
    fallen: Condvar,
}

impl Backlog {
    pub fn grow(&self, octets: usize) {
        *self.octets.lock() += octets;
    }

    fn fall(&self, octets: usize) {
        let mut waiting = self.octets.lock();
        *waiting = waiting.saturating_sub(octets);
        drop(waiting);
        self.fallen.notify_all();
    }

    pub fn wait_for_room(&self) {
        let mut waiting = self.octets.lock();
        while *waiting > BACKLOG_MOST {
            self.fallen.wait(&mut waiting);
        }
    }
}

pub(crate) struct TablesThread {
    connection: Connection,
    queue: Arc<Queue<TableJob>>,
    pending: Pending,
    backlog: Arc<Backlog>,
    /// Octets in the current and in the folding generation.
    gathered: usize,
    folding: usize,
    folded: Arc<AtomicU64>,
    all_turned_at: Instant,
    turned_at: Instant,
    events_hook: EventsHook,
    events_written: bool,
    wal_grown: Arc<AtomicBool>,
    /// Rows folded in one transaction at most, whoever waits.
    pub rows_most: usize,
}

/// What a transaction took and must give back when it fails.
type Taken = Vec<(CustomerId, CustomerImages)>;

impl TablesThread {
    pub fn new(
        connection: Connection,
        queue: Arc<Queue<TableJob>>,
        backlog: Arc<Backlog>,
        folded: Arc<AtomicU64>,
        events_hook: EventsHook,
        wal_grown: Arc<AtomicBool>,
    ) -> Self {
        Self {
            connection,
            queue,
            pending: Pending::default(),
            backlog,
            gathered: 0,
            folding: 0,
            folded,
            all_turned_at: now(),
            turned_at: now(),
            events_hook,
            events_written: false,
            wal_grown,
            rows_most: usize::MAX,
        }
    }

    /// For questions while no transaction is open.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The same for changes of the caller's own.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What is left of it.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// Takes note of a journal record: one that was just written, or one that a crash left behind.
    pub fn take_record(&mut self, id: u64, payload: &[u8]) -> Result<(), StoreError> {
        self.pending.cover(id);
        image::read_journal(payload, |image| self.pending.add(image))
    }

    /// Folds everything that waits.
    pub fn fold_everything(&mut self) -> Result<(), StoreError> {
        while !self.pending.is_empty() {
            self.turn_all();
            self.cycle(Vec::new())?;
        }
        Ok(())
    }

    /// Runs until the queue is closed, then folds the rest.
    pub fn run(mut self) {
        loop {
            let patience = match (self.pending.is_folding(), self.pending.is_empty()) {
                (true, _) => Some(Duration::ZERO),
                (false, true) => None,
                (false, false) => Some(FOLD_NEW_AFTER / 4),
            };
            let Some(jobs) = self.queue.take(patience, JOBS_MOST) else { break };
            if self.all_turned_at.elapsed() >= FOLD_ALL_AFTER || self.gathered >= FOLD_ALL_OCTETS {
                self.turn_all();
            } else if self.turned_at.elapsed() >= FOLD_NEW_AFTER {
                self.turn_new();
            }
            if self.round(jobs).is_err() {
                std::thread::park_timeout(PAUSE_AFTER_FAILURE);
            }
        }
        if let Err(error) = self.fold_everything() {
            tracing::error!(%error, "what is in the journal is folded at the next start");
        }
        let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    /// Takes note of what is durable; then one transaction for the jobs and a piece of folding, if there is any.
    pub fn round(&mut self, jobs: Vec<TableJob>) -> Result<(), StoreError> {
        let (jobs, flushes) = self.take_durable(jobs);
        let needed = !jobs.is_empty() || self.pending.is_folding();
        let result = if needed { self.cycle(jobs) } else { Ok(()) };
        if !flushes.is_empty() {
            let folded = self.fold_everything().is_ok();
            flushes.into_iter().for_each(|announce| announce(folded));
        }
        result
    }

    /// Begins to fold the customers with new rows, if nothing is being folded.
    pub fn turn_new(&mut self) {
        if !self.pending.is_folding() {
            self.pending.turn_new();
            self.turned_at = now();
        }
    }

    /// Begins to fold everything, if nothing is being folded.
    pub fn turn_all(&mut self) {
        if !self.pending.is_folding() {
            self.pending.turn_all();
            self.folding = std::mem::take(&mut self.gathered);
            self.turned_at = now();
            self.all_turned_at = self.turned_at;
        }
    }

    /// Takes note of durable batches; leaves the jobs that need a transaction, and who waits for all to be folded.
    fn take_durable(&mut self, jobs: Vec<TableJob>) -> (Vec<Needed>, Vec<Announce>) {
        let (mut needed, mut flushes) = (Vec::new(), Vec::new());
        for job in jobs {
            match job {
                TableJob::Durable(Durable { id, images, fold_now, folded }) => {
                    self.gathered += images.octets().len();
                    if !images.is_empty()
                        && let Err(error) = self.take_record(id, images.octets())
                    {
                        tracing::error!(%error, "a batch of our own cannot be read");
                    }
                    if !fold_now.is_empty() || folded.is_some() {
                        needed.push(Needed::Customers(fold_now, folded));
                    }
                }
                TableJob::Write(work) => needed.push(Needed::Write(work)),
                TableJob::Flush(announce) => flushes.push(announce),
            }
        }
        (needed, flushes)
    }

    /// One transaction: the jobs, and a piece of folding.
    fn cycle(&mut self, jobs: Vec<Needed>) -> Result<(), StoreError> {
        let (mut taken, mut outcomes) = (Taken::new(), Vec::with_capacity(jobs.len()));
        let result = self.transact(jobs, &mut taken, &mut outcomes);
        match &result {
            Ok(complete) => {
                if let Some(upto) = complete {
                    self.pending.end_generation();
                    if *upto > 0 {
                        self.folded.store(*upto, Ordering::Release);
                        self.backlog.fall(std::mem::take(&mut self.folding));
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "the tables cannot be written");
                for (customer, images) in taken.into_iter().rev() {
                    self.pending.give_back(customer, images);
                }
                self.events_written = false;
            }
        }
        for outcome in outcomes {
            outcome(result.is_ok());
        }
        if std::mem::take(&mut self.events_written) {
            for hook in self.events_hook.lock().iter() {
                hook();
            }
        }
        if self.wal_grown.swap(false, Ordering::Relaxed) {
            // The other thread has moved nearly all of it; the rest moves here, so that the WAL starts anew.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        result.map(|_| ())
    }

    /// Tells up to where the journal is in the tables, when a generation is complete.
    fn transact(
        &mut self,
        jobs: Vec<Needed>,
        taken: &mut Taken,
        outcomes: &mut Vec<Announce>,
    ) -> Result<Option<u64>, StoreError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = match begun {
            Ok(transaction) => transaction,
            Err(error) => {
                outcomes.extend(jobs.into_iter().filter_map(Needed::refused));
                return Err(error.into());
            }
        };
        let mut fold = Fold { transaction: &transaction, taken, events: false };
        let mut failed = None;
        for job in jobs {
            match job {
                Needed::Customers(customers, folded) => {
                    for customer in customers {
                        if failed.is_none()
                            && let Some(images) = self.pending.take_customer(customer)
                        {
                            failed = fold.images(customer, images).err();
                        }
                    }
                    // It is durable whatever becomes of the tables now.
                    outcomes.extend(folded.map(|folded| -> Announce { Box::new(move |_| folded()) }));
                }
                Needed::Write(work) => outcomes.extend(in_savepoint(&transaction, work)),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let rows = if self.queue.is_busy() { FOLD_ROWS_BUSY } else { FOLD_ROWS_IDLE }.min(self.rows_most);
        let mut done = 0;
        while done < rows
            && let Some((customer, images)) = self.pending.next_folding()
        {
            done += images.len();
            fold.images(customer, images)?;
        }
        let complete = self.pending.folded_upto();
        if let Some(upto) = complete.filter(|upto| *upto > 0) {
            let upto = i64::try_from(upto).unwrap_or(i64::MAX);
            let mut statement = transaction
                .prepare_cached("INSERT OR REPLACE INTO sequence (name, value) VALUES (?1, ?2)")?;
            statement.execute(rusqlite::params![FOLDED, upto])?;
        }
        self.events_written |= fold.events;
        transaction.commit()?;
        Ok(complete)
    }
}

/// The monotonic clock, for pacing only: nothing that is stored depends on it.
fn now() -> Instant {
    Instant::now()
}

/// A job that needs a transaction.
enum Needed {
    Customers(Vec<CustomerId>, Option<Box<dyn FnOnce() + Send>>),
    Write(Work),
}

impl Needed {
    /// What to call when there is no transaction.
    fn refused(self) -> Option<Announce> {
        match self {
            Self::Customers(_, folded) => folded.map(|folded| -> Announce { Box::new(move |_| folded()) }),
            Self::Write(work) => work(None).ok(),
        }
    }
}

/// Writing images into the tables of one transaction.
struct Fold<'a> {
    transaction: &'a Transaction<'a>,
    taken: &'a mut Taken,
    events: bool,
}

impl Fold<'_> {
    fn images(&mut self, customer: CustomerId, images: CustomerImages) -> Result<(), StoreError> {
        let mut result = Ok(());
        for (key, bytes) in images.iter() {
            self.events |= matches!(key, crate::RowKey::Event(_));
            result = fold::row(self.transaction, customer, key, bytes);
            if result.is_err() {
                break;
            }
        }
        self.taken.push((customer, images));
        result
    }
}

/// Runs an office job so that its failure undoes only itself.
fn in_savepoint(transaction: &Transaction<'_>, work: Work) -> Option<Announce> {
    if transaction.execute_batch("SAVEPOINT job").is_err() {
        return work(None).ok();
    }
    let result = work(Some(transaction));
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = transaction.execute_batch(end) {
        tracing::error!(%error, "savepoint");
    }
    result.ok()
}
