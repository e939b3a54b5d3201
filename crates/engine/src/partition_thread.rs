//! One engine thread: applies commands while they arrive and hands each batch to the committer.
//!
//! State runs ahead of the disk by the batches in flight. When a commit fails, the thread forgets all aggregates (they hold
//! changes that never became durable), answers "busy" to everything in flight, and loads again from the tables: it never guesses.

use crate::mailbox::{Look, Mailbox, Request, Work};
use crate::news::{Listeners, funds_used_up};
use crate::relays::Outbox;
use crate::{Answer, Clock, EngineError, Metrics, News};
use arc_swap::ArcSwap;
use catalog::Snapshot;
use charging::{Command, Context, Customer, CustomerId, Effects, EventKind, Relay, Reply};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Batch, CommitFailure, Images, Ownership, RowKey, Store};

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
    pub outbox: Outbox,
    /// Aggregates kept in memory per thread.
    pub loaded_most: usize,
    /// Told what commits mean to running sessions.
    pub listeners: Listeners,
}

/// Batches in flight.
#[derive(Default)]
struct Flight {
    count: Mutex<usize>,
    landed: Condvar,
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
    /// Set when the state in memory is not what will be in the books; shared with the batches made from it.
    lost: Arc<AtomicBool>,
    batch_number: u64,
    records: u64,
}

/// A batch while it is being made.
#[derive(Default)]
struct Draft {
    /// Rows that changed, with repetitions.
    dirty: Vec<(CustomerId, RowKey)>,
    images: Images,
    fold_now: Vec<CustomerId>,
    /// Told when the batch is durable.
    answers: Vec<(Answer, Reply)>,
    /// Told when the tables show it, too.
    shown_answers: Vec<(Answer, Reply)>,
    /// Told to the network doors when the batch is durable.
    news: Vec<News>,
    /// Messages to other customers, sent when the batch is durable.
    relays: Vec<Relay>,
    /// A reseller has something to tell all he serves.
    announced: bool,
}

impl PartitionThread {
    pub fn new(shared: Arc<Shared>, mailbox: Arc<Mailbox>) -> Self {
        Self {
            shared,
            mailbox,
            customers: Map::default(),
            order: VecDeque::new(),
            flight: Arc::default(),
            lost: Arc::default(),
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
        if !self.lost.load(Ordering::Acquire) {
            return;
        }
        self.wait_until_landed(0);
        self.customers.clear();
        self.order.clear();
        self.lost = Arc::default();
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
                draft.news.extend(funds_used_up(&request.envelope.command, loaded.customer.as_ref(), now));
                self.note(request, reply, effects, draft);
            }
            Err(error) => {
                // The aggregate is in doubt: everything of this thread is loaded again.
                tracing::error!(%error, "the core gave up on an aggregate");
                request.answer.tell(Err(EngineError::Broken));
                self.lost.store(true, Ordering::Release);
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
        let Effects { changes, xdrs, ledger, events, relays } = effects;
        let changed = !changes.is_empty();
        relays.iter().for_each(|relay| draft.images.add_relay(relay));
        draft.relays.extend(relays);
        if let (Command::Receive { relay, .. }, Reply::Done(_)) = (&request.envelope.command, &reply) {
            // In the commit that takes it the message leaves the outbox.
            draft.images.add_relay_taken(relay);
        }
        let told = |kind| matches!(kind, EventKind::ResellerStopped | EventKind::ResellerServing);
        draft.announced |= events.iter().any(|event| told(event.kind));
        let mut dirty = |key| draft.dirty.push((id, key));
        if changes.head {
            dirty(RowKey::Head);
        }
        changes.accounts.into_iter().map(RowKey::Account).for_each(&mut dirty);
        changes.sessions.into_iter().map(RowKey::Session).for_each(&mut dirty);
        changes.applied.into_iter().map(RowKey::Applied).for_each(&mut dirty);
        xdrs.iter().for_each(|xdr| draft.images.add_xdr(xdr));
        ledger.iter().for_each(|entry| draft.images.add_ledger(entry));
        events.iter().for_each(|event| draft.images.add_event(event));
        draft.news.extend(events.iter().filter_map(|event| News::of(event, &request.envelope.command)));
        // A repeated request gets its first answer and brings no records again.
        if let Some(records) = request.records
            && changed
            && !refused
        {
            for record in records(&reply) {
                self.records += 1;
                draft.images.add_record(id, self.records, &record);
            }
        }
        if request.fold_now {
            draft.fold_now.push(id);
            draft.shown_answers.push((request.answer, reply));
        } else {
            draft.answers.push((request.answer, reply));
        }
    }

    /// Hands a batch to the committer. A batch without changes is answered once everything before it is durable.
    fn commit(&mut self, draft: Draft) {
        let Draft { mut dirty, mut images, mut fold_now, answers, shown_answers, news, relays, announced } =
            draft;
        if answers.is_empty() && shown_answers.is_empty() {
            return;
        }
        dirty.sort_unstable();
        dirty.dedup();
        fold_now.sort_unstable();
        fold_now.dedup();
        for (id, key) in &dirty {
            if let Some(customer) = self.customers.get(id).and_then(|loaded| loaded.customer.as_ref()) {
                images.add_row(customer, key);
            }
        }
        self.batch_number += 1;
        self.wait_until_landed(IN_FLIGHT_MOST - 1);
        let metrics = self.shared.metrics.clone();
        // Whichever comes first takes them: the failure, or the tables.
        let shown = Arc::new(Mutex::new(shown_answers));
        let folded = (!fold_now.is_empty()).then(|| -> Box<dyn FnOnce() + Send> {
            let (shown, metrics) = (shown.clone(), metrics.clone());
            Box::new(move || tell_all(std::mem::take(&mut *shown.lock()), &metrics, Ok(())))
        });
        *self.flight.count.lock() += 1;
        let (flight, listeners) = (self.flight.clone(), self.shared.listeners.clone());
        let outbox = self.shared.outbox.clone();
        let started = std::time::Instant::now();
        let done = move |outcome: Result<(), CommitFailure>| {
            let told = outcome.map_err(|failure| match failure {
                CommitFailure::Failed => EngineError::Busy,
                CommitFailure::Fenced => EngineError::Fenced,
                CommitFailure::Stopped => EngineError::Stopped,
            });
            metrics.batches.inc();
            metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
            tell_all(answers, &metrics, told);
            if told.is_ok() {
                listeners.tell(&news);
                outbox.durable(relays, announced);
            } else {
                tell_all(std::mem::take(&mut *shown.lock()), &metrics, told);
            }
            *flight.count.lock() -= 1;
            flight.landed.notify_all();
        };
        let ownership = self.shared.ownership;
        let (lost, done) = (self.lost.clone(), Box::new(done));
        self.shared.store.commit(Batch { ownership, images, fold_now, lost, done, folded });
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
