//! The tables' thread: the only one that writes the tables. It folds what the journal made durable and runs the office's own changes.
//!
//! Images of customers that somebody is about to read (`fold_now`) and the office's jobs go first; the rest is folded evenly, a little
//! at a time, so that neither a job nor a commit waits for a burst of writing. Folding itself is not made durable: what a power
//! cut takes of it is in the journal until the end of a generation, and the office's changes, are.
//!
//! A server that was lost may have forgotten the end of what was folded, so after that everything is read from the journal again
//! (`tables_again`).

mod jobs;

use crate::backlog::Backlog;
use crate::db::{Connection, Transaction, params};
use crate::event_order::EventOrder;
use crate::health::Health;
use crate::image::{self, Images};
use crate::journal::table;
use crate::partition::{self, Epoch};
use crate::pending::{CustomerImages, Pending};
use crate::queue::Queue;
use crate::{StoreError, fold};
use charging::CustomerId;
use jobs::{Needed, in_savepoint};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rows folded in one transaction at most.
const FOLD_ROWS_MOST: usize = 2_048;
/// Customers folded in one transaction at most where everything is folded at once: only the last one is made durable.
const FOLD_CUSTOMERS_MOST: usize = 512;
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
/// So many octets are folded at once for whoever could wait, too: that is not felt.
const FOLD_AT_ONCE_OCTETS: usize = 1 << 20;
/// Jobs that share one transaction at most.
const JOBS_MOST: usize = 256;
/// After a failed transaction.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);
/// Between two looks whether the server is still there while there is nothing to do.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Row of the `sequence` table that tells up to which journal record the tables are complete.
pub(crate) const FOLDED: &str = "journal_folded";
/// Row of the `sequence` table with the number of the last transaction of the office's changes, where there is a server: after a lost
/// connection it tells whether that transaction was done. The server's own number of it would not do: one that crashed before anything of
/// a transaction was on its disk gives the number to another.
pub(crate) const CHANGED: &str = "office_changed";
/// What a process counts within one epoch; the epoch stands above it.
const CHANGE_BITS: u32 = 32;

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
    Flush(Flush),
}

/// Fold everything, then answer.
pub(crate) struct Flush {
    pub announce: Announce,
    /// Not at once, if it is much: when its turn comes anyway.
    pub paced: bool,
}

/// What the threads of a store share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub tables: Arc<Queue<TableJob>>,
    pub backlog: Arc<Backlog>,
    pub folded: Arc<AtomicU64>,
    pub events_hook: EventsHook,
    pub wal_grown: Arc<AtomicBool>,
    pub epoch: Arc<Epoch>,
    pub health: Arc<Health>,
}

pub(crate) struct TablesThread {
    pub(crate) connection: Connection,
    pub(crate) shared: Shared,
    /// Who took over, as a server knows it.
    pub(crate) owner: String,
    pub(crate) pending: Pending,
    /// Octets in the current and in the folding generation.
    pub(crate) gathered: usize,
    pub(crate) folding: usize,
    /// Records up to this one were read from the journal again.
    pub(crate) read_upto: u64,
    /// The number of the transaction of the office's changes whose end was not heard of.
    pub(crate) in_doubt: Option<i64>,
    /// How many there were.
    changes: u32,
    /// When the last generation began to be folded, and with how many customers.
    turned_at: Instant,
    turned_with: usize,
    /// Customers whose new rows are to be folded, since when.
    new_due: usize,
    new_folded_at: Instant,
    /// When the last piece was.
    piece_at: Instant,
    events_written: bool,
    order: EventOrder,
    /// Who waits until everything up to a journal record is folded.
    pub(crate) settling: Vec<(u64, Announce)>,
    /// Rows folded for each part of a piece at most.
    pub rows_most: usize,
    /// Whether a power cut could take nothing when the last transaction ended.
    pub durable: bool,
}

/// What a transaction took and must give back when it fails.
type Taken = Vec<(CustomerId, CustomerImages)>;

impl TablesThread {
    pub fn new(connection: Connection, shared: Shared, owner: String) -> Self {
        Self {
            connection,
            shared,
            owner,
            pending: Pending::default(),
            gathered: 0,
            folding: 0,
            read_upto: 0,
            in_doubt: None,
            changes: 0,
            turned_at: now(),
            turned_with: 0,
            new_due: 0,
            new_folded_at: now(),
            piece_at: now(),
            events_written: false,
            order: EventOrder::default(),
            settling: Vec::new(),
            rows_most: FOLD_ROWS_MOST,
            durable: false,
        }
    }

    /// For questions while no transaction is open.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What is left of it.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// Takes note of a journal record: one that was just written, or one that a crash left behind.
    pub fn take_record(&mut self, id: u64, payload: &[u8]) -> Result<(), StoreError> {
        self.pending.cover(id);
        self.pending.add_record(payload)
    }

    /// Folds everything that waits.
    pub fn fold_everything(&mut self) -> Result<(), StoreError> {
        self.be_connected()?;
        self.fold_pending()
    }

    pub(crate) fn fold_pending(&mut self) -> Result<(), StoreError> {
        while !self.pending.is_empty() {
            self.turn();
            self.cycle(Vec::new(), Piece { with_new: 0, customers: FOLD_CUSTOMERS_MOST })?;
        }
        Ok(())
    }

