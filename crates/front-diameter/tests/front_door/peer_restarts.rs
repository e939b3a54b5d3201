//! Peers that have restarted (RFC 6733 8.6, 8.16): a greater Origin-State-Id ends what they had begun under a smaller one, and nothing
//! else does.

use crate::wire_client::{Session, WireClient, initial, written};
use crate::world::{GATEWAY, HOST, MB, PEER, REALM, Table, World, eventually, msisdn, usd};
use charging::{CustomerId, EventKind};
use diameter::Message;
use diameter::answer::Identity;
use diameter::client;
use diameter::credit_control::{CreditControlAnswer, RequestType};
use diameter::peer::LocalNode;
use front_diameter::{Config, Server};
use std::net::SocketAddr;
use std::sync::Arc;

/// Connected as a peer whose capabilities tell this Origin-State-Id.
fn connect(address: SocketAddr, host: &str, state_id: Option<u32>) -> WireClient {
    let mut wire = WireClient::silent(address);
    let identity = Identity { host: host.into(), realm: "test.example".into(), state_id };
    let node = LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "test");
    let mut octets = Vec::new();
    client::write_cer(&node, (1, 2), &mut octets);
    wire.send(&octets);
    assert_eq!(Message::decode(&wire.receive()).unwrap().result_code(), Some(2001));
    wire
}

fn sign_up(world: &World, customers: u32) {
    for number in 1..=customers {
        world.sign_up(number, "100");
    }
}

/// Begins a session of a client with 10 MB.
fn begin(wire: &mut WireClient, (host, state): (&str, Option<u32>), session: &str, number: u32) {
    let who = msisdn(number);
    let mut ccr = initial(wire, session, &who);
    (ccr.origin_host, ccr.origin_state_id) = (host, state);
    assert_eq!(wire.ask(&ccr).code(), 2001);
}

fn open(world: &World, number: u32) -> Vec<String> {
    world.customer(number).open_sessions().map(|session| session.key.shown()).collect()
}

fn timeline(world: &World, number: u32) -> Vec<String> {
    world.engine.store().flush().unwrap();
    let kinds = [EventKind::SessionSteered];
    let events = world.engine.store().events_of(CustomerId(number), None, &kinds, 100).unwrap();
    events.into_iter().map(|event| event.detail).rev().collect()
}

/// What was reported is charged, what was locked returns, people see why, the client is not asked to end what it has forgotten; another
/// client's session stays, and the same number again means nothing.
#[test]
fn a_greater_origin_state_id_ends_the_sessions_of_before() {
    let world = World::open();
    sign_up(&world, 3);
    let mut first = connect(world.address(), PEER, Some(5));
    begin(&mut first, (PEER, Some(5)), "pgw;1", 1);
    let (reporting, who) = (Session { id: "pgw;1" }, msisdn(1));
    let used = reporting.step(&mut first, RequestType::Update, 1, (Some(3 * MB), Some(MB)), &who);
    assert_eq!(first.ask(&used).code(), 2001);
    // Only the capabilities told the number.
    begin(&mut first, (PEER, None), "pgw;2", 2);
    begin(&mut first, ("behind.example", Some(3)), "behind;3", 3);
    drop(first);

    for state in [5, 4, 0] {
        drop(connect(world.address(), PEER, Some(state)));
    }
    let mut again = connect(world.address(), PEER, Some(6));
    eventually("ended", || open(&world, 1).is_empty() && open(&world, 2).is_empty());
    assert_eq!(open(&world, 3), ["behind;3"], "another client's");
    let purse = world.customer(1).head.purse;
    assert_eq!((purse.balance, purse.reserved), (usd("-0.03"), usd("0")));
    assert_eq!(world.customer(2).head.purse.reserved, usd("0"));
    assert_eq!(world.records(1).iter().map(|record| record.amount).collect::<Vec<_>>(), [usd("0.03")]);
    let expected =
        format!("{PEER} has restarted (Origin-State-Id 6, before 5): its session was ended · pgw;1");
    eventually("on the timeline", || timeline(&world, 1) == [expected.as_str()]);
    eventually("counted", || {
        (world.server.metrics().sessions_lost.get(), world.server.metrics().peer_restarts.get()) == (2, 1)
    });

    let late = reporting.step(&mut again, RequestType::Update, 2, (Some(MB), None), &who);
    assert_eq!(again.ask(&late).code(), 5002, "it is over");
    begin(&mut again, (PEER, Some(6)), "pgw;new", 1);
    drop(connect(world.address(), PEER, Some(6)));
    // Behind it in the queue, so that what it might have done is done.
    drop(connect(world.address(), PEER, Some(7)));
    eventually("ended by the next", || open(&world, 1).is_empty());
    eventually("once for each restart", || world.server.metrics().peer_restarts.get() == 2);
    for outcome in ["2001", "5002", "no_route"] {
        assert_eq!(world.server.metrics().steered_of("pgw-1", "ASR", outcome), 0, "no ASR: {outcome}");
    }
}

/// The sessions say under which number they began, so a peer that restarts while we are away is noticed all the same.
#[test]
fn a_restart_of_the_peer_is_noticed_after_our_own() {
    let world = World::open();
    world.sign_up(1, "100");
    begin(&mut connect(world.address(), PEER, Some(1_700_000_000)), (PEER, None), "pgw;1", 1);
    let mut config = Config::new(HOST, REALM);
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let start = Server::start(config, world.engine.clone(), Arc::new(Table), world.names.clone());
    let server = world.runtime.block_on(start).unwrap();
    drop(connect(server.addresses()[0], PEER, Some(1_700_000_000)));
    drop(connect(server.addresses()[0], PEER, Some(1_700_000_001)));
    eventually("ended", || open(&world, 1).is_empty());
    eventually("counted", || server.metrics().peer_restarts.get() == 1);
    world.runtime.block_on(server.stop());
}

