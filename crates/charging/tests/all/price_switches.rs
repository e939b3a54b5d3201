//! Prices that change inside a session, USSD with its cost, traffic classes: golden decisions.

use crate::world;

use calendar::Instant;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AccountId, Asked, Command, CreateCustomer, Explanation, Payment, Refusal, SessionKey, SessionReply,
    SessionRequest, Step, UnitOutcome, UnitReport, Used,
};
use world::{World, at, granted, only_xdr, unit_refusal, usd};

const MEGABYTE: u64 = 1_000_000;

/// A postpaid customer of the operator of this file, in some zone, with one account.
fn world(zone: &str, product: &str, limit: &str) -> (World, AccountId) {
    let mut world = World::empty();
    let catalog: Catalog = toml::from_str(include_str!("switch_world/catalog.toml")).unwrap();
    world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let Command::CreateCustomer(sign_up) = world.sign_up(Payment::Postpaid, Some(usd(limit))) else {
        panic!()
    };
    world.done(Command::CreateCustomer(CreateCustomer {
        zone: calendar::BillingZone::named(zone).unwrap(),
        ..sign_up
    }));
    let account = world.account(product, &[]);
    (world, account)
}

/// A step at a time, with one service.
fn step(
    world: &mut World,
    account: AccountId,
    (number, step, time): (u64, Step, &str),
    (service, to): (&str, &str),
    used: Used,
) -> (SessionReply, charging::Effects) {
    world.now = at(time);
    let asked = if step == Step::Stop { Asked::Nothing } else { Asked::Default };
    let unit = world.unit(service, to, used, asked);
    let request = world.step(account, number, step, vec![unit]);
    world.session(request)
}

fn tariff_change(reply: &SessionReply) -> Option<Instant> {
    match reply.units[0].outcome {
        UnitOutcome::Granted { tariff_change, .. } => tariff_change,
        ref other => panic!("nothing granted: {other:?}"),
    }
}

/// The period switch of the reference: 20 dollars a gigabyte to 18:00, 10 after; a report every hour.
fn data_session(product: &str, third: Used) -> (World, charging::Effects) {
    let (mut world, phone) = world("UTC", product, "100");
    let place = ("data", "internet");
    step(&mut world, phone, (0, Step::Start, "2026-06-03T16:25:00Z"), place, Used::None);
    let second = Used::Since(200 * MEGABYTE);
    let (reply, _) = step(&mut world, phone, (1, Step::Update, "2026-06-03T17:25:00Z"), place, second);
    let told = (product == "split").then(|| at("2026-06-03T18:00:00Z"));
    assert_eq!(tariff_change(&reply), told, "only who splits is told of the switch");
    assert_eq!(world.customer().head.purse.reserved, usd("8.00"), "200 MB cost $4, 200 more are locked");
    let (reply, _) = step(&mut world, phone, (2, Step::Update, "2026-06-03T18:25:00Z"), place, third);
    assert_eq!(tariff_change(&reply), None, "no switch within the next hour");
    let last = Used::Since(100 * MEGABYTE);
    let (_, effects) = step(&mut world, phone, (3, Step::Stop, "2026-06-03T18:40:00Z"), place, last);
    (world, effects)
}

#[test]
fn data_is_split_at_the_switch_as_the_network_counts_it() {
    let third = Used::Parted { before: 100 * MEGABYTE, after: 50 * MEGABYTE };
    let (world, effects) = data_session("split", third);
    // 300 MB by day are $6, 150 MB by night $1.50.
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.units, xdr.amount), (450 * MEGABYTE, usd("7.50")));
    let Explanation::Rated { changes, priced, .. } = &xdr.explanation else { panic!() };
    assert_eq!(changes, &[at("2026-06-03T18:00:00Z")]);
    assert_eq!(priced.intervals.iter().map(|run| run.amount).collect::<Vec<_>>().last(), Some(&usd("1.50")));
    world.replay();
}

#[test]
fn data_that_is_not_split_has_the_price_of_the_beginning_of_its_report() {
    let third = Used::Since(150 * MEGABYTE);
    for product in ["split", "per-report"] {
        // 350 MB were reported as begun by day, 100 by night.
        assert_eq!(only_xdr(&data_session(product, third).1).amount, usd("8.00"), "{product}");
    }
}

