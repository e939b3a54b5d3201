//! Are replies right? An Accounting-Response whose authenticator fits the request with its Identifier (RFC 2866 3); nothing else.

use super::requests::{SECRET, Slots};
use crate::LoadError;
use crate::phase::{Phase, Receiver, Seen};
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use radius::{Code, Packet, authenticator};
use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::sync::Arc;

/// Octets of the longest reply that could be right: an Accounting-Response carries nothing.
const PACKET_MOST: usize = 256;
/// Replies received with one system call at most.
const AT_ONCE: usize = 64;

/// Receives the replies of one lane.
#[derive(Debug)]
pub struct AccountingReceiver {
    socket: UdpSocket,
    slots: Arc<Slots>,
    places: Vec<u8>,
}

impl AccountingReceiver {
    pub(super) fn new(socket: UdpSocket, slots: Arc<Slots>) -> Self {
        Self { socket, slots, places: vec![0; AT_ONCE * PACKET_MOST] }
    }
}

impl Receiver for AccountingReceiver {
    fn receive(&mut self, _: &Phase, seen: &mut Vec<Seen>) -> Result<(), LoadError> {
        let Self { socket, slots, places } = self;
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(AT_ONCE, None);
        let mut slices: Vec<_> =
            places.chunks_exact_mut(PACKET_MOST).map(|place| [IoSliceMut::new(place)]).collect();
        // Waits for the first one only.
        let flags = MsgFlags::MSG_WAITFORONE;
        match recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None) {
            Ok(messages) => {
                let datagrams = messages.map(|message| message.iovs().next().unwrap_or_default());
                seen.extend(datagrams.map(|datagram| look(datagram, slots)));
                Ok(())
            }
            // A refused port shows as an error of the next call; the requests are missed later.
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ECONNREFUSED) => Ok(()),
            Err(error) => Err(LoadError::io("receiving from the server")(error.into())),
        }
    }
}

fn look(datagram: &[u8], slots: &Slots) -> Seen {
    let Ok(packet) = Packet::decode(datagram) else { return Seen::Stray };
    let Some((request, sent)) = slots.get(packet.identifier()) else { return Seen::Stray };
    let genuine = authenticator::verify_response(&packet, &sent, SECRET).is_ok();
    if genuine && packet.code() == Code::AccountingResponse {
        Seen::Good(request)
    } else {
        Seen::Wrong(request)
    }
}
