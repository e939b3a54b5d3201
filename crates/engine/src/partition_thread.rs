//! The partitions of one engine thread: commands are applied while they arrive, and each batch goes to the committer.
//!
//! Whoever brings commands applies them himself where that needs no waiting ([`Desk::serve_here`]): they are in his processor's caches, and
//! nobody has to be woken. The thread does what may wait: reading a customer from the tables, waiting for commits, starting anew.
//!
//! State runs ahead of the disk by the batches in flight. When a commit fails, the thread forgets all aggregates (they hold
//! changes that never became durable), answers "busy" to everything in flight, and loads again from the tables: it never guesses.

use crate::aggregates::{Aggregates, Draft, Told};
use crate::lapses::Lapses;
use crate::mailbox::{Look, Mailbox, Request, Work};
use crate::news::Listeners;
use crate::relays::Outbox;
use crate::{Clock, EngineError, Metrics, Outlets};
use arc_swap::ArcSwap;
use catalog::Snapshot;
use charging::{Context, CustomerId};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use store::{Ownership, Store};

/// Commands applied in one batch at most.
const BATCH_MOST: usize = 2_048;
/// Commands handed over and not yet durable: what comes between two commits is decided and handed over at once, and all of it shares the
/// next one.
const IN_FLIGHT_MOST: usize = 32_768;
/// How often somebody applies what others brought meanwhile before he leaves it to the thread.
const TURNS_MOST: usize = 2;
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

/// Commands in flight.
#[derive(Default)]
struct Flight {
    count: Mutex<usize>,
    landed: Condvar,
}

/// Where the commands of some partitions wait, and where they are applied.
pub(crate) struct Desk {
    pub mailbox: Mailbox,
    seat: Mutex<Seat>,
}

/// What only one at a time may work with.
struct Seat {
    shared: Arc<Shared>,
    aggregates: Aggregates,
    flight: Arc<Flight>,
    /// Empty; kept for its room.
    room: Vec<Work>,
}

/// Whether whoever works may wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Yes,
    No,
}

impl Desk {
    pub fn new(shared: Arc<Shared>, waiting_most: usize) -> Self {
        let aggregates = Aggregates::new(shared.loaded_most, shared.metrics.clone(), shared.outlets.clone());
        let aggregates = aggregates.watched(shared.lapses.clone());
        let seat = Seat { shared, aggregates, flight: Arc::default(), room: Vec::new() };
        Self { mailbox: Mailbox::new(waiting_most), seat: Mutex::new(seat) }
    }

    /// The thread: until told to stop; then it waits for what is in flight.
    pub fn run(&self) {
        loop {
            self.mailbox.wait(PATIENCE);
            let mut seat = self.seat.lock();
            let stop = seat.serve_safely(&self.mailbox, Waits::Yes);
            if stop {
                return seat.wait_until_landed(0);
            }
            seat.evict();
        }
    }

    /// Applies what waits on the caller's thread as far as that needs no waiting; the rest is left to the partitions' own thread. Where
    /// somebody else is at it already, he sees to it.
    pub fn serve_here(&self) {
        for _ in 0..TURNS_MOST {
            let Some(mut seat) = self.seat.try_lock() else { return };
            seat.serve_safely(&self.mailbox, Waits::No);
            MutexGuard::unlock_fair(seat);
            // Who came meanwhile found the seat taken and went away.
            if self.mailbox.is_empty() {
                return;
            }
        }
        self.mailbox.wake();
    }
}

impl Seat {
    /// The same, where a fault of the program ends nothing but what was at hand: memory is perhaps ahead of what will be in the books
    /// then, so it is loaded again, as after a failed commit. Who waited hears it from his dropped answer.
    fn serve_safely(&mut self, mailbox: &Mailbox, waits: Waits) -> bool {
        let served = std::panic::catch_unwind(AssertUnwindSafe(|| self.serve(mailbox, waits)));
        served.unwrap_or_else(|_| {
            tracing::error!("a command could not be applied: what is in memory is loaded again");
            self.aggregates.doubt();
            false
        })
    }

    /// Applies what waits; whether the thread is to stop.
    fn serve(&mut self, mailbox: &Mailbox, waits: Waits) -> bool {
        let mut work = std::mem::take(&mut self.room);
        if !mailbox.take(&mut work) {
            self.room = work;
            return false;
        }
        let mut stop = false;
        let mut done = 0;
        while done < work.len() && (waits == Waits::Yes || !self.must_wait()) {
            let usable = match waits {
                Waits::Yes => self.reload_after_failure(),
                // A commit that fails from here on fails what is made now, too.
                Waits::No => true,
            };
            let mut draft = self.aggregates.draft();
            let mut applied = 0_usize;
            // One look at both for all of a batch: its commands came within a moment.
            let (catalog, now) = (self.shared.catalog.load_full(), self.shared.clock.now());
            let context = Context { catalog: &catalog, now };
            while applied < BATCH_MOST {
                self.aggregates.look_ahead(work.get(done..).unwrap_or_default(), applied == 0);
                let Some(next) = work.get_mut(done) else { break };
                if waits == Waits::No && !self.aggregates.is_here(next) {
                    break;
                }
                match next {
                    Work::Request(request) if usable => self.apply(request, context, &mut draft),
                    Work::Request(request) => self.aggregates.turn_away(request),
                    Work::Look(customer, look) => {
                        let (customer, look) = (*customer, look.take());
                        look.into_iter().for_each(|look| self.look(usable, customer, look));
                    }
                    Work::Stop => stop = true,
                }
                (done, applied) = (done + 1, applied + 1);
            }
            self.commit(draft, applied);
            if applied == 0 {
                break;
            }
        }
        let rest = work.split_off(done);
        if !rest.is_empty() {
            mailbox.put_back(rest);
        }
        work.clear();
        self.room = work;
        stop
    }

    /// Whether nothing can be applied now without waiting.
    fn must_wait(&self) -> bool {
        self.aggregates.is_lost() || self.aggregates.is_full() || *self.flight.count.lock() >= IN_FLIGHT_MOST
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

    fn look(&mut self, usable: bool, id: CustomerId, look: Look) {
        if !usable {
            return look(Err(EngineError::Busy));
        }
        let (store, now) = (&self.shared.store, self.shared.clock.now());
        self.aggregates.look(id, look, |id| store.load_customer(id, now, now.minus(charging::CLOSED_KEPT)));
    }

    fn apply(&mut self, request: &mut Request, context: Context<'_>, draft: &mut Draft) {
        let (store, now) = (&self.shared.store, context.now);
        let load = |id| store.load_customer(id, now, now.minus(charging::CLOSED_KEPT));
        self.aggregates.apply(request, context, load, draft);
    }

    /// Hands a batch of so many commands to the committer.
    fn commit(&mut self, draft: Draft, commands: usize) {
        if draft.is_empty() {
            return;
        }
        // Never so long on a thread that must not: it looked before, and a batch is small beside what may be in flight.
        self.wait_until_landed(IN_FLIGHT_MOST);
        let (flight, listeners) = (self.flight.clone(), self.shared.listeners.clone());
        let outbox = self.shared.outbox.clone();
        let landed = move |told: Option<Told>| {
            if let Some(Told { news, relays, announced }) = told {
                listeners.tell(&news);
                outbox.durable(relays, announced);
            }
            *flight.count.lock() -= commands;
            flight.landed.notify_all();
        };
        let batch = self.aggregates.batch(draft, self.shared.ownership, landed);
        *self.flight.count.lock() += commands;
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
