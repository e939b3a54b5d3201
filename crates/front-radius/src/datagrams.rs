//! Many datagrams in one system call (recvmmsg(2), sendmmsg(2)): the calls, not the packets, are most of the work of a UDP port.
//!
//! Flows in: a socket, replies with their peers. Flows out: datagrams with their peers, from buffers that are used again. Must not
//! know: what a datagram says.

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Result};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Datagrams of one call at most.
const AT_ONCE: usize = 64;
/// Octets read of a datagram: what is beyond the longest packet is padding (RFC 2865 3).
const DATAGRAM_MOST: usize = radius::MAX_PACKET_LENGTH;

/// Where datagrams are received.
pub(crate) struct Inbox {
    places: Vec<u8>,
    came: Vec<(usize, SocketAddr)>,
}

impl Inbox {
    pub fn new() -> Self {
        Self { places: vec![0; AT_ONCE * DATAGRAM_MOST], came: Vec::with_capacity(AT_ONCE) }
    }

    /// Receives what waits, as many as there is room for; gives whether more may wait.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits; others tell of an earlier reply and leave the socket usable.
    pub fn fill(&mut self, socket: &UdpSocket) -> Result<bool> {
        let Self { places, came } = self;
        came.clear();
        socket.try_io(Interest::READABLE, || {
            // New ones for each call: the system writes the length of an address over the room for it.
            let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(AT_ONCE, None);
            let mut slices: Vec<_> =
                places.chunks_exact_mut(DATAGRAM_MOST).map(|place| [IoSliceMut::new(place)]).collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let messages = recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None)?;
            // A datagram without a usable address keeps its place, so that those behind it keep theirs.
            came.extend(messages.map(|message| match message.address.as_ref().and_then(address) {
                Some(peer) => (message.bytes, peer),
                None => (0, SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0).into()),
            }));
            Ok(())
        })?;
        Ok(came.len() == AT_ONCE)
    }

    /// What was received last.
    pub fn datagrams(&self) -> impl Iterator<Item = (&[u8], SocketAddr)> {
        let places = self.places.chunks_exact(DATAGRAM_MOST);
        places
            .zip(&self.came)
            .map(|(place, (length, peer))| (place.get(..*length).unwrap_or_default(), *peer))
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| SocketAddrV4::from(*address).into());
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddrV6::from(*address).into()))
}

/// Replies that leave together.
#[derive(Default)]
pub(crate) struct Replies {
    octets: Vec<Arc<[u8]>>,
    peers: Vec<Option<SockaddrStorage>>,
}

impl Replies {
    /// Adds one.
    pub fn add(&mut self, reply: Arc<[u8]>, peer: SocketAddr) {
        self.octets.push(reply);
        self.peers.push(Some(peer.into()));
    }

    /// Whether they should be sent before more are added.
    pub fn is_full(&self) -> bool {
        self.octets.len() >= AT_ONCE
    }

    /// Sends all; waits while the system has no room.
    pub async fn send(&mut self, socket: &UdpSocket) {
        let mut sent = 0;
        while sent < self.octets.len() {
            match self.send_from(sent, socket) {
                Ok(count) => sent += count.max(1),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if socket.writable().await.is_err() {
                        break;
                    }
                }
                // Unreachable peers repeat their request when they are back.
                Err(_) => sent += 1,
            }
        }
        self.octets.clear();
        self.peers.clear();
    }

    /// Sends those from this one on in one call; gives how many went.
    fn send_from(&self, first: usize, socket: &UdpSocket) -> Result<usize> {
        let slices: Vec<_> = self.octets.iter().skip(first).map(|reply| [IoSlice::new(reply)]).collect();
        let peers = self.peers.get(first..).unwrap_or_default();
        socket.try_io(Interest::WRITABLE, || {
            let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(slices.len(), None);
            let flags = MsgFlags::MSG_DONTWAIT;
            Ok(sendmmsg(socket.as_raw_fd(), &mut headers, &slices, peers, [], flags)?.count())
        })
    }
}

#[cfg(test)]
mod tests;
