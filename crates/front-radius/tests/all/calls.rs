//! Calls of prepaid subscribers by RADIUS, asked for by equipment that asks once (radclient in its place): how long they may last, why
//! they may not, and the end of their money while they last.

use crate::world;

use charging::{Adjust, Command, CustomerId, Pay, Payment};
use money::Amount;
use office::NetworkDoor;
use radius::{Code, number};
use std::time::Duration;
use world::child::eventually;
use world::device::Device;
use world::radclient::ask;
use world::*;

fn pay(world: &World, customer: u32, amount: &str) {
    let (amount, note) = (Amount::parse(amount).unwrap(), "cash".to_owned());
    world.command(CustomerId(customer), Command::Pay(Pay { amount, account: None, exchanged: None, note }));
}

/// A prepaid caller with so much money; his card is `card`, his number 15551234567.
fn caller(world: &World, product: &str, money: &str) {
    let account = world.subscriber(7, product, Payment::Prepaid, "card", "pin");
    world.name(account, "msisdn", "15551234567");
    if money != "0" {
        pay(world, 7, money);
    }
}

/// What the node hears that asks for a call to `to`, or for the caller alone.
fn heard(world: &World, node: &str, user: &str, to: &str) -> String {
    let to = if to.is_empty() { String::new() } else { format!("Called-Station-Id = {to}\n") };
    let sent = format!("{user}{to}Packet-Src-IP-Address = {node}\n");
    let all = ask(world.server.auth_address(), "auth", &sent);
    all.split_once("Received ").map(|(_, received)| received.to_owned()).unwrap_or(all)
}

const CARD: &str = "User-Name = card\nUser-Password = pin\n";

/// The attributes that tell a caller what he has: Session-Timeout, credit time, amount, currency and return code.
fn told(heard: &str) -> [Option<&str>; 5] {
    let after = |name: &str| {
        let line = heard.lines().map(str::trim).find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.map(|value| value.trim_matches('"'))
    };
    let own = |name: &str| after(name).map(|value| value.strip_prefix(&format!("{name}=")).expect(value));
    let [time, amount, currency, code] =
        ["h323-credit-time", "h323-credit-amount", "h323-currency", "h323-return-code"].map(own);
    [after("Session-Timeout"), time, amount, currency, code]
}

#[test]
fn a_gateway_hears_who_calls_and_then_how_long_he_may() {
    let world = World::start();
    caller(&world, "caller", "0.54");
    let first = heard(&world, VOICE, CARD, "");
    assert!(first.starts_with("Access-Accept"), "{first}");
    assert_eq!(told(&first), [None, None, Some("0.54"), Some("USD"), Some("0")]);
    let second = heard(&world, VOICE, CARD, "442071234567");
    assert!(second.starts_with("Access-Accept"), "{second}");
    assert_eq!(told(&second), [Some("600"), Some("600"), Some("0.54"), Some("USD"), Some("0")]);
    // The caller's own number needs no password.
    let line = "User-Name = nobody\nCalling-Station-Id = 15551234567\n";
    assert_eq!(told(&heard(&world, VOICE, line, "442071234567"))[1], Some("600"));
    world.stop();
}

#[test]
fn a_sip_proxy_hears_how_long_a_call_may_last_and_not_of_a_registration() {
    let world = World::start();
    caller(&world, "homeconnect-plus", "0.50");
    let call = |to: &str| heard(&world, SIP, CARD, to);
    assert_eq!(told(&call("\"sip:+442071234567@home.example\""))[0], Some("600"));
    assert_eq!(told(&call("15559876543"))[0], Some("60600"), "a thousand minutes and the money");
    let registers = call("");
    assert!(registers.starts_with("Access-Accept"), "{registers}");
    assert_eq!(told(&registers), [None; 5]);
    pay(&world, 7, "500");
    assert_eq!(told(&call("442071234567"))[0], Some("86400"), "a day is the most");
    world.stop();
}