#[test]
fn a_session_keeps_its_price_where_the_tariff_says_so() {
    let third = Used::Parted { before: 100 * MEGABYTE, after: 50 * MEGABYTE };
    let (_, effects) = data_session("keep", third);
    assert_eq!(only_xdr(&effects).amount, usd("9.00"));
}

#[test]
fn a_call_is_split_by_the_clock_of_the_customer() {
    // 18:00 in Madrid is 16:00 UTC in July.
    let (mut world, phone) = world("Europe/Madrid", "split", "100");
    let place = ("voice", "34911234567");
    let (reply, _) = step(&mut world, phone, (0, Step::Start, "2026-07-01T15:59:00Z"), place, Used::None);
    assert_eq!(granted(&reply), (120, false));
    assert_eq!(tariff_change(&reply), Some(at("2026-07-01T16:00:00Z")));
    let used = Used::Since(120);
    let (_, effects) = step(&mut world, phone, (1, Step::Stop, "2026-07-01T16:01:00Z"), place, used);
    // A connect fee, a minute of day, a minute of night.
    assert_eq!(only_xdr(&effects).amount, usd("0.95"));
}

#[test]
fn night_ends_an_hour_nearer_where_clocks_are_put_forward() {
    // Six o'clock in Madrid is 04:00 UTC on 28 March 2027; the day before it is 05:00.
    for (day, expected) in [("2027-03-28", "0.95"), ("2027-03-27", "0.65")] {
        let (mut world, phone) = world("Europe/Madrid", "split", "100");
        let place = ("voice", "34911234567");
        step(&mut world, phone, (0, Step::Start, &format!("{day}T03:59:00Z")), place, Used::None);
        let (_, effects) =
            step(&mut world, phone, (1, Step::Stop, &format!("{day}T04:01:00Z")), place, Used::Since(120));
        assert_eq!(only_xdr(&effects).amount, usd(expected), "{day}");
    }
}

#[test]
fn what_may_run_into_a_dearer_price_is_locked_at_it() {
    // Two minutes of night would cost 0.65; the second one may be by day.
    let (mut world, phone) = world("UTC", "split", "0.80");
    let place = ("voice", "1555");
    let (reply, _) = step(&mut world, phone, (0, Step::Start, "2026-06-03T05:59:00Z"), place, Used::None);
    assert_eq!(granted(&reply), (75, true), "75 seconds can be paid for at any price");
    assert!(world.customer().head.purse.reserved <= usd("0.80"));
    let (_, effects) =
        step(&mut world, phone, (1, Step::Stop, "2026-06-03T06:00:15Z"), place, Used::Since(75));
    assert_eq!(only_xdr(&effects).amount, usd("0.50"), "60 seconds by night, 15 by day");
}

#[test]
fn a_session_over_several_switches_has_each_price_for_its_time() {
    let (mut world, phone) = world("UTC", "split", "1000");
    let place = ("voice", "1555");
    step(&mut world, phone, (0, Step::Start, "2026-06-03T17:00:00Z"), place, Used::None);
    // An hour of day, twelve of night, twelve of day, one of night, told in one report.
    let used = Used::Since(26 * 3_600);
    let (_, effects) = step(&mut world, phone, (1, Step::Stop, "2026-06-04T19:00:00Z"), place, used);
    let xdr = only_xdr(&effects);
    assert_eq!(xdr.amount, usd("702.05"), "13 hours of each, and the fee");
    let Explanation::Rated { changes, .. } = &xdr.explanation else { panic!() };
    assert_eq!(changes.len(), 3);
}

#[test]
fn quotas_that_count_day_and_night_apart_follow_the_switch() {
    let (mut world, phone) = world("UTC", "hours", "100");
    let place = ("voice", "1555");
    step(&mut world, phone, (0, Step::Start, "2026-06-03T17:59:00Z"), place, Used::None);
    step(&mut world, phone, (1, Step::Stop, "2026-06-03T18:01:00Z"), place, Used::Since(120));
    let buckets = &world.customer().account(phone).unwrap().buckets;
    let used: Vec<(u64, u64)> = buckets.iter().map(|bucket| (bucket.size, bucket.used)).collect();
    assert_eq!(used, [(3_600, 60), (7_200, 60)]);
    assert_eq!(world.customer().head.purse.balance, usd("0"));
}

