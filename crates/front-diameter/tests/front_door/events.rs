//! EVENT requests: one message charged at once, once; price enquiry and balance check change nothing.

use crate::wire_client::{Answer, Session, WireClient, initial};
use crate::world::{MB, PEER, World, msisdn, usd};
use charging::{ChargeTax, TaxDue};
use diameter::credit_control::{
    AdviceWanted, CreditControlRequest, Money, RequestType, RequestedAction, SubscriptionId,
    SubscriptionKind, Units,
};

fn event(client: &mut WireClient, action: RequestedAction, count: u64, number: u32) -> Answer {
    let units = Units { specific: Some(count), ..Units::default() };
    event_of(client, (1, "smsc;1", number), action, (None, None), Some(units))
}

/// An event of a subscriber in a session with a number; names: Refund-Information and CC-Correlation-Id.
fn event_of(
    client: &mut WireClient,
    (subscriber, session, number): (u32, &str, u32),
    action: RequestedAction,
    (refund_information, correlation_id): (Option<&[u8]>, Option<&[u8]>),
    units: Option<Units>,
) -> Answer {
    let who = msisdn(subscriber);
    let ids = client.ids();
    let mut ccr = CreditControlRequest::new(session, RequestType::Event, number, "32274@3gpp.org", ids)
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
    ccr.requested_action = Some(action);
    ccr.requested = units;
    ccr.called_party = Some("tel:+15559");
    (ccr.refund_information, ccr.correlation_id) = (refund_information, correlation_id);
    client.ask(&ccr)
}

#[test]
fn a_message_is_charged_once_however_often_it_is_sent() {
    let world = World::open();
    world.sign_up(1, "1");
    let mut client = WireClient::open(&world);
    for _ in 0..3 {
        let answer = event(&mut client, RequestedAction::DirectDebiting, 1, 0).read();
        assert_eq!((answer.result_code, answer.granted.unwrap().units.specific), (2001, Some(1)));
        assert_eq!(world.customer(1).head.purse.balance, usd("-0.07"));
    }
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 2, 1).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.21"));
}

/// TS 32.280: an event's cost is told to who asks for it; a price enquiry answers as ever.
#[test]
pub fn an_event_tells_its_cost_to_who_asks() {
    let world = World::open();
    world.sign_up(1, "1");
    let mut client = WireClient::open(&world);
    let who = msisdn(1);
    let ids = client.ids();
    let mut ccr = CreditControlRequest::new("smsc;aoc", RequestType::Event, 0, "32274@3gpp.org", ids)
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
    ccr.requested_action = Some(RequestedAction::DirectDebiting);
    ccr.called_party = Some("tel:+15559");
    ccr.advice = AdviceWanted { cost: true, tariff: true };
    let answer = client.ask(&ccr).read();
    let cost = Some(Money { digits: 7, exponent: -2, currency: Some(840) });
    let advice = answer.advice.unwrap();
    assert_eq!((advice.cost, advice.increment), (cost, None), "an event has no part of before");
    let price = event(&mut client, RequestedAction::PriceEnquiry, 1, 1).read();
    assert_eq!((price.cost, price.advice), (cost, None));
}

#[test]
fn a_message_beyond_the_funds_is_refused_and_costs_nothing() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let mut client = WireClient::open(&world);
    let answer = event(&mut client, RequestedAction::DirectDebiting, 2, 0);
    assert_eq!((answer.code(), answer.read().granted), (4012, None));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 1, 1).code(), 2001);
}

#[test]
pub fn enquiries_tell_price_and_sufficiency_and_change_nothing() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let mut client = WireClient::open(&world);
    let price = event(&mut client, RequestedAction::PriceEnquiry, 3, 0).read();
    assert_eq!(price.cost, Some(Money { digits: 21, exponent: -2, currency: Some(840) }));
    assert_eq!(price.granted, None);
    let enough = event(&mut client, RequestedAction::CheckBalance, 1, 1).read();
    let short = event(&mut client, RequestedAction::CheckBalance, 2, 2).read();
    assert_eq!((enough.balance_suffices, short.balance_suffices), (Some(true), Some(false)));
    let refund = event(&mut client, RequestedAction::RefundAccount, 1, 3).read();
    assert_eq!(refund.result_code, 5012);
    assert!(refund.error_message.unwrap().contains("CHG-045"), "enquiries are no charges");
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
}

/// Asks for a refund in a session of its own.
fn refund(
    client: &mut WireClient,
    subscriber: u32,
    session: &str,
    of: Option<&[u8]>,
    units: Option<Units>,
) -> Answer {
    event_of(client, (subscriber, session, 0), RequestedAction::RefundAccount, (of, None), units)
}

