//! What a loss of power leaves of the tables: all transactions up to some one that is not before the last durable one.
//!
//! Must not know: what is in them; which transactions are durable (the store tells), but for the sabotage.

use crate::dice::Dice;
use store::{Stepwise, Tables};

/// How often a transaction that need not survive does so, in a thousand; one of these in a run. With it all before it do.
const SURVIVES: [u64; 3] = [0, 100, 400];

/// A copy of the tables.
pub struct Remains {
    dice: Dice,
    copy: Vec<u8>,
    survives: u64,
    /// Nothing is durable but what a start has done.
    forgetful: bool,
    /// How often a loss of power took something.
    pub setbacks: u64,
}

impl Remains {
    /// Of tables that were just made.
    pub fn new(tables: &mut Tables, mut dice: Dice, forgetful: bool) -> Self {
        let survives = dice.pick(&SURVIVES).copied().unwrap_or(0);
        Self { dice, copy: tables.copy().unwrap_or_default(), survives, forgetful, setbacks: 0 }
    }

    /// What is there is durable.
    pub fn keep(&mut self, store: &mut Stepwise) {
        // Without a copy no start works any more, and that is noticed.
        self.copy = store.copy_tables().unwrap_or_default();
    }

    /// The tables' thread has done a step.
    pub fn after_step(&mut self, store: &mut Stepwise) {
        let durable = store.is_durable() && !self.forgetful;
        if durable || self.dice.chance(self.survives) {
            self.keep(store);
        }
    }

    /// The tables after a loss of power.
    pub fn power_lost(&mut self, mut tables: Box<Tables>) -> Option<Box<Tables>> {
        if tables.copy().is_ok_and(|copy| copy == self.copy) {
            return Some(tables);
        }
        self.setbacks += 1;
        Tables::from_copy(&self.copy).ok().map(Box::new)
    }
}
