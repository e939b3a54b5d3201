//! Peers that we dial, and the election between two connections that begin at the same time (RFC 6733 5.6.4).

use crate::wire_client::{Answer, WireClient, cer, initial};
use crate::world::{GATEWAY, PATIENCE, World, eventually, msisdn};
use diameter::Message;
use diameter::answer::{Echo, Identity};
use diameter::codes::{avp, command};
use diameter::peer::LocalNode;
use diameter::peer::capabilities::write_answer;
use front_diameter::Dial;
use std::net::TcpListener;
use std::time::Duration;

/// A peer that waits to be dialled.
struct Peer {
    host: String,
    listener: TcpListener,
}

impl Peer {
    fn listening(kind: &str) -> Self {
        Self { host: format!("{kind}{GATEWAY}"), listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    fn world(&self) -> World {
        World::with(|config| {
            config.connect = vec![Dial {
                host: self.host.clone(),
                address: self.listener.local_addr().unwrap(),
                tls: false,
            }];
            config.connect_again = Duration::from_millis(50);
        })
    }

    /// The next connection of the server and its CER.
    fn dialled(&self) -> (WireClient, Answer) {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut line = WireClient::over(stream);
        let heard = line.answer();
        assert_eq!(heard.header().command, command::CAPABILITIES_EXCHANGE);
        (line, heard)
    }

    fn accept(&self, line: &mut WireClient, heard: &Answer) {
        accept(&self.host, line, heard);
    }
}

/// Answers a CER as the peer of that name.
pub fn accept(host: &str, line: &mut WireClient, heard: &Answer) {
    let identity = Identity { host: host.into(), realm: "gw.example".into(), state_id: None };
    let node = LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "test");
    let mut octets = Vec::new();
    write_answer(&node, &Echo::of(&heard.message()), 2001, None, &mut octets);
    line.send(&octets);
}

pub fn is_open(world: &World, host: &str) -> bool {
    world.server.peers().iter().any(|peer| peer.host == host && peer.state.word() == "open")
}

/// A dialled peer is served like one that dialled us; when it is lost it is dialled again.
#[test]
fn a_peer_that_we_dial_is_served_and_dialled_again_when_it_is_lost() {
    let peer = Peer::listening("huawei-ugw");
    let world = peer.world();
    world.sign_up(1, "100");
    for round in 0..2 {
        let (mut line, heard) = peer.dialled();
        let host = heard.message().find(avp::ORIGIN_HOST).unwrap().unwrap();
        assert_eq!(host.data, b"ocs.talea.example");
        peer.accept(&mut line, &heard);
        eventually("it is open", || is_open(&world, &peer.host));
        let (session, who) = (format!("gw;{round}"), msisdn(1));
        let mut ccr = initial(&mut line, &session, &who);
        ccr.origin_host = &peer.host;
        let mut octets = Vec::new();
        ccr.write(&mut octets);
        line.send(&octets);
        // After a loss it must prove itself first: a watchdog may come before the answer (RFC 3539).
        let answer = loop {
            let heard = line.answer();
            if heard.header().command == command::CREDIT_CONTROL {
                break heard;
            }
            assert_eq!((round, heard.header().command), (1, command::DEVICE_WATCHDOG));
        };
        assert_eq!(answer.code(), 2001);
        drop(line);
        eventually("it is lost", || !is_open(&world, &peer.host));
    }
}

/// We lose against a later name: its connection gets 4003 and the one that we have begun stays, also once it is open.
#[test]
pub fn a_lost_election_keeps_the_connection_that_we_began() {
    let peer = Peer::listening("relay");
    let world = peer.world();
    let (mut line, heard) = peer.dialled();
    for opened in [false, true] {
        if opened {
            peer.accept(&mut line, &heard);
            eventually("it is open", || is_open(&world, &peer.host));
        }
        let mut other = WireClient::silent(world.address());
        other.send(&cer(&peer.host, 4));
        let answer = other.receive();
        assert_eq!(Message::decode(&answer).unwrap().result_code(), Some(4003));
        assert_eq!(other.try_receive(), None);
    }
    assert!(is_open(&world, &peer.host));
}

/// We win against an earlier name: what it has begun stays, and the connection that we began is closed.
#[test]
pub fn a_won_election_keeps_the_connection_that_we_accepted() {
    let peer = Peer::listening("adax-pgw");
    let world = peer.world();
    let (mut line, _unanswered) = peer.dialled();
    let _theirs = WireClient::open_as(&world, &peer.host, 4);
    assert_eq!(line.try_receive(), None);
    assert!(is_open(&world, &peer.host));
}