#[test]
fn a_purchase_of_time_is_split_too() {
    let (mut world, phone) = world("UTC", "split", "100");
    world.now = at("2026-06-03T17:59:00Z");
    let call = world.purchase(phone, "voice", "1555", 120, None);
    assert_eq!(world.debited(call).0.amount, usd("0.95"));
}

/// One step of a USSD session with the operator's access code.
fn ussd(
    world: &World,
    account: AccountId,
    number: u64,
    which: Step,
    code: &str,
    used: Used,
) -> SessionRequest {
    let asked = if which == Step::Stop { Asked::Nothing } else { Asked::Units(20) };
    let unit = UnitReport { access_code: "OUTGOING.SI120".into(), ..world.unit("ussd", code, used, asked) };
    let session = SessionKey::diameter(code.as_bytes());
    SessionRequest { session, ..world.step(account, number, which, vec![unit]) }
}

#[test]
fn forty_five_seconds_of_ussd_are_three_times_twenty_cents_and_cost_us_three_times_ten() {
    let (mut world, phone) = world("UTC", "split", "100");
    let start = ussd(&world, phone, 0, Step::Start, "*102*3#", Used::None);
    world.session(start);
    for number in 1..=2 {
        world.wait(20);
        let update = ussd(&world, phone, number, Step::Update, "*102*3#", Used::Since(20));
        world.session(update);
        let expected = [usd("0.40"), usd("0.60")][number as usize - 1];
        assert_eq!(world.customer().head.purse.reserved, expected, "each request locks twenty seconds more");
    }
    world.wait(5);
    let stop = ussd(&world, phone, 3, Step::Stop, "*102*3#", Used::Since(5));
    let (_, effects) = world.session(stop);
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.units, xdr.amount), (45, usd("0.60")));
    let cost = xdr.cost().unwrap();
    assert_eq!((cost.connection.as_str(), cost.amount), ("ussd", usd("0.30")));
    assert_eq!(xdr.margin(cost.currency), Some(usd("0.30")));
}

#[test]
fn a_session_without_a_menu_costs_twenty_cents_and_the_balance_code_nothing() {
    for (code, expected, cost) in [("*102*444#", "0.20", "0.10"), ("*101#", "0", "0")] {
        let (mut world, phone) = world("UTC", "split", "100");
        let start = ussd(&world, phone, 0, Step::Start, code, Used::None);
        assert_eq!(granted(&world.session(start).0), (20, false));
        let stop = ussd(&world, phone, 1, Step::Stop, code, Used::Since(3));
        let (_, effects) = world.session(stop);
        let xdr = only_xdr(&effects);
        assert_eq!((xdr.amount, xdr.cost().unwrap().amount), (usd(expected), usd(cost)), "{code}");
    }
}

#[test]
fn rating_groups_of_one_session_are_free_forbidden_counted_apart_or_priced() {
    let (mut world, phone) = world("UTC", "split", "100");
    world.now = at("2026-06-03T12:00:00Z");
    let unit = |world: &World, group: u32, used| UnitReport {
        rating_group: Some(group),
        ..world.unit("data", "internet", used, Asked::Units(5 * MEGABYTE))
    };
    let all =
        |world: &World, used: Used| [1, 100, 200, 300, 400].map(|group| unit(world, group, used)).to_vec();
    let start = world.step(phone, 0, Step::Start, all(&world, Used::None));
    let (reply, _) = world.session(start);
    let outcome = |unit: &charging::UnitReply| match &unit.outcome {
        UnitOutcome::Granted { units, .. } => Some(*units),
        UnitOutcome::Refused(Refusal::NotAllowed) => None,
        other => panic!("{other:?}"),
    };
    let outcomes: Vec<Option<u64>> = reply.units.iter().map(outcome).collect();
    let five = Some(5 * MEGABYTE);
    assert_eq!(outcomes, [five, five, None, five, five], "video is forbidden");
    assert_eq!(reply.units.iter().map(|unit| unit.rating_group).collect::<Vec<_>>()[1], Some(100));
    assert_eq!(
        world.customer().head.purse.reserved,
        usd("0.20"),
        "plain data and maps, which no product prices apart"
    );
    let mut used = all(&world, Used::Since(5 * MEGABYTE));
    used.remove(2);
    for unit in &mut used {
        unit.asked = Asked::Nothing;
    }
    let stop = world.step(phone, 1, Step::Stop, used);
    let (_, effects) = world.session(stop);
    let charge = |xdr: &charging::Xdr| {
        let service = world.catalog.service_by_id(xdr.service.unwrap()).unwrap();
        (service.code.clone(), xdr.amount.micros())
    };
    let charged: Vec<(String, i64)> = effects.xdrs.iter().map(charge).collect();
    assert_eq!(
        charged,
        [("data", 100_000), ("social", 0), ("music", 0), ("data", 100_000)].map(|(s, a)| (s.to_owned(), a))
    );
    let buckets = &world.customer().account(phone).unwrap().buckets;
    assert_eq!(buckets.iter().map(|bucket| bucket.used).collect::<Vec<_>>(), [5 * MEGABYTE]);
}

