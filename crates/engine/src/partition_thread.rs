//! One engine thread: applies commands while they arrive and hands each batch to the committer.
//!
//! State runs ahead of the disk by the batches in flight. When a commit fails, the thread forgets all aggregates (they hold
//! changes that never became durable), answers "busy" to everything in flight, and loads again from the tables: it never guesses.

use crate::aggregates::{Aggregates, Draft, LOOK_AHEAD, Told};
use crate::lapses::Lapses;
use crate::mailbox::{Look, Mailbox, Request, Work};
use crate::news::Listeners;
use crate::relays::Outbox;
use crate::{Clock, EngineError, Metrics, Outlets};
use arc_swap::ArcSwap;
use catalog::Snapshot;
use charging::{Context, CustomerId};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;
use store::{Ownership, Store};

/// Commands applied in one batch at most.
const BATCH_MOST: usize = 2_048;
/// Batches handed over and not yet durable, per thread: what comes between two commits is decided and handed over at once, and all of it
/// shares the next one. With two of them half of the requests waited for the commit after that.
const IN_FLIGHT_MOST: usize = 16;
/// Where more than a few requests came at once and fewer than pay a wake-up of this thread, more are waited for.
const GATHERED: std::ops::Range<usize> = 4..96;
/// For so long: less than the time between two commits, which they all wait for.
const GATHER: Duration = Duration::from_micros(300);
/// How long a thread waits for work before it looks after itself.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the engine gives to each thread.
pub(crate) struct Shared {
    pub store: Arc<Store>,
    pub catalog: Arc<ArcSwap<Snapshot>>,
    pub clock: Clock,
    pub ownership: Ownership,
    pub metrics: Metrics,
    pub outbox: Outbox,
    pub outlets: Outlets,
    pub lapses: Lapses,
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

pub(crate) struct PartitionThread {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    aggregates: Aggregates,
    flight: Arc<Flight>,
}

impl PartitionThread {
    pub fn new(shared: Arc<Shared>, mailbox: Arc<Mailbox>) -> Self {
        let aggregates = Aggregates::new(shared.loaded_most, shared.metrics.clone(), shared.outlets.clone());
        let aggregates = aggregates.watched(shared.lapses.clone());
        Self { shared, mailbox, aggregates, flight: Arc::default() }
    }

    /// Runs until told to stop; then waits for the batches in flight.
    pub fn run(mut self) {
        let (mut work, mut came) = (Vec::new(), 0);
        loop {
            if GATHERED.contains(&came) {
                // Nobody unparks.
                std::thread::park_timeout(GATHER);
            }
            self.mailbox.take(&mut work, PATIENCE);
            came = work.len();
            let mut waiting = work.drain(..);
            let mut stop = false;
            while !waiting.as_slice().is_empty() {
                let usable = self.reload_after_failure();
                let mut draft = self.aggregates.draft();
                let mut applied = 0_usize;
                // One look at both for all of a batch: its commands came within a moment.
                let (catalog, now) = (self.shared.catalog.load_full(), self.shared.clock.now());
                let context = Context { catalog: &catalog, now };
                while applied < BATCH_MOST
                    && let Some(next) = waiting.next()
                {
                    if applied.is_multiple_of(LOOK_AHEAD) {
                        self.aggregates.look_ahead(waiting.as_slice().iter().take(LOOK_AHEAD));
                    }
                    applied += 1;
                    match next {
                        Work::Request(request) if usable => self.apply(request, context, &mut draft),
                        Work::Request(request) => self.aggregates.turn_away(request),
                        Work::Look(customer, look) if usable => self.look(customer, look),
                        Work::Look(_, look) => look(Err(EngineError::Busy)),
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

    /// Whether the state may be used. What did become durable must be in the tables before they are read again: until it is, nothing
    /// is answered.
    fn reload_after_failure(&mut self) -> bool {
        if !self.aggregates.is_lost() {
            return true;
        }
        self.wait_until_landed(0);
        if let Err(error) = self.shared.store.flush() {
            tracing::error!(%error, "cannot fold before loading again");
            return false;
        }
        self.aggregates.forget();
        self.shared.metrics.failed_commits.inc();
        true
    }

    fn look(&mut self, id: CustomerId, look: Look) {
        let (store, now) = (&self.shared.store, self.shared.clock.now());
        self.aggregates.look(id, look, |id| store.load_customer(id, now, now.minus(charging::CLOSED_KEPT)));
    }

    fn apply(&mut self, request: Request, context: Context<'_>, draft: &mut Draft) {
        let (store, now) = (&self.shared.store, context.now);
        let load = |id| store.load_customer(id, now, now.minus(charging::CLOSED_KEPT));
        self.aggregates.apply(request, context, load, draft);
    }

    /// Hands a batch to the committer.
    fn commit(&mut self, draft: Draft) {
        if draft.is_empty() {
            return;
        }
        self.wait_until_landed(IN_FLIGHT_MOST - 1);
        *self.flight.count.lock() += 1;
        let (flight, listeners) = (self.flight.clone(), self.shared.listeners.clone());
        let outbox = self.shared.outbox.clone();
        let landed = move |told: Option<Told>| {
            if let Some(Told { news, relays, announced }) = told {
                listeners.tell(&news);
                outbox.durable(relays, announced);
            }
            *flight.count.lock() -= 1;
            flight.landed.notify_all();
        };
        let batch = self.aggregates.batch(draft, self.shared.ownership, landed);
        self.shared.store.commit(batch);
    }

    fn wait_until_landed(&self, most: usize) {
        let mut count = self.flight.count.lock();
        while *count > most {
            self.flight.landed.wait(&mut count);
        }
    }

    /// Forgets the aggregates loaded longest ago once their changes are in the tables for sure.
    fn evict(&mut self) {
        if !self.aggregates.is_full() {
            return;
        }
        self.wait_until_landed(0);
        // What is in doubt is not evicted but forgotten.
        if self.shared.store.flush().is_ok() {
            self.aggregates.evict();
        }
    }
}
