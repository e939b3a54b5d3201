//! Several services in one session: free ones beside refused ones, each with its own price; thresholds; a price that changes meanwhile.

use crate::server_requests::told;
use crate::wire_client::{Answer, Session, WireClient};
use crate::world::{MB, PEER, World, msisdn, usd};
use calendar::Instant;
use charging::{Command, Explanation};
use diameter::codes::command;
use diameter::credit_control::{
    CreditControlRequest, FinalUnit, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind, Units,
    UsedUnits,
};

/// Rating-Groups of the catalog: any other than the ones it names, games, the self-care portal.
const DATA: u32 = 1;
const GAMES: u32 = 700;
const PORTAL: u32 = 900;

fn octets(megabytes: u64) -> Units {
    Units { total_octets: Some(megabytes * MB), ..Units::default() }
}

/// One service of a request: megabytes used and wanted.
fn group(rating_group: u32, used: Option<u64>, asked: Option<u64>) -> ServiceRequest {
    let used = used.map(|count| UsedUnits { units: octets(count), ..UsedUnits::default() });
    ServiceRequest {
        rating_group: Some(rating_group),
        requested: asked.map(octets),
        used: used.into_iter().collect(),
        ..ServiceRequest::default()
    }
}

/// A request about these services.
fn step(
    client: &mut WireClient,
    session: &str,
    (kind, number): (RequestType, u32),
    services: &[ServiceRequest],
) -> Answer {
    let who = msisdn(1);
    let session = Session { id: session };
    let mut ccr = session.step(client, kind, number, (None, None), &who);
    ccr.services = services.to_vec();
    client.ask(&ccr)
}

/// Result-Code of the command; of each service its Rating-Group, Result-Code and megabytes.
fn seen(answer: &Answer) -> (u32, Vec<(u32, u32, Option<u64>)>) {
    let answer = answer.read();
    let services = answer.services.iter().map(|service| {
        let granted = service.granted.map(|granted| granted.units.total_octets.unwrap() / MB);
        (service.rating_group.unwrap(), service.result_code.unwrap(), granted)
    });
    (answer.result_code, services.collect())
}

const INITIAL: (RequestType, u32) = (RequestType::Initial, 0);

fn update(number: u32) -> (RequestType, u32) {
    (RequestType::Update, number)
}

fn end(number: u32) -> (RequestType, u32) {
    (RequestType::Termination, number)
}

/// DIA-21, DIA-41, DIA-51: what is paid for is refused when the money is gone, in the same answer that grants what is free; with money
/// the network is told, and the paid group is granted again.
#[test]
pub fn a_free_group_stays_usable_beside_a_refused_one() {
    let world = World::open();
    world.sign_up(1, "0.05");
    let mut client = WireClient::open(&world);
    let both = [group(DATA, None, Some(10)), group(PORTAL, None, Some(10))];
    let first = step(&mut client, "pgw;one", INITIAL, &both);
    assert_eq!(seen(&first), (2001, vec![(DATA, 2001, Some(5)), (PORTAL, 2001, Some(10))]));
    let ends = first.read().services.into_iter().map(|service| service.final_unit).collect::<Vec<_>>();
    assert_eq!(ends, [Some(FinalUnit::Terminate), None], "only the paid group ends");
    let reported = [group(DATA, Some(5), Some(10)), group(PORTAL, Some(10), Some(10))];
    let answer = step(&mut client, "pgw;one", update(1), &reported);
    assert_eq!(seen(&answer), (2001, vec![(DATA, 4012, None), (PORTAL, 2001, Some(10))]));
    let answer = step(&mut client, "pgw;one", update(2), &[group(PORTAL, Some(10), Some(10))]);
    assert_eq!(seen(&answer), (2001, vec![(PORTAL, 2001, Some(10))]));
    // Who comes without money is let in for the free group alone, in whatever order they stand.
    let turned = [group(PORTAL, None, Some(10)), group(DATA, None, Some(10))];
    let answer = step(&mut client, "pgw;two", INITIAL, &turned);
    assert_eq!(seen(&answer), (2001, vec![(PORTAL, 2001, Some(10)), (DATA, 4012, None)]));
    let refused = step(&mut client, "pgw;three", INITIAL, &[group(DATA, None, Some(10))]);
    assert_eq!(seen(&refused), (4012, vec![(DATA, 4012, None)]));
    assert_eq!(
        (world.customer(1).open_sessions().count(), world.customer(1).head.purse.reserved),
        (2, usd("0.05"))
    );

    world.pay(1, "1");
    for _ in 0..2 {
        assert_eq!(told(&mut client, 2002).header().command, command::RE_AUTH);
    }
    let answer = step(&mut client, "pgw;one", update(3), &[group(DATA, None, Some(10))]);
    assert_eq!(seen(&answer), (2001, vec![(DATA, 2001, Some(10))]));
    let used = [group(DATA, Some(2), None), group(PORTAL, Some(1), None)];
    assert_eq!(step(&mut client, "pgw;one", end(4), &used).code(), 2001);
    assert_eq!(step(&mut client, "pgw;two", end(1), &[group(PORTAL, Some(3), None)]).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("0.93"));
    let records: Vec<_> =
        world.records(1).into_iter().map(|x| (x.reference.unwrap(), x.units / MB, x.amount)).collect();
    // The group that was refused leaves none.
    let expected = [("pgw;one", 7, "0.07"), ("pgw;one", 21, "0"), ("pgw;two", 3, "0")];
    let expected = expected.map(|(session, units, amount)| (session.to_owned(), units, usd(amount)));
    assert_eq!(records, expected);
}

