//! Limits on guessing passwords: so many wrong ones for a user, and so many from one place, then passwords are not even looked at
//! until the window is over. The node still gets its Access-Reject, the same as for a wrong password.
//!
//! A place is the line or device behind the node (Calling-Station-Id, NAS-Port-Id): the node itself speaks for thousands of honest
//! users, so it stands in only where the request names neither, and may be wrong much more often.
//! Memory is bounded: a table of fixed size for each kind. Names are chosen by strangers, so they are hashed with a random seed, and
//! invented places cannot push out what is counted for users. Must not know: packets, sockets, passwords.

use calendar::{Instant, Seconds};
use parking_lot::Mutex;
use std::hash::{BuildHasher, Hash, RandomState};

/// Wrong passwords for one user in a window.
const WRONG_FOR_USER: u32 = 10;
/// Wrong passwords and unknown users from one line or device in a window.
const WRONG_FROM_LINE: u32 = 30;
/// The same from a node that does not say who is calling.
const WRONG_FROM_NODE: u32 = 3_000;
/// How long wrong passwords are remembered, from the first one.
const WINDOW: Seconds = Seconds(300);
/// Places in each table: a mebibyte and a half.
const SLOTS: usize = 65_536;

/// Where a log-in comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place<'a> {
    /// A line or device behind a node.
    Line { node: &'a str, line: &'a [u8] },
    /// A node that names neither.
    Node(&'a str),
}

impl Place<'_> {
    const fn most(self) -> u32 {
        match self {
            Self::Line { .. } => WRONG_FROM_LINE,
            Self::Node(_) => WRONG_FROM_NODE,
        }
    }
}

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limited {
    /// Wrong passwords for this user.
    User,
    /// Wrong passwords from this place.
    Place,
}

impl Limited {
    /// The label of the counter.
    pub const fn label(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Place => "place",
        }
    }

    /// The reason for the log.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "too many wrong passwords for this user; none is looked at for now",
            Self::Place => "too many wrong passwords from this line or node; none is looked at for now",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    name: u64,
    since: Instant,
    wrong: u32,
}

/// Counts wrong passwords by a name's hash. Two live names that fall on one slot: the fuller one stays.
struct Table {
    slots: Box<[Slot]>,
    hasher: RandomState,
}

impl Table {
    fn new() -> Self {
        let empty = Slot { name: 0, since: Instant::from_micros(0), wrong: 0 };
        Self { slots: vec![empty; SLOTS].into_boxed_slice(), hasher: RandomState::new() }
    }

    fn find(&mut self, name: &impl Hash) -> Option<(u64, &mut Slot)> {
        let name = self.hasher.hash_one(name);
        let place = usize::try_from(name % SLOTS as u64).ok()?;
        self.slots.get_mut(place).map(|slot| (name, slot))
    }

    fn wrong(&mut self, name: &impl Hash, now: Instant) -> u32 {
        self.find(name)
            .filter(|(name, slot)| slot.name == *name && slot.lives(now))
            .map_or(0, |(_, s)| s.wrong)
    }

    fn count(&mut self, name: &impl Hash, now: Instant) {
        let Some((name, slot)) = self.find(name) else { return };
        match (slot.lives(now), slot.name == name) {
            (true, true) => slot.wrong = slot.wrong.saturating_add(1),
            (true, false) if slot.wrong > 1 => {}
            _ => *slot = Slot { name, since: now, wrong: 1 },
        }
    }

    fn forget(&mut self, name: &impl Hash) {
        if let Some((_, slot)) = self.find(name).filter(|(name, slot)| slot.name == *name) {
            slot.wrong = 0;
        }
    }
}

impl Slot {
    fn lives(&self, now: Instant) -> bool {
        self.wrong > 0 && self.since.plus(WINDOW) > now
    }
}

/// The counts.
pub(crate) struct GuessLimit {
    users: Mutex<Table>,
    places: Mutex<Table>,
}

impl Default for GuessLimit {
    fn default() -> Self {
        Self { users: Mutex::new(Table::new()), places: Mutex::new(Table::new()) }
    }
}

impl GuessLimit {
    /// Which limit is reached, if any: then the password must not be looked at.
    pub fn reached(&self, user: &str, place: Place<'_>, now: Instant) -> Option<Limited> {
        if self.users.lock().wrong(&user, now) >= WRONG_FOR_USER {
            return Some(Limited::User);
        }
        self.place_reached(place, now)
    }

    /// Whether too many wrong passwords and unknown users came from a place.
    pub fn place_reached(&self, place: Place<'_>, now: Instant) -> Option<Limited> {
        (self.places.lock().wrong(&place, now) >= place.most()).then_some(Limited::Place)
    }

    /// A wrong password.
    pub fn wrong(&self, user: &str, place: Place<'_>, now: Instant) {
        self.users.lock().count(&user, now);
        self.stranger(place, now);
    }

    /// A user that nobody is: counts for the place only, since names can be invented without end.
    pub fn stranger(&self, place: Place<'_>, now: Instant) {
        self.places.lock().count(&place, now);
    }

    /// The right password: earlier slips of this user are forgotten. Those of the place are not: whoever guesses there may have an
    /// account of his own.
    pub fn right(&self, user: &str) {
        self.users.lock().forget(&user);
    }
}

#[cfg(test)]
mod tests;
