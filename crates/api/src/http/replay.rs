//! The same Idempotency-Key with the same request gets the same status and body again.
//!
//! Successful answers are remembered here, per token and key, so that every write of the API can be repeated. What moves money or
//! changes a customer is remembered durably by the core as well (the key goes on to the office): after a restart such a request
//! is still applied once. Refusals are not remembered: they changed nothing, and the key may be used again once the cause is mended.
//! Must not know: what the requests do.

use crate::http::problem::{CONFLICT, KEY_REUSED, Problem, ProblemField};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use calendar::{Instant, Seconds};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// How long an answer is remembered.
const KEPT: Seconds = Seconds(24 * 3_600);
/// Answers remembered at most; the oldest make room.
const ANSWERS_MOST: usize = 20_000;
/// Largest body remembered, in octets.
const BODY_MOST: usize = 256 * 1024;

/// Whose key.
pub(crate) type Name = (Box<str>, Box<str>);

/// An answer that can be given again.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

enum Entry {
    AtWork { fingerprint: [u8; 32] },
    Done { fingerprint: [u8; 32], answer: Remembered, until: Instant },
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Name, Entry, RandomState>,
    order: VecDeque<(Name, Instant)>,
}

/// Answers by token and key. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    inner: Arc<Mutex<Inner>>,
}

/// What is known of a key.
pub(crate) enum Known {
    /// Nothing: carry the request out, then tell the guard.
    New(AtWork),
    /// The answer that was given before.
    Answered(Remembered),
}

impl Memory {
    /// Looks a request up and marks it as being worked on.
    pub(crate) fn begin(&self, name: Name, fingerprint: [u8; 32], now: Instant) -> Result<Known, Problem> {
        let mut inner = self.inner.lock();
        match inner.entries.get(&name) {
            Some(Entry::AtWork { fingerprint: first }) if *first == fingerprint => {
                return Err(Problem::new(CONFLICT, "a request with this key is being worked on; try again"));
            }
            Some(Entry::Done { fingerprint: first, answer, until }) if *until > now => {
                if *first == fingerprint {
                    return Ok(Known::Answered(answer.clone()));
                }
                return Err(reused());
            }
            Some(Entry::AtWork { .. }) => return Err(reused()),
            Some(Entry::Done { .. }) | None => {}
        }
        inner.entries.insert(name.clone(), Entry::AtWork { fingerprint });
        drop(inner);
        Ok(Known::New(AtWork { memory: self.clone(), name, fingerprint, answer: None }))
    }
}

fn reused() -> Problem {
    let reason = "was used before for another request";
    Problem::new(KEY_REUSED, format!("this key {reason}"))
        .with_fields([ProblemField { field: "Idempotency-Key".to_owned(), reason: reason.to_owned() }])
}

/// A request with a key that is being worked on. Dropped without an answer, the key is free again.
pub(crate) struct AtWork {
    memory: Memory,
    name: Name,
    fingerprint: [u8; 32],
    answer: Option<(Remembered, Instant)>,
}

impl AtWork {
    /// Remembers a successful answer.
    pub(crate) fn answered(mut self, answer: Remembered, now: Instant) {
        if answer.status.is_success() && answer.body.len() <= BODY_MOST {
            self.answer = Some((answer, now));
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut inner = self.memory.inner.lock();
        let Some((answer, now)) = self.answer.take() else {
            inner.entries.remove(&self.name);
            return;
        };
        let until = now.plus(KEPT);
        inner.order.push_back((self.name.clone(), until));
        let done = Entry::Done { fingerprint: self.fingerprint, answer, until };
        inner.entries.insert(self.name.clone(), done);
        while inner.order.len() > ANSWERS_MOST || inner.order.front().is_some_and(|(_, until)| *until <= now)
        {
            let Some((old, until)) = inner.order.pop_front() else { break };
            // The name may have been used again since; only the entry of that time goes.
            let same = |entry: &Entry| matches!(entry, Entry::Done { until: kept, .. } if *kept == until);
            if inner.entries.get(&old).is_some_and(same) {
                inner.entries.remove(&old);
            }
        }
    }
}
