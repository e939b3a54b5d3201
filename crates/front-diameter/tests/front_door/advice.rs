//! What answers tell of the price: Cost-Information to the end of a session, and the advice of charge that a client asks for.

use crate::wire_client::{Session, WireClient, initial};
use crate::world::{GATEWAY, MB, World, msisdn};
use diameter::credit_control::{
    Advice, AdviceWanted, Money, Prices, RateElement, RequestType, RequestedAction, Tariff, Units, UsedUnits,
};
use money::Amount;

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
    let current = prices(vec![per_use(2, 1_048_576, (1, -2))]);
    let tariff = Tariff { current, changes_at: None, next: None };
    let mut ccr = initial(&mut client, session.id, &who);
    ccr.advice = FULL;
    let advice = client.ask(&ccr).read().advice;
    assert_eq!(
        advice,
        Some(Advice { cost: usd(0, 0), increment: Some((0, 0)), tariff: Some(tariff.clone()) })
    );
    let cost = Advice { cost: usd(1, -2), increment: Some((1, -2)), tariff: None };
    let expected = [
        (COST, Some(cost.clone())),
        (TARIFF, Some(Advice { tariff: Some(tariff), ..Advice::default() })),
        (AdviceWanted::default(), None),
    ];
    for (number, (wanted, expected)) in (1..).zip(expected) {
        let mut ccr = session.step(&mut client, RequestType::Update, number, (Some(MB), Some(MB)), &who);
        ccr.advice = wanted;
        for _ in 0..2 {
            let advice = client.ask(&ccr).read().advice;
            assert_eq!(advice, expected, "{wanted:?}, also when it comes again");
        }
    }
    let mut last = session.step(&mut client, RequestType::Termination, 4, (Some(MB), None), &who);
    last.advice = FULL;
    let advice = client.ask(&last).read().advice;
    let all = Advice { cost: usd(4, -2), increment: Some((3, -2)), tariff: None };
    assert_eq!(advice, Some(all), "since it was told last; no price of what is over");
}

fn prices(elements: Vec<RateElement>) -> Prices {
    Prices { currency: 840, scale: None, elements }
}

fn per_use(unit_type: i32, units: i64, cost: (i64, i32)) -> RateElement {
    RateElement { unit_type, reason: 1, units: Some((units, 0)), cost }
}

fn once(unit_type: i32, cost: (i64, i32)) -> RateElement {
    RateElement { unit_type, reason: 3, units: None, cost }
}

/// TS 32.280: an event's price is told with its charge and, before it, by a price enquiry, which changes nothing.
#[test]
pub fn the_price_of_an_event_is_told_with_it_and_before_it() {
    let world = World::open();
    world.sign_up(1, "1");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let tariff = Tariff { current: prices(vec![per_use(5, 1, (7, -2))]), changes_at: None, next: None };
    let actions = [
        (RequestedAction::PriceEnquiry, None, (14, -2)),
        (RequestedAction::DirectDebiting, usd(14, -2), (14, -2)),
    ];
    for (number, (action, cost, in_all)) in (0..).zip(actions) {
        let mut ccr = initial(&mut client, "smsc;aoc", &who);
        ccr.services.clear();
        ccr.service_context_id = "32274@3gpp.org";
        (ccr.request_type, ccr.request_number) = (RequestType::Event, number);
        (ccr.requested_action, ccr.advice) = (Some(action), FULL);
        ccr.requested = Some(Units { specific: Some(2), ..Units::default() });
        let answer = client.ask(&ccr).read();
        let advice = Advice { cost, increment: None, tariff: Some(tariff.clone()) };
        assert_eq!((answer.result_code, answer.advice), (2001, Some(advice)), "{action:?}");
        if action == RequestedAction::PriceEnquiry {
            assert_eq!(
                (answer.cost, world.customer(1).head.purse.balance),
                (usd(in_all.0, in_all.1), Amount::ZERO)
            );
        }
    }
}

/// TS 32.299 Next-Tariff: a grant that runs into the night tells what a game costs then; by the formula a call costs a sum once, then two prices.
#[test]
pub fn the_next_tariff_and_the_steps_of_a_formula_are_told() {
    let world = World::open();
    world.sign_up(1, "100");
    let evening = calendar::Instant::parse("2026-06-10T17:55:00Z").unwrap();
    world.engine.clock().advance_to(evening);
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let mut ccr = initial(&mut client, "pgw;night", &who);
    (ccr.services[0].rating_group, ccr.advice) = (Some(700), TARIFF);
    let game = |cost| prices(vec![per_use(2, 1_048_576, cost)]);
    let six = calendar::Instant::parse("2026-06-10T18:00:00Z").unwrap().unix_seconds();
    let tariff = Tariff { current: game((4, -2)), changes_at: Some(six), next: Some(game((2, -2))) };
    assert_eq!(client.ask(&ccr).read().advice.and_then(|advice| advice.tariff), Some(tariff));

    let step = |client: &mut WireClient, kind, number, used: Option<u32>| {
        let seconds = |count| Units { time: Some(count), ..Units::default() };
        let mut ccr = initial(client, "call;formula", &who);
        (ccr.request_type, ccr.request_number, ccr.advice) = (kind, number, TARIFF);
        (ccr.service_context_id, ccr.called_party) = ("32260@3gpp.org", Some("tel:+15557000"));
        ccr.services[0].requested = Some(seconds(60));
        let used = used.map(|count| UsedUnits { units: seconds(count), ..UsedUnits::default() });
        ccr.services[0].used = used.into_iter().collect();
        let advice = client.ask(&ccr).read().advice;
        advice.and_then(|advice| advice.tariff).map(|tariff| tariff.current)
    };
    let begins = prices(vec![once(0, (1, -1)), per_use(0, 60, (5, -2))]);
    assert_eq!(step(&mut client, RequestType::Initial, 0, None), Some(begins));
    let later = prices(vec![per_use(0, 60, (3, -2))]);
    assert_eq!(step(&mut client, RequestType::Update, 1, Some(60)), Some(later));
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