#[test]
fn an_event_is_given_back_by_what_its_answer_named_once_and_never_more_than_it_cost() {
    let world = World::open();
    world.sign_up(1, "1");
    world.sign_up(2, "1");
    let mut client = WireClient::open(&world);
    let charged = event(&mut client, RequestedAction::DirectDebiting, 3, 0).read();
    let named = charged.refund_information.unwrap();
    assert_eq!((named.as_slice(), world.customer(1).head.purse.balance), (&b"smsc;1/0"[..], usd("-0.21")));
    let of = Some(named.as_slice());

    let messages = |count| Some(Units { specific: Some(count), ..Units::default() });
    for _ in 0..2 {
        let part = refund(&mut client, 1, "smsc;r1", of, messages(1)).read();
        let cost = Some(Money { digits: 7, exponent: -2, currency: Some(840) });
        assert_eq!(
            (part.result_code, part.cost),
            (2001, cost),
            "one of three messages, however often it is asked"
        );
        assert_eq!(world.customer(1).head.purse.balance, usd("-0.14"));
    }
    let cents = |digits| {
        let money = Money { digits, exponent: -2, currency: Some(840) };
        Some(Units { money: Some(money), ..Units::default() })
    };
    let too_much = refund(&mut client, 1, "smsc;r2", of, cents(15)).read();
    assert!(too_much.error_message.unwrap().contains("CHG-046"));
    assert_eq!(refund(&mut client, 2, "smsc;r3", of, None).code(), 5012, "it was somebody else's");
    assert_eq!(refund(&mut client, 1, "smsc;r4", of, cents(4)).code(), 2001);
    let rest = refund(&mut client, 1, "smsc;r5", of, None).read();
    assert_eq!(rest.cost, Some(Money { digits: 1, exponent: -1, currency: Some(840) }));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    assert_eq!(refund(&mut client, 1, "smsc;r6", of, None).code(), 5012, "nothing is left of it");
    assert_eq!(world.customer(2).head.purse.balance, usd("0"));
}

#[test]
fn a_client_without_refund_information_names_the_event_by_correlation_or_by_its_session() {
    let world = World::open();
    world.sign_up(1, "1");
    let mut client = WireClient::open(&world);
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 1, 0).code(), 2001);
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 2, 1).code(), 2001);
    let named = |name: &'static [u8]| (None, Some(name));
    let action = RequestedAction::RefundAccount;
    let back = event_of(&mut client, (1, "smsc;1", 2), action, named(b"a name of its own"), None);
    assert_eq!(
        (back.code(), world.customer(1).head.purse.balance),
        (2001, usd("-0.07")),
        "its session's last event"
    );
    let back = event_of(&mut client, (1, "smsc;other", 0), action, named(b"smsc;1/0"), None);
    assert_eq!((back.code(), world.customer(1).head.purse.balance), (2001, usd("0")));
}

/// Three messages at 0.07, billed with a fifth on top: what comes back later brings its tax along, in parts as in one.
#[test]
fn a_refund_after_the_invoice_brings_back_the_tax_that_was_on_it() {
    let world = World::open();
    world.sign_up(1, "10");
    let mut client = WireClient::open(&world);
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 3, 0).code(), 2001);
    let (name, share) = ("VAT".to_owned(), (20, 100));
    *world.names.taxes.lock().unwrap() = vec![ChargeTax { name: name.clone(), share, included: false }];
    world.bill(1, vec![TaxDue { name, amount: usd("0.04"), included: false }]);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.25"));
    let of = Some(&b"smsc;1/0"[..]);
    let one = Some(Units { specific: Some(1), ..Units::default() });
    for _ in 0..2 {
        let back = refund(&mut client, 1, "smsc;r1", of, one).read();
        assert_eq!(back.cost, Some(Money { digits: 7, exponent: -2, currency: Some(840) }), "before taxes");
        assert_eq!(world.customer(1).head.purse.balance, usd("-0.17"), "0.07 and 0.01 of 0.014");
    }
    assert_eq!(refund(&mut client, 1, "smsc;r2", of, None).code(), 2001);
    let head = world.customer(1).head;
    assert_eq!((head.purse.balance, head.owed()), (usd("0"), usd("0")), "0.14 and the other 0.03");
}

#[test]
pub fn a_session_that_ended_is_given_back_by_its_name() {
    let world = World::open();
    world.sign_up(1, "10");
    world.sign_up(2, "10");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;whole" };
    let ccr = initial(&mut client, session.id, &who);
    assert_eq!(client.ask(&ccr).code(), 2001);
    assert_eq!(
        refund(&mut client, 1, "pgw;r0", Some(b"pgw;whole"), None).code(),
        5012,
        "nothing was charged yet"
    );
    let ccr = session.step(&mut client, RequestType::Termination, 1, (Some(4 * MB), None), &who);
    assert_eq!(client.ask(&ccr).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.04"));
    assert_eq!(
        refund(&mut client, 2, "pgw;r1", Some(b"pgw;whole"), None).code(),
        5012,
        "it was somebody else's"
    );
    for _ in 0..2 {
        assert_eq!(refund(&mut client, 1, "pgw;r2", Some(b"pgw;whole"), None).code(), 2001);
        assert_eq!(world.customer(1).head.purse.balance, usd("0"), "once");
    }
    assert_eq!(
        refund(&mut client, 1, "pgw;r3", Some(b"pgw;whole"), None).code(),
        5012,
        "nothing is left of it"
    );
}
