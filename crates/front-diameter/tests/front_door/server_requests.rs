//! Clients follow the books: RAR and ASR reach the client that holds the session, and its answers are believed.

use crate::python_peer::PythonPeer;
use crate::recording::{From, Tap, tshark};
use crate::wire_client::{Answer, Session, WireClient, cer, initial};
use crate::world::{MB, PEER, World, eventually, msisdn, usd};
use charging::{AccountId, AccountPolicy, Command, CustomerId, EventKind, Policy};
use diameter::codes::{application, avp, command};
use diameter::credit_control::RequestType;
use diameter::{Encoder, Message};
use serde_json::json;
use std::time::{Duration, Instant};

/// Requirement: the right action within one second of the commit.
const PROMPT: Duration = Duration::from_secs(1);

/// Another policy for data: running sessions are to ask anew.
pub fn change_policy(world: &World, number: u32, account: AccountId) {
    let service = world.engine.catalog().service("mobile-data").unwrap().id;
    let regular = Policy { down_kbps: Some(512), ..Policy::default() };
    let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action: None };
    world.done(number, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
}

fn block(world: &World, number: u32, account: AccountId) {
    world.done(number, Command::BlockAccount { account, blocked: true });
}

/// The answer to a request of the server.
fn answer(request: &Message<'_>, code: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = Encoder::new(&mut octets, &request.header.answer());
    let session = request.find(avp::SESSION_ID).unwrap().unwrap();
    encoder.octets(avp::SESSION_ID, session.data);
    encoder.u32(avp::RESULT_CODE, code);
    encoder.text(avp::ORIGIN_HOST, PEER);
    encoder.text(avp::ORIGIN_REALM, "test.example");
    encoder.finish();
    octets
}

/// The next request of the server, answered with a code.
pub fn told(client: &mut WireClient, code: u32) -> Answer {
    let heard = Answer { octets: client.receive() };
    client.send(&answer(&heard.message(), code));
    heard
}

fn text(heard: &Answer, id: diameter::AvpId) -> String {
    let message = heard.message();
    String::from_utf8(message.find(id).unwrap().unwrap().data.to_vec()).unwrap()
}

fn steered(world: &World, number: u32) -> Vec<String> {
    world.engine.store().flush().unwrap();
    let kinds = [EventKind::SessionSteered];
    let events = world.engine.store().events_of(CustomerId(number), None, &kinds, 100).unwrap();
    events.into_iter().map(|event| event.detail).rev().collect()
}

/// DIA-06: an add-on, and its units with it, ends by the clock alone.
#[test]
fn the_end_of_an_add_on_makes_the_client_ask_anew() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    let product = world.engine.catalog().product("evening").unwrap().id;
    // Sooner than the session would end by silence.
    let minutes = calendar::Seconds(300);
    let until = Some(world.engine.clock().now().plus(minutes));
    let add = charging::AddAddOn { account, product, from: None, until, accept_conflicts: false };
    world.done(1, Command::AddAddOn(add));
    let mut client = WireClient::open(&world);
    let number = msisdn(1);
    let ccr = initial(&mut client, "pgw;1;a", &number);
    assert_eq!(client.ask(&ccr).code(), 2001);
    assert_eq!(world.customer(1).head.purse.reserved, usd("0"), "its units are free");
    world.engine.clock().advance(minutes);
    // Nobody but the clock has looked.
    let heard = told(&mut client, 2001);
    assert_eq!(heard.header().command, command::RE_AUTH);
    assert_eq!(text(&heard, avp::SESSION_ID), "pgw;1;a");
}

