//! Codes of vouchers that were just made and wait to be downloaded, once, by who made them.
//!
//! Kept in memory only and not for long: were they lost, the batch would be revoked and made anew. Must not know: pages.

use calendar::{Instant, Seconds};
use parking_lot::Mutex;

/// Codes wait this long.
const WAIT_MOST: Seconds = Seconds(900);
/// Batches whose codes wait; the oldest makes room. The codes of a batch take up to some five megabytes.
const WAITING_MOST: usize = 8;

struct Waiting {
    batch: i64,
    session: String,
    csv: String,
    until: Instant,
}

/// Codes that wait to be downloaded.
#[derive(Default)]
pub(crate) struct FreshCodes(Mutex<Vec<Waiting>>);

impl FreshCodes {
    /// Keeps the codes of a batch for the session that made it.
    pub(crate) fn leave(&self, session: &str, batch: i64, csv: String, now: Instant) {
        let mut all = self.0.lock();
        all.retain(|waiting| waiting.until > now);
        if all.len() >= WAITING_MOST {
            all.remove(0);
        }
        all.push(Waiting { batch, session: session.to_owned(), csv, until: now.plus(WAIT_MOST) });
    }

    /// Until when this session can download the codes of the batch; `None` = it cannot.
    pub(crate) fn wait_until(&self, session: &str, batch: i64, now: Instant) -> Option<Instant> {
        let all = self.0.lock();
        let found = all.iter().find(|waiting| waiting.batch == batch && waiting.session == session);
        found.map(|waiting| waiting.until).filter(|until| *until > now)
    }

    /// Takes the codes: the second time there are none.
    pub(crate) fn take(&self, session: &str, batch: i64, now: Instant) -> Option<String> {
        let mut all = self.0.lock();
        let place = all.iter().position(|waiting| waiting.batch == batch && waiting.session == session)?;
        let waiting = all.remove(place);
        (waiting.until > now).then_some(waiting.csv)
    }
}