#[test]
fn a_call_that_is_refused_says_why_in_the_gateways_own_numbers() {
    let world = World::start();
    caller(&world, "caller", "0");
    let refused = |to: &str| {
        let heard = heard(&world, VOICE, CARD, to);
        assert!(heard.starts_with("Access-Reject"), "{to}: {heard}");
        told(&heard)[4].map(str::to_owned)
    };
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(refused("442071234567"), code("4"), "no money at all");
    pay(&world, 7, "0.04");
    assert_eq!(refused("442071234567"), code("12"), "not enough");
    pay(&world, 7, "1");
    assert_eq!(refused("390612345"), code("9"), "no rate for it");
    assert_eq!(refused("4490123"), code("9"), "forbidden");
    world.command(CustomerId(7), Command::BlockCustomer { blocked: true });
    assert_eq!(refused("442071234567"), code("7"), "blocked");
    for user in ["User-Name = card\nUser-Password = wrong\n", "User-Name = nobody\nUser-Password = pin\n"] {
        let heard = heard(&world, VOICE, user, "");
        assert_eq!((heard.starts_with("Access-Reject"), told(&heard)[4]), (true, Some("1")), "{heard}");
    }
    let sip = heard(&world, SIP, CARD, "442071234567");
    assert_eq!(
        (sip.starts_with("Access-Reject"), told(&sip)),
        (true, [None; 5]),
        "others hear nothing of it"
    );
    world.stop();
}

fn report(world: &World, node: &str, call: &str, status: &str) {
    let attributes = format!(
        "User-Name = card\nCalled-Station-Id = 442071234567\nAcct-Session-Id = {call}\nAcct-Status-Type = {status}\nh323-call-origin = \"h323-call-origin=originate\"\nh323-conf-id = \"h323-conf-id=16000000 0 0 {call}\"\nPacket-Src-IP-Address = {node}\n"
    );
    let reply = ask(world.server.accounting_address(), "acct", &attributes);
    assert!(reply.contains("Received Accounting-Response"), "{reply}");
}

/// The second call is told what the first one leaves; what takes their money ends both within a second, each by its own name.
#[test]
fn a_running_call_ends_when_something_else_takes_its_money() {
    let (device, world) = Device::at(VOICE_POD);
    caller(&world, "caller", "0.50");
    report(&world, VOICE_POD, "1", "Start");
    world.engine.clock().advance(calendar::Seconds(130));
    assert_eq!(
        told(&heard(&world, VOICE_POD, CARD, "442071234567"))[1],
        Some("420"),
        "three minutes have begun"
    );
    device.hears_nothing(Duration::from_millis(300));
    let (amount, note) = (Amount::parse("-0.35").unwrap(), "a film".to_owned());
    let take = Adjust { account: None, amount, promotional: false, note };
    world.command(CustomerId(7), Command::Adjust(take));
    device.hears_nothing(Duration::from_millis(600));
    // Its third minute is paid for: at its end nothing is left.
    world.engine.clock().advance(calendar::Seconds(50));
    let told = device.answer(None);
    assert_eq!(told.code, Code::DisconnectRequest);
    let described = told.described();
    assert!(described.iter().any(|line| line.contains("h323-conf-id=16000000 0 0 1")), "{described:?}");
    assert!(described.iter().any(|line| line.contains("h323-call-origin=originate")), "{described:?}");
    assert_eq!(told.text(number::ACCT_SESSION_ID), None, "Packet of Disconnect names a call by these two");
    world.stop();
}

/// Nothing but the clock: the end of the money is the end of the call at a device that can be told, and it is on the list of another one.
#[test]
fn a_running_call_ends_with_its_money() {
    let (device, world) = Device::at(VOICE_POD);
    caller(&world, "caller", "0.20");
    report(&world, VOICE_POD, "1", "Start");
    report(&world, VOICE, "2", "Start");
    world.engine.clock().advance(calendar::Seconds(70));
    device.hears_nothing(Duration::from_millis(300));
    assert_eq!(world.server.sessions_to_cut(), []);
    // Both have begun their second minute, which is all the money.
    world.engine.clock().advance(calendar::Seconds(50));
    assert_eq!(device.answer(None).code, Code::DisconnectRequest);
    eventually("listed", || world.server.sessions_to_cut().iter().map(|cut| &*cut.session).eq(["2"]));
    for (node, call) in [(VOICE_POD, "1"), (VOICE, "2")] {
        report(&world, node, call, "Stop\nAcct-Session-Time = 120");
    }
    assert_eq!(world.xdrs(7), [(120, 100_000), (120, 100_000)], "all his money, and no more");
    world.stop();
}

/// A start of ours forgets nothing of it.
#[test]
fn a_call_of_before_a_restart_ends_with_its_money_too() {
    let (device, mut world) = Device::at(VOICE_POD);
    caller(&world, "caller", "0.20");
    report(&world, VOICE_POD, "1", "Start");
    world.without_door(|world| world.engine.store().flush().unwrap());
    world.engine.clock().advance(calendar::Seconds(180));
    device.hears_nothing(Duration::from_millis(600));
    world.engine.clock().advance(calendar::Seconds(60));
    assert_eq!(device.answer(None).code, Code::DisconnectRequest);
    world.stop();
}
