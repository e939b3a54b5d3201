//! The messages of one trace: the last ones that fit, requests and answers paired.

use super::tracer::Sighting;
use super::{MESSAGE_OCTETS, SESSIONS_FOLLOWED, TracedMessage};
use charging::SessionKey;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

/// What an answer has in common with its request: both ends, who began, and the protocol's identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Exchange {
    remote: SocketAddr,
    local_port: u16,
    ours: bool,
    id: u32,
}

impl Exchange {
    pub fn of(sighting: &Sighting<'_>) -> Self {
        Self {
            remote: sighting.remote,
            local_port: sighting.local.port(),
            ours: sighting.sent == sighting.request,
            id: sighting.id,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Ring {
    messages: VecDeque<TracedMessage>,
    octets: usize,
    seen: u64,
    /// Numbers of the requests whose answers have not come; none that the ring has lost.
    asked: HashMap<Exchange, u64>,
    /// Sessions of the subscriber.
    sessions: HashSet<SessionKey>,
    order: VecDeque<SessionKey>,
}

impl Ring {
    /// Messages that were ever taken.
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Octets that are kept.
    pub const fn octets(&self) -> usize {
        self.octets
    }

    /// The messages that are kept, oldest first.
    pub const fn messages(&self) -> &VecDeque<TracedMessage> {
        &self.messages
    }

    pub fn knows(&self, session: &SessionKey) -> bool {
        self.sessions.contains(session)
    }

    /// Messages of this session belong to the subscriber from now on.
    pub fn follow(&mut self, session: SessionKey) {
        if !self.sessions.insert(session.clone()) {
            return;
        }
        self.order.push_back(session);
        if self.order.len() > SESSIONS_FOLLOWED
            && let Some(oldest) = self.order.pop_front()
        {
            self.sessions.remove(&oldest);
        }
    }

    /// Whether a request of this exchange waits for its answer.
    pub fn is_asked(&self, exchange: &Exchange) -> bool {
        self.asked.contains_key(exchange)
    }

    /// Takes a message; how many old ones made room.
    pub fn take(&mut self, sighting: &Sighting<'_>, octets: Vec<u8>, most: (usize, usize)) -> u64 {
        self.seen += 1;
        let (number, exchange) = (self.seen, Exchange::of(sighting));
        let took = match sighting.request {
            true => {
                self.ask(exchange, number, &octets);
                None
            }
            false => self.asked.remove(&exchange).and_then(|request| {
                let asked_at = self.by_number(request)?.at;
                u64::try_from(sighting.at.as_micros().saturating_sub(asked_at.as_micros())).ok()
            }),
        };
        self.octets += octets.len();
        self.messages.push_back(TracedMessage {
            number,
            at: sighting.at,
            protocol: sighting.protocol,
            node: sighting.node.to_owned(),
            host: sighting.host.to_owned(),
            remote: sighting.remote,
            local: sighting.local,
            sent: sighting.sent,
            request: sighting.request,
            octets,
            took,
            note: None,
        });
        self.make_room(most)
    }

    /// A repeated request keeps the place of the first, so that the time counts from there.
    fn ask(&mut self, exchange: Exchange, number: u64, octets: &[u8]) {
        let first = self.asked.get(&exchange).copied();
        let repeats =
            first.and_then(|first| self.by_number(first)).is_some_and(|first| first.octets == octets);
        if !repeats {
            self.asked.insert(exchange, number);
        }
    }

    fn make_room(&mut self, (messages, octets): (usize, usize)) -> u64 {
        let mut dropped = 0;
        while (self.messages.len() > messages || self.octets > octets)
            && self.messages.len() > 1
            && let Some(oldest) = self.messages.pop_front()
        {
            self.octets -= oldest.octets.len();
            dropped += 1;
        }
        if dropped > 0
            && let Some(first) = self.messages.front().map(|first| first.number)
        {
            self.asked.retain(|_, number| *number >= first);
        }
        dropped
    }

    /// Says what became of a request that gets no answer.
    pub fn note(&mut self, exchange: &Exchange, words: &str) {
        let message = self.asked.get(exchange).copied().and_then(|number| self.position(number));
        if let Some(message) = message.and_then(|at| self.messages.get_mut(at)) {
            message.note = Some(words.to_owned());
        }
    }

    fn position(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.messages.front()?.number)?).ok()
    }

    fn by_number(&self, number: u64) -> Option<&TracedMessage> {
        self.messages.get(self.position(number)?)
    }
}

/// The part of a message that is kept.
pub(super) fn kept(octets: &[u8]) -> Vec<u8> {
    octets.get(..MESSAGE_OCTETS).unwrap_or(octets).to_vec()
}
