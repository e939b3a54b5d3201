//! The aggregates of some partitions in memory, and the batches made of their changes.
//!
//! Flows in: requests, and how to load who is not here yet. Flows out: batches for the store, which tell the answers once they are
//! durable. A thread drives it in the product, a seed in the simulation. Must not know: threads, the clock, SQL.

mod look_ahead;

use crate::lapses::{self, Lapses};
use crate::mailbox::{Look, Request, Work};
use crate::news::{News, funds_used_up};
use crate::{Answer, EngineError, Metrics, Outlets};
use calendar::Instant;
use charging::{
    Changes, ChargingError, Command, Context, Customer, CustomerId, Effects, Envelope, EventKind, Relay,
    Reply,
};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Batch, CommitFailure, Images, Ownership, Rooms, RowKey, StoreError};

/// Aggregates changed within so many batches stay.
const RECENT_BATCHES: u64 = 64;

type Map<K, V> = HashMap<K, V, FixedState>;

/// What was loaded of a customer; `None` when there is no such customer.
pub type Loading = Result<Option<Customer>, StoreError>;

/// An aggregate and what it needs for eviction.
struct Loaded {
    customer: Option<Customer>,
    /// Batch in which it changed last.
    touched: u64,
    /// The clock has been told of this.
    due: Option<Instant>,
}

/// Who is in memory. State runs ahead of the disk by the batches in flight; when one of them fails, all of it is in doubt.
pub struct Aggregates {
    /// Boxed: a table of large values wastes as much again in empty places.
    customers: Map<CustomerId, Box<Loaded>>,
    /// Order of loading, for eviction.
    order: VecDeque<CustomerId>,
    loaded_most: usize,
    /// Set when the state in memory is not what will be in the books; shared with the batches made from it.
    lost: Arc<AtomicBool>,
    batch_number: u64,
    records: u64,
    /// Of batches that are done with.
    rooms: (Rooms<u8>, Rooms<(Answer, Reply)>),
    metrics: Metrics,
    outlets: Outlets,
    lapses: Lapses,
}

/// A batch while it is being made.
#[derive(Default)]
pub struct Draft {
    /// Rows that changed, with repetitions.
    dirty: Vec<(CustomerId, RowKey)>,
    images: Images,
    fold_now: Vec<CustomerId>,
    /// Told when the batch is durable.
    answers: Vec<(Answer, Reply)>,
    /// Told when the tables show it, too.
    shown_answers: Vec<(Answer, Reply)>,
    told: Told,
    /// Of the command that is being applied; else empty, with room.
    effects: Effects,
    /// Commands in it that were refused.
    refused: u64,
}

/// What a durable batch tells others than those who asked.
#[derive(Default)]
pub struct Told {
    /// For the network doors.
    pub news: Vec<News>,
    /// Messages to other customers.
    pub relays: Vec<Relay>,
    /// A reseller has something to tell all he serves.
    pub announced: bool,
}

impl Draft {
    /// Nobody waits for it.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.shown_answers.is_empty()
    }
}

impl Aggregates {
    /// Nobody is loaded; `loaded_most` may be before some are forgotten again.
    pub fn new(loaded_most: usize, metrics: Metrics, outlets: Outlets) -> Self {
        Self {
            customers: Map::default(),
            order: VecDeque::new(),
            loaded_most,
            lost: Arc::default(),
            batch_number: 0,
            records: 0,
            rooms: Default::default(),
            metrics,
            outlets,
            lapses: Lapses::default(),
        }
    }

    /// The same, with a clock that is told what running sessions wait for.
    pub(crate) fn watched(self, lapses: Lapses) -> Self {
        Self { lapses, ..self }
    }

    /// An empty draft in the room of one that is done with.
    pub fn draft(&self) -> Draft {
        let (images, answers) = &self.rooms;
        Draft { images: Images::in_room(images), answers: answers.take(), ..Draft::default() }
    }

    /// Whether the state is in doubt: once all batches have landed and what became durable is in the tables, forget it.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// What is in memory is in doubt from now on.
    pub(crate) fn doubt(&self) {
        self.lost.store(true, Ordering::Release);
    }

    /// Forgets everybody. Nothing may be in flight.
    pub fn forget(&mut self) {
        self.metrics.loaded.dec_by(i64::try_from(self.customers.len()).unwrap_or(i64::MAX));
        self.customers.clear();
        self.order.clear();
        self.lost = Arc::default();
    }