/// Behind a relay only requests tell it; the relay's own number is about its own sessions.
#[test]
fn a_client_behind_a_relay_tells_it_with_its_next_request() {
    let world = World::open();
    sign_up(&world, 2);
    let relay = format!("relay{GATEWAY}");
    let mut wire = connect(world.address(), &relay, Some(90));
    begin(&mut wire, (PEER, Some(5)), "pgw;1", 1);
    drop(wire);
    let mut wire = connect(world.address(), &relay, Some(91));
    begin(&mut wire, (PEER, Some(5)), "pgw;2", 2);
    assert_eq!(open(&world, 1), ["pgw;1"], "only the relay has restarted");
    begin(&mut wire, (PEER, Some(6)), "pgw;3", 1);
    eventually("ended", || open(&world, 1) == ["pgw;3"] && open(&world, 2).is_empty());
}

/// Some clients send the time in every message: nobody restarts within a connection. Others with every connection: their profile says so.
#[test]
fn a_clock_instead_of_a_count_of_restarts_ends_nothing() {
    let world = World::open();
    sign_up(&world, 3);
    let mut wire = connect(world.address(), PEER, Some(100));
    begin(&mut wire, (PEER, Some(101)), "pgw;1", 1);
    begin(&mut wire, (PEER, Some(102)), "pgw;2", 2);
    let timely = format!("telling{GATEWAY}");
    begin(&mut connect(world.address(), &timely, Some(200)), (&timely, Some(200)), "gw;3", 3);
    let _there = connect(world.address(), &timely, Some(201));
    // What they might have ended, the next restart looks through, too.
    let relay = format!("relay{GATEWAY}");
    begin(&mut connect(world.address(), &relay, Some(1)), (&relay, None), "relay;1", 1);
    drop(connect(world.address(), &relay, Some(2)));
    eventually("the real one", || open(&world, 1) == ["pgw;1"]);
    assert_eq!((open(&world, 2), open(&world, 3)), (vec!["pgw;2".to_owned()], vec!["gw;3".to_owned()]));
}

/// More than one page of them, all of one customer: each is ended once.
#[test]
fn thousands_of_sessions_are_ended_page_by_page() {
    const COUNT: u32 = 2_100;
    let world = World::open();
    world.sign_up(1, "1000");
    let (mut wire, who) = (connect(world.address(), PEER, Some(5)), msisdn(1));
    for number in 0..COUNT {
        let session = format!("pgw;{number}");
        let octets = written(&initial(&mut wire, &session, &who));
        wire.send(&octets);
    }
    for _ in 0..COUNT {
        let answer = wire.answer();
        assert_eq!(CreditControlAnswer::read(&answer.message()).unwrap().result_code, 2001);
    }
    drop(wire);
    drop(connect(world.address(), PEER, Some(6)));
    eventually("ended", || world.server.metrics().sessions_lost.get() == u64::from(COUNT));
    assert_eq!((open(&world, 1).len(), world.customer(1).head.purse.reserved), (0, usd("0")));
    eventually("one restart", || world.server.metrics().peer_restarts.get() == 1);
}

/// Only a relay tells of others, and not of who is connected himself: no peer ends another's sessions, and his real restart counts.
#[test]
fn nobody_tells_of_a_restart_that_is_not_his_own() {
    let world = World::open();
    sign_up(&world, 3);
    let mut wire = connect(world.address(), PEER, Some(5));
    begin(&mut wire, (PEER, None), "pgw;1", 1);
    let thief = format!("open5gs{GATEWAY}");
    begin(&mut connect(world.address(), &thief, None), (PEER, Some(u32::MAX)), "thief;2", 2);
    let mut relay = connect(world.address(), &format!("relay{GATEWAY}"), None);
    begin(&mut relay, (PEER, Some(u32::MAX)), "relay;2", 2);
    // Looked through behind whatever the others might have caused.
    begin(&mut relay, ("behind.example", Some(1)), "behind;3", 3);
    begin(&mut relay, ("Behind.example", Some(2)), "behind;4", 3);
    eventually("the real one", || open(&world, 3) == ["behind;4"]);
    assert_eq!(open(&world, 1), ["pgw;1"]);
    drop(wire);
    let _again = connect(world.address(), PEER, Some(6));
    eventually("its own", || open(&world, 1).is_empty());
}

/// A client behind a relay that puts the time in every message loses nothing, as soon as that can be told from a restart.
#[test]
fn a_clock_behind_a_relay_ends_nothing() {
    let world = World::open();
    sign_up(&world, 3);
    let mut relay = connect(world.address(), &format!("relay{GATEWAY}"), None);
    begin(&mut relay, (PEER, Some(100)), "pgw;1", 1);
    let (reporting, who) = (Session { id: "pgw;1" }, msisdn(1));
    let mut used = reporting.step(&mut relay, RequestType::Update, 1, (Some(MB), Some(MB)), &who);
    used.origin_state_id = Some(101);
    assert_eq!(relay.ask(&used).code(), 2001);
    begin(&mut relay, (PEER, Some(102)), "pgw;2", 2);
    begin(&mut relay, (PEER, Some(103)), "pgw;3", 2);
    begin(&mut relay, ("behind.example", Some(1)), "behind;3", 3);
    begin(&mut relay, ("behind.example", Some(2)), "behind;4", 3);
    eventually("the real one", || open(&world, 3) == ["behind;4"]);
    assert_eq!((open(&world, 1).len(), open(&world, 2).len()), (1, 2));
}
