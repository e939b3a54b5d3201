//! Recognises a repeated request (RFC 5080 2.2.2): same source, socket, code and Identifier, and the same Request Authenticator. A
//! repeat of an answered request gets the same octets again; one that is still being worked on is dropped. The same key with another
//! authenticator is a new request and replaces the old one, since a client reuses its 256 identifiers.
//!
//! This is the packet's identity only. An Accounting-Request that was re-sent with a new Acct-Delay-Time is a new packet (RFC 2866 4.1);
//! that it reports nothing new is for charging to see. Bounded twice: entries leave when they are too old, or as the oldest when full.

use crate::code::Code;
use crate::packet::Authenticator;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

/// What makes two packets the same request, next to the authenticator. The peer chooses it, so the map below hashes it with SipHash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Which of our sockets received it (the caller's numbering).
    pub socket: u32,
    /// Where it came from.
    pub source: SocketAddr,
    /// The kind of request.
    pub code: Code,
    /// The packet's Identifier.
    pub identifier: u8,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Never seen: work on it, then call [`DuplicateCache::answered`] or [`DuplicateCache::forget`].
    New,
    /// Being worked on: drop the repeat silently.
    InProgress,
    /// Answered: send these octets again.
    Answered(Arc<[u8]>),
}

#[derive(Debug)]
struct Entry {
    authenticator: Authenticator,
    /// Tells this entry from a later one under the same key.
    sequence: u64,
    arrived: u64,
    reply: Option<Arc<[u8]>>,
}

/// The requests of the last few seconds.
#[derive(Debug)]
pub struct DuplicateCache {
    max_entries: usize,
    max_age: u64,
    sequence: u64,
    entries: HashMap<RequestKey, Entry>,
    /// Arrival order; holds replaced entries too, and its length is what `max_entries` bounds.
    order: VecDeque<(u64, RequestKey)>,
}

impl DuplicateCache {
    /// `max_entries` requests (at least one) for `max_age` microseconds after arrival; RFC 5080 2.2.2 advises 5 to 30 seconds.
    pub fn new(max_entries: usize, max_age: u64) -> Self {
        let (entries, order) = (HashMap::new(), VecDeque::new());
        Self { max_entries: max_entries.max(1), max_age, sequence: 0, entries, order }
    }

    /// Notes a genuine request that arrived at `now` (microseconds, any fixed origin) and says what to do with it.
    pub fn check(&mut self, key: RequestKey, authenticator: &Authenticator, now: u64) -> Seen {
        self.drop_old(now);
        if let Some(entry) = self.entries.get(&key)
            && entry.authenticator == *authenticator
        {
            return entry.reply.clone().map_or(Seen::InProgress, Seen::Answered);
        }
        self.make_room();
        self.sequence += 1;
        let entry =
            Entry { authenticator: *authenticator, sequence: self.sequence, arrived: now, reply: None };
        self.entries.insert(key, entry);
        self.order.push_back((self.sequence, key));
        Seen::New
    }

    /// Keeps the reply for repeats. Without effect where a newer request has taken the key meanwhile.
    pub fn answered(&mut self, key: &RequestKey, authenticator: &Authenticator, reply: Arc<[u8]>) {
        if let Some(entry) = self.entries.get_mut(key)
            && entry.authenticator == *authenticator
        {
            entry.reply = Some(reply);
        }
    }

    /// The request was dropped without an answer: let its repeat be tried as new.
    pub fn forget(&mut self, key: &RequestKey, authenticator: &Authenticator) {
        if self.entries.get(key).is_some_and(|entry| entry.authenticator == *authenticator) {
            self.entries.remove(key);
        }
    }

    /// How many requests are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn drop_old(&mut self, now: u64) {
        while let Some((sequence, key)) = self.order.front() {
            let current = self.entries.get(key).filter(|entry| entry.sequence == *sequence);
            if current.is_some_and(|entry| now.saturating_sub(entry.arrived) < self.max_age) {
                break;
            }
            self.drop_front();
        }
    }

    fn make_room(&mut self) {
        while self.order.len() >= self.max_entries {
            self.drop_front();
        }
    }

    fn drop_front(&mut self) {
        if let Some((sequence, key)) = self.order.pop_front()
            && self.entries.get(&key).is_some_and(|entry| entry.sequence == sequence)
        {
            self.entries.remove(&key);
        }
    }
}
