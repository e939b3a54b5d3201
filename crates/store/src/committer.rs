//! The one writing thread: group commit, and folding a little with every commit.
//!
//! Everything that is queued when a commit starts shares it: batches of the engine and jobs of the office. A batch is journal
//! rows; images of customers that somebody is about to read (`fold_now`) go into the tables in the same transaction, the rest
//! later. Folding is spread over the commits in bounded pieces, so that no commit waits for a checkpoint.

use crate::image::{self, Image};
use crate::partition::Ownership;
use crate::pending::{CustomerImages, Pending};
use crate::{StoreError, fold};
use charging::CustomerId;
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Rows folded with one commit while others wait.
const FOLD_ROWS_BUSY: usize = 256;
/// Rows folded with one commit when nobody waits.
const FOLD_ROWS_IDLE: usize = 4_096;
/// The tables are at most about this far behind the journal.
const FOLD_AFTER: Duration = Duration::from_millis(800);
/// Commits begin at least this far apart while work streams in; one that comes alone does not wait.
const COMMIT_EVERY: Duration = Duration::from_micros(500);
/// Jobs that share one commit at most.
const JOBS_MOST: usize = 256;

/// Why a batch was not made durable. Nothing of it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitFailure {
    /// The database refused; the owner must load its partitions again.
    #[error("the commit failed")]
    Failed,
    /// Another process took the partitions over.
    #[error("another process owns the partitions now")]
    Fenced,
    /// The store is shutting down.
    #[error("the store has stopped")]
    Stopped,
}

/// What an engine thread wants to be durable at once.
pub struct Batch {
    /// Under whose right.
    pub ownership: Ownership,
    /// The rows, of any number of customers; later images of a row replace earlier ones.
    pub images: Vec<Image>,
    /// Customers whose images go into the tables with this commit.
    pub fold_now: Vec<CustomerId>,
    /// Called on the writing thread once the outcome is known.
    pub done: Box<dyn FnOnce(Result<(), CommitFailure>) + Send>,
}

type Work = Box<dyn FnOnce(Option<&Transaction<'_>>) -> Result<Announce, StoreError> + Send>;
/// Called after the commit with whether it worked.
pub(crate) type Announce = Box<dyn FnOnce(bool) + Send>;

pub(crate) enum Job {
    Batch(Batch),
    Write(Work),
    /// Fold everything, then answer.
    Flush(Announce),
    Stop,
}

/// The queue in front of the writing thread.
pub(crate) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    filled: Condvar,
}

impl Queue {
    pub fn new() -> Self {
        Self { jobs: Mutex::new(VecDeque::new()), filled: Condvar::new() }
    }

    pub fn push(&self, job: Job) {
        self.jobs.lock().push_back(job);
        self.filled.notify_one();
    }

    /// Whether jobs wait.
    fn busy(&self) -> bool {
        !self.jobs.lock().is_empty()
    }

    /// Waits for a job, then, while commits follow each other quickly, until `not_before` so that more share the commit.
    fn take(&self, wait: Duration, not_before: Instant) -> Vec<Job> {
        let mut jobs = self.jobs.lock();
        if jobs.is_empty() {
            self.filled.wait_for(&mut jobs, wait);
        }
        while !jobs.is_empty()
            && jobs.len() < JOBS_MOST
            && !self.filled.wait_until(&mut jobs, not_before).timed_out()
        {}
        let count = jobs.len().min(JOBS_MOST);
        jobs.drain(..count).collect()
    }
}

/// Called after commits that wrote events into the table.
pub(crate) type EventsHook = Arc<Mutex<Vec<Box<dyn Fn() + Send>>>>;

pub(crate) struct Committer {
    connection: Connection,
    queue: Arc<Queue>,
    pending: Pending,
    turned_at: Instant,
    events_hook: EventsHook,
    events_written: bool,
    /// `pending` is not what the journal holds: nothing is written before it is read back.
    in_doubt: bool,
    wal_grown: Arc<AtomicBool>,
    /// Last journal id given.
    last_id: i64,
    /// When the last commit began.
    began_at: Instant,
}

impl Committer {
    pub fn new(
        connection: Connection,
        queue: Arc<Queue>,
        events_hook: EventsHook,
        wal_grown: Arc<AtomicBool>,
    ) -> Self {
        let (pending, turned_at) = (Pending::default(), now());
        Self {
            connection,
            queue,
            pending,
            turned_at,
            events_hook,
            events_written: false,
            in_doubt: true,
            wal_grown,
            last_id: 0,
            began_at: turned_at,
        }
    }

