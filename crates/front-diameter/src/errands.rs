//! Our own requests on their way to clients (RAR, ASR): which connection takes one, what waits for its answer on a connection, and what
//! is sent again over another one when a connection is lost or falls silent (RFC 6733 5.5.4: same End-to-End identifier, T flag).
//!
//! Must not know: why a request is sent, what its answer leads to.

use crate::profile::PeerProfile;
use diameter::answer::Identity;
use diameter::peer::Peer;
use diameter::server_request::ServerRequest;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Requests that wait for a connection's task.
const WAITING_MOST: usize = 16_384;
/// Requests without an answer on one connection; more wait.
const IN_FLIGHT_MOST: usize = 8_192;
/// A client that has not answered by then will not.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Result-Code of the answer.
    Code(u32),
    /// None in time.
    NoAnswer,
    /// No connection leads to the client.
    NoRoute,
}

/// A request and where its end is told.
pub(crate) struct Errand {
    pub request: ServerRequest,
    /// Node through which the session came.
    pub node: Box<str>,
    /// Told once; must return at once.
    pub told: Box<dyn FnOnce(Reply) + Send>,
    /// Given by the first connection that sent it.
    pub end_to_end: Option<u32>,
    /// Connections that were tried.
    pub tried: Vec<u64>,
}

impl Errand {
    fn end(self, reply: Reply) {
        (self.told)(reply);
    }
}

struct Route {
    host: Box<str>,
    node: Box<str>,
    /// It passes on what is for others (RFC 6733 2.8.1).
    relays: bool,
    profile: Arc<PeerProfile>,
    usable: bool,
    queue: mpsc::Sender<Errand>,
}

/// The open connections as ways to clients.
#[derive(Default)]
pub(crate) struct Routes(Mutex<BTreeMap<u64, Route>>);

impl Routes {
    /// A connection has opened; what is sent to its peer comes out of the receiver.
    pub fn open(
        &self,
        number: u64,
        (host, node, relays): (&str, &str, bool),
        profile: Arc<PeerProfile>,
    ) -> mpsc::Receiver<Errand> {
        let (queue, errands) = mpsc::channel(WAITING_MOST);
        let route = Route { host: host.into(), node: node.into(), relays, profile, usable: true, queue };
        self.0.lock().insert(number, route);
        errands
    }

    /// Whether requests may go there now.
    pub fn set_usable(&self, number: u64, usable: bool) {
        if let Some(route) = self.0.lock().get_mut(&number) {
            route.usable = usable;
        }
    }

    /// Its peer is another kind now.
    pub fn set_profile(&self, number: u64, profile: &Arc<PeerProfile>) {
        if let Some(route) = self.0.lock().get_mut(&number) {
            route.profile = profile.clone();
        }
    }

    /// The connection is gone.
    pub fn close(&self, number: u64) {
        self.0.lock().remove(&number);
    }

    /// Whether a client is connected itself.
    pub fn leads_straight_to(&self, host: &str) -> bool {
        self.0.lock().values().any(|route| route.host.eq_ignore_ascii_case(host))
    }

    /// What kind of peer leads to a client; nothing when none does now.
    pub fn profile(&self, host: &str, node: &str) -> Option<Arc<PeerProfile>> {
        let routes = self.0.lock();
        let own = routes.values().find(|route| route.host.eq_ignore_ascii_case(host));
        own.or_else(|| routes.values().find(|route| *route.node == *node)).map(|route| route.profile.clone())
    }

    /// Sends a request over a connection to the client itself, else over one of the node through which its session came, else over a
    /// relay's, and never twice over the same one.
    pub fn send(&self, mut errand: Errand) {
        loop {
            let Some((number, queue)) = self.choose(&errand) else { return errand.end(Reply::NoRoute) };
            errand.tried.push(number);
            match queue.try_send(errand) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(back) | mpsc::error::TrySendError::Closed(back)) => {
                    errand = back;
                }
            }
        }
    }

    fn choose(&self, errand: &Errand) -> Option<(u64, mpsc::Sender<Errand>)> {
        let routes = self.0.lock();
        let free = || routes.iter().filter(|(number, route)| route.usable && !errand.tried.contains(number));
        let host = &errand.request.destination_host;
        let own = free().find(|(_, route)| route.host.eq_ignore_ascii_case(host));
        let of_node = || free().find(|(_, route)| route.node == errand.node);
        let found = own.or_else(of_node).or_else(|| free().find(|(_, route)| route.relays))?;
        Some((*found.0, found.1.queue.clone()))
    }
}

struct Waiting {
    errand: Errand,
    since: Instant,
}

/// The requests of one connection. Before capabilities are exchanged there is no queue.
#[derive(Default)]
pub(crate) struct Errands {
    queue: Option<mpsc::Receiver<Errand>>,
    waiting: HashMap<u32, Waiting>,
}

impl Errands {
    /// The connection has opened.
    pub fn open(&mut self, queue: mpsc::Receiver<Errand>) {
        self.queue = Some(queue);
    }

    /// The next request to send; never ready without a queue or with too much in flight. May be dropped and called again.
    pub async fn next(&mut self) -> Errand {
        if self.waiting.len() < IN_FLIGHT_MOST
            && let Some(queue) = &mut self.queue
            && let Some(errand) = queue.recv().await
        {
            return errand;
        }
        std::future::pending().await
    }

    /// Writes a request.
    pub fn send(&mut self, mut errand: Errand, peer: &mut Peer, who: &Identity, out: &mut Vec<u8>) {
        let (hop_by_hop, own) = peer.next_identifiers();
        let repeated = errand.end_to_end.is_some();
        let end_to_end = *errand.end_to_end.get_or_insert(own);
        errand.request.write(who, (hop_by_hop, end_to_end), repeated, out);
        self.waiting.insert(hop_by_hop, Waiting { errand, since: Instant::now() });
    }

    /// An answer came; whether it was to one of these.
    pub fn answered(&mut self, hop_by_hop: u32, result_code: u32) -> bool {
        let found = self.waiting.remove(&hop_by_hop);
        let ours = found.is_some();
        found.into_iter().for_each(|waiting| waiting.errand.end(Reply::Code(result_code)));
        ours
    }

    /// Gives up what has waited too long.
    pub fn tick(&mut self) {
        let late = self.waiting.extract_if(|_, waiting| waiting.since.elapsed() > PATIENCE);
        late.for_each(|(_, waiting)| waiting.errand.end(Reply::NoAnswer));
    }

    /// Whether an answer is waited for.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Everything without an answer, for another connection; nothing new comes where `closing`.
    pub fn take_back(&mut self, closing: bool) -> Vec<Errand> {
        let mut back: Vec<Errand> = self.waiting.drain().map(|(_, waiting)| waiting.errand).collect();
        if let Some(queue) = &mut self.queue {
            if closing {
                queue.close();
            }
            while let Ok(errand) = queue.try_recv() {
                back.push(errand);
            }
        }
        back
    }
}