/// A reached spending cap keeps what costs from beginning and leaves what is free, in one answer.
#[test]
fn a_free_group_stays_usable_beside_one_behind_the_spending_cap() {
    let world = World::open();
    world.sign_up(1, "1");
    let change = charging::LimitChange::DailyCap(Some(usd("0.05")));
    world.done(1, Command::SetLimit { account: None, change });
    let mut client = WireClient::open(&world);
    step(&mut client, "pgw;one", INITIAL, &[group(DATA, None, Some(10))]);
    assert_eq!(step(&mut client, "pgw;one", end(1), &[group(DATA, Some(5), None)]).code(), 2001);
    let both = [group(DATA, None, Some(10)), group(PORTAL, None, Some(10))];
    let answer = step(&mut client, "pgw;two", INITIAL, &both);
    assert_eq!(seen(&answer), (2001, vec![(DATA, 4012, None), (PORTAL, 2001, Some(10))]));
    assert_eq!(step(&mut client, "pgw;three", INITIAL, &both[..1]).code(), 4012);
}

/// DIA-33: two services in one request have a quota, a price and a record of their own, also where only Service-Identifier tells them
/// apart; a repeated request gets its answer again, service by service.
#[test]
fn two_services_of_one_request_are_charged_apart() {
    let world = World::open();
    let account = world.sign_up(1, "1");
    let mut client = WireClient::open(&world);
    let named = |identifier, service| ServiceRequest { service_identifiers: vec![identifier], ..service };
    let first = [
        group(GAMES, None, Some(10)),
        named(21, group(DATA, None, Some(10))),
        named(22, group(DATA, None, Some(5))),
    ];
    let answer = step(&mut client, "pgw;both", INITIAL, &first);
    let granted = vec![(GAMES, 2001, Some(10)), (DATA, 2001, Some(10)), (DATA, 2001, Some(5))];
    assert_eq!(seen(&answer), (2001, granted));
    let services = answer.read().services;
    let identifiers: Vec<_> = services.iter().map(|s| s.service_identifiers.as_slice()).collect();
    assert_eq!(identifiers, [&[][..], &[21], &[22]]);
    let limits: Vec<_> = services.iter().map(|s| (s.validity_time, s.volume_quota_threshold)).collect();
    let fifth = |megabytes: u64| Some(u32::try_from(megabytes * MB / 5).unwrap());
    assert_eq!(limits, [(Some(600), fifth(10)), (Some(600), fifth(10)), (Some(600), fifth(5))]);
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.55"), "0.40, 0.10 and 0.05");

    let reported = [
        group(GAMES, Some(6), Some(10)),
        named(21, group(DATA, Some(4), Some(10))),
        named(22, group(DATA, Some(1), None)),
    ];
    let answer = step(&mut client, "pgw;both", update(1), &reported);
    let granted = vec![(GAMES, 2001, Some(10)), (DATA, 2001, Some(10)), (DATA, 2001, None)];
    assert_eq!(seen(&answer), (2001, granted), "what is not asked for is not granted");
    let again = step(&mut client, "pgw;both", update(1), &reported);
    assert_eq!(again.read(), answer.read(), "the same answer");
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.79"), "0.64, 0.14 and 0.01, counted once");

    let last = [group(GAMES, Some(2), None), named(21, group(DATA, Some(3), None))];
    assert_eq!(seen(&step(&mut client, "pgw;both", end(2), &last)).0, 2001);
    let head = world.customer(1).head;
    assert_eq!((head.purse.balance, head.purse.reserved), (usd("-0.40"), usd("0")));
    world.engine.store().flush().unwrap();
    let records = world.engine.store().xdrs_of_session(account, "pgw;both").unwrap();
    let records: Vec<_> = records.into_iter().map(|record| (record.units / MB, record.amount)).collect();
    assert_eq!(records, [(8, usd("0.32")), (7, usd("0.07")), (1, usd("0.01"))]);
}

