//! Connections: who is let in, what strangers and broken peers get, and how we leave.

use crate::wire_client::{Session, WireClient, cer, initial, request, written};
use crate::world::{MB, PEER, World, eventually, msisdn};
use diameter::codes::{application, avp, command};
use diameter::credit_control::RequestType;
use diameter::{Encoder, Header, Message};
use front_diameter::PeerState;

#[test]
pub fn an_unknown_peer_gets_3010_with_the_e_bit_and_is_closed() {
    let world = World::open();
    let mut client = WireClient::silent(world.address());
    client.send(&cer("stranger.example", 4));
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().is_error()), (3010, true));
    assert_eq!(client.try_receive(), None);
    assert_eq!(world.server.metrics().closed_for_cause.get(), 1);
    eventually("it is remembered", || !world.server.departed().is_empty());
    let gone = &world.server.departed()[0];
    let why = gone.last_error.clone().unwrap().1;
    assert_eq!((gone.host.as_str(), gone.state), ("stranger.example", PeerState::Closed));
    assert_eq!((why.as_str(), gone.node.as_str()), ("unknown peer stranger.example", ""));
}

#[test]
fn unknown_peers_are_let_in_when_the_operator_wants_it() {
    let world = World::with(|config| config.accept_unknown_peers = true);
    let mut client = WireClient::silent(world.address());
    client.send(&cer("stranger.example", 4));
    assert_eq!(client.answer().code(), 2001);
    let views = world.server.peers();
    assert_eq!((views[0].node.as_str(), views[0].state), ("stranger.example", PeerState::Open));
}

#[test]
pub fn a_peer_without_credit_control_gets_5010_and_is_closed() {
    let world = World::open();
    let mut client = WireClient::silent(world.address());
    client.send(&cer(PEER, application::ACCOUNTING));
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().is_error()), (5010, false));
    assert_eq!(client.try_receive(), None);
}

#[test]
fn a_request_before_the_capabilities_exchange_ends_the_connection() {
    let world = World::open();
    let mut client = WireClient::silent(world.address());
    let who = msisdn(1);
    let ccr = initial(&mut client, "pgw;early", &who);
    client.send(&written(&ccr));
    assert_eq!(client.try_receive(), None);
}

/// Octets that are no Diameter close the connection they came on; the neighbour notices nothing.
#[test]
fn garbage_closes_only_its_own_connection() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut neighbour, who) = (WireClient::open(&world), msisdn(1));
    for garbage in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &[1, 0, 0, 3, 0, 0, 0, 0], &[1, 0xff, 0xff, 0xfc]]
    {
        let mut client = WireClient::silent(world.address());
        client.send(garbage);
        assert_eq!(client.try_receive(), None, "{garbage:?}");
    }
    let mut late = WireClient::open(&world);
    late.send(b"not Diameter any more");
    assert_eq!(late.try_receive(), None);
    assert_eq!(world.server.metrics().closed_for_cause.get(), 5);
    assert_eq!(world.server.metrics().decode_errors.get(), 5);
    let ccr = initial(&mut neighbour, "pgw;calm", &who);
    assert_eq!(neighbour.ask(&ccr).code(), 2001);
    eventually("only the neighbour is left", || world.server.peers().len() == 1);
}

