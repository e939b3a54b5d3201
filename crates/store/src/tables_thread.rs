//! The tables' thread: the only one that writes SQLite. It folds what the journal made durable and runs the office's own changes.
//!
//! Images of customers that somebody is about to read (`fold_now`) and the office's jobs go first; the rest is folded evenly, a little
//! at a time, so that neither a job nor a commit waits for a burst of writing. Folding itself is not made durable: what a power
//! cut takes of it is in the journal until the end of a generation, and the office's changes, are.

use crate::image::{self, Images};
use crate::pending::{CustomerImages, Pending};
use crate::queue::Queue;
use crate::{StoreError, connection, fold};
use charging::CustomerId;
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rows folded in one transaction at most.
const FOLD_ROWS_MOST: usize = 2_048;
/// New transaction records, ledger entries and events are in the tables about so much later, with all else of their customers.
const FOLD_NEW_AFTER: Duration = Duration::from_millis(500);
/// Everything begins to go there: busy sessions change many times meanwhile and are written once.
const FOLD_ALL_AFTER: Duration = Duration::from_secs(3);
/// Customers a second that go there then: more at a time would only disturb the commits.
const FOLD_CUSTOMERS_A_SECOND: usize = 2_000;
/// Everything is there after this at most.
const FOLD_WITHIN: Duration = Duration::from_secs(7);
/// Transactions of mere folding are at least this far apart.
const FOLD_EVERY: Duration = Duration::from_millis(20);
/// Octets of images after which everything begins to go there, and has to be there, however little time has passed.
const FOLD_ALL_OCTETS: usize = 96 << 20;
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
    /// When the last generation began to be folded, and with how many customers.
    turned_at: Instant,
    turned_with: usize,
    /// Customers whose new rows are to be folded, since when.
    new_due: usize,
    new_folded_at: Instant,
    /// When the last piece was.
    piece_at: Instant,
    events_hook: EventsHook,
    events_written: bool,
    wal_grown: Arc<AtomicBool>,
    /// Rows folded for each part of a piece at most.
    pub rows_most: usize,
    /// Whether a power cut could take nothing when the last transaction ended.
    pub durable: bool,
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
            turned_at: now(),
            turned_with: 0,
            new_due: 0,
            new_folded_at: now(),
            piece_at: now(),
            events_hook,
            events_written: false,
            wal_grown,
            rows_most: FOLD_ROWS_MOST,
            durable: false,
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
        image::read_journal(payload, |image| self.pending.add(&image))
    }

    /// Folds everything that waits.
    pub fn fold_everything(&mut self) -> Result<(), StoreError> {
        while !self.pending.is_empty() {
            self.turn();
            self.cycle(Vec::new(), Piece { with_new: 0, customers: usize::MAX })?;
        }
        Ok(())
    }

    /// Runs until the queue is closed, then folds the rest.
    pub fn run(mut self) {
        loop {
            let patience = (!self.pending.is_empty()).then_some(FOLD_EVERY);
            let Some(jobs) = self.queue.take(patience, JOBS_MOST) else { break };
            if self.turned_at.elapsed() >= FOLD_ALL_AFTER || self.gathered >= FOLD_ALL_OCTETS {
                self.turn();
            }
            let piece = self.piece();
            if self.round(jobs, piece).is_err() {
                std::thread::park_timeout(PAUSE_AFTER_FAILURE);
            }
        }
        if let Err(error) = self.fold_everything() {
            tracing::error!(%error, "what is in the journal is folded at the next start");
        }
        let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    /// Takes note of what is durable; then one transaction for the jobs and a piece of folding, if there is any.
    pub fn round(&mut self, jobs: Vec<TableJob>, piece: Option<Piece>) -> Result<(), StoreError> {
        let (jobs, flushes) = self.take_durable(jobs);
        let needed = !jobs.is_empty() || piece.is_some();
        let result = if needed { self.cycle(jobs, piece.unwrap_or_default()) } else { Ok(()) };
        if !flushes.is_empty() {
            let folded = self.fold_everything().is_ok();
            flushes.into_iter().for_each(|announce| announce(folded));
        }
        result
    }

    /// Customers with new rows.
    pub fn with_new(&self) -> usize {
        self.pending.with_new()
    }

    /// Begins to fold everything, if nothing is being folded.
    pub fn turn(&mut self) {
        if self.pending.folding().is_none() {
            self.pending.turn();
            self.folding = std::mem::take(&mut self.gathered);
            self.turned_at = now();
            self.turned_with = self.pending.folding().unwrap_or(0);
        }
    }

    /// What is to be folded now, if anything.
    fn piece(&mut self) -> Option<Piece> {
        if self.piece_at.elapsed() < FOLD_EVERY {
            return None;
        }
        self.piece_at = now();
        if self.new_due == 0 && self.new_folded_at.elapsed() >= FOLD_NEW_AFTER {
            self.new_due = self.pending.with_new();
            self.new_folded_at = self.piece_at;
        }
        let left = self.pending.folding();
        let customers = left.map_or(0, |left| left.saturating_sub(self.may_be_left()));
        let ends = left == Some(customers);
        (self.new_due > 0 || customers > 0 || ends).then_some(Piece { with_new: self.new_due, customers })
    }

    /// Customers of the folding generation that may still wait by now.
    fn may_be_left(&self) -> usize {
        let (all, elapsed) = (self.turned_with as u128, self.turned_at.elapsed().as_micros());
        let evenly = all * elapsed / FOLD_WITHIN.as_micros();
        let at_pace = FOLD_CUSTOMERS_A_SECOND as u128 * elapsed / 1_000_000;
        let before_more = all * self.gathered as u128 / FOLD_ALL_OCTETS as u128;
        let due = evenly.max(at_pace).max(before_more);
        usize::try_from(all.saturating_sub(due)).unwrap_or(0)
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
    fn cycle(&mut self, jobs: Vec<Needed>, piece: Piece) -> Result<(), StoreError> {
        let (mut taken, mut outcomes) = (Taken::new(), Vec::with_capacity(jobs.len()));
        let result = self.transact(jobs, piece, &mut taken, &mut outcomes);
        match &result {
            Ok(complete) => {
                if let Some(upto) = complete {
                    self.pending.end_generation();
                    self.folded.store(*upto, Ordering::Release);
                    self.backlog.fall(std::mem::take(&mut self.folding));
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
        piece: Piece,
        taken: &mut Taken,
        outcomes: &mut Vec<Announce>,
    ) -> Result<Option<u64>, StoreError> {
        let ends = self.pending.folding().is_some_and(|left| left <= piece.customers);
        let durable = ends || jobs.iter().any(|job| matches!(job, Needed::Write(_)));
        let begun = connection::set_durable(&self.connection, durable)
            .and_then(|()| Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?));
        let transaction = match begun {
            Ok(transaction) => transaction,
            Err(error) => {
                outcomes.extend(jobs.into_iter().filter_map(Needed::refused));
                return Err(error);
            }
        };
        let mut fold = Fold { transaction: &transaction, taken, events: false, rows_most: self.rows_most };
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
        self.new_due = fold.piece(piece.with_new, || self.pending.next_with_new())?;
        fold.piece(piece.customers, || self.pending.next_folding())?;
        // Only what is durable may be forgotten by the journal.
        let complete = self.pending.folded_upto().filter(|_| durable);
        if let Some(upto) = complete {
            let upto = i64::try_from(upto).unwrap_or(i64::MAX);
            let mut statement = transaction
                .prepare_cached("INSERT OR REPLACE INTO sequence (name, value) VALUES (?1, ?2)")?;
            statement.execute(rusqlite::params![FOLDED, upto])?;
        }
        self.events_written |= fold.events;
        transaction.commit()?;
        self.durable = durable;
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

/// What one transaction folds, in customers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Piece {
    /// Of those with new rows.
    pub with_new: usize,
    /// Of the folding generation.
    pub customers: usize,
}

/// Writing images into the tables of one transaction.
struct Fold<'a> {
    transaction: &'a Transaction<'a>,
    taken: &'a mut Taken,
    events: bool,
    rows_most: usize,
}

impl Fold<'_> {
    /// Folds so many customers, or fewer when they have many rows. Tells how many are left.
    fn piece(
        &mut self,
        customers: usize,
        mut next: impl FnMut() -> Option<(CustomerId, CustomerImages)>,
    ) -> Result<usize, StoreError> {
        let (mut left, mut rows) = (customers, 0);
        while left > 0 && rows < self.rows_most {
            let Some((customer, images)) = next() else { return Ok(0) };
            rows += images.len();
            left -= 1;
            self.images(customer, images)?;
        }
        Ok(left)
    }

    fn images(&mut self, customer: CustomerId, images: CustomerImages) -> Result<(), StoreError> {
        let mut result = Ok(());
        for (key, bytes) in images.iter() {
            result = image::read_key(key).and_then(|key| {
                self.events |= matches!(key, crate::RowKey::Event(_));
                fold::row(self.transaction, customer, &key, bytes)
            });
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
