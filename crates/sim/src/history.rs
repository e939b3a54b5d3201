//! What should be in the books: every change as it was decided, customer by customer, until a crash takes back what nobody was told.
//!
//! Whenever the system loads a customer, he must be exactly as he was after one of his changes, and not before the last one that was
//! answered. Must not know: how the system stores anything.

use crate::laws;
use crate::server::by_the_clock;
use crate::violation::{Checked, Promise};
use calendar::Instant;
use charging::{Customer, CustomerId, Effects, Envelope, Event, LedgerEntry, Relay, Reply, Xdr};
use engine::EngineError;
use std::collections::BTreeMap;
use store::StoredRows;

/// A client's request; each keeps its number however often it is sent.
pub type Ticket = u64;
/// One arrival of a request at the engine.
pub type Receipt = u64;

/// One change of one customer.
pub struct Entry {
    /// [`charging::Head::seq`] after it.
    pub seq: u64,
    ticket: Ticket,
    receipt: Receipt,
    /// The process that decided it.
    life: u64,
    /// The engine said "busy" to it.
    refused: bool,
    /// It moved money or units, or gave something.
    moved: bool,
    /// What it added to the books.
    pub xdrs: Vec<Xdr>,
    ledger: Vec<LedgerEntry>,
    /// What it announced.
    pub events: Vec<Event>,
    /// What it told other customers.
    pub relays: Vec<Relay>,
    /// The customer after it.
    pub state: Customer,
}

/// The changes of one customer.
#[derive(Default)]
pub struct Line {
    entries: Vec<Entry>,
    /// Changes that did not become durable. The disk may have kept those of a failed write all the same, and a later start find them.
    ghosts: Vec<Vec<Entry>>,
    /// Up to this [`charging::Head::seq`] nothing may be lost.
    durable: u64,
    /// Messages up to it have been handed over.
    posted: u64,
}

/// All that happened.
#[derive(Default)]
pub struct History {
    lines: BTreeMap<CustomerId, Line>,
    /// Where a ticket changed something that still counts.
    applied: BTreeMap<Ticket, CustomerId>,
    /// State on which an arrival was decided, and the change it made, if any.
    receipts: BTreeMap<Receipt, (CustomerId, u64, bool)>,
    /// The process that runs.
    pub life: u64,
}

impl Entry {
    /// Whether it booked something under this note.
    pub fn credits(&self, note: &str) -> bool {
        self.ledger.iter().any(|entry| entry.note == note)
    }
}

impl Line {
    /// Changes that count so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The customer as he is now.
    pub fn state(&self) -> Option<&Customer> {
        self.entries.last().map(|entry| &entry.state)
    }

    fn seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// Takes the changes behind `seq` back.
    fn cut(&mut self, seq: u64, applied: &mut BTreeMap<Ticket, CustomerId>) {
        let kept = self.entries.partition_point(|entry| entry.seq <= seq);
        let ghost = self.entries.split_off(kept);
        for lost in ghost.iter().filter(|entry| entry.moved) {
            applied.remove(&lost.ticket);
        }
        if !ghost.is_empty() {
            self.ghosts.push(ghost);
        }
    }

    /// Lets changes of an earlier process count after all that were answered "busy" or not at all, if they lead to this state and
    /// nothing that was answered stands against it.
    fn revive(
        &mut self,
        seq: u64,
        life: u64,
        applied: &mut BTreeMap<Ticket, CustomerId>,
        leads_to: impl Fn(&Customer) -> bool,
    ) {
        let fits = |ghost: &Vec<Entry>| {
            let first = ghost.first().map_or(0, |entry| entry.seq);
            let found = ghost.iter().find(|entry| entry.seq == seq);
            self.durable < first
                && first <= self.seq() + 1
                && found.is_some_and(|entry| entry.life < life && leads_to(&entry.state))
        };
        let Some(place) = self.ghosts.iter().rposition(fits) else { return };
        let ghost = self.ghosts.swap_remove(place);
        self.cut(ghost.first().map_or(0, |entry| entry.seq - 1), applied);
        for entry in ghost.into_iter().filter(|entry| entry.seq <= seq) {
            if entry.moved {
                applied.insert(entry.ticket, entry.state.head.id);
            }
            self.entries.push(entry);
        }
    }
}

impl History {
    /// What is known of a customer.
    pub fn line(&self, customer: CustomerId) -> Option<&Line> {
        self.lines.get(&customer)
    }

    /// The customer as he is now.
    pub fn state(&self, customer: CustomerId) -> Option<&Customer> {
        self.line(customer)?.state()
    }

    /// Takes note of a decision and checks it.
    pub fn decided(
        &mut self,
        (ticket, receipt): (Ticket, Receipt),
        before: Option<&Customer>,
        after: Option<&Customer>,
        envelope: &Envelope,
        (reply, effects): (&Reply, &Effects),
        now: Instant,
    ) -> Checked {
        let id = envelope.customer;
        let line = self.lines.entry(id).or_default();
        let seq = before.map_or(0, |customer| customer.head.seq);
        Promise::Durable.holds(line.seq() == seq, || {
            format!("customer {id} is at {seq} in memory and at {} in the books", line.seq())
        })?;
        let kept = line.entries.last().is_some_and(|entry| entry.refused && entry.life == self.life);
        Promise::Whole.holds(!kept, || format!("customer {id} keeps change {seq}, which was refused"))?;
        laws::check(&laws::Decision { before, after, envelope, reply, effects, now })?;
        let changed = !effects.changes.is_empty();
        let (Some(customer), true) = (after, changed) else {
            self.receipts.insert(receipt, (id, seq, false));
            return Ok(());
        };
        self.receipts.insert(receipt, (id, customer.head.seq, true));
        let moved = laws::moves(before, customer, effects) && !by_the_clock(&envelope.command);
        if moved {
            let first = self.applied.insert(ticket, id);
            Promise::Once
                .holds(first.is_none(), || format!("request {ticket} was applied again: {envelope:?}"))?;
        }
        line.entries.push(Entry {
            seq: customer.head.seq,
            ticket,
            receipt,
            life: self.life,
            refused: false,
            moved,
            xdrs: effects.xdrs.clone(),
            ledger: effects.ledger.clone(),
            events: effects.events.clone(),
            relays: effects.relays.clone(),
            state: customer.clone(),
        });
        Ok(())
    }