    /// The aggregate, loaded on first use.
    fn loaded(
        &mut self,
        id: CustomerId,
        load: impl FnOnce(CustomerId) -> Loading,
    ) -> Result<&mut Loaded, EngineError> {
        let vacant = match self.customers.entry(id) {
            Entry::Occupied(found) => return Ok(&mut **found.into_mut()),
            Entry::Vacant(vacant) => vacant,
        };
        let customer = load(id).map_err(|error| {
            if error.is_passing() {
                return EngineError::Busy;
            }
            tracing::error!(%error, customer = id.0, "cannot load");
            EngineError::Broken
        })?;
        let due = customer.as_ref().and_then(lapses::due);
        due.into_iter().for_each(|at| self.lapses.add(at, id));
        self.order.push_back(id);
        self.metrics.loaded.inc();
        Ok(&mut **vacant.insert(Box::new(Loaded { customer, touched: 0, due })))
    }

    /// Shows a customer as he is now.
    pub fn look(&mut self, id: CustomerId, look: Look, load: impl FnOnce(CustomerId) -> Loading) {
        match self.loaded(id, load) {
            Ok(loaded) => look(Ok(loaded.customer.as_ref())),
            Err(error) => look(Err(error)),
        }
    }

    /// Whether a command can be applied without loading anybody.
    pub fn is_here(&self, work: &Work) -> bool {
        match work {
            Work::Request(request) => self.customers.contains_key(&request.envelope.customer),
            Work::Look(customer, _) => self.customers.contains_key(customer),
            Work::Stop => false,
        }
    }

    /// Applies a request and adds what it changed to the draft. It stays where it lies (it is moved through enough hands before); its
    /// answer and its records are taken out of it.
    pub fn apply(
        &mut self,
        request: &mut Request,
        context: Context<'_>,
        load: impl FnOnce(CustomerId) -> Loading,
        draft: &mut Draft,
    ) {
        self.apply_by(charging::apply_into, request, context, load, draft);
    }

    /// The same with a core of the caller's: one that is watched, for example.
    pub fn apply_by<Core>(
        &mut self,
        core: Core,
        request: &mut Request,
        context: Context<'_>,
        load: impl FnOnce(CustomerId) -> Loading,
        draft: &mut Draft,
    ) where
        Core: FnOnce(
            &mut Option<Customer>,
            &Envelope,
            Context<'_>,
            &mut Effects,
        ) -> Result<Reply, ChargingError>,
    {
        let number = self.batch_number + 1;
        let loaded = match self.loaded(request.envelope.customer, load) {
            Ok(loaded) => loaded,
            Err(error) => return request.answer.take().tell(Err(error)),
        };
        match core(&mut loaded.customer, &request.envelope, context, &mut draft.effects) {
            Ok(reply) => {
                let changes = &draft.effects.changes;
                loaded.touched = number;
                let customer = loaded.customer.as_ref();
                draft.told.news.extend(funds_used_up(&request.envelope.command, customer, context.now));
                if let (true, Command::Session(step), Some(customer)) =
                    (changes.counted, &request.envelope.command, customer)
                {
                    // So small that it is written at once, while all of it is at hand.
                    draft.images.add_counts(customer, &step.session);
                }
                // What only counts changes no times.
                if changes.head {
                    let due = customer.and_then(lapses::due);
                    let changed = std::mem::replace(&mut loaded.due, due) != due;
                    if let Some(at) = due.filter(|_| changed) {
                        self.lapses.add(at, request.envelope.customer);
                    }
                }
                self.note(request, reply, draft);
            }
            Err(error) => {
                // The aggregate is in doubt: everything here is loaded again.
                draft.effects = Effects::default();
                tracing::error!(%error, "the core gave up on an aggregate");
                request.answer.take().tell(Err(EngineError::Broken));
                self.doubt();
            }
        }
    }

    /// Answers "busy": the state is in doubt and cannot be loaded again yet.
    pub fn turn_away(&self, request: &mut Request) {
        self.metrics.busy.inc();
        request.answer.take().tell(Err(EngineError::Busy));
    }

