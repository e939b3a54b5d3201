//! The network follows the books: what a commit changes for a running session reaches its device, which answers from a simulator here;
//! `coa_stranger` does the same with equipment that nobody here wrote.

use crate::world;

use charging::*;
use money::Amount;
use radius::{Code, Packet, number};
use std::time::{Duration, Instant};
use world::device::{Device, PROMPT};
use world::wire::{Client, Counters, INTERIM, START, STOP, pap, report};
use world::*;

fn start(world: &World, node: &str, session: &str, user: &str) -> Client {
    let mut client = Client::at(node);
    client
        .ask(world.server.accounting_address(), &report(1, START, session, user, Counters::default()))
        .unwrap();
    client
}

fn pay(world: &World, customer: u32, amount: &str) {
    let pay = Pay {
        amount: Amount::parse(amount).unwrap(),
        account: None,
        exchanged: None,
        note: "cash".to_owned(),
    };
    world.command(CustomerId(customer), Command::Pay(pay));
}

fn block(world: &World, account: AccountId, blocked: bool) {
    world.command(account.customer().unwrap(), Command::BlockAccount { account, blocked });
}

/// Waits until `holds`; on a busy machine that may take a while.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn steered(world: &World, customer: u32) -> Vec<String> {
    world.engine.store().flush().unwrap();
    let kinds = [EventKind::SessionSteered];
    let events = world.engine.store().events_of(CustomerId(customer), None, &kinds, 100).unwrap();
    events.into_iter().map(|event| event.detail).rev().collect()
}

#[test]
fn blocking_an_account_disconnects_its_sessions_and_the_timeline_says_so() {
    let (device, world) = Device::at(MIKROTIK);
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    start(&world, MIKROTIK, "s-1", "Anna@home");
    let before = Instant::now();
    block(&world, account, true);
    let told = device.answer(None);
    assert!(before.elapsed() < PROMPT);
    assert_eq!(told.code, Code::DisconnectRequest);
    let keys = ["Acct-Session-Id = \"s-1\"", "User-Name = \"Anna@home\"", "Framed-IP-Address = 10.0.0.9"];
    assert_eq!(told.described()[1..], keys, "keys and nothing else (RFC 5176 3)");
    eventually("counted", || world.server.metrics().steered_of("mikrotik-1", "disconnect", "ack") == 1);
    eventually("on the timeline", || steered(&world, 7) == ["Disconnect to mikrotik-1: done · s-1"]);
    block(&world, account, false);
    block(&world, account, true);
    device.hears_nothing(Duration::from_millis(300));
    world.stop();
}

#[test]
fn funds_that_end_hotline_a_session_and_a_payment_resumes_it_with_its_speed() {
    let (device, world) = Device::at(MOBILE);
    let account = world.subscriber(8, "mobile-data", Payment::Prepaid, "ben", "x");
    pay(&world, 8, "1.00");
    let mut client = start(&world, MOBILE, "s-2", "ben");
    let used = Counters { input: 400 << 20, output: 100 << 20, seconds: 60, delay: 0 };
    client.ask(world.server.accounting_address(), &report(2, INTERIM, "s-2", "ben", used)).unwrap();
    let told = device.answer(None);
    assert_eq!(told.code, Code::CoaRequest, "{:?}", told.described());
    assert!(told.described().iter().any(|line| line == "Mikrotik-Address-List = \"hotline\""));
    assert_eq!(told.text(number::ACCT_SESSION_ID).as_deref(), Some("s-2"));
    pay(&world, 8, "50.00");
    let told = device.answer(None);
    assert_eq!(told.code, Code::CoaRequest);
    assert!(!told.described().iter().any(|line| line.contains("\"hotline\"")), "{:?}", told.described());
    let lines = ["CoA: hotline to mobile-1: done · s-2", "CoA: resume to mobile-1: done · s-2"];
    eventually("both on the timeline", || steered(&world, 8) == lines);
    pay(&world, 8, "1.00");
    device.hears_nothing(Duration::from_millis(300));
    assert_eq!(account.customer(), Some(CustomerId(8)));
    world.stop();
}

