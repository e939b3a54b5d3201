//! The requests that a customer must not be charged for again, with their answers. Nearly every customer has none beside those of his
//! sessions: one word then, instead of the five of a map.

use super::customer::Applied;
use crate::RequestKey;
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use std::ops::Deref;

type Requests = HashMap<RequestKey, Applied, FixedState>;

static NONE: Requests = HashMap::with_hasher(FixedState::with_seed(0));

/// Reads like a map; takes memory only while something is in it.
#[derive(Debug, Clone, Default)]
pub struct AppliedRequests(Option<Box<Requests>>);

impl AppliedRequests {
    /// Remembers one, in place of what was remembered by that key.
    pub fn insert(&mut self, key: RequestKey, applied: Applied) {
        self.0.get_or_insert_with(|| Box::new(NONE.clone())).insert(key, applied);
    }

    /// Keeps those of which `keep` says so.
    pub fn retain(&mut self, keep: impl FnMut(&RequestKey, &mut Applied) -> bool) {
        if let Some(requests) = &mut self.0 {
            requests.retain(keep);
            if requests.is_empty() {
                self.0 = None;
            }
        }
    }
}

impl Deref for AppliedRequests {
    type Target = Requests;

    fn deref(&self) -> &Requests {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl PartialEq for AppliedRequests {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for AppliedRequests {}
