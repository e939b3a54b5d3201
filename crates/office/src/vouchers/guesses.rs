//! Patience with wrong voucher codes: after a few, a customer or an address has to wait. Kept in memory only.
//!
//! A code cannot be guessed as it is; this keeps those who try from being a load and shows them to staff. Slips in writing, which the
//! check character tells, are no guesses.

use crate::OfficeError;
use calendar::{Instant, Seconds};
use charging::CustomerId;
use hashbrown::HashMap;
use parking_lot::Mutex;
use std::net::IpAddr;

/// Wrong codes of one customer within [`WINDOW`].
const BY_CUSTOMER: u32 = 5;
/// Wrong codes from one address within [`WINDOW`]: behind one there may be many customers.
const BY_SOURCE: u32 = 20;
/// Wrong codes count this long, from the first.
const WINDOW: Seconds = Seconds(600);
/// Customers and addresses remembered; when full, the oldest is forgotten.
const REMEMBERED_MOST: usize = 10_000;

/// Who may guess only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Guesser {
    Customer(CustomerId),
    Source(IpAddr),
}

impl Guesser {
    const fn most(self) -> u32 {
        match self {
            Self::Customer(_) => BY_CUSTOMER,
            Self::Source(_) => BY_SOURCE,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    since: Instant,
    count: u32,
}

/// Wrong codes by who typed them.
#[derive(Default)]
pub(crate) struct WrongCodes(Mutex<HashMap<Guesser, Wrong>>);

impl WrongCodes {
    /// Refuses while one of them has to wait. A code counts as wrong until it is found right, so that many at once get no more tries
    /// than one after the other.
    pub fn begin(&self, guessers: &[Guesser], now: Instant) -> Result<(), OfficeError> {
        let mut all = self.0.lock();
        if all.len() + guessers.len() > REMEMBERED_MOST {
            all.retain(|_, wrong| wrong.since.plus(WINDOW) > now);
        }
        while all.len() + guessers.len() > REMEMBERED_MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, wrong)| wrong.since).map(|(guesser, _)| *guesser)
        {
            all.remove(&oldest);
        }
        for guesser in guessers {
            let Some(wrong) = all.get(guesser).filter(|wrong| wrong.since.plus(WINDOW) > now) else {
                continue;
            };
            if wrong.count >= guesser.most() {
                let seconds = wrong.since.plus(WINDOW).since(now).0 + 1;
                return Err(OfficeError::Denied(format!(
                    "too many wrong codes; try again in {seconds} seconds"
                )));
            }
        }
        for guesser in guessers {
            let fresh = Wrong { since: now, count: 0 };
            let wrong = all.entry(*guesser).or_insert(fresh);
            if wrong.since.plus(WINDOW) <= now {
                *wrong = fresh;
            }
            wrong.count += 1;
        }
        Ok(())
    }

    /// The code was none of ours: tells whether somebody has to wait now.
    pub fn was_wrong(&self, guessers: &[Guesser]) -> bool {
        let all = self.0.lock();
        guessers.iter().any(|guesser| all.get(guesser).is_some_and(|wrong| wrong.count == guesser.most()))
    }

    /// The code was one of ours: it does not count. Wrong ones before it still do.
    pub fn was_right(&self, guessers: &[Guesser]) {
        let mut all = self.0.lock();
        for guesser in guessers {
            if let Some(wrong) = all.get_mut(guesser) {
                wrong.count = wrong.count.saturating_sub(1);
            }
        }
    }
}
