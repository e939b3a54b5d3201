//! What answers tell of the price: Cost-Information to the end of a session, and the advice of charge that a client asks for.

use crate::wire_client::{Session, WireClient, initial};
use crate::world::{GATEWAY, MB, World, msisdn};
use diameter::credit_control::{Advice, AdviceWanted, Money, RateElement, RequestType, Tariff};

const FULL: AdviceWanted = AdviceWanted { cost: true, tariff: true };
const COST: AdviceWanted = AdviceWanted { cost: true, tariff: false };
const TARIFF: AdviceWanted = AdviceWanted { cost: false, tariff: true };

fn usd(digits: i64, exponent: i32) -> Option<Money> {
    Some(Money { digits, exponent, currency: Some(840) })
}

/// RFC 8506 8.7: the answer to the Termination says what the session has cost, also when the request comes again.
#[test]
pub fn the_end_of_a_session_tells_what_it_has_cost() {
    let world = World::open();
    world.sign_up(1, "1");
    let host = format!("telling{GATEWAY}");
    let (mut client, who) = (WireClient::open_as(&world, &host, 4), msisdn(1));
    let mut ccr = initial(&mut client, "pgw;cost", &who);
    ccr.origin_host = &host;
    assert_eq!(client.ask(&ccr).read().cost, usd(0, 0));
    let session = Session { id: "pgw;cost" };
    let mut update = session.step(&mut client, RequestType::Update, 1, (Some(5 * MB), Some(MB)), &who);
    update.origin_host = &host;
    assert_eq!(client.ask(&update).read().cost, usd(5, -2));
    let mut last = session.step(&mut client, RequestType::Termination, 2, (Some(MB), None), &who);
    last.origin_host = &host;
    for _ in 0..2 {
        let answer = client.ask(&last).read();
        assert_eq!((answer.result_code, answer.cost), (2001, usd(6, -2)));
        assert_eq!(answer.remaining_balance, usd(94, -2), "as his profile wants");
    }
}

/// TS 32.299 AoC-Request-Type: cost, price, both or nothing; the price of data is a cent per 2^20 octets.
#[test]
pub fn advice_of_charge_is_given_as_it_is_asked() {
    let world = World::open();
    world.sign_up(1, "1");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;advice" };
    let unit = RateElement { unit_type: 2, reason: 1, units: Some((1_048_576, 0)), cost: (1, -2) };
    let tariff = Tariff { currency: 840, scale: None, elements: vec![unit], changes_at: None };
    let mut ccr = initial(&mut client, session.id, &who);
    ccr.advice = FULL;
    let advice = client.ask(&ccr).read().advice;
    assert_eq!(advice, Some(Advice { cost: usd(0, 0), tariff: Some(tariff.clone()) }));
    let expected = [
        (COST, Some(Advice { cost: usd(1, -2), tariff: None })),
        (TARIFF, Some(Advice { cost: None, tariff: Some(tariff) })),
        (AdviceWanted::default(), None),
    ];
    for (number, (wanted, expected)) in (1..).zip(expected) {
        let mut ccr = session.step(&mut client, RequestType::Update, number, (Some(MB), Some(MB)), &who);
        ccr.advice = wanted;
        assert_eq!(client.ask(&ccr).read().advice, expected, "{wanted:?}");
    }
    let mut last = session.step(&mut client, RequestType::Termination, 4, (Some(MB), None), &who);
    last.advice = FULL;
    let advice = client.ask(&last).read().advice;
    assert_eq!(advice, Some(Advice { cost: usd(4, -2), tariff: None }), "no price of what is over");
}

/// Open5GS asks in every request and reads nothing of it.
#[test]
fn a_peer_that_never_reads_it_gets_no_advice() {
    let world = World::open();
    world.sign_up(1, "1");
    let host = format!("open5gs{GATEWAY}");
    let (mut client, who) = (WireClient::open_as(&world, &host, 4), msisdn(1));
    let mut ccr = initial(&mut client, "smf;1", &who);
    ccr.origin_host = &host;
    ccr.advice = FULL;
    let answer = client.ask(&ccr).read();
    assert_eq!((answer.result_code, answer.advice), (2001, None));
}
