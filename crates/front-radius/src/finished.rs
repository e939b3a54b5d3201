//! What has been decided and waits to be sent. The engine's committing thread only drops its answer here; signing and sending is the
//! work of the port's sending task, many at a time.

use crate::datagrams::Route;
use crate::identify::Identified;
use charging::Reply;
use engine::EngineError;
use parking_lot::Mutex;
use radius::{AUTHENTICATOR_LENGTH, Authenticator, HEADER_LENGTH, RequestKey};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::Notify;

use crate::RadiusNode;

/// A genuine request that is being worked on.
pub(crate) struct Pending {
    pub node: Arc<RadiusNode>,
    /// The octets as received; they have passed the decoder.
    pub datagram: Box<[u8]>,
    pub key: RequestKey,
    /// Which of our addresses a datagram came to, where the port listens on all of them.
    pub local: Option<IpAddr>,
    /// The TLS connection it came over; nothing for a datagram.
    pub link: Option<Arc<crate::tls::Link>>,
    pub arrived: Instant,
    /// Counts as in flight for as long as it lives.
    pub _ticket: Ticket,
}

impl Pending {
    /// Who asks.
    pub const fn peer(&self) -> SocketAddr {
        self.key.source
    }

    /// Its Request Authenticator (RFC 2865 3).
    pub fn authenticator(&self) -> Option<&Authenticator> {
        self.datagram.get(HEADER_LENGTH - AUTHENTICATOR_LENGTH..)?.first_chunk()
    }

    /// The way that its answer goes.
    pub const fn back(&self) -> Route {
        Route { peer: self.key.source, local: self.local }
    }
}

/// What is known about a request when nothing more is to be waited for.
pub(crate) enum Verdict {
    /// The engine was asked whether this account may log in.
    LogIn(Box<Identified>, Result<Reply, EngineError>),
    /// No, whatever the engine would say; the reason is for the log.
    Reject(&'static str),
    /// A digest needs a nonce first; whether the one it had was too old.
    Challenge { stale: bool },
    /// EAP goes on.
    Ask(crate::eap::Ask),
    /// The engine was given a report.
    Report(Result<Reply, EngineError>),
    /// There is nothing to record, or it is recorded.
    Recorded,
    /// No answer.
    Discard(crate::Discard),
}

/// Verdicts that wait for the sending task. Bounded by the number of tickets.
pub(crate) struct Finished {
    ready: Mutex<Vec<(Pending, Verdict)>>,
    filled: Arc<Notify>,
}

impl Finished {
    /// `filled` is told when there is something.
    pub fn new(filled: Arc<Notify>) -> Self {
        Self { ready: Mutex::new(Vec::new()), filled }
    }

    /// Adds a verdict; returns at once.
    pub fn push(&self, pending: Pending, verdict: Verdict) {
        let mut ready = self.ready.lock();
        let was_empty = ready.is_empty();
        ready.push((pending, verdict));
        drop(ready);
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Everything there is, into `into` (which must be empty).
    pub fn take(&self, into: &mut Vec<(Pending, Verdict)>) {
        std::mem::swap(&mut *self.ready.lock(), into);
    }
}

/// Counts requests in flight.
pub(crate) struct Flight {
    count: AtomicUsize,
    most: usize,
    landed: Arc<Notify>,
    gauge: prometheus_client::metrics::gauge::Gauge,
}

impl Flight {
    /// Room for `most`; `landed` is told whenever one ends.
    pub fn new(most: usize, landed: Arc<Notify>, gauge: prometheus_client::metrics::gauge::Gauge) -> Self {
        Self { count: AtomicUsize::new(0), most, landed, gauge }
    }

    /// A ticket, unless too many are in flight.
    pub fn ticket(self: &Arc<Self>) -> Option<Ticket> {
        if self.count.fetch_add(1, Ordering::AcqRel) >= self.most {
            self.count.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        self.gauge.inc();
        Some(Ticket(self.clone()))
    }

    /// Whether none is in flight.
    pub fn is_over(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}

/// One request in flight, until dropped.
pub(crate) struct Ticket(Arc<Flight>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.gauge.dec();
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.landed.notify_one();
        }
    }
}
