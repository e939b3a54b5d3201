//! One life of the process: the engine's aggregates and the store, driven one step at a time.
//!
//! The same code as in the product decides, encodes, writes, folds and loads; what is here is the order, and the wrapper in which a
//! sabotage sits. Must not know: clients, the network.

use crate::dice::Dice;
use crate::disk::SimDisk;
use crate::history::{History, Receipt, Ticket};
use crate::sabotage::Sabotage;
use crate::tables::Remains;
use crate::violation::{Checked, Promise, Violation};
use calendar::Instant;
use catalog::Snapshot;
use charging::{
    ChargingError, Command, Context, Customer, CustomerId, Effects, Envelope, EventKind, Message, Reply,
    RowId,
};
use engine::{Aggregates, Answer, Draft, EngineError, Loading, Metrics, Outlets, Request};
use money::Amount;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Batch, Ownership, Stepwise, StoreError, Tables, Tell, Turn};

/// Batches handed over and not yet durable, as in the product.
const IN_FLIGHT_MOST: usize = 2;
/// Aggregates kept in memory: few, so that eviction happens.
const LOADED_MOST: usize = 3;

/// A request at the engine's door.
pub struct Arrival {
    /// Whose.
    pub ticket: Ticket,
    /// What.
    pub envelope: Envelope,
    /// Whether the tables must show it before it is answered.
    pub fold_now: bool,
}

/// An answer that was told.
pub struct Heard {
    /// To which request.
    pub ticket: Ticket,
    /// To which arrival of it.
    pub receipt: Receipt,
    /// What.
    pub outcome: Result<Reply, EngineError>,
}

/// What surrounds a decision.
pub struct Shell<'a> {
    /// Everything that happened.
    pub history: &'a RefCell<History>,
    /// The first broken promise.
    pub fault: &'a RefCell<Option<Violation>>,
    /// Chance, for sabotage only.
    pub dice: &'a RefCell<Dice>,
    /// The catalog in force.
    pub catalog: &'a Snapshot,
    /// The time.
    pub now: Instant,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
}

/// A process that runs.
pub struct Server {
    store: Stepwise,
    remains: Rc<RefCell<Remains>>,
    ownership: Ownership,
    aggregates: Aggregates,
    mailbox: VecDeque<Arrival>,
    tells: VecDeque<Tell>,
    flight: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<Heard>>>,
    held: Option<Batch>,
    receipts: Receipt,
}

