//! One engine thread: applies commands while they arrive and hands each batch to the committer.
//!
//! State runs ahead of the disk by the batches in flight. When a commit fails, the thread forgets all aggregates (they hold
//! changes that never became durable), answers "busy" to everything in flight, and loads again from the tables: it never guesses.

use crate::mailbox::{Look, Mailbox, Request, Work};
use crate::{Answer, Clock, EngineError, Metrics};
use arc_swap::ArcSwap;
use catalog::Snapshot;
use charging::{Context, Customer, CustomerId, Effects, Reply};
use foldhash::quality::FixedState;
use hashbrown::{HashMap, HashSet};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::{Batch, CommitFailure, Image, Ownership, RowKey, Store};

/// Commands applied in one batch at most.
const BATCH_MOST: usize = 2_048;
/// Batches handed over and not yet durable, per thread.
const IN_FLIGHT_MOST: usize = 2;
/// How long a thread waits for work before it looks after itself.
const PATIENCE: Duration = Duration::from_millis(500);

type Map<K, V> = HashMap<K, V, FixedState>;

/// What the engine gives to each thread.
pub(crate) struct Shared {
    pub store: Arc<Store>,
    pub catalog: Arc<ArcSwap<Snapshot>>,
    pub clock: Clock,
    pub ownership: Ownership,
    pub metrics: Metrics,
    /// Aggregates kept in memory per thread.
    pub loaded_most: usize,
}

/// Batches in flight, and the failures that the committer reports back.
#[derive(Default)]
struct Flight {
    count: Mutex<usize>,
    landed: Condvar,
    /// Generations up to this one are lost.
    failed: AtomicU64,
}

/// An aggregate and what it needs for eviction.
struct Loaded {
    customer: Option<Customer>,
    /// Batch in which it changed last.
    touched: u64,
}

pub(crate) struct PartitionThread {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    customers: Map<CustomerId, Loaded>,
    /// Order of loading, for eviction.
    order: VecDeque<CustomerId>,
    flight: Arc<Flight>,
    generation: u64,
    batch_number: u64,
    records: u64,
}

/// A batch while it is being made.
#[derive(Default)]
struct Draft {
    dirty: Map<CustomerId, HashSet<RowKey, FixedState>>,
    appended: Vec<Image>,
    fold_now: Vec<CustomerId>,
    answers: Vec<(Answer, Reply)>,
}

impl PartitionThread {
    pub fn new(shared: Arc<Shared>, mailbox: Arc<Mailbox>) -> Self {
        Self {
            shared,
            mailbox,
            customers: Map::default(),
            order: VecDeque::new(),
            flight: Arc::default(),
            generation: 1,
            batch_number: 0,
            records: 0,
        }
    }

    /// Runs until told to stop; then waits for the batches in flight.
    pub fn run(mut self) {
        let mut work = Vec::new();
        loop {
            self.mailbox.take(&mut work, PATIENCE);
            let mut waiting = work.drain(..).peekable();
            let mut stop = false;
            while waiting.peek().is_some() {
                self.reload_after_failure();
                let mut draft = Draft::default();
                let mut applied = 0;
                while applied < BATCH_MOST
                    && let Some(next) = waiting.next()
                {
                    applied += 1;
                    match next {
                        Work::Request(request) => self.apply(request, &mut draft),
                        Work::Look(customer, look) => self.look(customer, look),
                        Work::Stop => stop = true,
                    }
                }
                self.commit(draft);
            }
            drop(waiting);
            if stop {
                self.wait_until_landed(0);
                return;
            }
            self.evict();
        }
    }

    fn reload_after_failure(&mut self) {
        if self.flight.failed.load(Ordering::Acquire) < self.generation {
            return;
        }
        self.wait_until_landed(0);
        self.customers.clear();
        self.order.clear();
        self.generation += 1;
        self.shared.metrics.failed_commits.inc();
        // What did become durable must be in the tables before they are read again.
        if let Err(error) = self.shared.store.flush() {
            tracing::error!(%error, "cannot fold before loading again");
        }
    }

    /// The aggregate, loaded on first use.
    fn load(&mut self, id: CustomerId) -> Result<&mut Loaded, EngineError> {
        if !self.customers.contains_key(&id) {
            let now = self.shared.clock.now();
            let closed_after = now.minus(charging::CLOSED_KEPT);
            let customer = self.shared.store.load_customer(id, now, closed_after).map_err(|error| {
                tracing::error!(%error, customer = id.0, "cannot load");
                EngineError::Broken
            })?;
            self.customers.insert(id, Loaded { customer, touched: 0 });
            self.order.push_back(id);
            self.shared.metrics.loaded.inc();
        }
        self.customers.get_mut(&id).ok_or(EngineError::Broken)
    }

    fn look(&mut self, id: CustomerId, look: Look) {
        match self.load(id) {
            Ok(loaded) => look(Ok(loaded.customer.as_ref())),
            Err(error) => look(Err(error)),
        }
    }