#[test]
fn another_policy_makes_the_client_ask_anew_within_a_second() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    let mut client = WireClient::open(&world);
    let number = msisdn(1);
    let ccr = initial(&mut client, "pgw;1;a", &number);
    assert_eq!(client.ask(&ccr).code(), 2001);
    let before = Instant::now();
    change_policy(&world, 1, account);
    let heard = told(&mut client, 2001);
    assert!(before.elapsed() < PROMPT);
    let header = heard.header();
    assert_eq!((header.command, header.application), (command::RE_AUTH, application::CREDIT_CONTROL));
    assert_eq!(text(&heard, avp::SESSION_ID), "pgw;1;a");
    assert_eq!(
        (text(&heard, avp::DESTINATION_HOST).as_str(), text(&heard, avp::DESTINATION_REALM).as_str()),
        (PEER, "test.example")
    );
    eventually("counted", || world.server.metrics().steered_of("pgw-1", "RAR", "2001") == 1);
    eventually("on the timeline", || steered(&world, 1) == [format!("RAR to {PEER}: 2001 · pgw;1;a")]);
}

/// Another catalog may change prices and policies: whoever has a session is asked to ask anew, and keeps his price until he does.
#[test]
fn publishing_a_catalog_makes_every_client_ask_anew() {
    let world = World::open();
    let mut client = WireClient::open(&world);
    for number in 1..=3 {
        world.sign_up(number, "100");
        let (session, who) = (format!("pgw;1;{number}"), msisdn(number));
        let ccr = initial(&mut client, &session, &who);
        assert_eq!(client.ask(&ccr).code(), 2001);
    }
    world.engine.publish(world.engine.catalog());
    let mut asked: Vec<String> = (0..3)
        .map(|_| {
            let heard = told(&mut client, 2002);
            assert_eq!(heard.header().command, command::RE_AUTH);
            text(&heard, avp::SESSION_ID)
        })
        .collect();
    asked.sort();
    assert_eq!(asked, ["pgw;1;1", "pgw;1;2", "pgw;1;3"]);
}

#[test]
fn a_block_and_an_end_by_hand_abort_the_session() {
    let world = World::open();
    let account = world.sign_up(2, "100");
    let mut client = WireClient::open(&world);
    let number = msisdn(2);
    for session in ["pgw;2;a", "pgw;2;b"] {
        let ccr = initial(&mut client, session, &number);
        assert_eq!(client.ask(&ccr).code(), 2001);
    }
    let session = charging::SessionKey::diameter(b"pgw;2;a");
    world.done(2, Command::EndSession { session });
    let heard = told(&mut client, 2001);
    assert_eq!(
        (heard.header().command, text(&heard, avp::SESSION_ID).as_str()),
        (command::ABORT_SESSION, "pgw;2;a")
    );
    block(&world, 2, account);
    let heard = told(&mut client, 2001);
    assert_eq!(
        (heard.header().command, text(&heard, avp::SESSION_ID).as_str()),
        (command::ABORT_SESSION, "pgw;2;b")
    );
    let last = Session { id: "pgw;2;b" };
    let stop = last.step(&mut client, RequestType::Termination, 1, (Some(MB), None), &number);
    assert_eq!(
        client.ask(&stop).code(),
        2001,
        "the client ends it by its own last request, which is charged"
    );
    assert_eq!(world.customer(2).head.purse.balance, usd("-0.01"));
}

#[test]
fn a_session_that_the_client_does_not_know_is_ended_here() {
    let world = World::open();
    let account = world.sign_up(3, "100");
    let mut client = WireClient::open(&world);
    let number = msisdn(3);
    let ccr = initial(&mut client, "pgw;3;a", &number);
    assert_eq!(client.ask(&ccr).code(), 2001);
    change_policy(&world, 3, account);
    told(&mut client, 5002);
    eventually("ended", || world.customer(3).open_sessions().count() == 0);
    assert_eq!(world.customer(3).head.purse.reserved, usd("0"));
}