/// A step of a call or of messages, with what is used as reported at a threshold.
fn counted(
    client: &mut WireClient,
    (context, kind, number): (&str, RequestType, u32),
    used: Option<Units>,
    asked: Option<Units>,
) -> Answer {
    let who = msisdn(1);
    let at_threshold = (kind == RequestType::Update).then_some(0);
    let used = used.map(|units| UsedUnits { units, reporting_reason: at_threshold, ..UsedUnits::default() });
    let service = ServiceRequest {
        rating_group: Some(100),
        requested: asked,
        used: used.into_iter().collect(),
        ..ServiceRequest::default()
    };
    let mut ccr = CreditControlRequest::new(context, kind, number, context, client.ids())
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who })
        .with_service(service);
    ccr.called_party = Some("tel:+15559");
    client.ask(&ccr)
}

/// TS 32.299 7.2: the threshold stands in the AVP of the unit that is counted; who reports when only that much is left gets new units,
/// and what was left of the old ones is not paid.
#[test]
pub fn seconds_and_messages_have_thresholds_of_their_own() {
    let world = World::open();
    world.sign_up(1, "10");
    let mut client = WireClient::open(&world);
    let seconds = |count| Some(Units { time: Some(count), ..Units::default() });
    let messages = |count| Some(Units { specific: Some(count), ..Units::default() });
    let thresholds = |answer: &Answer| {
        let service = answer.read().services.remove(0);
        assert_eq!((service.volume_quota_threshold, service.result_code), (None, Some(2001)));
        (service.time_quota_threshold, service.unit_quota_threshold, service.granted.unwrap().units)
    };
    let call = |kind, number| ("32276@3gpp.org", kind, number);
    let first = counted(&mut client, call(RequestType::Initial, 0), None, seconds(100));
    assert_eq!(thresholds(&first), (Some(20), None, seconds(100).unwrap()));
    let second = counted(&mut client, call(RequestType::Update, 1), seconds(80), seconds(50));
    assert_eq!(thresholds(&second), (Some(10), None, seconds(50).unwrap()));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.15"), "130 seconds are three minutes");
    let last = counted(&mut client, call(RequestType::Termination, 2), seconds(30), None);
    assert_eq!((last.code(), world.customer(1).head.purse.balance), (2001, usd("-0.10")), "110 are two");

    let sms = |kind, number| ("32274@3gpp.org", kind, number);
    let first = counted(&mut client, sms(RequestType::Initial, 0), None, messages(10));
    assert_eq!(thresholds(&first), (None, Some(2), messages(10).unwrap()));
    let second = counted(&mut client, sms(RequestType::Update, 1), messages(8), messages(4));
    assert_eq!(thresholds(&second), (None, None, messages(4).unwrap()), "a fifth of four is none");
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.84"), "twelve at seven cents");
    let last = counted(&mut client, sms(RequestType::Termination, 2), messages(1), None);
    assert_eq!((last.code(), world.customer(1).head.purse.balance), (2001, usd("-0.73")), "nine");
}

/// DIA-36: the answer says when the price changes, the network reports what was used before and after, and each is paid at its price.
#[test]
pub fn a_price_that_changes_meanwhile_is_told_and_paid_in_two_parts() {
    let world = World::open();
    let account = world.sign_up(1, "10");
    let (switch, clock) = (Instant::parse("2026-06-10T18:00:00Z").unwrap(), world.engine.clock());
    clock.advance_to(Instant::parse("2026-06-10T17:55:00Z").unwrap());
    let mut client = WireClient::open(&world);
    let announced = |answer: &Answer| answer.read().services[0].granted.unwrap().tariff_time_change;
    let first = step(&mut client, "pgw;switch", INITIAL, &[group(GAMES, None, Some(10))]);
    assert_eq!(announced(&first), Some(switch.unix_seconds()));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.40"), "at the dearer price");

    clock.advance(calendar::Seconds(400));
    let side = |usage, count| UsedUnits {
        units: octets(count),
        tariff_change_usage: Some(usage),
        ..UsedUnits::default()
    };
    let parted = ServiceRequest { used: vec![side(0, 3), side(1, 2)], ..group(GAMES, None, Some(10)) };
    let second = step(&mut client, "pgw;switch", update(1), &[parted]);
    assert_eq!((second.code(), announced(&second)), (2001, None));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.36"), "0.12 and 0.04, and ten at night");
    assert_eq!(step(&mut client, "pgw;switch", end(2), &[group(GAMES, Some(1), None)]).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.18"));
    world.engine.store().flush().unwrap();
    let records = world.engine.store().xdrs_of_session(account, "pgw;switch").unwrap();
    let [record] = records.as_slice() else { panic!("{records:?}") };
    let Explanation::Rated { changes, .. } = &record.explanation else { panic!("{record:?}") };
    assert_eq!((record.units, record.amount, changes.as_slice()), (6 * MB, usd("0.18"), &[switch][..]));
}