#[test]
fn a_formula_that_disconnects_ends_the_grants() {
    let (mut world, phone) = world("UTC", "split", "100");
    let place = ("voice", "8811");
    let (reply, _) = step(&mut world, phone, (0, Step::Start, "2026-06-03T12:00:00Z"), place, Used::None);
    assert_eq!(granted(&reply), (120, true), "two minutes and no more");
    let used = Used::Since(120);
    let (reply, _) = step(&mut world, phone, (1, Step::Update, "2026-06-03T12:02:00Z"), place, used);
    assert_eq!(unit_refusal(&reply), &Refusal::SessionTooLong);
    let (_, effects) = step(&mut world, phone, (2, Step::Stop, "2026-06-03T12:02:01Z"), place, Used::None);
    assert_eq!(only_xdr(&effects).amount, usd("6.00"));
}

#[test]
fn absurd_use_is_charged_exactly_or_refused() {
    // 71,582,788 seconds, as a real client is known to report, at a cent a second and with one switch.
    let (mut world, phone) = world("UTC", "split", "100");
    let place = ("voice", "1555");
    step(&mut world, phone, (0, Step::Start, "2026-06-03T17:59:00Z"), place, Used::None);
    let used = Used::Since(71_582_788);
    let (_, effects) = step(&mut world, phone, (1, Step::Stop, "2026-06-03T18:01:00Z"), place, used);
    assert_eq!(only_xdr(&effects).amount, usd("357914.29"), "a minute by day, the rest by night");
    let request = {
        let unit =
            world.unit("voice", "1555", Used::Parted { before: u64::MAX, after: u64::MAX }, Asked::Nothing);
        let session = SessionKey::diameter(b"pgw;1;2");
        SessionRequest { session, ..world.step(phone, 0, Step::Start, vec![unit]) }
    };
    assert_eq!(world.refused(Command::Session(request)), Refusal::OutOfRange);
}

/// TS 32.299 6.5.7: who crosses a border in a session has used the old grant at home and uses the next one abroad, each at its price.
#[test]
fn a_session_that_moves_into_another_network_is_charged_in_two_parts() {
    let (mut world, phone) = world("UTC", "keep-home", "100");
    let part = |world: &World, code: &str, used, asked| UnitReport {
        access_code: code.into(),
        ..world.unit("data", "", used, asked)
    };
    let ask = Asked::Units(MEGABYTE);
    let reports = [
        (Step::Start, "", Used::None, ask),
        (Step::Update, "ROAMING.europe", Used::Since(MEGABYTE), ask),
        // It does not say where it is: where it was.
        (Step::Update, charging::AS_BEFORE, Used::Since(MEGABYTE), ask),
        (Step::Update, "", Used::Since(MEGABYTE / 2), ask),
    ];
    for (number, (which, code, used, asked)) in (0..).zip(reports) {
        let unit = part(&world, code, used, asked);
        let request = world.step(phone, number, which, vec![unit]);
        assert_eq!(granted(&world.session(request).0), (MEGABYTE, false));
    }
    let last = part(&world, "", Used::Since(MEGABYTE), Asked::Nothing);
    let stop = world.step(phone, 4, Step::Stop, vec![last]);
    let (_, effects) = world.session(stop);
    let parts: Vec<_> = effects.xdrs.iter().map(|xdr| (xdr.units, xdr.amount)).collect();
    let expected = [(MEGABYTE, "0.10"), (MEGABYTE * 3 / 2, "2"), (MEGABYTE, "0.10")];
    assert_eq!(parts, expected.map(|(units, amount)| (units, usd(amount))));
}