#[test]
fn a_payment_wakes_a_session_that_was_refused_more_and_leaves_others_alone() {
    let world = World::open();
    world.sign_up(4, "0.10");
    let mut client = WireClient::open(&world);
    let number = msisdn(4);
    let ccr = initial(&mut client, "pgw;4;a", &number);
    assert_eq!(client.ask(&ccr).code(), 2001);
    let session = Session { id: "pgw;4;a" };
    let update = session.step(&mut client, RequestType::Update, 1, (Some(10 * MB), Some(10 * MB)), &number);
    client.ask(&update);
    world.pay(4, "5.00");
    let heard = told(&mut client, 2002);
    assert_eq!(heard.header().command, command::RE_AUTH);
    let update = session.step(&mut client, RequestType::Update, 2, (None, Some(10 * MB)), &number);
    assert_eq!(client.ask(&update).code(), 2001);
    world.pay(4, "5.00");
    let update = session.step(&mut client, RequestType::Update, 3, (None, Some(10 * MB)), &number);
    // Were there a RAR before the answer, this would fail.
    assert_eq!(client.ask(&update).code(), 2001);
}

#[test]
fn a_request_without_answer_goes_over_another_connection_when_the_first_is_lost() {
    let world = World::open();
    let account = world.sign_up(5, "100");
    let mut first = WireClient::open(&world);
    let mut second = WireClient::silent(world.address());
    second.send(&cer(PEER, 4));
    assert_eq!(Message::decode(&second.receive()).unwrap().result_code(), Some(2001));
    let number = msisdn(5);
    let ccr = initial(&mut first, "pgw;5;a", &number);
    assert_eq!(first.ask(&ccr).code(), 2001);
    change_policy(&world, 5, account);
    let heard = Answer { octets: first.receive() };
    drop(first);
    let again = told(&mut second, 2001);
    assert!(again.header().is_retransmitted() && !heard.header().is_retransmitted());
    assert_eq!(again.header().end_to_end, heard.header().end_to_end, "the same request (RFC 6733 5.5.4)");
    eventually("counted once", || world.server.metrics().steered_of("pgw-1", "RAR", "2001") == 1);
}

#[test]
fn a_foreign_client_understands_both_and_tshark_reads_them() {
    let world = World::open();
    let account = world.sign_up(6, "100");
    let tap = Tap::before(world.address());
    let mut peer = PythonPeer::connect(tap.address);
    let order = |session: &str| {
        json!({
            "session": session, "type": 1, "number": 0, "subscriptions": [[0, msisdn(6)]],
            "services": [{ "rating_group": 10, "requested": 10 * MB }],
        })
    };
    assert_eq!(peer.ask(&order("pgw;6;a"))["result_code"], 2001);
    change_policy(&world, 6, account);
    let heard = peer.ask(&json!({ "heard": true }));
    let expected = json!({
        "command": 258, "session": "pgw;6;a", "kind": 0, "application": 4, "destination_host": PEER,
        "destination_realm": "test.example", "retransmitted": false,
    });
    assert_eq!(heard, expected);
    eventually("2002 is success", || world.server.metrics().steered_of("pgw-1", "RAR", "2002") == 1);
    assert_eq!(peer.ask(&order("pgw;6;gone"))["result_code"], 2001);
    block(&world, 6, account);
    let aborted = [peer.ask(&json!({ "heard": true })), peer.ask(&json!({ "heard": true }))];
    assert!(aborted.iter().all(|heard| heard["command"] == 274), "{aborted:?}");
    eventually("one is done", || world.server.metrics().steered_of("pgw-1", "ASR", "2001") == 1);
    eventually("one was not there", || world.server.metrics().steered_of("pgw-1", "ASR", "5002") == 1);
    peer.leave();
    let sent = tap.messages(From::Server);
    let ours = |message: &Vec<u8>| [258, 274].contains(&Message::decode(message).unwrap().header.command);
    assert_eq!(sent.iter().filter(|message| ours(message)).count(), 3);
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("gy.pcap");
    tap.write_capture(&capture);
    let faults = "_ws.malformed || (_ws.expert.severity == \"Error\" && tcp.srcport == 3868)";
    assert_eq!(tshark(&capture, faults, &["frame.number", "_ws.expert.message"]), Vec::<String>::new());
}
