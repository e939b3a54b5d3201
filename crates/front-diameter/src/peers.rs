//! Which peers are let in, and what is to be seen of those that are connected.

use crate::profile::PeerProfile;
use crate::tap::Tap;
use calendar::Instant;
use office::LinkFigures;
use parking_lot::Mutex;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Result-Codes from here on are not successes (RFC 6733 7.1).
const FIRST_FAILURE: u32 = 3_000;
use std::sync::{Arc, OnceLock};

/// A peer that is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// Name of the node, as rating entries and records show it.
    pub node: Box<str>,
    /// What kind of peer it is.
    pub profile: Arc<PeerProfile>,
}

/// The table of peers.
pub trait Peers: Send + Sync + 'static {
    /// The peer with this Origin-Host (identities are compared without case, RFC 6733 4.3.1); `None` = a stranger.
    /// From memory: called when a connection opens, and when the round has changed.
    fn by_origin_host(&self, host: &str) -> Option<KnownPeer>;

    /// Another number each time that other profiles count.
    fn round(&self) -> u64 {
        0
    }

    /// What an administrator should put right, a sentence each.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerState {
    /// No capabilities exchanged yet.
    Connecting,
    /// Requests may flow.
    Open,
    /// A watchdog was not answered.
    Suspect,
    /// One side is leaving.
    Closing,
    /// The connection is gone.
    Closed,
}

impl PeerState {
    /// The word people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Suspect => "suspect",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// One connection as screens show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    /// Origin-Host; empty before the capabilities exchange.
    pub host: String,
    /// Origin-Realm; empty before the capabilities exchange.
    pub realm: String,
    /// Name of the node; empty before the capabilities exchange.
    pub node: String,
    /// Product-Name, when it told one.
    pub product: Option<String>,
    /// Its address and port.
    pub address: SocketAddr,
    /// `TCP`, `TLS` or `SCTP`.
    pub transport: &'static str,
    /// How far the connection is.
    pub state: PeerState,
    /// When the connection came.
    pub since: Instant,
    /// Credit-control requests received.
    pub requests: u64,
    /// Credit-control answers sent.
    pub answers: u64,
    /// Messages that were refused, dropped or not understood.
    pub errors: u64,
    /// The last of these, or why the connection ended; and when.
    pub last_error: Option<(Instant, String)>,
    /// Repeats, refusals by code, answer times, the last errors.
    pub figures: LinkFigures,
}

/// The live form of [`PeerView`]: counters that the connection writes and screens read.
#[derive(Debug)]
pub(crate) struct PeerRecord {
    pub address: SocketAddr,
    transport: &'static str,
    since: Instant,
    who: Mutex<Who>,
    figures: Mutex<LinkFigures>,
    /// Shows the connection to traces.
    pub tap: OnceLock<Tap>,
    pub requests: AtomicU64,
    pub answers: AtomicU64,
    pub errors: AtomicU64,
}

#[derive(Debug)]
struct Who {
    host: String,
    realm: String,
    node: String,
    product: Option<String>,
    state: PeerState,
    last_error: Option<(Instant, String)>,
}

impl PeerRecord {
    pub fn new(address: SocketAddr, transport: &'static str, since: Instant) -> Self {
        let who = Who {
            host: String::new(),
            realm: String::new(),
            node: String::new(),
            product: None,
            state: PeerState::Connecting,
            last_error: None,
        };
        let zero = AtomicU64::default;
        let (who, figures, tap) = (Mutex::new(who), Mutex::default(), OnceLock::new());
        let (requests, answers, errors) = (zero(), zero(), zero());
        Self { address, transport, since, who, figures, tap, requests, answers, errors }
    }

    pub fn opened(&self, capabilities: &diameter::peer::Capabilities, node: &str) {
        let mut who = self.who.lock();
        who.host.clone_from(&capabilities.host);
        who.realm.clone_from(&capabilities.realm);
        who.product.clone_from(&capabilities.product_name);
        (who.node, who.state) = (node.to_owned(), PeerState::Open);
    }

    /// Whether requests may flow to this host here.
    pub fn is_open_with(&self, host: &str) -> bool {
        let who = self.who.lock();
        matches!(who.state, PeerState::Open | PeerState::Suspect) && who.host.eq_ignore_ascii_case(host)
    }

    /// Whether it is of this address, and has not told who it is.
    pub fn is_unknown_at(&self, address: IpAddr) -> bool {
        self.address.ip().to_canonical() == address.to_canonical()
            && self.who.lock().state == PeerState::Connecting
    }

    pub fn set_state(&self, state: PeerState) {
        self.who.lock().state = state;
    }

    /// Origin-Host, or the address before it is known.
    pub fn name(&self) -> String {
        let who = self.who.lock();
        if who.host.is_empty() { self.address.to_string() } else { who.host.clone() }
    }

    /// Origin-Host and node; empty before they are known.
    pub fn who(&self) -> (String, String) {
        let who = self.who.lock();
        (who.host.clone(), who.node.clone())
    }

    /// Counts one more error and keeps its words; how many there were.
    pub fn count_error(&self, at: Instant, words: String) -> u64 {
        self.figures.lock().error(at, words.clone());
        self.who.lock().last_error = Some((at, words));
        self.errors.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts an answer: its Result-Code, and the time since its request.
    pub fn count_answer(&self, code: u32, took: Duration) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        let mut figures = self.figures.lock();
        figures.latency.count(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        if code >= FIRST_FAILURE {
            figures.drop_for(&code.to_string());
        }
    }

    /// A request came again.
    pub fn count_repeat(&self) {
        self.figures.lock().repeated += 1;
    }

    /// The connection is gone, and why.
    pub fn closed(&self, at: Instant, host: Option<&str>, words: String) {
        self.figures.lock().error(at, words.clone());
        let mut who = self.who.lock();
        (who.state, who.last_error) = (PeerState::Closed, Some((at, words)));
        if let Some(host) = host.filter(|_| who.host.is_empty()) {
            who.host = host.to_owned();
        }
    }

    pub fn view(&self) -> PeerView {
        let who = self.who.lock();
        PeerView {
            host: who.host.clone(),
            realm: who.realm.clone(),
            node: who.node.clone(),
            product: who.product.clone(),
            address: self.address,
            transport: self.transport,
            state: who.state,
            since: self.since,
            requests: self.requests.load(Ordering::Relaxed),
            answers: self.answers.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            last_error: who.last_error.clone(),
            figures: self.figures.lock().clone(),
        }
    }
}