    fn apply(&mut self, request: Request, draft: &mut Draft) {
        let id = request.envelope.customer;
        let (catalog, now) = (self.shared.catalog.load(), self.shared.clock.now());
        let number = self.batch_number + 1;
        let loaded = match self.load(id) {
            Ok(loaded) => loaded,
            Err(error) => return request.answer.tell(Err(error)),
        };
        let context = Context { catalog: &catalog, now };
        match charging::apply(&mut loaded.customer, &request.envelope, context) {
            Ok((reply, effects)) => {
                loaded.touched = number;
                self.note(request, reply, effects, draft);
            }
            Err(error) => {
                // The aggregate is in doubt: everything of this thread is loaded again.
                tracing::error!(%error, "the core gave up on an aggregate");
                request.answer.tell(Err(EngineError::Broken));
                self.flight.failed.store(self.generation, Ordering::Release);
            }
        }
    }

    /// Writes down what a command changed.
    fn note(&mut self, request: Request, reply: Reply, effects: Effects, draft: &mut Draft) {
        let id = request.envelope.customer;
        self.shared.metrics.commands.inc();
        let refused = matches!(reply, Reply::Refused(_));
        if refused {
            self.shared.metrics.refused.inc();
        }
        let Effects { changes, xdrs, ledger, events } = effects;
        let changed = !changes.is_empty();
        if !changes.is_empty() {
            let dirty = draft.dirty.entry(id).or_default();
            if changes.head {
                dirty.insert(RowKey::Head);
            }
            dirty.extend(changes.accounts.into_iter().map(RowKey::Account));
            dirty.extend(changes.sessions.into_iter().map(RowKey::Session));
            dirty.extend(changes.applied.into_iter().map(RowKey::Applied));
        }
        draft.appended.extend(xdrs.iter().map(Image::xdr));
        draft.appended.extend(ledger.iter().map(Image::ledger));
        draft.appended.extend(events.iter().map(Image::event));
        // A repeated request gets its first answer and brings no records again.
        if let Some(records) = request.records
            && changed
            && !refused
        {
            for record in records(&reply) {
                self.records += 1;
                draft.appended.push(Image::record(id, self.records, &record));
            }
        }
        if request.fold_now && !draft.fold_now.contains(&id) {
            draft.fold_now.push(id);
        }
        draft.answers.push((request.answer, reply));
    }

    /// Hands a batch to the committer. A batch without changes is answered once everything before it is durable.
    fn commit(&mut self, draft: Draft) {
        if draft.answers.is_empty() {
            return;
        }
        let Draft { dirty, mut appended, fold_now, answers } = draft;
        let mut images = Vec::with_capacity(dirty.len() * 2 + appended.len());
        for (id, keys) in dirty {
            let Some(customer) = self.customers.get(&id).and_then(|l| l.customer.as_ref()) else { continue };
            images.extend(keys.into_iter().filter_map(|key| Image::of(customer, key)));
        }
        images.append(&mut appended);
        self.batch_number += 1;
        self.wait_until_landed(IN_FLIGHT_MOST - 1);
        if self.flight.failed.load(Ordering::Acquire) >= self.generation {
            // Made on top of something that was lost.
            return tell_all(answers, &self.shared.metrics, Err(EngineError::Busy));
        }
        *self.flight.count.lock() += 1;
        let (flight, generation, metrics) =
            (self.flight.clone(), self.generation, self.shared.metrics.clone());
        let started = std::time::Instant::now();
        let done = move |outcome: Result<(), CommitFailure>| {
            // A batch that was in flight when an earlier one failed must not be believed either.
            let lost = flight.failed.load(Ordering::Acquire) >= generation;
            if outcome.is_err() {
                flight.failed.store(generation, Ordering::Release);
            }
            let told = match outcome {
                Ok(()) if !lost => Ok(()),
                Err(CommitFailure::Fenced) => Err(EngineError::Fenced),
                Err(CommitFailure::Stopped) => Err(EngineError::Stopped),
                _ => Err(EngineError::Busy),
            };
            metrics.batches.inc();
            metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
            tell_all(answers, &metrics, told);
            *flight.count.lock() -= 1;
            flight.landed.notify_all();
        };
        let ownership = self.shared.ownership;
        self.shared.store.commit(Batch { ownership, images, fold_now, done: Box::new(done) });
    }

    fn wait_until_landed(&self, most: usize) {
        let mut count = self.flight.count.lock();
        while *count > most {
            self.flight.landed.wait(&mut count);
        }
    }

    /// Forgets the aggregates loaded longest ago once their changes are in the tables for sure.
    fn evict(&mut self) {
        if self.customers.len() <= self.shared.loaded_most {
            return;
        }
        self.wait_until_landed(0);
        if self.shared.store.flush().is_err() {
            return;
        }
        let surplus = self.customers.len().saturating_sub(self.shared.loaded_most / 10 * 9);
        for _ in 0..surplus {
            let Some(id) = self.order.pop_front() else { return };
            let recent =
                self.customers.get(&id).is_some_and(|l| l.touched + RECENT_BATCHES > self.batch_number);
            if recent {
                self.order.push_back(id);
            } else if self.customers.remove(&id).is_some() {
                self.shared.metrics.loaded.dec();
            }
        }
    }
}

/// Aggregates changed within so many batches stay.
const RECENT_BATCHES: u64 = 64;

fn tell_all(answers: Vec<(Answer, Reply)>, metrics: &Metrics, told: Result<(), EngineError>) {
    for (answer, reply) in answers {
        if told.is_err() {
            metrics.busy.inc();
        }
        answer.tell(told.map(|()| reply));
    }
}