/// A message that is Diameter but not understood gets the RFC's own error, and the connection stays.
#[test]
pub fn a_malformed_request_is_refused_and_the_connection_stays() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));

    let ids = client.ids();
    client.send(&request(application::CREDIT_CONTROL, command::CREDIT_CONTROL, ids));
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().hop_by_hop), (5005, ids.0));
    assert!(answer.read().failed_avp.is_some());

    // An AVP that is longer than its message.
    let mut octets = Vec::new();
    let header =
        Header::request(command::CREDIT_CONTROL, application::CREDIT_CONTROL, 0x40, ids.0 + 1, ids.1);
    let mut encoder = Encoder::new(&mut octets, &header);
    encoder.text(avp::SESSION_ID, "pgw;long");
    encoder.finish();
    octets[27] = 0xf0;
    client.send(&octets);
    assert_eq!(client.answer().code(), 5014);

    let ids = client.ids();
    client.send(&request(application::CREDIT_CONTROL, command::ABORT_SESSION, ids));
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().is_error()), (3001, true));
    client.send(&request(16_777_251, 316, ids));
    assert_eq!(client.answer().code(), 3007);

    assert_eq!(world.server.metrics().decode_errors.get(), 2);
    assert_eq!((world.server.metrics().unsupported.get(), world.server.peers()[0].errors), (2, 4));
    let (_, words) = world.server.peers()[0].last_error.clone().unwrap();
    assert!(words.contains("not served"), "the last error is in words: {words}");
    let ccr = initial(&mut client, "pgw;fine", &who);
    assert_eq!(client.ask(&ccr).code(), 2001);
}

/// A peer's own watchdog and disconnect are answered; after its DPR the peer closes.
#[test]
pub fn watchdog_and_disconnect_are_answered() {
    let world = World::open();
    let mut client = WireClient::open(&world);
    let identity =
        diameter::answer::Identity { host: PEER.into(), realm: "test.example".into(), state_id: None };
    let mut octets = Vec::new();
    diameter::client::write_dwr(&identity, (5, 6), &mut octets);
    client.send(&octets);
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().command), (2001, command::DEVICE_WATCHDOG));
    octets.clear();
    diameter::client::write_dpr(&identity, diameter::peer::DisconnectCause::Rebooting, (7, 8), &mut octets);
    client.send(&octets);
    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().command), (2001, command::DISCONNECT_PEER));
    assert_eq!(world.server.peers()[0].state, PeerState::Closing);
    drop(client);
    eventually("the connection is gone", || world.server.peers().is_empty());
}

/// Shutdown: what is in flight is answered, then comes our DPR; later requests get 3004, and the DPA ends the connection.
#[test]
pub fn stopping_answers_what_is_in_flight_and_takes_leave() {
    let world = World::open();
    world.sign_up(1, "100");
    let gate = world.names.hold(&msisdn(1));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let first = initial(&mut client, "pgw;bye", &who);
    client.send(&written(&first));
    eventually("the request came", || world.server.peers()[0].requests == 1);
    let server = world.server.clone();
    let stopping = world.runtime.spawn(async move { server.stop().await });
    gate.send(()).unwrap();

    let answer = client.answer();
    assert_eq!((answer.code(), answer.header().hop_by_hop), (2001, first.header.hop_by_hop));
    let dpr = client.receive();
    let header = Message::decode(&dpr).unwrap().header;
    assert_eq!((header.command, header.is_request()), (command::DISCONNECT_PEER, true));
    let session = Session { id: "pgw;bye" };
    let late = session.step(&mut client, RequestType::Update, 1, (Some(MB), None), &who);
    assert_eq!(client.ask(&late).code(), 3004);

    let mut dpa = Vec::new();
    let mut encoder = Encoder::new(&mut dpa, &header.answer());
    encoder.u32(avp::RESULT_CODE, 2001);
    encoder.text(avp::ORIGIN_HOST, PEER);
    encoder.text(avp::ORIGIN_REALM, "test.example");
    encoder.finish();
    client.send(&dpa);
    assert_eq!(client.try_receive(), None);
    world.runtime.block_on(stopping).unwrap();
    assert!(std::net::TcpStream::connect(world.address()).is_err(), "nobody listens any more");
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once() {
    let world = World::with(|config| config.connections_most = 1);
    let mut first = WireClient::open(&world);
    assert_eq!(WireClient::silent(world.address()).try_receive(), None);
    let ids = first.ids();
    first.send(&request(application::CREDIT_CONTROL, command::ABORT_SESSION, ids));
    assert_eq!(first.answer().code(), 3001, "the first one goes on");
}
