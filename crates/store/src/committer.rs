//! The journal's thread: group commit.
//!
//! Everything that is queued when a commit starts shares it. Once it is durable, its images go on to the tables' thread and whoever
//! waits is told here: the next commit would have to wait for its time anyway, and another thread would first have to be woken.

use crate::backlog::Backlog;
use crate::image::Images;
use crate::journal::Journal;
use crate::partition::{Epoch, Ownership};
use crate::queue::Queue;
use crate::tables_thread::{Durable, Flush, TableJob};
use charging::CustomerId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Commits begin at least this far apart: what comes meanwhile shares the next one. Each costs the processor as much as many requests.
const COMMIT_EVERY: Duration = Duration::from_millis(1);
/// Where more than [`CROWDED`] comes: nearly all that the machine can do is asked of it then, and so much waits anyway.
const COMMIT_EVERY_CROWDED: Duration = Duration::from_millis(4);
/// Octets a second, some 450,000 requests.
const CROWDED: u128 = 64_000_000;
/// Batches that share one commit at most.
const BATCHES_MOST: usize = 256;

/// Why a batch was not made durable. Nothing of it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitFailure {
    /// The disk refused; the owner must load its partitions again.
    #[error("the commit failed")]
    Failed,
    /// Another process took the partitions over.
    #[error("another process owns the partitions now")]
    Fenced,
    /// The store is shutting down.
    #[error("the store has stopped")]
    Stopped,
}

/// Hears what became of a batch.
pub type Done = Box<dyn FnOnce(Result<(), CommitFailure>, bool) + Send>;

/// What an engine thread wants to be durable at once.
pub struct Batch {
    /// Under whose right.
    pub ownership: Ownership,
    /// The rows, of any number of customers; later images of a row replace earlier ones. A batch without any is answered once
    /// everything before it is durable.
    pub images: Images,
    /// Customers whose images go into the tables before `folded` is called.
    pub fold_now: Vec<CustomerId>,
    /// Set when a commit fails: batches that were made on top of it carry the same flag and are refused.
    pub lost: Arc<AtomicBool>,
    /// Called once the outcome is known, with whether others of the same commit are told theirs right behind it.
    pub done: Done,
    /// Called after `done(Ok)` and after the tables show `fold_now`; dropped when the batch is not durable.
    pub folded: Option<Box<dyn FnOnce() + Send>>,
}

/// What the journal's thread is asked for.
pub(crate) enum JournalJob {
    Batch(Batch),
    /// Goes on to the tables' thread behind everything committed before.
    Flush(Flush),
}

impl JournalJob {
    fn octets(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.images.octets().len(),
            Self::Flush(_) => 0,
        }
    }
}

/// Whom to tell what.
pub(crate) type Told = (Done, Result<(), CommitFailure>);

pub(crate) struct Committer {
    pub journal: Journal,
    pub queue: Arc<Queue<JournalJob>>,
    pub tables: Arc<Queue<TableJob>>,
    pub backlog: Arc<Backlog>,
    pub epoch: Arc<Epoch>,
}

impl Committer {
    /// Runs until the queue is closed.
    pub fn run(mut self) {
        let mut began_at = now();
        let mut began_before = began_at;
        while let Some(jobs) = self.queue.take(None, BATCHES_MOST) {
            self.backlog.wait_for_room(|| self.queue.is_closed());
            let since_last = began_at.duration_since(began_before);
            began_before = began_at;
            let octets: usize = jobs.iter().map(JournalJob::octets).sum();
            let mut told = self.cycle(jobs).into_iter();
            while let Some((done, outcome)) = told.next() {
                done(outcome, !told.as_slice().is_empty());
            }
            let apart = if is_crowded(octets, since_last) { COMMIT_EVERY_CROWDED } else { COMMIT_EVERY };
            if let Some(rest) = apart.checked_sub(began_at.elapsed()) {
                // Nobody unparks: what comes meanwhile waits in the queue.
                std::thread::park_timeout(rest);
            }
            began_at = now();
        }
        self.tables.close();
    }

    /// One commit: everything queued.
    pub fn cycle(&mut self, jobs: Vec<JournalJob>) -> Vec<Told> {
        let mut told = Vec::with_capacity(jobs.len());
        let (mut batches, mut flushes) = (Vec::with_capacity(jobs.len()), Vec::new());
        for job in jobs {
            match job {
                JournalJob::Flush(flush) => flushes.push(flush),
                JournalJob::Batch(batch) if !self.epoch.is(batch.ownership) => {
                    batch.lost.store(true, Ordering::Release);
                    told.push((batch.done, Err(CommitFailure::Fenced)));
                }
                JournalJob::Batch(batch) if batch.lost.load(Ordering::Acquire) => {
                    told.push((batch.done, Err(CommitFailure::Failed)));
                }
                JournalJob::Batch(batch) => batches.push(batch),
            }
        }
        let written = batches.iter().filter(|batch| !batch.images.is_empty());
        let payloads: Vec<&[u8]> = written.map(|batch| batch.images.octets()).collect();
        let mut id = self.journal.last_id();
        let durable = if payloads.is_empty() { Ok(()) } else { self.journal.append(&payloads) };
        if durable.is_ok() {
            for batch in &mut batches {
                id += u64::from(!batch.images.is_empty());
                self.pass_on(batch, id);
            }
        }
        if durable.is_err() {
            batches.iter().for_each(|batch| batch.lost.store(true, Ordering::Release));
        }
        told.extend(batches.into_iter().map(|batch| (batch.done, durable)));
        // Behind the images of this commit.
        for flush in flushes {
            if let Err(TableJob::Flush(flush)) = self.tables.push(TableJob::Flush(flush)) {
                (flush.announce)(false);
            }
        }
        told
    }

    /// Gives a durable batch's images to the tables' thread, and whoever waits for the tables to show what came before.
    fn pass_on(&self, batch: &mut Batch, id: u64) {
        if batch.images.is_empty() && batch.folded.is_none() {
            return;
        }
        let images = std::mem::take(&mut batch.images);
        let durable = Durable {
            id,
            images,
            fold_now: std::mem::take(&mut batch.fold_now),
            folded: batch.folded.take(),
        };
        self.backlog.grow(durable.images.octets().len());
        // Closed only after this thread has ended.
        let _ = self.tables.push(TableJob::Durable(durable));
    }
}

/// Whether so much comes that a longer wait is worth it. By the time in which it came: longer waits make larger commits by themselves.
fn is_crowded(octets: usize, came_in: Duration) -> bool {
    octets as u128 * 1_000_000 > CROWDED * came_in.as_micros()
}

/// The monotonic clock, for pacing only: nothing that is stored depends on it.
fn now() -> Instant {
    Instant::now()
}
