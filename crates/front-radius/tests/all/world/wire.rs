//! Our own client, which keeps every datagram for a second decoder.

use super::SECRET;
use radius::Packet;
use radius::client::{Request, RequestBuilder};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// A datagram on its way: from, to, octets.
pub type Datagram = (SocketAddr, SocketAddr, Vec<u8>);

pub struct Client {
    socket: UdpSocket,
    pub seen: Vec<Datagram>,
}

impl Client {
    /// A client at a loopback address, whose source address names its node.
    pub fn at(address: &str) -> Self {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        Self { socket, seen: Vec::new() }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub fn send(&mut self, server: SocketAddr, octets: &[u8]) {
        self.socket.send_to(octets, server).unwrap();
        self.seen.push((self.address(), server, octets.to_vec()));
    }

    /// The next datagram, or nothing for as long as `patience`.
    pub fn receive(&mut self, patience: Duration) -> Option<Vec<u8>> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut buffer = [0; 4096];
        let (length, from) = self.socket.recv_from(&mut buffer).ok()?;
        let octets = buffer[..length].to_vec();
        self.seen.push((from, self.address(), octets.clone()));
        Some(octets)
    }

    /// Sends and waits for a genuine reply.
    pub fn ask(&mut self, server: SocketAddr, request: &Request) -> Option<Vec<u8>> {
        self.send(server, request.bytes());
        let reply = self.receive(Duration::from_secs(3))?;
        request.check_response(&reply, SECRET.as_bytes()).unwrap();
        Some(reply)
    }
}

/// A PAP log-in.
pub fn pap(identifier: u8, random: [u8; 16], user: &str, password: &str) -> Request {
    let mut request = RequestBuilder::access(identifier, random);
    request.attribute(radius::number::USER_NAME, user.as_bytes()).unwrap();
    request.pap(password.as_bytes(), SECRET.as_bytes()).unwrap();
    request.integer(radius::number::NAS_PORT, 7).unwrap();
    request.sign(SECRET.as_bytes()).unwrap()
}

/// What a report counts.
#[derive(Clone, Copy, Default)]
pub struct Counters {
    pub input: u64,
    pub output: u64,
    pub seconds: u32,
    pub delay: u32,
}

pub const START: u32 = 1;
pub const STOP: u32 = 2;
pub const INTERIM: u32 = 3;
pub const ON: u32 = 7;

/// An accounting report; high halves go into Gigawords.
pub fn report(identifier: u8, status: u32, session: &str, user: &str, counters: Counters) -> Request {
    use radius::number::*;
    let mut request = RequestBuilder::accounting(identifier, status).unwrap();
    request.attribute(USER_NAME, user.as_bytes()).unwrap();
    request.attribute(ACCT_SESSION_ID, session.as_bytes()).unwrap();
    request.attribute(FRAMED_IP_ADDRESS, &[10, 0, 0, 9]).unwrap();
    request.attribute(CALLING_STATION_ID, b"00-11-22-33-44-55").unwrap();
    request.integer(ACCT_DELAY_TIME, counters.delay).unwrap();
    if status != START {
        for (number, gigawords, value) in [
            (ACCT_INPUT_OCTETS, ACCT_INPUT_GIGAWORDS, counters.input),
            (ACCT_OUTPUT_OCTETS, ACCT_OUTPUT_GIGAWORDS, counters.output),
        ] {
            request.integer(number, u32::try_from(value & 0xffff_ffff).unwrap()).unwrap();
            request.integer(gigawords, u32::try_from(value >> 32).unwrap()).unwrap();
        }
        request.integer(ACCT_SESSION_TIME, counters.seconds).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}

/// A capture file of raw IPv4 packets (LINKTYPE_RAW) with the well-known ports, so that any analyser knows the protocol; of `ports` the first
/// is ours.
pub fn pcap(datagrams: &[Datagram], ports: &[(u16, u16)]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    file.extend([0; 8]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(101_u32.to_le_bytes());
    for (number, (from, to, octets)) in datagrams.iter().enumerate() {
        let port = |address: &SocketAddr| {
            let known = ports.iter().find(|(ours, _)| *ours == address.port());
            known.map_or(address.port(), |(_, well_known)| *well_known)
        };
        let udp_length = u16::try_from(octets.len() + 8).unwrap();
        let mut ip = vec![0x45, 0];
        ip.extend((udp_length + 20).to_be_bytes());
        ip.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        for address in [from, to] {
            let std::net::IpAddr::V4(address) = address.ip() else { panic!("loopback is IPv4 here") };
            ip.extend(address.octets());
        }
        ip.extend(port(from).to_be_bytes());
        ip.extend(port(to).to_be_bytes());
        ip.extend(udp_length.to_be_bytes());
        ip.extend([0, 0]);
        ip.extend(octets);
        let length = u32::try_from(ip.len()).unwrap().to_le_bytes();
        file.extend(u32::try_from(number).unwrap().to_le_bytes());
        file.extend([0; 4]);
        file.extend(length);
        file.extend(length);
        file.extend(ip);
    }
    file
}

/// The packet of a reply, for looking at attributes.
pub fn packet(octets: &[u8]) -> Packet<'_> {
    Packet::decode(octets).unwrap()
}
