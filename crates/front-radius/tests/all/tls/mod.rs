//! RADIUS over TLS: a device is known by its certificate, everything goes over one connection, and whoever does not belong there or sends
//! what is no packet loses his connection and nobody else's.

mod authority;
#[allow(dead_code)]
use crate::world::child;
mod freeradius;
mod office_world;
mod radsecproxy;

use authority::{Authority, Client, Identity};
use office::{NetworkDoor, NewTrace, NodeForm, TraceAsk, TraceLook};
use office_world::{ADMIN, SECRET, World, device, log_in, node, report};
use radius::client::RequestBuilder;
use radius::{Code, Packet, PacketBuilder, number};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn code(octets: &[u8]) -> Code {
    Packet::decode(octets).unwrap().code()
}

#[test]
fn log_in_accounting_a_sign_of_life_and_a_disconnect_go_over_one_connection() {
    let world = World::start();
    world.node("bng-1", "127.0.0.0/8", "bng-1.example.net");
    let account = world.subscriber("anna@home", "secret");
    let all = NewTrace::new(TraceAsk::Node("bng-1".to_owned()));
    let trace = world.office.start_trace(&ADMIN, &all).unwrap();
    let identity = device(&world, "bng-1.example.net");
    let mut client = Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    let alive = RequestBuilder::status_server(1, [1; 16]).sign(SECRET).unwrap();
    assert_eq!(code(&client.ask(&alive)), Code::AccessAccept);
    assert_eq!(code(&client.ask(&log_in(2, "anna@home", "wrong"))), Code::AccessReject);
    let accepted = client.ask(&log_in(3, "anna@home", "secret"));
    assert_eq!(code(&accepted), Code::AccessAccept);
    let first = Packet::decode(&accepted).unwrap().attributes().next().unwrap().number;
    assert_eq!(first, number::MESSAGE_AUTHENTICATOR);
    assert_eq!(code(&client.ask(&report(4, 1, "s-1", "anna@home", 0))), Code::AccountingResponse);
    assert_eq!(code(&client.ask(&report(5, 3, "s-1", "anna@home", 5_000))), Code::AccountingResponse);
    let links = world.server.links();
    let link = links.iter().find(|link| !link.address.is_empty()).expect("people see the connection");
    assert_eq!((link.node.as_str(), link.product.as_str()), ("bng-1", "TLS"));
    world.block(account);
    let told = client.receive().expect("the device is told over its own connection");
    let packet = Packet::decode(&told).unwrap();
    assert_eq!(packet.code(), Code::DisconnectRequest);
    assert_eq!(packet.text(number::ACCT_SESSION_ID).as_deref(), Some("s-1"));
    radius::authenticator::verify_request(&packet, SECRET, Default::default()).unwrap();
    let ack = PacketBuilder::reply_to(&packet, Code::DisconnectAck).sign_reply(&packet, SECRET).unwrap();
    client.send(&ack);
    world.eventually("acknowledged", |world| {
        world.server.metrics().steered_of("bng-1", "disconnect", "ack") == 1
    });
    assert_eq!(code(&client.ask(&report(6, 2, "s-1", "anna@home", 6_000))), Code::AccountingResponse);
    let traced = world.office.trace_messages(&ADMIN, trace, TraceLook::default()).unwrap().items;
    let kinds: Vec<(Code, bool)> = traced.iter().map(|seen| (code(&seen.octets), seen.sent)).collect();
    assert_eq!(kinds.len(), 14, "six requests with their answers, and what the device was told: {kinds:?}");
    assert!(
        kinds.contains(&(Code::DisconnectRequest, true)) && kinds.contains(&(Code::DisconnectAck, false))
    );
    assert!(traced.iter().all(|seen| seen.local == world.tls() && seen.node == "bng-1"), "as it really went");
    world.stop();
}

#[test]
fn strangers_wrong_certificates_and_garbage_are_refused_and_others_are_unharmed() {
    let world = World::start();
    world.node("bng-1", "127.0.0.1", "bng-1.example.net");
    world.subscriber("anna@home", "secret");
    let identity = device(&world, "bng-1.example.net");
    let mut good = Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    let refused = |reason: &'static str| world.server.metrics().tls_refused_of(reason);
    let shut_out =
        |identity: Option<&Identity>| match Client::connect(world.tls(), &world.authority, identity) {
            // With TLS 1.3 the client is done before its certificate is looked at.
            Ok(mut client) => client.is_ended(),
            Err(_) => true,
        };
    assert!(shut_out(None), "no certificate");
    assert!(shut_out(Some(&Authority::new("Another").sign("bng-1.example.net"))), "another authority");
    assert!(shut_out(Some(&Identity::self_signed("bng-1.example.net"))), "nobody's signature");
    world.eventually("three bad handshakes", |_| refused("handshake") == 3);
    assert!(shut_out(Some(&device(&world, "bng-2.example.net"))), "a genuine certificate of nobody");
    world.eventually("counted", |_| refused("certificate") == 1);
    let mut plain = TcpStream::connect(world.tls()).unwrap();
    plain.write_all(&[1, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest);
    world.eventually("RADIUS without TLS", |_| refused("handshake") == 4);
    // Half open and silent ones cost a place for ten seconds and nothing more.
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(world.tls()).unwrap()).collect();
    world.eventually("one address holds at most sixteen unknown connections", |_| refused("busy") >= 4);
    assert_eq!(code(&good.ask(&log_in(9, "anna@home", "secret"))), Code::AccessAccept);
    drop(silent);
    world.stop();
}

