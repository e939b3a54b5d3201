//! Messages: in a session of one, delivered or not; refused without funds or units, and going on when there are some again.

use crate::by_name::{Written, at};
use crate::gateway_lives::Gateway;
use crate::world::{World, usd};
use diameter::credit_control::RequestType;

const MESSAGE: &str = "32274@3gpp.org";
const MSCC: &str = "Multiple-Services-Credit-Control";
const UNITS: &str = "CC-Service-Specific-Units";
const RECIPIENT: &str = "Service-Information/SMS-Information/Recipient-Info/Recipient-Address";

/// Where a message goes.
fn recipient() -> Vec<Written> {
    vec![at(RECIPIENT, "Address-Type", 1), at(RECIPIENT, "Address-Data", "+27115557122")]
}

/// DIA-84, RFC 8506 4: a gateway asks for one message, and the end says whether it was delivered. Asking locks its price, delivery
/// charges it, and a message that was not delivered costs nothing; with units at the command's own level as in a service.
#[test]
pub fn a_message_in_a_session_costs_when_it_was_delivered() {
    let world = World::open();
    let account = world.sign_up(1, "1");
    for (session, group, delivered, balance) in [
        ("sms;1", "", Some(1), "-0.07"),
        ("sms;2", MSCC, Some(1), "-0.14"),
        ("sms;3", "", None, "-0.14"),
        ("sms;4", MSCC, Some(0), "-0.14"),
    ] {
        let mut gateway = Gateway::of(&world, ("protei-camel", 1), session, MESSAGE);
        let place = |kind: &str| if group.is_empty() { kind.to_owned() } else { format!("{group}/{kind}") };
        let mut asked = recipient();
        asked.push(at(&place("Requested-Service-Unit"), UNITS, 1));
        let answer = gateway.send(RequestType::Initial, &asked).read();
        let granted = answer.granted.or_else(|| answer.services[0].granted).unwrap().units.specific;
        assert_eq!((answer.result_code, granted), (2001, Some(1)));
        assert_eq!(world.customer(1).head.purse.reserved, usd("0.07"), "locked, not charged");
        let mut last = recipient();
        last.push(at("", "Termination-Cause", 1));
        last.extend(delivered.map(|count| at(&place("Used-Service-Unit"), UNITS, count)));
        for _ in 0..2 {
            assert_eq!(gateway.send(RequestType::Termination, &last).code(), 2001);
            gateway.repeat();
        }
        let head = world.customer(1).head;
        assert_eq!((head.purse.balance, head.purse.reserved), (usd(balance), usd("0")), "{session}");
        world.engine.store().flush().unwrap();
        let records = world.engine.store().xdrs_of_session(account, session).unwrap();
        let charged: Vec<_> = records.iter().map(|x| (x.destination.as_str(), x.units, x.amount)).collect();
        let units = delivered.unwrap_or(0);
        let amount = usd(if units == 1 { "0.07" } else { "0" });
        assert_eq!(charged, [("27115557122", units, amount)], "{session}");
    }
}

/// An SMSC that has a message charged at once.
fn direct(gateway: &mut Gateway<'_>) -> (u32, Option<u32>) {
    let mut avps = recipient();
    avps.extend([
        at("", "Requested-Action", 0),
        at(MSCC, "Requested-Service-Unit/CC-Service-Specific-Units", 1),
    ]);
    let answer = gateway.send(RequestType::Event, &avps).read();
    (answer.result_code, answer.services[0].result_code)
}

/// DIA-90, DIA-91: refused with 4012 at both levels while there is no money, granted and charged at once after the top-up.
#[test]
fn messages_go_on_after_a_top_up() {
    let world = World::open();
    world.sign_up(1, "0");
    let mut smsc = Gateway::of(&world, ("protei-smsc", 1), "smsc;1", MESSAGE);
    for _ in 0..2 {
        assert_eq!(direct(&mut smsc), (4012, Some(4012)));
    }
    assert!(world.records(1).is_empty());
    world.pay(1, "0.10");
    assert_eq!(direct(&mut smsc), (2001, Some(2001)));
    let head = world.customer(1).head;
    assert_eq!((head.purse.balance, head.purse.reserved), (usd("0.03"), usd("0")), "at once");
    smsc.repeat();
    assert_eq!(direct(&mut smsc), (2001, Some(2001)), "the same message again");
    assert_eq!(world.customer(1).head.purse.balance, usd("0.03"), "is charged once");
    assert_eq!(direct(&mut smsc), (4012, Some(4012)), "three cents are too little");
    let records: Vec<_> = world.records(1).into_iter().map(|x| (x.units, x.amount, x.destination)).collect();
    assert_eq!(records, [(1, usd("0.07"), "27115557122".to_owned())]);
}

/// DIA-91: who has used the messages of his day is refused, and may send again when the day brings new ones.
#[test]
fn messages_go_on_when_the_quota_is_renewed() {
    let world = World::open();
    world.sign_up_for("two-a-day", 1, "1");
    let mut smsc = Gateway::of(&world, ("protei-smsc", 1), "smsc;quota", MESSAGE);
    let codes: Vec<_> = (0..3).map(|_| direct(&mut smsc).0).collect();
    assert_eq!(codes, [2001, 2001, 4012]);
    world.engine.clock().advance(calendar::Seconds(24 * 3_600));
    assert_eq!(direct(&mut smsc), (2001, Some(2001)));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"), "his product has them all");
}
