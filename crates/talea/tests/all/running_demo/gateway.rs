//! A packet gateway at the running demo.

use diameter::answer::Identity;
use diameter::client::write_cer;
use diameter::credit_control::{
    CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind, Units,
};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A node of the demo.
pub const GATEWAY: &str = "pgw-1.demo.talea.local";
/// Longest wait for a message.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Diameter peer.
pub struct Peer(TcpStream);

impl Peer {
    pub fn connect(server: SocketAddr, host: &str) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut peer = Self(stream);
        let who = Identity { host: host.to_owned(), realm: "demo.talea.local".to_owned(), state_id: None };
        let node = diameter::peer::LocalNode::credit_control(who, vec![Ipv4Addr::LOCALHOST.into()], "test");
        let mut cer = Vec::new();
        write_cer(&node, (1, 1), &mut cer);
        peer.ask(&cer);
        peer
    }

    /// Sends a request; the next message.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.0.write_all(request).unwrap();
        self.hear()
    }

    /// The next message.
    pub fn hear(&mut self) -> Vec<u8> {
        let mut head = [0; 4];
        self.0.read_exact(&mut head).unwrap();
        let [_version, length @ ..] = head;
        let length = length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let mut rest = vec![0; length - head.len()];
        self.0.read_exact(&mut rest).unwrap();
        [head.as_slice(), &rest].concat()
    }
}

/// Begins a session of a number, which asks for data of Rating-Group 1.
pub fn ccr(session: &str, number: &str) -> Vec<u8> {
    let service =
        ServiceRequest { rating_group: Some(1), requested: Some(Units::default()), ..Default::default() };
    let subscriber = SubscriptionId { kind: SubscriptionKind::E164, data: number };
    let request = CreditControlRequest::new(session, RequestType::Initial, 0, "32251@3gpp.org", (2, 2))
        .from_node(GATEWAY, "demo.talea.local")
        .to_realm("talea.local", None)
        .about(subscriber)
        .with_service(service);
    let mut bytes = Vec::new();
    request.write(&mut bytes);
    bytes
}