/// RAD-60: a gateway that only counts says with each report where it is; its counters go on over the border.
#[test]
fn counters_that_go_on_over_a_border_are_split_there() {
    let (mut world, phone) = world("UTC", "keep-home", "100");
    let reports = [
        (Step::Start, "", 0),
        (Step::Update, "ROAMING.europe", MEGABYTE),
        (Step::Update, charging::AS_BEFORE, 2 * MEGABYTE),
        (Step::Update, "", 3 * MEGABYTE),
        // It comes late: nothing is counted twice.
        (Step::Update, "", 2 * MEGABYTE),
        (Step::Stop, "ROAMING.europe", 4 * MEGABYTE),
    ];
    let mut xdrs = Vec::new();
    for (number, (which, code, total)) in (0..).zip(reports) {
        let unit = world.unit("data", "", Used::Total(total), Asked::Nothing);
        let unit = UnitReport { access_code: code.into(), ..unit };
        let request = world.step(phone, number, which, vec![unit]);
        xdrs.extend(world.session(SessionRequest { grants: false, ..request }).1.xdrs);
    }
    let parts: Vec<_> = xdrs.iter().map(|xdr| (xdr.units, xdr.amount)).collect();
    let expected = [(MEGABYTE, "0.10"), (2 * MEGABYTE, "2"), (MEGABYTE, "0.10")];
    assert_eq!(parts, expected.map(|(units, amount)| (units, usd(amount))));
    world.replay();
}

/// A vehicle on a border: each crossing is a meter, up to a limit; behind it everything is counted and nothing refused.
#[test]
fn who_only_counts_may_cross_a_border_without_end() {
    let (mut world, phone) = world("UTC", "keep-home", "100");
    for number in 0..100_u64 {
        let unit = world.unit("data", "", Used::Total(number * 1_000), Asked::Nothing);
        let code = if number.is_multiple_of(2) { "" } else { "ROAMING.europe" };
        let unit = UnitReport { access_code: code.into(), ..unit };
        let which = if number == 99 { Step::Stop } else { Step::Update };
        let request = world.step(phone, number, which, vec![unit]);
        let (_, effects) = world.session(SessionRequest { grants: false, ..request });
        if number == 99 {
            assert_eq!(effects.xdrs.iter().map(|xdr| xdr.units).sum::<u64>(), 99_000);
        }
    }
}

/// A gateway that only counts may sell use abroad as another service: its counter goes on, so what was counted at home counts no more
/// there, and a report that tells nothing of its place is about what was used last.
#[test]
fn counters_that_go_on_into_another_service_count_nothing_twice() {
    let (mut world, phone) = world("UTC", "split", "100");
    let reports = [
        (Step::Start, "data", "", 0),
        (Step::Update, "data", "", 3 * MEGABYTE),
        (Step::Update, "social", "", 4 * MEGABYTE),
        (Step::Update, "data", charging::AS_BEFORE, 6 * MEGABYTE),
        (Step::Update, "data", "", 7 * MEGABYTE),
        (Step::Update, "social", charging::AS_BEFORE, 9 * MEGABYTE),
        // It comes late.
        (Step::Update, "social", "", 5 * MEGABYTE),
        (Step::Stop, "social", "", 10 * MEGABYTE),
    ];
    let mut xdrs = Vec::new();
    for (number, (which, service, code, total)) in (0..).zip(reports) {
        world.wait(60);
        let unit = world.unit(service, "", Used::Total(total), Asked::Nothing);
        let unit = UnitReport { rating_group: None, access_code: code.into(), ..unit };
        let request = world.step(phone, number, which, vec![unit]);
        xdrs.extend(world.session(SessionRequest { grants: false, ..request }).1.xdrs);
    }
    let parts: Vec<_> = xdrs.iter().map(|xdr| (xdr.service, xdr.units)).collect();
    let expected = [("data", 6 * MEGABYTE), ("social", 4 * MEGABYTE)];
    assert_eq!(parts, expected.map(|(service, units)| (Some(world.service(service)), units)));
    world.replay();
}
