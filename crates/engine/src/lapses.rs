//! Who has running sessions and something that begins or ends by the clock: units, add-ons, temporary limits. At that instant the engine
//! looks at him ([`Command::Lapse`]), so that his sessions are told at once, however much else is due to be billed.
//!
//! Memory only, of customers who are loaded: the tables know everybody by `Head::next_due`, and who finds him there first does it; the
//! other finds nothing to do. Bounded. Must not know: what there is to do.

use crate::{Answer, Engine, EngineError};
use calendar::{Instant, Seconds};
use charging::{Command, Customer, CustomerId, Envelope};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Customers who wait; what comes beyond is found in the tables.
const WAITING_MOST: usize = 1_000_000;
/// Customers looked at per look.
const LOOKED_AT_MOST: usize = 1_024;
/// A busy engine is asked again after this.
const AGAIN: Seconds = Seconds(1);

/// Cheap to clone; the engine's threads share one.
#[derive(Clone, Default)]
pub(crate) struct Lapses(Arc<Mutex<BTreeSet<(Instant, CustomerId)>>>);

/// When the clock has something to do for a customer's running sessions.
pub(crate) fn due(customer: &Customer) -> Option<Instant> {
    let head = &customer.head;
    let due = [head.plans_due, head.lapses_at].into_iter().flatten().min();
    due.filter(|_| !customer.sessions.is_empty())
}

impl Lapses {
    pub fn add(&self, at: Instant, customer: CustomerId) {
        let mut waiting = self.0.lock();
        if waiting.len() < WAITING_MOST {
            waiting.insert((at, customer));
        }
    }

    pub fn remove(&self, at: Instant, customer: CustomerId) {
        self.0.lock().remove(&(at, customer));
    }

    fn take(&self, now: Instant) -> Vec<CustomerId> {
        let mut waiting = self.0.lock();
        let mut taken = Vec::new();
        while taken.len() < LOOKED_AT_MOST
            && let Some((_, customer)) = waiting.first().copied().filter(|(at, _)| *at <= now)
        {
            waiting.pop_first();
            taken.push(customer);
        }
        taken
    }

    /// Has the engine look at those whose time has come.
    pub fn look(&self, engine: &Engine) {
        let now = engine.clock().now();
        for customer in self.take(now) {
            let again = self.clone();
            let answer = Answer::new(move |outcome| {
                if outcome == Err(EngineError::Busy) {
                    again.add(now.plus(AGAIN), customer);
                }
            });
            engine.submit_network(Envelope { customer, key: None, command: Command::Lapse }, answer);
        }
    }
}
