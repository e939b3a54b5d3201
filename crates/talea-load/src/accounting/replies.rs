//! Are replies right? An Accounting-Response whose authenticator fits the request with its Identifier (RFC 2866 3); nothing else.

use super::requests::{SECRET, Slots};
use crate::LoadError;
use crate::phase::{Phase, Receiver, Seen};
use radius::{Code, Packet, authenticator};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::Arc;

/// Octets of the longest RADIUS packet.
const PACKET_MOST: usize = 4_096;

/// Receives the replies of one lane.
#[derive(Debug)]
pub struct AccountingReceiver {
    socket: UdpSocket,
    slots: Arc<Slots>,
    datagram: Vec<u8>,
}

impl AccountingReceiver {
    pub(super) fn new(socket: UdpSocket, slots: Arc<Slots>) -> Self {
        Self { socket, slots, datagram: vec![0; PACKET_MOST] }
    }
}

impl Receiver for AccountingReceiver {
    fn receive(&mut self, _: &Phase, seen: &mut Vec<Seen>) -> Result<(), LoadError> {
        match self.socket.recv(&mut self.datagram) {
            Ok(count) => seen.push(look(self.datagram.get(..count).unwrap_or_default(), &self.slots)),
            // A refused port shows as an error of the next call; the requests are missed later.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock
                        | ErrorKind::TimedOut
                        | ErrorKind::Interrupted
                        | ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => return Err(LoadError::io("receiving from the server")(error)),
        }
        Ok(())
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