    /// The system loaded a customer: what the books say from now on.
    pub fn loaded(&mut self, id: CustomerId, found: Option<&Customer>, now: Instant) -> Checked {
        let line = self.lines.entry(id).or_default();
        let seq = found.map_or(0, |customer| customer.head.seq);
        Promise::Durable.holds(seq >= line.durable, || {
            format!("customer {id} was told of change {} and is loaded at {seq}", line.durable)
        })?;
        line.cut(seq, &mut self.applied);
        let found = found.map(|state| laws::current(state, now));
        let as_it_was = |line: &Line| {
            let state = line.state().filter(|state| state.head.seq == seq || seq == 0);
            state.map(|state| laws::current(state, now)) == found
        };
        if !as_it_was(line) {
            line.revive(seq, self.life, &mut self.applied, |state| Some(laws::current(state, now)) == found);
        }
        for kept in &line.entries {
            let back = kept.refused && kept.life == self.life;
            Promise::Whole
                .holds(!back, || format!("customer {id}: refused change {} came back", kept.seq))?;
        }
        Promise::Whole.holds(as_it_was(line), || {
            let expected = line.state().map(|state| laws::current(state, now));
            format!(
                "customer {id} is loaded as he never was: {}",
                difference(expected.as_ref(), found.as_ref())
            )
        })?;
        // It is in the tables.
        line.durable = seq;
        line.ghosts.retain(|ghost| ghost.first().is_some_and(|first| first.seq > seq));
        Ok(())
    }

    /// A client may be told: whatever the answer shows must stay.
    pub fn told(&mut self, receipt: Receipt, outcome: &Result<Reply, EngineError>) -> Checked {
        let Some((id, seq, changed)) = self.receipts.get(&receipt).copied() else { return Ok(()) };
        let line = self.lines.entry(id).or_default();
        let entry = line.entries.iter_mut().rev().find(|entry| entry.seq == seq);
        match (outcome, entry) {
            (Ok(_), entry) => {
                let there = entry.is_some_and(|entry| !changed || entry.receipt == receipt) || seq == 0;
                Promise::Durable
                    .holds(there, || format!("customer {id}: change {seq} is answered and is not there"))?;
                line.durable = line.durable.max(seq);
            }
            (Err(_), Some(entry)) if changed && entry.receipt == receipt => entry.refused = true,
            _ => {}
        }
        Ok(())
    }

    /// Messages and announcements of changes that have become durable since the last call.
    pub fn newly_durable(&mut self) -> Vec<&Entry> {
        let mut new = Vec::new();
        for line in self.lines.values_mut() {
            let (from, to) = (std::mem::replace(&mut line.posted, line.durable), line.durable);
            new.extend(line.entries.iter().filter(|entry| entry.seq > from && entry.seq <= to));
        }
        new
    }

    /// The tables must hold exactly the records of the changes that count.
    pub fn compare(&self, id: CustomerId, rows: &StoredRows) -> Checked {
        let entries = self.line(id).map(Line::entries).unwrap_or_default();
        let side = |side: charging::LedgerSide| side.name().to_owned();
        let expected = StoredRows {
            xdrs: entries
                .iter()
                .flat_map(|entry| &entry.xdrs)
                .map(|xdr| {
                    let units = i64::try_from(xdr.units).unwrap_or(i64::MAX);
                    (xdr.id, xdr.kind.name().to_owned(), units, xdr.amount.micros())
                })
                .collect(),
            ledger: entries
                .iter()
                .flat_map(|entry| &entry.ledger)
                .map(|entry| (entry.id, side(entry.debit), side(entry.credit), entry.amount.micros()))
                .collect(),
            events: entries
                .iter()
                .flat_map(|entry| &entry.events)
                .map(|event| (event.id, event.kind.name().to_owned()))
                .collect(),
        };
        Promise::Whole.holds(&expected == rows, || {
            format!("customer {id}: the tables have {rows:?}, decided was {expected:?}")
        })
    }
}

/// What is not alike, briefly.
fn difference(expected: Option<&Customer>, found: Option<&Customer>) -> String {
    let (Some(expected), Some(found)) = (expected, found) else {
        return format!("expected {}, found {}", expected.is_some(), found.is_some());
    };
    if expected.head != found.head {
        return format!("head {:?}, expected {:?}", found.head, expected.head);
    }
    if expected.accounts != found.accounts {
        return format!("accounts {:?}, expected {:?}", found.accounts, expected.accounts);
    }
    if expected.sessions != found.sessions {
        return format!("sessions {:?}, expected {:?}", found.sessions, expected.sessions);
    }
    format!("remembered requests {:?}, expected {:?}", found.applied, expected.applied)
}
