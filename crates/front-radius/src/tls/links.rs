//! Open TLS connections of nodes: where answers and requests of ours leave, and what screens tell of them.
//!
//! Bounded: connections in all and of one node; where a node has too many, the one that was silent longest is closed for the new one,
//! since a device that has crashed leaves its old connections half open.

use calendar::Instant;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::{mpsc, watch};

/// Connections of all nodes.
pub(super) const LINKS_MOST: usize = 4_096;
/// Connections of one node.
const LINKS_OF_NODE: usize = 64;
/// Packets that wait to be written to one connection.
const WAITING_MOST: usize = 4_096;

/// One open connection.
pub struct Link {
    id: u64,
    node: Box<str>,
    peer: SocketAddr,
    local: SocketAddr,
    certificate: String,
    since: Instant,
    last_at: AtomicI64,
    out: mpsc::Sender<Arc<[u8]>>,
    closing: watch::Sender<Option<&'static str>>,
}

impl Link {
    /// Its number, never used twice.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Our end.
    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Name of its node.
    pub(crate) const fn node(&self) -> &str {
        &self.node
    }

    /// Puts a packet into the queue; a peer that does not read loses the connection.
    pub(crate) fn send(&self, packet: Arc<[u8]>) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.out.try_send(packet) {
            self.close("not_reading");
        }
    }

    /// Ends the connection; the first reason counts.
    pub(super) fn close(&self, reason: &'static str) {
        self.closing.send_if_modified(|known| {
            let first = known.is_none();
            *known = known.or(Some(reason));
            first
        });
    }

    pub(super) fn heard(&self, now: Instant) {
        self.last_at.store(now.as_micros(), Ordering::Relaxed);
    }
}

/// What a screen tells of a connection.
pub(crate) struct LinkView {
    pub node: Box<str>,
    pub peer: SocketAddr,
    pub certificate: String,
    pub since: Instant,
    pub last_at: Instant,
}

/// Ends of a link that its connection serves.
pub(super) struct Ends {
    pub link: Arc<Link>,
    pub waiting: mpsc::Receiver<Arc<[u8]>>,
    pub closing: watch::Receiver<Option<&'static str>>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Links {
    by_node: Mutex<HashMap<Box<str>, Vec<Arc<Link>>>>,
    next: AtomicU64,
}

impl Links {
    /// Takes a connection in; its ends are theirs and ours.
    pub(super) fn open(
        &self,
        node: &str,
        (peer, local): (SocketAddr, SocketAddr),
        certificate: String,
        now: Instant,
    ) -> Ends {
        let (out, waiting) = mpsc::channel(WAITING_MOST);
        let (closing, closed) = watch::channel(None);
        let link = Arc::new(Link {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            node: node.into(),
            peer,
            local,
            certificate,
            since: now,
            last_at: AtomicI64::new(now.as_micros()),
            out,
            closing,
        });
        let mut by_node = self.by_node.lock();
        let own = by_node.entry(node.into()).or_default();
        if own.len() >= LINKS_OF_NODE
            && let Some(silent) = own.iter().min_by_key(|link| link.last_at.load(Ordering::Relaxed))
        {
            silent.close("superseded");
        }
        own.push(link.clone());
        Ends { link, waiting, closing: closed }
    }

    /// Forgets a connection.
    pub(super) fn forget(&self, link: &Link) {
        let mut by_node = self.by_node.lock();
        if let Some(own) = by_node.get_mut(&link.node) {
            own.retain(|known| known.id != link.id);
            if own.is_empty() {
                by_node.remove(&link.node);
            }
        }
    }

    /// The connection over which a node is told something: the one heard last, and only of the device at `source` where it is known,
    /// whoever has opened it: another device of the record would cut another's session.
    pub(crate) fn of(&self, node: &str, source: Option<IpAddr>) -> Option<Arc<Link>> {
        let by_node = self.by_node.lock();
        let own = by_node.get(node)?.iter();
        let is_from = |link: &Link, ip| link.peer.ip().to_canonical() == ip;
        let fitting = own.filter(|link| source.is_none_or(|ip| is_from(link, ip)));
        fitting.max_by_key(|link| link.last_at.load(Ordering::Relaxed)).cloned()
    }

    /// Every open connection.
    pub(crate) fn views(&self) -> Vec<LinkView> {
        let by_node = self.by_node.lock();
        let view = |link: &Arc<Link>| LinkView {
            node: link.node.clone(),
            peer: link.peer,
            certificate: link.certificate.clone(),
            since: link.since,
            last_at: Instant::from_micros(link.last_at.load(Ordering::Relaxed)),
        };
        by_node.values().flatten().map(view).collect()
    }
}

#[cfg(test)]
mod tests;