    /// Writes down what a command changed, and leaves nothing of it in the draft's effects.
    #[inline]
    fn note(&mut self, request: &mut Request, reply: Reply, draft: &mut Draft) {
        let id = request.envelope.customer;
        let refused = matches!(reply, Reply::Refused(_));
        let Draft { effects, dirty, images, told, .. } = draft;
        let Effects { changes, xdrs, ledger, events, relays } = effects;
        let changed = !changes.is_empty();
        let Changes { head, accounts, sessions, counted, applied } = changes;
        relays.iter().for_each(|relay| images.add_relay(relay));
        told.relays.append(relays);
        if let (Command::Receive { relay, .. }, Reply::Done(_)) = (&request.envelope.command, &reply) {
            // In the commit that takes it the message leaves the outbox.
            images.add_relay_taken(relay);
        }
        let mut dirty = |key| dirty.push((id, key));
        if std::mem::take(head) {
            dirty(RowKey::Head);
        }
        // Its image was written with it.
        *counted = false;
        accounts.drain(..).map(RowKey::Account).for_each(&mut dirty);
        sessions.drain(..).map(RowKey::Session).for_each(&mut dirty);
        applied.drain(..).map(RowKey::Applied).for_each(&mut dirty);
        xdrs.drain(..).for_each(|xdr| images.add_xdr(&xdr));
        ledger.drain(..).for_each(|entry| images.add_ledger(&entry));
        for event in events.drain(..) {
            images.add_event(&event);
            told.announced |= matches!(event.kind, EventKind::ResellerStopped | EventKind::ResellerServing);
            told.news.extend(News::of(&event, &request.envelope.command));
        }
        draft.refused += u64::from(refused);
        // A repeated request gets its first answer and brings no records again.
        if let Some(records) = request.records.take()
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
            draft.shown_answers.push((request.answer.take(), reply));
        } else {
            draft.answers.push((request.answer.take(), reply));
        }
        // What it holds is given back while it is at hand.
        request.envelope.command = Command::Lapse;
    }

    /// The batch of a draft: every row once, as it is now. `landed` is called after its answers were told, with what else it tells
    /// when it is durable. A batch without changes is answered once everything before it is durable.
    pub fn batch(
        &mut self,
        draft: Draft,
        ownership: Ownership,
        landed: impl FnOnce(Option<Told>) + Send + 'static,
    ) -> Batch {
        let Draft { mut dirty, mut images, mut fold_now, mut answers, shown_answers, .. } = draft;
        let (others, refused) = (draft.told, draft.refused);
        // Not one by one: counting is dear where another thread counts, too.
        self.metrics.commands.inc_by((answers.len() + shown_answers.len()) as u64);
        self.metrics.refused.inc_by(refused);
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
        let metrics = self.metrics.clone();
        // Whichever comes first takes them: the failure, or the tables.
        let shown = Arc::new(Mutex::new(shown_answers));
        let folded = (!fold_now.is_empty()).then(|| -> Box<dyn FnOnce() + Send> {
            let (shown, metrics, outlets) = (shown.clone(), metrics.clone(), Outlets::default());
            Box::new(move || {
                outlets.tell_all(&mut std::mem::take(&mut *shown.lock()), &metrics, Ok(()));
                outlets.rest();
            })
        });
        let started = std::time::Instant::now();
        let (outlets, rooms) = (self.outlets.clone(), self.rooms.1.clone());
        let done = move |outcome: Result<(), CommitFailure>, more: bool| {
            let told = outcome.map_err(|failure| match failure {
                CommitFailure::Failed => EngineError::Busy,
                CommitFailure::Fenced => EngineError::Fenced,
                CommitFailure::Stopped => EngineError::Stopped,
            });
            metrics.batches.inc();
            metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
            outlets.tell_all(&mut answers, &metrics, told);
            rooms.keep(answers);
            if told.is_err() {
                outlets.tell_all(&mut std::mem::take(&mut *shown.lock()), &metrics, told);
            }
            if !more {
                outlets.rest();
            }
            landed(told.is_ok().then_some(others));
        };
        Batch { ownership, images, fold_now, lost: self.lost.clone(), done: Box::new(done), folded }
    }

    /// Whether more are loaded than should be.
    pub fn is_full(&self) -> bool {
        self.customers.len() > self.loaded_most
    }

    /// Forgets the aggregates loaded longest ago, except those that changed lately. All that changed must be in the tables.
    pub fn evict(&mut self) {
        let surplus = self.customers.len().saturating_sub(self.loaded_most / 10 * 9);
        for _ in 0..surplus {
            let Some(id) = self.order.pop_front() else { return };
            let recent =
                self.customers.get(&id).is_some_and(|l| l.touched + RECENT_BATCHES > self.batch_number);
            if recent {
                self.order.push_back(id);
            } else if let Some(gone) = self.customers.remove(&id) {
                // The tables know him.
                gone.due.into_iter().for_each(|at| self.lapses.remove(at, id));
                self.metrics.loaded.dec();
            }
        }
    }
}
