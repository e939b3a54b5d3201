//! Many datagrams in one system call (recvmmsg(2), sendmmsg(2)): the calls, not the packets, are most of the work of a UDP port.
//!
//! A host with several addresses answers from the one that was asked, else the peer takes the answer for a stranger's: on a socket that
//! listens on all of them the system tells it with each datagram (ip(7) IP_PKTINFO, RFC 3542 6.2), and a reply names it.
//!
//! Flows in: a socket, replies with their ways back. Flows out: datagrams with their ways, from buffers that are used again. Must not
//! know: what a datagram says.

use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage, recvmmsg,
    sendmmsg, setsockopt, sockopt,
};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Datagrams of one call at most.
const AT_ONCE: usize = 64;
/// Octets read of a datagram: what is beyond the longest packet is padding (RFC 2865 3).
const DATAGRAM_MOST: usize = radius::MAX_PACKET_LENGTH;

/// Whose a datagram is, and which of our addresses it came to; that is known where the socket listens on all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub peer: SocketAddr,
    pub local: Option<IpAddr>,
}

/// Lets a socket that listens on all addresses tell which one was asked.
pub(crate) fn tell_local(socket: &impl std::os::fd::AsFd, listens: IpAddr) -> Result<()> {
    match listens {
        IpAddr::V4(any) if any.is_unspecified() => setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?,
        IpAddr::V6(any) if any.is_unspecified() => setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?,
        _ => {}
    }
    Ok(())
}

/// Where datagrams are received.
pub(crate) struct Inbox {
    places: Vec<u8>,
    came: Vec<(usize, Route)>,
    /// The socket tells which of our addresses was asked.
    wide: bool,
}

impl Inbox {
    /// For a socket that listens there.
    pub fn new(listens: IpAddr) -> Self {
        let (places, came) = (vec![0; AT_ONCE * DATAGRAM_MOST], Vec::with_capacity(AT_ONCE));
        Self { places, came, wide: listens.is_unspecified() }
    }

    /// Receives what waits, as many as there is room for; gives whether more may wait.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits; others tell of an earlier reply and leave the socket usable.
    pub fn fill(&mut self, socket: &UdpSocket) -> Result<bool> {
        let Self { places, came, wide } = self;
        came.clear();
        socket.try_io(Interest::READABLE, || {
            // New ones for each call: the system writes the length of an address over the room for it.
            let control = wide.then(|| nix::cmsg_space!(in6_pktinfo));
            let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(AT_ONCE, control);
            let mut slices: Vec<_> =
                places.chunks_exact_mut(DATAGRAM_MOST).map(|place| [IoSliceMut::new(place)]).collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let messages = recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None)?;
            // A datagram without a usable address keeps its place, so that those behind it keep theirs.
            came.extend(messages.map(|message| match message.address.as_ref().and_then(address) {
                Some(peer) => (message.bytes, Route { peer, local: local(&message) }),
                None => (0, Route { peer: (Ipv4Addr::UNSPECIFIED, 0).into(), local: None }),
            }));
            Ok(())
        })?;
        Ok(came.len() == AT_ONCE)
    }

    /// What was received last.
    pub fn datagrams(&self) -> impl Iterator<Item = (&[u8], Route)> {
        let places = self.places.chunks_exact(DATAGRAM_MOST);
        places
            .zip(&self.came)
            .map(|(place, (length, route))| (place.get(..*length).unwrap_or_default(), *route))
    }
}

/// Which of our addresses was asked, if the system says so.
fn local(message: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<IpAddr> {
    message.cmsgs().ok()?.find_map(|told| match told {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes()).into())
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into()),
        _ => None,
    })
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
    /// The address each one leaves from; `None` = the system finds it.
    locals: Vec<Option<IpAddr>>,
}

impl Replies {
    /// Adds one.
    pub fn add(&mut self, reply: Arc<[u8]>, back: Route) {
        self.octets.push(reply);
        self.peers.push(Some(back.peer.into()));
        self.locals.push(back.local);
    }

    /// Sends one now, or never.
    pub fn send_now(reply: Arc<[u8]>, back: Route, socket: &UdpSocket) {
        let mut one = Self::default();
        one.add(reply, back);
        let _ = one.send_from(0, socket);
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
        self.locals.clear();
    }

    /// Sends those from this one on that leave from the same address in one call; gives how many went.
    fn send_from(&self, first: usize, socket: &UdpSocket) -> Result<usize> {
        let local = self.locals.get(first).copied().flatten();
        let alike = self.locals.iter().skip(first).take_while(|other| **other == local).count();
        let slices: Vec<_> =
            self.octets.iter().skip(first).take(alike).map(|reply| [IoSlice::new(reply)]).collect();
        let peers = self.peers.get(first..).unwrap_or_default();
        socket.try_io(Interest::WRITABLE, || {
            let flags = MsgFlags::MSG_DONTWAIT;
            let send = |control: Option<Vec<u8>>, from: &[ControlMessage<'_>]| {
                let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(slices.len(), control);
                sendmmsg(socket.as_raw_fd(), &mut headers, &slices, peers, from, flags)
                    .map(|sent| sent.count())
            };
            // The room for control messages is exactly theirs: the system takes the rest of it for another one.
            Ok(match local {
                None => send(None, &[])?,
                Some(IpAddr::V4(from)) => {
                    let info = v4_source(from);
                    send(Some(nix::cmsg_space!(in_pktinfo)), &[ControlMessage::Ipv4PacketInfo(&info)])?
                }
                Some(IpAddr::V6(from)) => {
                    let info = v6_source(from);
                    send(Some(nix::cmsg_space!(in6_pktinfo)), &[ControlMessage::Ipv6PacketInfo(&info)])?
                }
            })
        })
    }
}

fn v4_source(from: Ipv4Addr) -> in_pktinfo {
    let address = |octets: [u8; 4]| in_addr { s_addr: u32::from_ne_bytes(octets) };
    in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: address(from.octets()), ipi_addr: address([0; 4]) }
}

fn v6_source(from: Ipv6Addr) -> in6_pktinfo {
    in6_pktinfo { ipi6_addr: in6_addr { s6_addr: from.octets() }, ipi6_ifindex: 0 }
}

#[cfg(test)]
mod tests;
