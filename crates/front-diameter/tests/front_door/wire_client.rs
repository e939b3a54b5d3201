//! A plain client that sends exactly what a test wants, for what well-behaved clients never do.

use crate::recording::{From, another_client, keep};
use crate::world::{MB, PATIENCE, PEER, World};
use diameter::answer::Identity;
use diameter::client;
use diameter::codes::avp;
use diameter::credit_control::{
    CreditControlAnswer, CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind,
    Units, UsedUnits,
};
use diameter::frame::Splitter;
use diameter::peer::LocalNode;
use diameter::{Encoder, Header, Message};
use std::io::ErrorKind::{ConnectionReset, Interrupted, UnexpectedEof};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What octets go over: a TCP stream, or TLS in one.
pub trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

pub struct WireClient {
    stream: Box<dyn Duplex>,
    splitter: Splitter,
    next: u32,
    recorded: Option<usize>,
}

impl WireClient {
    /// Connected, nothing said.
    pub fn silent(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    /// Over a stream that is connected; it must give up reading some time.
    pub fn over(stream: impl Duplex + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            splitter: Splitter::default(),
            next: 100,
            recorded: another_client(),
        }
    }

    /// Connected as the peer by the book.
    pub fn open(world: &World) -> Self {
        Self::open_as(world, PEER, 4)
    }

    /// Connected as another peer, with an application.
    pub fn open_as(world: &World, host: &str, application: u32) -> Self {
        let mut client = Self::silent(world.address());
        client.send(&cer(host, application));
        assert_eq!(Message::decode(&client.receive()).unwrap().result_code(), Some(2001));
        client
    }

    pub fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
        keep(self.recorded, From::Client, octets);
    }

    /// The next message; panics when none comes in time.
    pub fn receive(&mut self) -> Vec<u8> {
        self.try_receive().expect("the connection was closed")
    }

    /// The next message, or `None` when the other side closed.
    pub fn try_receive(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(message) = self.splitter.next_message().unwrap() {
                keep(self.recorded, From::Server, message);
                return Some(message.to_vec());
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(count) => self.splitter.feed(&chunk[..count]),
                // The machine was halted meanwhile.
                Err(error) if error.kind() == Interrupted => {}
                Err(error) if matches!(error.kind(), ConnectionReset | UnexpectedEof) => return None,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// Octets of one read, whatever they are; 0 when the other side closed.
    pub fn try_receive_raw(&mut self) -> usize {
        self.stream.read(&mut [0; 4096]).unwrap_or(0)
    }

    /// Identifiers of the next request.
    pub fn ids(&mut self) -> (u32, u32) {
        self.next += 1;
        (self.next, self.next + 7_000)
    }

    pub fn answer(&mut self) -> Answer {
        Answer { octets: self.receive() }
    }

    /// Sends a request and waits for its answer; what the server asks meanwhile gets none.
    pub fn ask(&mut self, ccr: &CreditControlRequest<'_>) -> Answer {
        let mut octets = Vec::new();
        ccr.write(&mut octets);
        self.send(&octets);
        let mut answer = self.answer();
        while answer.header().is_request() {
            answer = self.answer();
        }
        assert_eq!(answer.header().hop_by_hop, ccr.header.hop_by_hop);
        assert_eq!(answer.header().end_to_end, ccr.header.end_to_end);
        answer
    }
}

pub struct Answer {
    pub octets: Vec<u8>,
}

impl Answer {
    pub fn header(&self) -> Header {
        self.message().header
    }

    pub fn message(&self) -> Message<'_> {
        Message::decode(&self.octets).unwrap()
    }

    pub fn code(&self) -> u32 {
        self.message().result_code().unwrap()
    }

    pub fn read(&self) -> CreditControlAnswer {
        CreditControlAnswer::read(&self.message()).unwrap()
    }
}

/// Capabilities of a client with one application.
pub fn cer(host: &str, application: u32) -> Vec<u8> {
    let identity = Identity { host: host.into(), realm: "test.example".into(), state_id: None };
    let mut node = LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "test");
    node.applications = vec![application];
    node.vendor_applications.clear();
    let mut octets = Vec::new();
    client::write_cer(&node, (1, 2), &mut octets);
    octets
}

/// Any request: a header and a Session-Id.
pub fn request(application: u32, command: u32, ids: (u32, u32)) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = Encoder::new(&mut octets, &Header::request(command, application, 0x40, ids.0, ids.1));
    encoder.text(avp::SESSION_ID, "pgw;any");
    encoder.finish();
    octets
}

/// What a request is about.
pub struct Session<'a> {
    pub id: &'a str,
}

impl<'a> Session<'a> {
    /// A data request with one service of Rating-Group 1; `used` and `asked` in octets.
    pub fn step(
        &'a self,
        client: &mut WireClient,
        kind: RequestType,
        request: u32,
        (used, asked): (Option<u64>, Option<u64>),
        subscriber: &'a str,
    ) -> CreditControlRequest<'a> {
        let octets = |count| Units { total_octets: Some(count), ..Units::default() };
        let used = used.map(|count| UsedUnits { units: octets(count), ..UsedUnits::default() });
        CreditControlRequest::new(self.id, kind, request, "32251@3gpp.org", client.ids())
            .from_node(PEER, "test.example")
            .to_realm("talea.example", None)
            .about(SubscriptionId { kind: SubscriptionKind::E164, data: subscriber })
            .with_service(ServiceRequest {
                rating_group: Some(1),
                requested: asked.map(octets),
                used: used.into_iter().collect(),
                ..ServiceRequest::default()
            })
    }
}

/// The first request of a session that asks for 10 MB.
pub fn initial<'a>(
    client: &mut WireClient,
    session: &'a str,
    subscriber: &'a str,
) -> CreditControlRequest<'a> {
    let octets = Units { total_octets: Some(10 * MB), ..Units::default() };
    CreditControlRequest::new(session, RequestType::Initial, 0, "32251@3gpp.org", client.ids())
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: subscriber })
        .with_service(ServiceRequest {
            rating_group: Some(1),
            requested: Some(octets),
            ..ServiceRequest::default()
        })
}

pub fn written(ccr: &CreditControlRequest<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    ccr.write(&mut octets);
    octets
}