/// RAD-03, RAD-12: the report that uses the quota up is the commit; the device hears of it within a second, and of new units too. These
/// end by the clock, unused: the device hears of that at the same moment, without a report of the session, and once.
#[test]
fn a_quota_that_ends_hotlines_a_session_and_new_units_resume_it_until_they_end() {
    let (device, world) = Device::at(MIKROTIK);
    let account = world.subscriber(17, "gigabytes", Payment::Prepaid, "kim", "x");
    let mut client = start(&world, MIKROTIK, "s-12", "kim");
    let used = |gigabytes: u64| Counters { input: gigabytes << 30, output: 0, seconds: 60, delay: 0 };
    client.ask(world.server.accounting_address(), &report(2, INTERIM, "s-12", "kim", used(4))).unwrap();
    device.hears_nothing(Duration::from_millis(200));
    client.ask(world.server.accounting_address(), &report(3, INTERIM, "s-12", "kim", used(6))).unwrap();
    let told = device.answer(None);
    assert_eq!(told.code, Code::CoaRequest, "{:?}", told.described());
    assert!(told.described().iter().any(|line| line == "Mikrotik-Address-List = \"hotline\""));
    let catalog = world.engine.catalog();
    let product = catalog.product("gigabytes").unwrap().id;
    let plan = catalog.plans_of(product).next().unwrap().1.key;
    let minutes = calendar::Seconds(600);
    let until = world.engine.clock().now().plus(minutes);
    let gift = GrantUnits { account, plan, units: 1 << 30, until, note: "sorry".into() };
    world.command(CustomerId(17), Command::GrantUnits(gift));
    let told = device.answer(None);
    assert!(told.described().iter().any(|line| line == "Mikrotik-Rate-Limit = \"10M/10M\""));
    let lines = ["CoA: hotline to mikrotik-1: done · s-12", "CoA: resume to mikrotik-1: done · s-12"];
    eventually("both on the timeline", || steered(&world, 17) == lines);
    world.engine.clock().advance(minutes);
    let told = device.answer(None);
    assert!(told.described().iter().any(|line| line == "Mikrotik-Address-List = \"hotline\""));
    device.hears_nothing(Duration::from_millis(600));
    world.stop();
}

/// RAD-20, RAD-60..64: a PDSN takes Disconnect by its own keys and no CoA; an ASR 5700 takes neither, and its sessions wait for an outside
/// program on the list of those to cut.
#[test]
fn a_pdsn_is_told_to_disconnect_and_an_asr_5700_nothing() {
    for (node, name) in [(PDSN[0], "pdsn-1"), (ASR, "asr-1")] {
        let (device, world) = Device::at(node);
        let account = world.subscriber(18, "mobile-data", Payment::Postpaid, "lea", "x");
        start(&world, node, "s-13", "lea");
        world.set_attributes(account, "mobile-data", &[("address_pool", "pool2"), ("rulebase", "silver")]);
        device.hears_nothing(Duration::from_millis(200));
        block(&world, account, true);
        if name == "asr-1" {
            eventually("counted", || world.server.metrics().steered_of("asr-1", "none", "unable") == 1);
            device.hears_nothing(Duration::from_millis(200));
        } else {
            let told = device.answer(None);
            assert_eq!(told.code, Code::DisconnectRequest);
            let keys = [
                "User-Name = \"lea\"",
                "Calling-Station-Id = \"00-11-22-33-44-55\"",
                "Framed-IP-Address = 10.0.0.9",
            ];
            assert_eq!(told.described()[1..], keys, "keys and nothing else");
        }
        world.stop();
    }
}