    /// Runs until the queue is closed, then folds the rest.
    pub fn run(mut self) {
        loop {
            let idle = self.connection.gathers().then_some(LOOK_EVERY);
            let patience = if self.pending.is_empty() { idle } else { Some(FOLD_EVERY) };
            let Some(jobs) = self.shared.tables.take(patience, JOBS_MOST) else { break };
            if let Err(error) = self.be_connected() {
                tracing::debug!(%error, "the tables wait for the server");
                if jobs.is_empty() {
                    std::thread::park_timeout(PAUSE_AFTER_FAILURE);
                    continue;
                }
            }
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
        if let Connection::Sqlite(connection) = &self.connection {
            let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
        }
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
                    if id <= self.read_upto {
                        self.shared.backlog.fall(images.octets().len());
                    } else {
                        self.gathered += images.octets().len();
                        if !images.is_empty()
                            && let Err(error) = self.take_record(id, images.octets())
                        {
                            tracing::error!(%error, "a batch of our own cannot be read");
                        }
                    }
                    if !fold_now.is_empty() || folded.is_some() {
                        needed.push(Needed::Customers(fold_now, folded));
                    }
                }
                TableJob::Write(work) => needed.push(Needed::Write(work)),
                TableJob::Flush(Flush { announce, paced }) => {
                    if paced && self.gathered + self.folding > FOLD_AT_ONCE_OCTETS {
                        self.settling.push((self.pending.upto(), announce));
                    } else {
                        flushes.push(announce);
                    }
                }
            }
        }
        (needed, flushes)
    }

    /// One transaction: the jobs, and a piece of folding.
    fn cycle(&mut self, jobs: Vec<Needed>, piece: Piece) -> Result<(), StoreError> {
        let (mut taken, mut outcomes) = (Taken::new(), Vec::with_capacity(jobs.len()));
        let result = self.transact(jobs, piece, &mut taken, &mut outcomes);
        match &result {
            Ok(Some(upto)) => self.end_generation(*upto),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "the tables cannot be written");
                for (customer, images) in taken.into_iter().rev() {
                    self.pending.give_back(customer, images);
                }
                self.events_written = false;
                self.order.forget();
            }
        }
        let done = result.is_ok() || (!outcomes.is_empty() && self.was_done());
        for outcome in outcomes {
            outcome(done);
        }
        if std::mem::take(&mut self.events_written) {
            for hook in self.shared.events_hook.lock().iter() {
                hook();
            }
        }
        if self.shared.wal_grown.swap(false, Ordering::Relaxed)
            && let Connection::Sqlite(connection) = &self.connection
        {
            // The other thread has moved nearly all of it; the rest moves here, so that the WAL starts anew.
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        result.map(|_| ())
    }

    /// Everything up to a record is in the tables, and durable there.
    fn end_generation(&mut self, upto: u64) {
        self.pending.end_generation();
        self.shared.folded.store(upto, Ordering::Release);
        self.shared.backlog.fall(std::mem::take(&mut self.folding));
        for (_, announce) in self.settling.extract_if(.., |(until, _)| *until <= upto) {
            announce(true);
        }
        if self.connection.gathers()
            && let Err(error) = table::forget(&self.connection, upto)
        {
            tracing::warn!(%error, "the journal is emptied later");
        }
    }

    /// Tells up to where the journal is in the tables, when a generation is complete.
    fn transact(
        &mut self,
        jobs: Vec<Needed>,
        piece: Piece,
        taken: &mut Taken,
        outcomes: &mut Vec<Announce>,
    ) -> Result<Option<u64>, StoreError> {
        self.in_doubt = None;
        let ends = self.pending.folding().is_some_and(|left| left <= piece.customers);
        let writes = jobs.iter().any(|job| matches!(job, Needed::Write(_)));
        let durable = ends || writes;
        let (transaction, epoch) = match partition::begin(&self.connection, &self.shared.epoch, durable) {
            Ok(begun) => begun,
            Err(error) => {
                outcomes.extend(jobs.into_iter().filter_map(Needed::refused));
                return Err(error);
            }
        };
        let (rows_most, order) = (self.rows_most, &mut self.order);
        let mut fold = Fold { transaction: &transaction, taken, events: false, rows_most, order };
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
                Needed::Write(work) if failed.is_none() => {
                    // Moving from another database brings events.
                    fold.order.forget();
                    failed = in_savepoint(&transaction, work, outcomes).err();
                }
                Needed::Write(work) => outcomes.extend(work(None).ok()),
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
            transaction.execute(SET_SEQUENCE, params![FOLDED, upto])?;
        }
        self.events_written |= fold.events;
        if writes && transaction.gathers() {
            self.changes = self.changes.wrapping_add(1);
            let change = (epoch << CHANGE_BITS) | i64::from(self.changes);
            transaction.post(SET_SEQUENCE, params![CHANGED, change])?;
            self.in_doubt = Some(change);
        }
        transaction.commit()?;
        self.in_doubt = None;
        self.durable = durable;
        Ok(complete)
    }
}

const SET_SEQUENCE: &str = "INSERT INTO sequence (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// The monotonic clock, for pacing only: nothing that is stored depends on it.
fn now() -> Instant {
    Instant::now()
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
    order: &'a mut EventOrder,
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
        let result = self.rows(customer, &images);
        self.taken.push((customer, images));
        result
    }

    fn rows(&mut self, customer: CustomerId, images: &CustomerImages) -> Result<(), StoreError> {
        let mut counted = None;
        for (key, bytes) in images.iter() {
            let key = image::read_key(key)?;
            self.events |= matches!(key, crate::RowKey::Event(_));
            fold::row(self.transaction, customer, (&key, bytes), &mut counted, self.order)?;
        }
        counted.map_or(Ok(()), |counted| fold::counted_head(self.transaction, customer, counted))
    }
}
