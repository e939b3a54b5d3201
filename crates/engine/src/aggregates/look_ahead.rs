//! Asking for the memory of the next commands' customers while the ones before are applied.
//!
//! Customers are scattered over memory, and a place that the processor's own caches do not hold takes as long as a good part of a command.
//! Each command is looked at three times before its turn: what the first look asks for tells the second where to look.

use super::{Aggregates, Loaded};
use crate::mailbox::{Request, Work};
use charging::{Command, Envelope, Session, SessionKey, SessionRequest};
use store::prefetch;

/// How many commands before its turn one is looked at for the first, second and third time: far enough for memory to answer in between,
/// near enough for all of it to stay in the nearest cache.
const FIRST: usize = 12;
const SECOND: usize = 8;
const THIRD: usize = 4;

impl Aggregates {
    /// Looks at some of the commands that wait; the first of them is applied next. `begins`: nobody has looked at those before.
    pub fn look_ahead(&self, waiting: &[Work], begins: bool) {
        let those =
            |distance: usize| waiting.iter().take(distance + 1).skip(if begins { 0 } else { distance });
        for (loaded, step) in those(FIRST).filter_map(|work| self.of(work)) {
            prefetch(loaded);
            prefetch(step.session.as_bytes());
            prefetch(step.units.as_slice());
        }
        for (loaded, step) in those(SECOND).filter_map(|work| self.of(work)) {
            let Some(customer) = &loaded.customer else { continue };
            prefetch(customer.accounts.as_slice());
            if let Some((key, session)) = loaded.session(step) {
                prefetch(key);
                prefetch(session);
            }
        }
        for (loaded, step) in those(THIRD).filter_map(|work| self.of(work)) {
            let Some(customer) = &loaded.customer else { continue };
            if let Some(account) = customer.account(step.account) {
                prefetch(account.products.as_slice());
            }
            if let Some((key, session)) = loaded.session(step) {
                prefetch(key.as_bytes());
                prefetch(session.meters.as_slice());
                prefetch(session.answered.replies());
            }
        }
    }

    /// A session's step and whom it is about, if he is here.
    fn of<'a>(&'a self, work: &'a Work) -> Option<(&'a Loaded, &'a SessionRequest)> {
        let Work::Request(Request {
            envelope: Envelope { customer, command: Command::Session(step), .. },
            ..
        }) = work
        else {
            return None;
        };
        self.customers.get(customer).map(|loaded| (&**loaded, step))
    }
}

impl Loaded {
    /// The session of a step. Most customers have one, and where it lies is known without asking what it is called.
    fn session(&self, step: &SessionRequest) -> Option<(&SessionKey, &Session)> {
        let sessions = &self.customer.as_ref()?.sessions;
        if sessions.len() == 1 { sessions.first() } else { sessions.get_key_value(&step.session) }
    }
}