#[test]
fn another_product_changes_the_speed_of_a_running_session() {
    let (device, world) = Device::at(MIKROTIK);
    let account = world.subscriber(9, "homeconnect-plus", Payment::Postpaid, "cleo", "x");
    start(&world, MIKROTIK, "s-3", "cleo");
    let service = world.engine.catalog().service("internet").unwrap().id;
    let regular = Policy { down_kbps: Some(50_000), up_kbps: Some(5_000), attributes: Vec::new() };
    let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action: None };
    let set = Command::SetPolicy { account, service, policy: Some(Box::new(policy)) };
    world.command(CustomerId(9), set.clone());
    let told = device.answer(None);
    assert!(
        told.described().contains(&"Mikrotik-Rate-Limit = \"5M/50M\"".to_owned()),
        "{:?}",
        told.described()
    );
    world.command(CustomerId(9), set);
    device.hears_nothing(Duration::from_millis(300));
    world.stop();
}

#[test]
fn ending_a_session_by_hand_disconnects_it_and_the_networks_own_stop_does_not() {
    let (device, world) = Device::at(MIKROTIK);
    world.subscriber(10, "homeconnect-plus", Payment::Postpaid, "dora", "x");
    let mut client = start(&world, MIKROTIK, "s-4", "dora");
    let stop = report(2, STOP, "s-4", "dora", Counters { seconds: 5, ..Counters::default() });
    client.ask(world.server.accounting_address(), &stop).unwrap();
    device.hears_nothing(Duration::from_millis(300));
    start(&world, MIKROTIK, "s-5", "dora");
    let session = world.open(10)[0].key.clone();
    world.command(CustomerId(10), Command::EndSession { session });
    let told = device.answer(None);
    assert_eq!(
        (told.code, told.text(number::ACCT_SESSION_ID).as_deref()),
        (Code::DisconnectRequest, Some("s-5"))
    );
    world.stop();
}

#[test]
fn a_refused_hotline_becomes_a_disconnect() {
    let (device, world) = Device::at(MOBILE);
    world.subscriber(11, "mobile-data", Payment::Prepaid, "emil", "x");
    pay(&world, 11, "1.00");
    let mut client = start(&world, MOBILE, "s-6", "emil");
    let used = Counters { input: 500 << 20, output: 0, seconds: 60, delay: 0 };
    client.ask(world.server.accounting_address(), &report(2, INTERIM, "s-6", "emil", used)).unwrap();
    assert_eq!(device.answer(Some(401)).code, Code::CoaRequest);
    assert_eq!(device.answer(None).code, Code::DisconnectRequest);
    let lines = [
        "CoA: hotline to mobile-1: refused: 401 Unsupported-Attribute · s-6",
        "Disconnect to mobile-1: done · s-6",
    ];
    eventually("both on the timeline", || steered(&world, 11) == lines);
    let node = world.server.nodes().into_iter().find(|node| &*node.name == "mobile-1").unwrap();
    assert!(node.last_error.unwrap().1.contains("401"), "the node's page tells of the wrong profile");
    world.stop();
}

#[test]
fn a_session_that_its_device_does_not_know_is_ended_here_after_a_grace_time() {
    let (device, world) = Device::at(MIKROTIK);
    let account = world.subscriber(12, "homeconnect-plus", Payment::Postpaid, "fay", "x");
    start(&world, MIKROTIK, "s-7", "fay");
    block(&world, account, true);
    assert_eq!(device.answer(Some(503)).code, Code::DisconnectRequest);
    eventually("counted", || {
        world.server.metrics().steered_of("mikrotik-1", "disconnect", "no_session") == 1
    });
    assert_eq!(world.open(12).len(), 1, "perhaps its last report is on its way");
    world.engine.clock().advance(calendar::Seconds(300 + 61));
    eventually("ended", || world.open(12).is_empty());
    device.hears_nothing(Duration::from_millis(300));
    world.stop();
}