impl Shell<'_> {
    fn note(&self, checked: Checked) {
        if let Err(violation) = checked {
            self.fault.borrow_mut().get_or_insert(violation);
        }
    }

    fn now_and_then(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage) && self.dice.borrow_mut().chance(300)
    }

    fn load(&self, store: &Stepwise, id: CustomerId) -> Loading {
        let found = store.load_customer(id, self.now, self.now.minus(charging::CLOSED_KEPT))?;
        self.note(self.history.borrow_mut().loaded(id, found.as_ref(), self.now));
        Ok(found)
    }

    /// The core, watched.
    fn decide(
        &self,
        whose: (Ticket, Receipt),
        state: &mut Option<Customer>,
        envelope: &Envelope,
        context: Context<'_>,
        effects: &mut Effects,
    ) -> Result<Reply, ChargingError> {
        let before = state.clone();
        let decided = charging::apply_into(state, envelope, context, effects);
        let Ok(mut reply) = decided else {
            self.note(Err(Promise::Money.broken(format!("the core gave up: {decided:?}"))));
            return decided;
        };
        self.spoil(before.as_ref(), state.as_mut(), &mut reply, effects);
        let (told, after) = ((&reply, &*effects), state.as_ref());
        let mut history = self.history.borrow_mut();
        self.note(history.decided(whose, before.as_ref(), after, envelope, told, context.now));
        drop(history);
        if self.now_and_then(Sabotage::ForgetRow) {
            effects.changes.sessions.clear();
            effects.changes.counted = false;
        }
        Ok(reply)
    }

    /// What a broken core would do.
    fn spoil(
        &self,
        before: Option<&Customer>,
        state: Option<&mut Customer>,
        reply: &mut Reply,
        effects: &mut Effects,
    ) {
        let Some(customer) = state else { return };
        let ended = effects.events.iter().any(|event| event.kind == EventKind::SessionEnded);
        let cent = Amount::from_micros(10_000);
        if ended && self.now_and_then(Sabotage::LoseRelease) {
            customer.head.purse.reserved = customer.head.purse.reserved.saturating_plus(cent);
        }
        if self.now_and_then(Sabotage::LockNothing) {
            let own = customer.accounts.iter_mut().flat_map(|account| &mut account.buckets);
            own.chain(&mut customer.head.shared).for_each(|bucket| bucket.reserved = 0);
        }
        if self.now_and_then(Sabotage::SkipLedger) {
            effects.ledger.pop();
        }
        if self.now_and_then(Sabotage::ForgetEvent) {
            let crossing = |kind| matches!(kind, EventKind::FundsExhausted | EventKind::CreditWarning);
            effects.events.retain(|event| !crossing(event.kind));
        }
        if let (Reply::Debited(debited), true) = (reply, before.is_some() && effects.changes.is_empty())
            && self.now_and_then(Sabotage::ChangeAnswer)
        {
            debited.available = debited.available.saturating_plus(cent);
        }
        let charge = effects.relays.iter().find(|relay| matches!(relay.message, Message::Charge(_))).cloned();
        if let Some(relay) = charge
            && self.now_and_then(Sabotage::DoubleRelay)
            && let Some(parent) = customer.head.chain.as_mut().and_then(|chain| chain.parent.as_mut())
        {
            customer.head.rows += 1;
            let previous = std::mem::replace(&mut parent.relayed, customer.head.rows);
            let id = RowId::new(customer.head.id, customer.head.rows);
            effects.relays.push(charging::Relay { id, previous, ..relay });
        }
    }
}

impl Server {
    /// Starts on what an earlier life left; gives the database back when that fails.
    pub fn start(
        tables: Tables,
        disk: &SimDisk,
        remains: Rc<RefCell<Remains>>,
    ) -> Result<Self, (StoreError, Option<Box<Tables>>)> {
        let mut store = Stepwise::open(tables, Arc::new(disk.clone()))?;
        let ownership = match store.take_over() {
            Ok(ownership) => ownership,
            Err(error) => return Err((error, Some(Box::new(store.crash())))),
        };
        remains.borrow_mut().keep(&mut store);
        Ok(Self {
            store,
            remains,
            ownership,
            aggregates: Aggregates::new(LOADED_MOST, Metrics::default(), Outlets::default()),
            mailbox: VecDeque::new(),
            tells: VecDeque::new(),
            flight: Arc::default(),
            heard: Arc::default(),
            held: None,
            receipts: 0,
        })
    }

    /// Ends without another step.
    pub fn crash(self) -> Tables {
        // The database forgets on its own what was done to its connection.
        let _ = self.store.refuse_rows(None);
        self.store.crash()
    }

    /// The store, to look at.
    pub fn store(&self) -> &Stepwise {
        &self.store
    }

    /// A request has come.
    pub fn arrive(&mut self, arrival: Arrival) {
        self.mailbox.push_back(arrival);
    }

    /// Requests that wait are dropped unanswered.
    pub fn forget_mailbox(&mut self) {
        self.mailbox.clear();
    }

    /// The engine thread: one batch of at most `most` requests, unless too many are in flight.
    pub fn make_batch(&mut self, shell: &Shell<'_>, receipt_base: Receipt, most: usize) {
        if self.flight.load(Ordering::Relaxed) >= IN_FLIGHT_MOST || !self.reload_after_failure(shell, most) {
            return;
        }
        let mut draft = Draft::default();
        for _ in 0..most {
            let Some(arrival) = self.mailbox.pop_front() else { break };
            let whose = self.receipt(receipt_base, arrival.ticket);
            let mut request = self.request(whose, arrival.envelope, arrival.fold_now);
            let store = &self.store;
            self.aggregates.apply_by(
                |state, envelope, context, effects| shell.decide(whose, state, envelope, context, effects),
                &mut request,
                Context { catalog: shell.catalog, now: shell.now },
                |id| shell.load(store, id),
                &mut draft,
            );
        }
        if draft.is_empty() {
            return;
        }
        self.flight.fetch_add(1, Ordering::Relaxed);
        let flight = self.flight.clone();
        let landed = move |_| {
            flight.fetch_sub(1, Ordering::Relaxed);
        };
        let batch = self.aggregates.batch(draft, self.ownership, landed);
        self.hand_over(batch, shell);
    }

