//! A whole life of sessions with a client not written here, and tshark as a second reader of every octet.

use crate::python_peer::PythonPeer;
use crate::recording::{From, Tap, tshark};
use crate::world::{MB, World, eventually, msisdn, usd};
use diameter::Message;
use diameter::codes::{avp, command};
use serde_json::{Value, json};

/// A data request of one service with Rating-Group 10.
fn order(session: &str, kind: u8, number: u32, service: &Value, subscriber: u32) -> Value {
    let mut service = service.clone();
    service["rating_group"] = json!(10);
    json!({
        "session": session, "type": kind, "number": number, "services": [service],
        "subscriptions": [[0, msisdn(subscriber)]],
    })
}

const INITIAL: u8 = 1;
const UPDATE: u8 = 2;
const TERMINATION: u8 = 3;

fn code(answer: &Value) -> u64 {
    answer["result_code"].as_u64().unwrap()
}

/// CCR-Initial, two Updates, one of them sent again with the T flag, Termination: the reservation is visible meanwhile, the repeated
/// request gets the same answer and is charged once, the charge is right to the cent, and every message is one that tshark reads.
#[test]
fn a_session_is_charged_to_the_cent_and_a_repeated_update_changes_nothing() {
    let world = World::open();
    world.sign_up(1, "100");
    let tap = Tap::before(world.address());
    let mut peer = PythonPeer::connect(tap.address);
    let step = |kind, number, service: Value| order("pgw;1;a", kind, number, &service, 1);

    let advised = |mut order: Value| {
        order["advice"] = json!(1);
        order
    };
    let granted = peer.ask(&advised(step(INITIAL, 0, json!({ "requested": 10 * MB }))));
    assert_eq!(code(&granted), 2001, "{granted}");
    assert_eq!(
        (&granted["accumulated"], &granted["unit_costs"]),
        (&json!(0), &json!([1])),
        "advice of charge"
    );
    assert_eq!((granted["type"].as_u64(), granted["number"].as_u64()), (Some(1), Some(0)));
    assert_eq!(granted["origin_host"], "ocs.talea.example");
    let said = ["failover", "failure_handling", "debit_failure_handling"].map(|name| &granted[name]);
    assert_eq!(said, [&json!(1), &Value::Null, &Value::Null], "a session may go over another connection");
    let service = &granted["services"][0];
    assert_eq!((service["granted"].as_u64(), service["validity"].as_u64()), (Some(10 * MB), Some(600)));
    assert_eq!((service["result_code"].as_u64(), service["rating_group"].as_u64()), (Some(2001), Some(10)));
    assert_eq!((service["threshold"].as_u64(), &service["final_action"]), (Some(2 * MB), &Value::Null));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.10"));

    let update = step(UPDATE, 1, json!({ "used": 5 * MB, "requested": 10 * MB }));
    let first = peer.ask(&update);
    assert_eq!(first["failover"], Value::Null, "it was said at the start");
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.15"));
    let mut again = update.clone();
    again["retransmitted"] = json!(true);
    assert_eq!(peer.ask(&again), first, "the same answer");
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.15"), "and nothing counted twice");

    let second = peer.ask(&step(UPDATE, 2, json!({ "used": 7 * MB, "requested": 10 * MB })));
    assert_eq!((code(&second), world.customer(1).head.purse.reserved), (2001, usd("0.22")));
    assert_eq!(world.customer(1).open_sessions().count(), 1);

    let last = peer.ask(&advised(step(TERMINATION, 3, json!({ "used": MB / 2 }))));
    assert_eq!((code(&last), &last["services"][0]["granted"]), (2001, &Value::Null));
    assert_eq!((&last["accumulated"], &last["unit_costs"]), (&json!(13), &json!([])), "13 cents in the end");
    let customer = world.customer(1);
    // 12.5 MB at one cent for each started MB.
    assert_eq!((customer.head.purse.balance, customer.head.purse.reserved), (usd("-0.13"), usd("0")));
    assert_eq!(customer.open_sessions().count(), 0);

    // The idle client sends a watchdog after a second.
    let watchdog =
        |message: &Vec<u8>| Message::decode(message).unwrap().header.command == command::DEVICE_WATCHDOG;
    eventually("a watchdog answer", || tap.messages(From::Server).iter().any(watchdog));
    let views = world.server.peers();
    assert_eq!((views[0].node.as_str(), views[0].requests, views[0].answers), ("pgw-1", 5, 5));
    peer.leave();
    eventually("the connection is gone", || world.server.peers().is_empty());
    check_with_tshark(&tap, 10);
}

