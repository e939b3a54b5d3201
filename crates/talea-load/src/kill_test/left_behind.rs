//! What a killed server left in its books: each session must know at least what was answered, and at most that and the one request
//! that was in flight.

use super::client::Session;
use crate::LoadError;
use crate::gy::session_id;
use crate::plan::octets_per_step;
use calendar::Instant;
use charging::{CustomerId, SessionKey};
use std::collections::BTreeMap;
use std::fmt;
use store::Store;

/// A session that is not in the books as it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub session: u32,
    /// Octets of answered requests.
    pub answered: u64,
    /// Octets of answered requests and the one in flight.
    pub at_most: u64,
    /// Octets in the books; `None` = the session is not there although its beginning was answered.
    pub in_books: Option<u64>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, answered, at_most, in_books } = self;
        match in_books {
            None => write!(f, "session {session} was answered and is not in the books"),
            Some(used) if used < answered => {
                write!(f, "session {session}: {answered} octets were answered, the books have only {used}")
            }
            Some(used) => {
                write!(f, "session {session}: {at_most} octets were sent at most, the books have {used}")
            }
        }
    }
}

/// Compares all sessions with the books.
///
/// # Errors
/// They cannot be read.
pub fn examine<'a>(
    store: &Store,
    run: u32,
    sessions: impl Iterator<Item = &'a Session>,
) -> Result<Vec<Violation>, LoadError> {
    // Sessions of any age are wanted, closed ones too.
    let always = Instant::from_micros(0);
    let records: BTreeMap<CustomerId, u64> =
        store.metered_use()?.into_iter().map(|metered| (metered.customer, metered.units)).collect();
    let mut violations = Vec::new();
    for session in sessions {
        let customer = store.load_customer(CustomerId(session.number), always, always)?;
        let key = SessionKey::diameter(session_id(run, session.number).as_bytes());
        let found = customer.as_ref().and_then(|customer| customer.sessions.get(&key));
        // An open session counts in its meters; when it ends they become a transaction record.
        let recorded = records.get(&CustomerId(session.number)).copied().unwrap_or(0);
        let in_books = found.map(|found| found.meters.iter().map(|meter| meter.used).sum::<u64>() + recorded);
        let answered = session.octets_answered();
        let in_flight = if session.reports_use() { octets_per_step(session.number) } else { 0 };
        let at_most = answered + in_flight;
        let holds = match in_books {
            Some(used) => (answered..=at_most).contains(&used),
            None => session.answered == 0,
        };
        if !holds {
            violations.push(Violation { session: session.number, answered, at_most, in_books });
        }
    }
    Ok(violations)
}