/// A device whose certificate was revoked gets no connection any more, once the changed list was read; the one that it has stays, and so do
/// others. A list past its date vouches for nobody, where the operator wants it.
#[test]
fn a_revoked_certificate_is_refused_once_the_list_names_it() {
    let world = World::start();
    world.node("bng-1", "127.0.0.1", "bng-1.example.net");
    world.subscriber("anna@home", "secret");
    let (lost, good) = (device(&world, "bng-1.example.net"), device(&world, "bng-1.example.net"));
    let is_let_in = |identity: &Identity| {
        let client = Client::connect(world.tls(), &world.authority, Some(identity));
        client.is_ok_and(|mut client| client.stays_after(log_in(1, "anna@home", "secret").bytes()))
    };
    assert!(is_let_in(&lost) && is_let_in(&good));
    world.authority.revoke(world.directory.path(), &[&lost]);
    world.eventually("it is revoked", |_| {
        std::thread::park_timeout(Duration::from_millis(100));
        !is_let_in(&lost) && world.server.metrics().tls_refused_of("handshake") > 0
    });
    assert!(is_let_in(&good), "only that one");
    world.authority.revoke_until(world.directory.path(), &[&lost], 2021);
    world.eventually("it is outdated", |_| {
        std::thread::park_timeout(Duration::from_millis(100));
        !is_let_in(&good)
    });
    world.stop();
}

#[test]
fn what_is_no_packet_or_not_genuine_ends_the_connection_that_brought_it_and_no_other() {
    let world = World::start();
    world.node("bng-1", "127.0.0.1", "bng-1.example.net");
    world.subscriber("anna@home", "secret");
    let identity = device(&world, "bng-1.example.net");
    let connect = || Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    let mut good = connect();
    let closed = |reason: &'static str| world.server.metrics().tls_closed_of(reason);
    let mut forged = report(1, 1, "s-1", "anna@home", 0).bytes().to_vec();
    forged[10] ^= 1;
    let mut odd = log_in(1, "anna@home", "secret").bytes().to_vec();
    let last = odd.len() - 1;
    odd[21] = 0xff;
    odd[last] = 0;
    for (reason, octets) in [
        ("malformed", vec![1, 2, 0xff, 0xff, 0]),
        ("malformed", vec![1, 2, 0, 19]),
        ("malformed", odd),
        ("malformed", vec![99, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("not_genuine", forged),
    ] {
        let before = closed(reason);
        let mut bad = connect();
        bad.send(&octets);
        assert!(bad.is_ended(), "{reason}");
        world.eventually(reason, |_| closed(reason) == before + 1);
        assert_eq!(code(&good.ask(&log_in(9, "anna@home", "secret"))), Code::AccessAccept);
    }
    // A packet that never gets whole: its connection waits alone.
    let mut slow = connect();
    slow.send(&[1, 2, 0, 200, 7, 7]);
    // What only a device serves is refused in its own terms (RFC 6614 2.5).
    let request = RequestBuilder::change_of_authorization(7).sign(SECRET).unwrap();
    let refusal = good.ask(&request);
    let packet = Packet::decode(&refusal).unwrap();
    assert_eq!((packet.code(), packet.integer(number::ERROR_CAUSE)), (Code::CoaNak, Ok(Some(406))));
    assert!(slow.is_ended(), "as long as a packet may take");
    world.eventually("slow", |_| closed("slow") == 1);
    world.stop();
}

#[test]
fn a_pinned_certificate_needs_no_authority_and_a_node_switched_off_loses_its_connection() {
    let world = World::start();
    let identity = Identity::self_signed("anything");
    let id = world.node("bng-2", "127.0.0.1", &identity.fingerprint());
    world.subscriber("anna@home", "secret");
    let mut client = Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    assert_eq!(code(&client.ask(&log_in(1, "anna@home", "secret"))), Code::AccessAccept);
    let mut idle = Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    let off = NodeForm { enabled: false, ..node("bng-2", "127.0.0.1", &identity.fingerprint()) };
    world.office.update_node(&ADMIN, id, off).unwrap();
    client.send(log_in(2, "anna@home", "secret").bytes());
    assert!(client.is_ended(), "nobody answers a node that was switched off");
    assert!(idle.is_ended(), "one that says nothing loses its connection too");
    world.eventually("counted", |world| world.server.metrics().tls_closed_of("node_changed") == 2);
    assert!(TcpStream::connect(world.tls()).is_ok(), "the listener stays");
    world.eventually("a stranger now", |world| {
        let refused = world.server.metrics().tls_refused_of("stranger");
        refused > 0 || TcpStream::connect(world.tls()).is_err()
    });
    world.stop();
}