#[test]
fn a_silent_device_is_told_again_with_the_same_datagram() {
    let (device, world) = Device::at(MIKROTIK);
    let account = world.subscriber(13, "homeconnect-plus", Payment::Postpaid, "gus", "x");
    start(&world, MIKROTIK, "s-8", "gus");
    block(&world, account, true);
    let (first, from) = device.hear(PROMPT).unwrap();
    let (again, from_again) = device.hear(Duration::from_secs(4)).expect("after about two seconds");
    assert_eq!((first.octets, from), (again.octets, from_again));
    world.stop();
}

#[test]
fn a_hotlined_log_in_is_sent_back_to_log_in_when_money_comes() {
    let (device, world) = Device::at(MOBILE);
    world.subscriber(16, "mobile-data", Payment::Prepaid, "jo", "x");
    let mut client = Client::at(MOBILE);
    let accept = client.ask(world.server.auth_address(), &pap(1, [1; 16], "jo", "x")).unwrap();
    let class = Packet::decode(&accept).unwrap().first(number::CLASS).unwrap().to_vec();
    let mut begin = radius::client::RequestBuilder::accounting(2, START).unwrap();
    begin.attribute(number::USER_NAME, b"jo").unwrap().attribute(number::ACCT_SESSION_ID, b"s-11").unwrap();
    begin.attribute(number::CLASS, &class).unwrap();
    client.ask(world.server.accounting_address(), &begin.sign(SECRET.as_bytes()).unwrap()).unwrap();
    assert!(world.open(16)[0].details.ends_with("hotlined"), "people see it, and a restart forgets nothing");
    pay(&world, 16, "5.00");
    assert_eq!(device.answer(None).code, Code::DisconnectRequest, "its Class would go on saying hotline");
    world.stop();
}

#[test]
fn what_was_committed_while_nobody_could_tell_is_told_after_the_start() {
    let (device, mut world) = Device::at(MIKROTIK);
    let account = world.subscriber(15, "homeconnect-plus", Payment::Postpaid, "ida", "x");
    start(&world, MIKROTIK, "s-10", "ida");
    world.without_door(|world| block(world, account, true));
    let told = device.answer(None);
    assert_eq!(
        (told.code, told.text(number::ACCT_SESSION_ID).as_deref()),
        (Code::DisconnectRequest, Some("s-10"))
    );
    world.stop();
}

/// The payment's news are still waiting when the session reports again: the report must not make them quiet.
#[test]
fn money_that_came_while_nobody_could_tell_resumes_a_session_that_reports_at_once() {
    let (device, mut world) = Device::at(MOBILE);
    world.subscriber(19, "mobile-data", Payment::Prepaid, "max", "x");
    pay(&world, 19, "1.00");
    let mut client = start(&world, MOBILE, "s-14", "max");
    let used = Counters { input: 400 << 20, output: 100 << 20, seconds: 60, delay: 0 };
    client.ask(world.server.accounting_address(), &report(2, INTERIM, "s-14", "max", used)).unwrap();
    assert_eq!(device.answer(None).code, Code::CoaRequest);
    eventually("hotlined", || steered(&world, 19).len() == 1);
    world.without_door(|world| pay(world, 19, "50.00"));
    let later = Counters { seconds: 70, ..used };
    client.ask(world.server.accounting_address(), &report(3, INTERIM, "s-14", "max", later)).unwrap();
    let told = device.answer(None);
    assert!(told.described().iter().any(|line| line == "Mikrotik-Address-List = \"online\""));
    world.stop();
}

#[test]
fn a_device_that_can_do_neither_is_left_alone_and_counted() {
    let (device, world) = Device::at(PPP);
    let account = world.subscriber(14, "homeconnect-plus", Payment::Postpaid, "hal", "x");
    start(&world, PPP, "s-9", "hal");
    block(&world, account, true);
    eventually("counted", || world.server.metrics().steered_of("pppd-1", "none", "unable") == 1);
    device.hears_nothing(Duration::from_millis(200));
    world.stop();
}
