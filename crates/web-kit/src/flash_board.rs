//! Messages that wait for the next page of a session: what a form did is told after the redirect that follows it.
//!
//! Kept in memory only; a restart loses a message, never a change. Must not know: what the messages say.

use std::collections::HashMap;

use crate::status::Flash;
use parking_lot::Mutex;

/// Sessions with waiting messages; beyond that all waiting messages are dropped.
const SESSIONS_MOST: usize = 1_000;
/// Messages that wait for one session.
const WAITING_MOST: usize = 8;

/// Waiting messages by session token.
#[derive(Debug, Default)]
pub struct FlashBoard {
    waiting: Mutex<HashMap<String, Vec<Flash>>>,
}

impl FlashBoard {
    /// Leaves a message for the session's next page.
    pub fn leave(&self, session: &str, flash: Flash) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= SESSIONS_MOST && !waiting.contains_key(session) {
            waiting.clear();
        }
        let messages = waiting.entry(session.to_owned()).or_default();
        if messages.len() < WAITING_MOST {
            messages.push(flash);
        }
    }

    /// Takes what waits for the session.
    pub fn take(&self, session: &str) -> Vec<Flash> {
        self.waiting.lock().remove(session).unwrap_or_default()
    }
}
