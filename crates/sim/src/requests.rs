//! Requests under way between clients and the system: delayed, reordered, doubled and lost, sent again until they are answered.
//!
//! Must not know: what a request means; how the system works.

use crate::dice::Dice;
use crate::history::Ticket;
use crate::violation::{Checked, Promise};
use calendar::{Instant, Seconds};
use charging::{Command, DebitReply, Envelope, Reply, UnitOutcome};
use engine::EngineError;

/// A copy older than this does not arrive any more: requests are remembered for a day at least.
const COPIES_LIVE: Seconds = Seconds(6 * 3_600);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A session's node.
    Session(usize),
    /// A message between customers.
    Post(usize),
    /// A voucher's redeemer.
    Voucher(usize),
    /// Staff, the clock, a shop.
    Anyone,
}

/// One request of a client.
pub struct Ask {
    /// Who asks.
    pub source: Source,
    /// What.
    pub envelope: Envelope,
    /// Whether the tables must show it.
    pub fold_now: bool,
    /// Which step of its session.
    pub step: u64,
    /// Asked then.
    pub at: Instant,
    /// The answer that repetitions must get.
    first: Option<Reply>,
    /// The client waits no more.
    pub done: bool,
}

/// All requests and what is under way.
#[derive(Default)]
pub struct Requests {
    asks: Vec<Ask>,
    to_server: Vec<Ticket>,
    to_client: Vec<(Ticket, Result<Reply, EngineError>)>,
}

impl Requests {
    /// A new request is sent.
    pub fn send(&mut self, source: Source, envelope: Envelope, step: u64, at: Instant) -> Ticket {
        let ticket = self.asks.len() as Ticket;
        let fold_now = envelope.key.is_some();
        self.asks.push(Ask { source, envelope, fold_now, step, at, first: None, done: false });
        self.to_server.push(ticket);
        ticket
    }

    /// A request by its number.
    pub fn ask(&self, ticket: Ticket) -> Option<&Ask> {
        self.asks.get(usize::try_from(ticket).ok()?)
    }

    fn ask_mut(&mut self, ticket: Ticket) -> Option<&mut Ask> {
        self.asks.get_mut(usize::try_from(ticket).ok()?)
    }

    /// Number of the next request.
    pub fn next(&self) -> Ticket {
        self.asks.len() as Ticket
    }

    /// The client gives up.
    pub fn give_up(&mut self, ticket: Ticket) {
        if let Some(ask) = self.ask_mut(ticket) {
            ask.done = true;
        }
    }

    /// Sends a request again whose answer is missing.
    pub fn send_again(&mut self, dice: &mut Dice, now: Instant) -> Option<Ticket> {
        let waiting: Vec<Ticket> = self.unanswered().collect();
        let ticket = *dice.pick(&waiting)?;
        let ask = self.ask_mut(ticket)?;
        if matches!(ask.source, Source::Post(_) | Source::Voucher(_)) {
            // Known by their own numbers for good.
            ask.at = now;
        }
        if ask.at.plus(COPIES_LIVE) < now {
            // Whoever waited so long asks no more.
            ask.done = true;
            return None;
        }
        self.to_server.push(ticket);
        Some(ticket)
    }

    /// Requests whose clients still wait.
    pub fn unanswered(&self) -> impl Iterator<Item = Ticket> {
        (0..).zip(&self.asks).filter(|(_, ask)| !ask.done).map(|(ticket, _)| ticket)
    }

    /// Takes any request off the network, or a copy of it; some are lost.
    pub fn arrives(&mut self, dice: &mut Dice, now: Instant, trouble: u64) -> Option<Ticket> {
        if self.to_server.is_empty() {
            return None;
        }
        // Mostly the oldest.
        let place = if dice.chance(700) { 0 } else { dice.place(self.to_server.len()) };
        let ticket = *self.to_server.get(place)?;
        if !dice.chance(trouble) {
            self.to_server.remove(place);
        }
        let ask = self.ask(ticket)?;
        (ask.at.plus(COPIES_LIVE) >= now && !dice.chance(trouble)).then_some(ticket)
    }

    /// Nothing is under way any more.
    pub fn forget_copies(&mut self) {
        self.to_server.clear();
        self.to_client.clear();
    }

    /// Whether requests are under way.
    pub fn on_their_way(&self) -> bool {
        !self.to_server.is_empty()
    }

    /// The system answers. A repetition must get what was answered first.
    pub fn answered(
        &mut self,
        ticket: Ticket,
        outcome: Result<Reply, EngineError>,
        steps: impl Fn(Source) -> u64,
    ) -> Checked {
        let Some(ask) = self.ask_mut(ticket) else { return Ok(()) };
        if let Ok(reply) = &outcome {
            let old = steps(ask.source).saturating_sub(ask.step) >= 4;
            match &ask.first {
                Some(first) if named(&ask.envelope) && !old => {
                    Promise::SameAnswer.holds(alike(first) == alike(reply), || {
                        format!("request {ticket} was answered {first:?}, then {reply:?}")
                    })?;
                }
                Some(_) => {}
                None if refused(reply) => {}
                None => ask.first = Some(reply.clone()),
            }
        }
        self.to_client.push((ticket, outcome));
        Ok(())
    }

    /// An answer reaches its client, unless it is lost.
    pub fn hears(&mut self, dice: &mut Dice, trouble: u64) -> Option<(Ticket, Result<Reply, EngineError>)> {
        if self.to_client.is_empty() {
            return None;
        }
        let place = dice.place(self.to_client.len());
        let letter = self.to_client.swap_remove(place);
        (!dice.chance(trouble)).then_some(letter)
    }

    /// Whether answers are under way.
    pub fn answers_on_their_way(&self) -> bool {
        !self.to_client.is_empty()
    }
}

/// Requests that have a name of their own, so that a repetition is recognised.
fn named(envelope: &Envelope) -> bool {
    match &envelope.command {
        Command::Session(_) => true,
        Command::Debit(debit) => debit.reference.is_some() || envelope.key.is_some(),
        _ => envelope.key.is_some(),
    }
}

/// A refusal is not remembered: a repetition is decided anew.
fn refused(reply: &Reply) -> bool {
    match reply {
        Reply::Refused(_) => true,
        Reply::Session(session) => {
            let nothing = |outcome: &UnitOutcome| matches!(outcome, UnitOutcome::Refused(_));
            session.refusal.is_some() || session.units.iter().all(|unit| nothing(&unit.outcome))
        }
        _ => false,
    }
}

/// The answer without the mark that it is a repetition.
fn alike(reply: &Reply) -> Reply {
    match reply {
        Reply::Debited(debited) => Reply::Debited(DebitReply { repeated: false, ..debited.clone() }),
        other => other.clone(),
    }
}