/// Anything malformed, and whatever tshark calls an error in what we sent.
const OUR_FAULTS: &str = "_ws.malformed || (_ws.expert.severity == \"Error\" && tcp.srcport == 3868)";

/// The tap's messages as tshark sees them: all of them, all of them well formed.
fn check_with_tshark(tap: &Tap, charging_messages: usize) {
    let sent: Vec<_> = tap.messages(From::Server);
    let disconnected = |message: &Vec<u8>| {
        let message = Message::decode(message).unwrap();
        message.header.command == command::DISCONNECT_PEER && message.result_code() == Some(2001)
    };
    assert!(sent.iter().any(disconnected), "the DPR was answered");
    assert!(
        sent.iter().all(|octets| Message::decode(octets).unwrap().find(avp::ORIGIN_HOST).unwrap().is_some())
    );

    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("gy.pcap");
    tap.write_capture(&capture);
    let seen = tshark(&capture, "diameter", &["diameter.cmd.code", "diameter.Result-Code"]);
    let commands: Vec<&str> =
        seen.iter().flat_map(|line| line.split('\t').next().unwrap().split(',')).collect();
    assert_eq!(
        commands.len(),
        sent.len() + tap.messages(From::Client).len(),
        "tshark sees every message: {seen:?}"
    );
    let charging = commands.iter().filter(|code| **code == "272").count();
    assert_eq!(charging, charging_messages, "every request has its answer: {seen:?}");
    let malformed = tshark(&capture, OUR_FAULTS, &["frame.number", "_ws.expert.message"]);
    assert_eq!(malformed, Vec::<String>::new());
}

/// No funds 4012, no such subscriber 5030, suspended 4010 and back after the payment, no such session 5002, all as the client reads
/// them; nothing of it costs anything.
#[test]
fn refusals_reach_a_foreign_client_with_their_codes() {
    let world = World::open();
    world.sign_up(1, "0");
    let account = world.sign_up(2, "100");
    let mut peer = PythonPeer::connect(world.address());
    let wish = json!({ "requested": MB });

    let poor = peer.ask(&order("pgw;poor", INITIAL, 0, &wish, 1));
    assert_eq!((code(&poor), poor["services"][0]["result_code"].as_u64()), (4012, Some(4012)), "{poor}");
    let stranger = peer.ask(&order("pgw;stranger", INITIAL, 0, &wish, 9));
    assert_eq!((code(&stranger), stranger["is_error"].as_bool()), (5030, Some(false)), "{stranger}");
    assert!(stranger["error_message"].as_str().unwrap().contains("no account"));
    let unknown = peer.ask(&order("pgw;never", UPDATE, 4, &wish, 2));
    assert_eq!(code(&unknown), 5002, "{unknown}");

    world.suspend(2, account);
    let suspended = peer.ask(&order("pgw;suspended", INITIAL, 0, &wish, 2));
    assert_eq!(code(&suspended), 4010, "{suspended}");
    world.pay(2, "10");
    let resumed = peer.ask(&order("pgw;resumed", INITIAL, 0, &wish, 2));
    assert_eq!((code(&resumed), resumed["services"][0]["granted"].as_u64()), (2001, Some(MB)), "{resumed}");
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    mistakes_are_named(&mut peer);
    peer.leave();
}

/// RFC 6733 7: each mistake has its Result-Code, protocol errors have the E bit, and Failed-AVP shows what was wrong. The connection bears
/// it all; only another version ends it, behind the answer.
fn mistakes_are_named(peer: &mut PythonPeer) {
    let mut too_many = order("pgw;mistake", INITIAL, 0, &json!({ "requested": MB }), 2);
    too_many["subscriptions"] = json!(vec![json!([0, msisdn(2)]); 17]);
    let good = order("pgw;mistake", INITIAL, 0, &json!({ "requested": MB }), 2);
    let mistakes = [
        // Nothing of a CCR's head may be absent: Service-Context-Id, Origin-Host, CC-Request-Type.
        (&good, json!({ "without": 461 }), (5005, vec![461])),
        (&good, json!({ "without": 264 }), (5005, vec![264])),
        (&good, json!({ "without": 416 }), (5005, vec![416])),
        (&too_many, json!({}), (5009, vec![443])),
        // An AVP 99999 with the M bit; the same with Vendor-Id 0.
        (&good, json!({ "with": "0001869f4000000c61626364" }), (5001, vec![99_999])),
        (&good, json!({ "with": "0001869fc00000100000000061626364" }), (3009, vec![99_999])),
        // CC-Request-Number with three octets; CC-Request-Type 9.
        (&good, json!({ "avp": [415, 7, 11] }), (5014, vec![415])),
        (&good, json!({ "avp": [416, 11, 9] }), (5004, vec![416])),
        // The command 273, the application 5, a request with the E bit.
        (&good, json!({ "header": [7, 0x11] }), (3001, vec![])),
        (&good, json!({ "header": [11, 5] }), (3007, vec![])),
        (&good, json!({ "header": [4, 0xe0] }), (3008, vec![])),
        (&good, json!({ "header": [0, 2] }), (5011, vec![])),
    ];
    for (order, damage, (code, failed)) in mistakes {
        let mut order = order.clone();
        order["damage"] = damage;
        let refused = peer.ask(&order);
        assert_eq!(
            (&refused["result_code"], &refused["failed_avps"]),
            (&json!(code), &json!(failed)),
            "{order}"
        );
        // Without its type and number a CCA cannot be made, so an answer-message is (RFC 6733 7.2).
        let is_protocol_error = (3000..4000).contains(&code);
        let has_grammar =
            !matches!((code, failed.as_slice()), (5005, [416]) | (5004, _) | (5014, _) | (5011, _));
        assert_eq!(refused["is_error"], is_protocol_error || !has_grammar, "{order}");
    }
}