    fn receipt(&mut self, base: Receipt, ticket: Ticket) -> (Ticket, Receipt) {
        self.receipts += 1;
        (ticket, base + self.receipts)
    }

    fn request(&self, (ticket, receipt): (Ticket, Receipt), envelope: Envelope, fold_now: bool) -> Request {
        let heard = self.heard.clone();
        let answer = Answer::new(move |outcome| heard.lock().push(Heard { ticket, receipt, outcome }));
        Request { envelope, records: None, fold_now, answer }
    }

    /// Hands a batch to the journal.
    fn hand_over(&mut self, mut batch: Batch, shell: &Shell<'_>) {
        if shell.now_and_then(Sabotage::AnswerEarly) {
            let done = std::mem::replace(&mut batch.done, Box::new(|_, _| {}));
            done(Ok(()), false);
            batch.folded.take().into_iter().for_each(|folded| folded());
        }
        if shell.sabotage == Some(Sabotage::KeepAfterFailure) {
            batch.lost = Arc::default();
        }
        if self.held.is_none() && shell.now_and_then(Sabotage::OlderOverNewer) {
            self.held = Some(batch);
            return;
        }
        self.store.commit(batch);
        self.release();
    }

    fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.store.commit(held);
        }
    }

    /// As the engine thread does it: what became durable must be in the tables before anybody is loaded again.
    fn reload_after_failure(&mut self, shell: &Shell<'_>, most: usize) -> bool {
        if !self.aggregates.is_lost() {
            return true;
        }
        if !self.settle() && shell.sabotage != Some(Sabotage::LoadStale) {
            for _ in 0..most {
                let Some(arrival) = self.mailbox.pop_front() else { break };
                let mut request = self.request((arrival.ticket, 0), arrival.envelope, arrival.fold_now);
                self.aggregates.turn_away(&mut request);
            }
            return false;
        }
        self.aggregates.forget();
        true
    }

    /// Everything in flight lands and everything durable is folded; whether that worked.
    pub fn settle(&mut self) -> bool {
        self.release();
        while self.flight.load(Ordering::Relaxed) > 0 {
            self.journal(usize::MAX);
            self.tell(usize::MAX);
        }
        let (tells, folded) = self.store.flush();
        self.remains.borrow_mut().after_step(&mut self.store);
        self.tells.extend(tells);
        self.tell(usize::MAX);
        folded
    }

    /// Forgets those who are too many, as the engine thread does when it is idle.
    pub fn evict(&mut self) {
        if self.aggregates.is_full() && self.settle() && !self.aggregates.is_lost() {
            self.aggregates.evict();
        }
    }

    /// The journal's thread: one commit.
    pub fn journal(&mut self, most: usize) {
        let tells = self.store.journal_step(most);
        self.tells.extend(tells);
    }

    /// The answering thread.
    pub fn tell(&mut self, most: usize) {
        for _ in 0..most {
            let Some(tell) = self.tells.pop_front() else { return };
            tell();
        }
    }

    /// The tables' thread: one round.
    pub fn fold(&mut self, most: usize, turn: Turn, rows: usize) {
        // A failed round is tried again.
        let _ = self.store.tables_step(most, turn, rows);
        self.remains.borrow_mut().after_step(&mut self.store);
    }

    /// What clients have been told since the last call.
    pub fn take_heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock())
    }
}

/// Whether the clock decides what a repetition of this does, so that it may do something new.
pub fn by_the_clock(command: &Command) -> bool {
    matches!(command, Command::Lapse | Command::Collect)
}
