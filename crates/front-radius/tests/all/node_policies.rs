//! What a node's record asks of it: signatures as it has begun (CVE-2024-3596), no more requests than allowed, and no work for a flood
//! of invented names.

use crate::world;

use charging::Payment;
use radius::client::RequestBuilder;
use radius::{Code, PacketBuilder, hide_password, number};
use std::sync::atomic::Ordering;
use std::time::Duration;
use world::wire::{Client, Counters, INTERIM, packet, pap, report};
use world::*;

/// A log-in without Message-Authenticator, with or without a Proxy-State.
fn unsigned(identifier: u8, proxied: bool) -> Vec<u8> {
    let random = [identifier; 16];
    let mut request = PacketBuilder::new(Code::AccessRequest, identifier);
    request.push(number::USER_NAME, b"anna@home").unwrap();
    let hidden = hide_password(b"secret", &random, SECRET.as_bytes()).unwrap();
    request.push(number::USER_PASSWORD, &hidden).unwrap();
    if proxied {
        request.push(number::PROXY_STATE, b"one").unwrap();
        request.push(number::PROXY_STATE, b"two").unwrap();
    }
    request.encode(&random).unwrap()
}

fn answer(client: &mut Client, world: &World, octets: &[u8]) -> Option<Vec<u8>> {
    client.send(world.server.auth_address(), octets);
    client.receive(Duration::from_millis(700))
}

#[test]
fn a_node_that_has_signed_once_must_go_on_signing() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "secret");
    let mut client = Client::at(AUTO);
    assert!(answer(&mut client, &world, &unsigned(1, false)).is_some(), "an old device may log in");
    assert!(
        answer(&mut client, &world, &unsigned(2, true)).is_none(),
        "it is no proxy, so nobody forges one"
    );
    let signed = pap(3, [3; 16], "anna@home", "secret");
    let reply = answer(&mut client, &world, signed.bytes()).unwrap();
    let first = packet(&reply).attributes().next().unwrap().number;
    assert_eq!(first, number::MESSAGE_AUTHENTICATOR, "first in every answer");
    assert!(answer(&mut client, &world, &unsigned(4, false)).is_none(), "it can sign, so it must");
    world.stop();
}

#[test]
fn an_old_proxy_goes_on_as_it_has_begun_and_gets_its_proxy_states_back_in_order() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "secret");
    let mut client = Client::at(AUTO);
    for identifier in 1..3 {
        let reply = answer(&mut client, &world, &unsigned(identifier, true)).expect("as it has begun");
        let states: Vec<&[u8]> = packet(&reply).all(number::PROXY_STATE).collect();
        assert_eq!(states, [b"one", b"two"]);
    }
    // A node whose record limits it, which is what records do unless they say otherwise.
    let mut limited = Client::at(GENERIC);
    assert!(answer(&mut limited, &world, &unsigned(1, true)).is_none());
    world.stop();
}

#[test]
fn what_a_node_sends_beyond_its_rate_is_dropped_and_others_are_answered() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "secret");
    let (mut slow, mut other) = (Client::at(SLOW), Client::at(MIKROTIK));
    for identifier in 0..40 {
        slow.send(
            world.server.auth_address(),
            pap(identifier, [identifier; 16], "anna@home", "secret").bytes(),
        );
    }
    let answered = std::iter::from_fn(|| slow.receive(Duration::from_millis(700))).count();
    assert!((5..=12).contains(&answered), "{answered} of 40 in a second or two");
    assert!(world.server.metrics().discards_of("too_fast") >= 28);
    let request = pap(1, [1; 16], "anna@home", "secret");
    assert!(other.ask(world.server.auth_address(), &request).is_some());
    world.stop();
}

#[test]
fn a_flood_of_invented_names_from_one_line_reaches_the_database_only_so_often() {
    let world = World::start();
    // Memory knows nothing: every name would have to be looked for.
    world.book.slow.store(true, Ordering::Relaxed);
    let mut client = Client::at(MIKROTIK);
    for round in 0..200_u8 {
        let mut request = RequestBuilder::access(round, [round; 16]);
        request.attribute(number::USER_NAME, format!("invented-{round}").as_bytes()).unwrap();
        request.attribute(number::CALLING_STATION_ID, b"line 7").unwrap();
        request.pap(b"x", SECRET.as_bytes()).unwrap();
        let request = request.sign(SECRET.as_bytes()).unwrap();
        let reply = client.ask(world.server.auth_address(), &request).unwrap();
        assert_eq!(packet(&reply).code(), Code::AccessReject, "each gets its answer");
    }
    assert_eq!(world.server.metrics().guesses_limited_of("place"), 170, "thirty were looked for");
    world.stop();
}

/// Sends until it is answered, as a device does; how often it took.
fn insist(client: &mut Client, server: std::net::SocketAddr, octets: &[u8]) -> usize {
    let tries = (1..30).find(|_| {
        client.send(server, octets);
        client.receive(Duration::from_millis(700)).is_some()
    });
    tries.expect("answered")
}

#[test]
fn a_flood_of_ever_new_names_from_ever_new_places_reaches_the_database_only_so_often_and_harms_no_known_user()
{
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "secret");
    world.book.slow.store(true, Ordering::Relaxed);
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    let mut client = Client::at(JUNIPER);
    let began = std::time::Instant::now();
    for round in 0..2_000_u32 {
        let name = format!("invented-{round}");
        let counters = Counters { seconds: round, ..Counters::default() };
        client.send(accounting, report(0, INTERIM, &name, &name, counters).bytes());
        let mut random = [0; 16];
        random[..4].copy_from_slice(&round.to_be_bytes());
        let mut request = RequestBuilder::access(0, random);
        request.attribute(number::USER_NAME, name.as_bytes()).unwrap();
        request.attribute(number::CALLING_STATION_ID, format!("line {round}").as_bytes()).unwrap();
        request.pap(b"x", SECRET.as_bytes()).unwrap();
        client.send(auth, request.sign(SECRET.as_bytes()).unwrap().bytes());
    }
    let metrics = world.server.metrics();
    world::child::eventually("what is over is dropped", || metrics.discards_of("strangers") >= 1_000);
    // Two realms for each name; what comes on two ports at once may overshoot by a look-up or two.
    let (asked, seconds) = (world.book.asked.load(Ordering::Relaxed), began.elapsed().as_secs() + 1);
    let most = 2 * (100 + 100 * usize::try_from(seconds).unwrap() + 10);
    assert!(asked <= most, "{asked} look-ups in {seconds} s for 4,000 packets");
    assert!(asked >= 100, "{asked}: before that they are looked up");
    let mut neighbour = Client::at(JUNIPER);
    insist(&mut neighbour, auth, pap(1, [1; 16], "anna@home", "secret").bytes());
    insist(&mut neighbour, accounting, report(2, INTERIM, "s-1", "anna@home", Counters::default()).bytes());
    assert_eq!(world.open(7).len(), 1, "known users behind the same node are charged");
    world.stop();
}
