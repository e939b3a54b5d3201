//! Which message goes when: between the same two customers in order, many under way at a time, again when one could not be taken.
//!
//! Flows in: messages that became durable, and what became of those under way. Flows out: what to hand over now, and what to park.
//! Between two customers messages are handed over one behind the other without waiting for the first to be taken. When one of them was
//! not, those under way are waited for, and all that were not taken go again after a pause. Must not know: threads, the store, time.

use charging::{CustomerId, Message, Relay, RowId};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use std::collections::VecDeque;

/// Messages under way between two customers.
const UNDER_WAY_MOST: usize = 1_024;
/// Messages under way in all, so that mailboxes keep room for the network.
const ALL_UNDER_WAY_MOST: usize = 8_192;
/// Tries for a receiver whose state cannot be read.
const BROKEN_MOST: u32 = 3;

/// Why a message is parked that follows one which never came.
const GAP: &str = "a message before it is parked or lost";
/// Why a message is parked whose receiver cannot be loaded.
const UNREADABLE: &str = "the receiver's state cannot be read";

/// From whom to whom.
pub(crate) type Way = (CustomerId, CustomerId);

/// What became of a message that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was taken, durably.
    Taken,
    /// Not now: too much load, a failed commit.
    Later,
    /// One before it has not been taken.
    Early,
    /// It will never be taken as things are; why.
    Refused(String),
    /// The receiver's state cannot be read.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waits,
    UnderWay,
    Done,
}

/// What one customer has to tell another.
#[derive(Debug, Default)]
struct Lane {
    /// In the order of the sender's rows; what is in front is not done.
    relays: VecDeque<(Relay, State)>,
    /// Those before were handed over in this round.
    next: usize,
    under_way: usize,
    /// Something was not taken: nothing new is handed over until the next round.
    stumbled: bool,
    /// Among those that may go on.
    ready: bool,
    broken: u32,
}

impl Lane {
    /// The next one can be handed over now. A refund needs the charge before it in the tables, so it waits for those before it.
    fn can_go(&mut self) -> bool {
        while self.relays.get(self.next).is_some_and(|(_, state)| *state == State::Done) {
            self.next += 1;
        }
        let next = self.relays.get(self.next).filter(|_| !self.stumbled && self.under_way < UNDER_WAY_MOST);
        next.is_some_and(|(relay, _)| self.under_way == 0 || !matches!(relay.message, Message::Refund { .. }))
    }
}

/// All messages that are known and not done.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    lanes: HashMap<Way, Lane, FixedState>,
    /// Lanes that may go on, in turn.
    ready: VecDeque<Way>,
    /// Lanes that wait for the next round.
    paused: Vec<Way>,
    under_way: usize,
    waiting: usize,
}

impl Lanes {
    /// Messages that are not done.
    pub fn len(&self) -> usize {
        self.waiting
    }

    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Whether somebody waits for [`Self::resume`].
    pub fn is_paused(&self) -> bool {
        !self.paused.is_empty()
    }

    /// Takes a message in; one that is here already is ignored.
    pub fn add(&mut self, relay: Relay) {
        let Some(from) = relay.from() else { return };
        let way = (from, relay.to);
        let lane = self.lanes.entry(way).or_default();
        if lane.relays.back().is_some_and(|(last, _)| last.id >= relay.id) {
            return;
        }
        lane.relays.push_back((relay, State::Waits));
        self.waiting += 1;
        self.list(way);
    }

    fn list(&mut self, way: Way) {
        if let Some(lane) = self.lanes.get_mut(&way)
            && !lane.ready
            && lane.can_go()
        {
            lane.ready = true;
            self.ready.push_back(way);
        }
    }

    /// A message to hand over now; those of one lane come in order.
    pub fn next(&mut self) -> Option<Relay> {
        while self.under_way < ALL_UNDER_WAY_MOST {
            let way = self.ready.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&way) else { continue };
            lane.ready = false;
            if !lane.can_go() {
                continue;
            }
            let Some((relay, state)) = lane.relays.get_mut(lane.next) else { continue };
            *state = State::UnderWay;
            let relay = relay.clone();
            lane.next += 1;
            lane.under_way += 1;
            self.under_way += 1;
            self.list(way);
            return Some(relay);
        }
        None
    }

    /// Takes note of what became of a message; gives it back with the reason when it is to be parked.
    pub fn settle(&mut self, way: Way, id: RowId, outcome: Outcome) -> Option<(Relay, String)> {
        let lane = self.lanes.get_mut(&way)?;
        let place = lane.relays.binary_search_by_key(&id, |(relay, _)| relay.id).ok()?;
        let (relay, state) = lane.relays.get_mut(place).filter(|(_, state)| *state == State::UnderWay)?;
        lane.under_way -= 1;
        self.under_way -= 1;
        lane.broken += u32::from(outcome == Outcome::Broken);
        let (again, reason) = match outcome {
            Outcome::Taken => (false, None),
            Outcome::Refused(reason) => (false, Some(reason)),
            // Nothing is before it that could still come.
            Outcome::Early if place == 0 => (false, Some(GAP.to_owned())),
            Outcome::Broken if lane.broken >= BROKEN_MOST => (false, Some(UNREADABLE.to_owned())),
            Outcome::Later | Outcome::Early | Outcome::Broken => (true, None),
        };
        let parked = reason.map(|reason| (relay.clone(), reason));
        *state = if again { State::Waits } else { State::Done };
        lane.stumbled |= again;
        while lane.relays.front().is_some_and(|(_, state)| *state == State::Done) {
            lane.relays.pop_front();
            lane.next = lane.next.saturating_sub(1);
            self.waiting -= 1;
        }
        if lane.relays.is_empty() {
            self.lanes.remove(&way);
        } else if lane.stumbled && lane.under_way == 0 {
            self.paused.push(way);
        } else {
            self.list(way);
        }
        parked
    }

    /// Begins the next round for those who wait for it.
    pub fn resume(&mut self) {
        for way in std::mem::take(&mut self.paused) {
            if let Some(lane) = self.lanes.get_mut(&way) {
                (lane.stumbled, lane.next) = (false, 0);
            }
            self.list(way);
        }
    }
}

#[cfg(test)]
mod tests;