    /// Folds what a crash or a failed commit left in the journal. Tells how many journal rows there were.
    pub fn recover(&mut self) -> Result<usize, StoreError> {
        self.in_doubt = true;
        self.pending = Pending::default();
        let mut rows = 0;
        {
            let mut statement = self.connection.prepare("SELECT id, payload FROM journal ORDER BY id")?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let id: i64 = row.get(0)?;
                let payload: Vec<u8> = row.get(1)?;
                rows += 1;
                self.pending.cover(id);
                self.last_id = self.last_id.max(id);
                for image in image::read_journal(&payload)? {
                    self.pending.add(image);
                }
            }
        }
        self.fold_everything()?;
        self.in_doubt = false;
        Ok(rows)
    }

    /// Runs until told to stop.
    pub fn run(mut self) {
        loop {
            let wait = if self.pending.is_empty() { Duration::from_secs(60) } else { FOLD_AFTER / 4 };
            let jobs = self.queue.take(wait, self.began_at + COMMIT_EVERY);
            self.began_at = now();
            let stop = jobs.iter().any(|job| matches!(job, Job::Stop));
            self.turn_generation();
            if !jobs.is_empty() || self.pending.is_folding() {
                self.cycle(jobs);
            }
            if stop {
                if !self.in_doubt
                    && let Err(error) = self.fold_everything()
                {
                    tracing::error!(%error, "what is in the journal is folded at the next start");
                }
                let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
                return;
            }
        }
    }

    fn turn_generation(&mut self) {
        if !self.pending.is_folding() && self.turned_at.elapsed() >= FOLD_AFTER {
            self.pending.turn();
            self.turned_at = now();
        }
    }

    /// One transaction: everything queued, and a piece of folding.
    fn cycle(&mut self, jobs: Vec<Job>) {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(jobs.len());
        let ready = if self.in_doubt { self.recover().map(|_| ()) } else { Ok(()) };
        let result = match ready {
            Ok(()) => self.transact(jobs, &mut outcomes),
            Err(error) => {
                outcomes.extend(jobs.into_iter().map(Outcome::failed));
                Err(error)
            }
        };
        if let Err(error) = &result {
            tracing::error!(%error, "commit failed");
            // The tables are as before; what this cycle folded is read back from the journal.
            self.in_doubt = true;
        }
        let committed = result.is_ok();
        for outcome in outcomes {
            outcome.announce(committed);
        }
        if committed && std::mem::take(&mut self.events_written) {
            for hook in self.events_hook.lock().iter() {
                hook();
            }
        }
        if self.wal_grown.swap(false, Ordering::Relaxed) {
            // The other thread has moved nearly all of it; the rest moves here, so that the WAL starts anew.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    }

    fn transact(&mut self, jobs: Vec<Job>, outcomes: &mut Vec<Outcome>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                outcomes.extend(jobs.into_iter().map(Outcome::failed));
                return Err(error.into());
            }
        };
        let mut failed = None;
        let mut flush = false;
        for job in jobs {
            match job {
                Job::Batch(Batch { ownership, images, fold_now, done }) => {
                    let batch = (ownership, images, &*fold_now);
                    match journal(&transaction, &mut self.pending, batch, self.last_id + 1) {
                        Ok(events) => {
                            self.last_id += 1;
                            self.events_written |= events;
                            outcomes.push(Outcome::Batch(done));
                        }
                        Err(Written::Fenced) => {
                            outcomes.push(Outcome::Refused(done, CommitFailure::Fenced));
                            failed = Some(StoreError::Fenced);
                        }
                        Err(Written::Failed(error)) => {
                            outcomes.push(Outcome::Refused(done, CommitFailure::Failed));
                            failed = Some(error);
                        }
                    }
                }
                Job::Write(work) => outcomes.extend(in_savepoint(&transaction, work)),
                Job::Flush(announce) => {
                    flush = true;
                    outcomes.push(Outcome::Announce(announce));
                }
                Job::Stop => {}
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let rows = if self.queue.busy() { FOLD_ROWS_BUSY } else { FOLD_ROWS_IDLE };
        self.events_written |=
            fold_some(&transaction, &mut self.pending, if flush { usize::MAX } else { rows })?;
        if flush {
            self.pending.turn();
            self.events_written |= fold_some(&transaction, &mut self.pending, usize::MAX)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn fold_everything(&mut self) -> Result<(), StoreError> {
        loop {
            self.pending.turn();
            if !self.pending.is_folding() {
                return Ok(());
            }
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.events_written |= fold_some(&transaction, &mut self.pending, usize::MAX)?;
            transaction.commit()?;
        }
    }
}

/// The monotonic clock, for pacing only: nothing that is stored depends on it.
fn now() -> Instant {
    Instant::now()
}

enum Written {
    Fenced,
    Failed(StoreError),
}

impl<E: Into<StoreError>> From<E> for Written {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes a batch's journal row, and folds the customers that are about to be read. Tells whether events were written.
fn journal(
    transaction: &Transaction<'_>,
    pending: &mut Pending,
    batch: (Ownership, Vec<Image>, &[CustomerId]),
    id: i64,
) -> Result<bool, Written> {
    let (ownership, images, fold_now) = batch;
    let payload = image::journal_payload(&images);
    // All partitions of this database are taken over together, so one of them tells the epoch of all.
    let mut insert = transaction.prepare_cached(
        "INSERT INTO journal (id, epoch, payload)
         SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM partition WHERE partition = 0 AND epoch = ?2)",
    )?;
    if insert.execute(rusqlite::params![id, ownership.epoch, payload])? == 0 {
        return Err(Written::Fenced);
    }
    // Noted before the commit, so that a later batch of the same commit finds them; after a failed commit everything is read back.
    pending.cover(id);
    for image in images {
        pending.add(image);
    }
    let mut events = false;
    for customer in fold_now {
        for waiting in pending.take_customer(*customer) {
            events |= fold_images(transaction, *customer, &waiting)?;
        }
    }
    Ok(events)
}

fn fold_images(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    images: &CustomerImages,
) -> Result<bool, StoreError> {
    let mut events = false;
    for (key, bytes) in images.iter() {
        events |= matches!(key, crate::RowKey::Event(_));
        fold::row(transaction, customer, key, bytes)?;
    }
    Ok(events)
}

/// Folds about `rows` rows; deletes journal rows that are no longer needed. Tells whether events were written.
fn fold_some(transaction: &Transaction<'_>, pending: &mut Pending, rows: usize) -> Result<bool, StoreError> {
    let mut events = false;
    let mut done = 0;
    while done < rows
        && let Some((customer, images)) = pending.next_folding()
    {
        done += images.len();
        events |= fold_images(transaction, customer, &images)?;
    }
    if let Some(upto) = pending.folded() {
        transaction.prepare_cached("DELETE FROM journal WHERE id <= ?1")?.execute([upto])?;
    }
    Ok(events)
}

/// Runs an office job so that its failure undoes only itself.
fn in_savepoint(transaction: &Transaction<'_>, work: Work) -> Option<Outcome> {
    if transaction.execute_batch("SAVEPOINT job").is_err() {
        return work(None).ok().map(Outcome::Announce);
    }
    let result = work(Some(transaction));
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = transaction.execute_batch(end) {
        tracing::error!(%error, "savepoint");
    }
    result.ok().map(Outcome::Announce)
}

/// What to tell whom after the commit.
enum Outcome {
    Batch(Box<dyn FnOnce(Result<(), CommitFailure>) + Send>),
    Refused(Box<dyn FnOnce(Result<(), CommitFailure>) + Send>, CommitFailure),
    Announce(Announce),
    Nothing,
}

impl Outcome {
    fn failed(job: Job) -> Self {
        match job {
            Job::Batch(batch) => Self::Refused(batch.done, CommitFailure::Failed),
            Job::Write(work) => work(None).map_or(Self::Nothing, Self::Announce),
            Job::Flush(announce) => Self::Announce(announce),
            Job::Stop => Self::Nothing,
        }
    }

    fn announce(self, committed: bool) {
        match self {
            Self::Batch(done) => done(if committed { Ok(()) } else { Err(CommitFailure::Failed) }),
            Self::Refused(done, failure) => done(Err(failure)),
            Self::Announce(announce) => announce(committed),
            Self::Nothing => {}
        }
    }
}
