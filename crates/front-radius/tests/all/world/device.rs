//! The device's side of dynamic authorization, for tests that say what it answers.

use super::wire::Datagram;
use super::{SECRET, World};
use radius::{Code, Packet, PacketBuilder, number};
use std::cell::RefCell;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// Requirement: the right action within one second of the commit.
pub const PROMPT: Duration = Duration::from_secs(1);

/// The dynamic authorization port of a node on its loopback address: answers as it is told.
pub struct Device {
    socket: UdpSocket,
    /// Both datagrams of each request that was answered.
    seen: RefCell<Vec<Datagram>>,
}

/// One request as it came.
pub struct Told {
    pub code: Code,
    pub octets: Vec<u8>,
}

impl Told {
    pub fn text(&self, attribute: u8) -> Option<String> {
        let packet = Packet::decode(&self.octets).unwrap();
        packet.first(attribute).map(|octets| String::from_utf8_lossy(octets).into_owned())
    }

    pub fn described(&self) -> Vec<String> {
        radius::Dictionary::built_in().describe(&Packet::decode(&self.octets).unwrap())
    }
}

impl Device {
    /// A device, and a world that tells it.
    pub fn at(address: &str) -> (Self, World) {
        let device = Self::alone(address, 0);
        let world = World::with_devices_at(device.address().port());
        (device, world)
    }

    /// Another device of a world.
    pub fn alone(address: &str, port: u16) -> Self {
        let socket = UdpSocket::bind((address, port)).unwrap();
        Self { socket, seen: RefCell::default() }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// What was asked and answered.
    pub fn seen(self) -> Vec<Datagram> {
        self.seen.into_inner()
    }

    /// The next request within `patience`, unanswered.
    pub fn hear(&self, patience: Duration) -> Option<(Told, SocketAddr)> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut buffer = [0; 4096];
        let (length, from) = self.socket.recv_from(&mut buffer).ok()?;
        let octets = buffer[..length].to_vec();
        let packet = Packet::decode(&octets).unwrap();
        radius::authenticator::verify_request(&packet, SECRET.as_bytes(), Default::default()).unwrap();
        assert!(
            packet.first(number::MESSAGE_AUTHENTICATOR).is_some(),
            "every request of ours is signed twice"
        );
        Some((Told { code: packet.code(), octets }, from))
    }

    /// Answers the next request with an ACK, or a NAK and its Error-Cause.
    pub fn answer(&self, refusal: Option<u32>) -> Told {
        let (told, from) = self.hear(PROMPT).expect("the device is told within a second");
        let packet = Packet::decode(&told.octets).unwrap();
        let code = match (told.code, refusal) {
            (Code::CoaRequest, None) => Code::CoaAck,
            (Code::CoaRequest, Some(_)) => Code::CoaNak,
            (_, None) => Code::DisconnectAck,
            (_, Some(_)) => Code::DisconnectNak,
        };
        let mut reply = PacketBuilder::reply_to(&packet, code);
        if let Some(cause) = refusal {
            reply.push_integer(number::ERROR_CAUSE, cause).unwrap();
        }
        let reply = reply.sign_reply(&packet, SECRET.as_bytes()).unwrap();
        self.socket.send_to(&reply, from).unwrap();
        let here = self.address();
        self.seen.borrow_mut().extend([(from, here, told.octets.clone()), (here, from, reply)]);
        told
    }

    pub fn hears_nothing(&self, patience: Duration) {
        if let Some((told, _)) = self.hear(patience) {
            panic!("told without need: {:?} {:?}", told.code, told.described());
        }
    }
}
