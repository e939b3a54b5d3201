//! What a run can find wrong: which promise of the system was broken, and how.

use std::fmt;

/// The promises that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Promise {
    /// Every balance is the sum of its ledger entries; an xDR's amount is its entries'.
    Money,
    /// Granted, used and covered units add up; what is locked is what sessions hold.
    Units,
    /// Each request is applied once.
    Once,
    /// A re-sent request gets the first answer.
    SameAnswer,
    /// What was answered stays.
    Durable,
    /// What was not answered is there as a whole or not at all.
    Whole,
    /// An event for each crossing, once.
    Events,
    /// One charge per level of resellers.
    Levels,
    /// The system starts again after any crash, and goes on.
    Starts,
}

/// A broken promise.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{promise}: {what}")]
pub struct Violation {
    /// Which one.
    pub promise: Promise,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a step gives when no promise was broken.
pub type Checked<T = ()> = Result<T, Violation>;

impl Promise {
    /// The promise is broken unless this holds.
    pub fn holds(self, holds: bool, what: impl FnOnce() -> String) -> Checked {
        if holds { Ok(()) } else { Err(self.broken(what())) }
    }

    /// The promise is broken.
    pub fn broken(self, what: impl Into<String>) -> Violation {
        Violation { promise: self, what: what.into() }
    }
}
