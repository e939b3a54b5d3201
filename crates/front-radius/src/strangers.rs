//! How often the database is asked for names that memory does not know: whatever a flood of invented names varies, and on whichever
//! port it comes, a node has so many misses a second. Names that are found cost nothing, so a start with an empty memory is not held
//! back, and a name that was not found is remembered by the directory.
//!
//! While a node's misses are used up, a request whose names memory does not know is dropped and its names are noted; when it comes
//! again, as a real device's does after seconds, it is looked up out of a second share that first comers cannot use up. So known users
//! behind a flooded node wait for one repeat. Bounded: nodes, a table of fixed size. Names are chosen by strangers, so they are hashed
//! with a random seed. Must not know: packets, the directory.

use crate::node_rate::NodeRates;
use parking_lot::Mutex;
use std::hash::{BuildHasher, RandomState};

/// Names that nobody has, looked for in the database each second for one node.
pub(crate) const MISSES_PER_SECOND: u32 = 100;
/// Beyond them, for requests that come again.
pub(crate) const MISSES_OF_REPEATS: u32 = 100;
/// A request is the same as an earlier one for so long, microseconds.
const REPEATED: u64 = 60_000_000;
/// Names that are remembered to have been dropped: four mebibytes.
const SLOTS: usize = 1 << 18;

/// Names that were dropped, and when; 0 = nothing there.
#[derive(Clone, Copy)]
struct Slot {
    names: u64,
    at: u64,
}

/// The misses of all nodes.
pub(crate) struct Strangers {
    first: NodeRates,
    repeats: NodeRates,
    dropped: Mutex<Box<[Slot]>>,
    hasher: RandomState,
}

impl Default for Strangers {
    fn default() -> Self {
        Self {
            first: NodeRates::default(),
            repeats: NodeRates::default(),
            dropped: Mutex::new(vec![Slot { names: 0, at: 0 }; SLOTS].into_boxed_slice()),
            hasher: RandomState::new(),
        }
    }
}

impl Strangers {
    /// Whether the database may be asked for these names, which memory does not know; `now` in microseconds from a fixed origin.
    pub fn may_ask<'n>(&self, node: &str, names: impl Iterator<Item = &'n [u8]>, now: u64) -> bool {
        if self.first.has(node, MISSES_PER_SECOND, now) {
            return true;
        }
        self.came_before(node, names, now) && self.repeats.has(node, MISSES_OF_REPEATS, now)
    }

    /// The database was asked, and nobody has the names.
    pub fn missed(&self, node: &str, now: u64) {
        if !self.first.pass(node, MISSES_PER_SECOND, now) {
            self.repeats.pass(node, MISSES_OF_REPEATS, now);
        }
    }

    /// Whether these names were dropped lately; if not, they are from now on.
    fn came_before<'n>(&self, node: &str, names: impl Iterator<Item = &'n [u8]>, now: u64) -> bool {
        let hash = names.fold(self.hasher.hash_one(node), |sum, name| self.hasher.hash_one((sum, name)));
        let place = usize::try_from(hash % SLOTS as u64).unwrap_or(0);
        let mut dropped = self.dropped.lock();
        let Some(slot) = dropped.get_mut(place) else { return false };
        let again = slot.at > 0 && slot.names == hash && now.saturating_sub(slot.at) <= REPEATED;
        if !again {
            *slot = Slot { names: hash, at: now.max(1) };
        }
        again
    }
}

#[cfg(test)]
mod tests;