/// A client that names the subscriber in its first request only: Updates and the Termination are found by their Session-Id, a
/// repeated one counts nothing, and a session that never was is 5002 and not 5030.
#[test]
fn a_session_goes_on_without_any_subscription_id() {
    let world = World::open();
    world.sign_up(1, "100");
    world.sign_up(2, "100");
    let mut peer = PythonPeer::connect(world.address());
    let unnamed = |session, kind, number, service: Value| {
        let mut order = order(session, kind, number, &service, 1);
        order["subscriptions"] = json!([]);
        order
    };
    for (session, subscriber) in [("pgw;one", 1), ("pgw;two", 2)] {
        let granted = peer.ask(&order(session, INITIAL, 0, &json!({ "requested": 10 * MB }), subscriber));
        assert_eq!(code(&granted), 2001, "{granted}");
    }
    let update = unnamed("pgw;two", UPDATE, 1, json!({ "used": 5 * MB, "requested": 10 * MB }));
    let first = peer.ask(&update);
    assert_eq!((code(&first), first["services"][0]["granted"].as_u64()), (2001, Some(10 * MB)), "{first}");
    let mut again = update.clone();
    again["retransmitted"] = json!(true);
    assert_eq!(peer.ask(&again), first, "the same answer");
    let last = peer.ask(&unnamed("pgw;two", TERMINATION, 2, json!({ "used": MB / 2 })));
    assert_eq!(code(&last), 2001, "{last}");
    assert_eq!(world.customer(2).head.purse.balance, usd("-0.06"), "5.5 MB at one cent for each started MB");
    assert_eq!(world.customer(1).open_sessions().count(), 1, "the other session is as it was");
    let never = peer.ask(&unnamed("pgw;never", UPDATE, 1, json!({ "requested": MB })));
    assert_eq!(code(&never), 5002, "{never}");
    let nobody = peer.ask(&unnamed("pgw;nobody", INITIAL, 0, json!({ "requested": MB })));
    assert_eq!(code(&nobody), 5030, "a session cannot begin without a name: {nobody}");
    peer.leave();
}

/// A message of a foreign client is charged and given back by its Session-Id as CC-Correlation-Id; the answer says the sum, and
/// tshark reads every message of it.
#[test]
fn a_foreign_client_gets_a_message_back() {
    let world = World::open();
    world.sign_up(1, "1");
    let tap = Tap::before(world.address());
    let mut peer = PythonPeer::connect(tap.address);
    let event = |session: &str, action: u8| {
        json!({
            "session": session, "type": 4, "number": 0, "context": "32274@3gpp.org", "action": action,
            "called": "tel:+15559", "subscriptions": [[0, msisdn(1)]],
        })
    };
    let charged = peer.ask(&event("smsc;1", 0));
    assert_eq!((code(&charged), world.customer(1).head.purse.balance), (2001, usd("-0.07")), "{charged}");
    let mut back = event("smsc;2", 1);
    back["correlation"] = json!("smsc;1");
    let given = peer.ask(&back);
    assert_eq!((code(&given), &given["cost"]), (2001, &json!([7, -2])), "{given}");
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    let mut again = event("smsc;3", 1);
    again["correlation"] = json!("smsc;1");
    assert_eq!(code(&peer.ask(&again)), 5012, "nothing is left of it");
    peer.leave();
    check_with_tshark(&tap, 6);
}
