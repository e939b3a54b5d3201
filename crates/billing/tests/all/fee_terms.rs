//! Fees in advance, activation, minimum periods, parts of periods, suspended days: worked numbers, and the slow sum of days.

use crate::fee_world;

use calendar::{BillingPeriod, Instant, Seconds};
use charging::{Command, Customer, Pay, Payment, Refusal, Reply, RowId};
use fee_world::{World, usd};
use money::Amount;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn who_signs_up_on_10_june_pays_the_rest_of_june_at_once_and_july_at_its_beginning() {
    let mut world = World::june("2026-06-10T09:00:00", "fibre", &[]);
    assert_eq!(world.charged(), ["Ahead Fibre 21/30 21.00"]);
    assert_eq!(world.balance(), usd("-21.00"));
    world.close();
    assert_eq!(
        world.charged(),
        ["Ahead Fibre 31/31 30.00"],
        "on the same invoice as what was charged at once"
    );
    assert_eq!(world.state.as_ref().unwrap().head.closed_total, usd("51.00"));
    world.close();
    assert_eq!(world.charged(), ["Ahead Fibre 31/31 30.00"], "August");
}

#[test]
fn an_add_on_removed_on_15_july_gives_its_17_unused_days_back() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    let held = world.add("2026-06-10T09:00:00", "box");
    world.close();
    assert_eq!(world.charged(), ["Ahead Box 21/30 21.00", "Ahead Box 31/31 30.00"]);
    world.remove("2026-07-15T18:00:00", held);
    assert_eq!(world.charged(), ["Returned Box 17/31 -16.45"], "14 days cost 13.55");
    world.add("2026-07-15T19:00:00", "box");
    assert_eq!(world.charged(), ["Ahead Box 17/31 16.45"], "back on the same day: as if nothing had been");
    world.close();
    assert_eq!(world.charged(), ["Ahead Box 31/31 30.00"]);
}

#[test]
fn a_period_that_gives_back_more_than_it_charges_pays_older_invoices() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    let held = world.add("2026-06-01T09:00:00", "box");
    world.bill();
    assert_eq!(world.state.as_ref().unwrap().head.owed(), usd("60.00"), "June and July");
    world.remove("2026-07-15T18:00:00", held);
    world.bill();
    let head = &world.state.as_ref().unwrap().head;
    assert_eq!(head.owed(), usd("43.55"));
    assert_eq!(head.purse.balance, usd("-43.55"));
}

#[test]
fn a_change_of_plan_credits_the_old_one_and_charges_the_new_one() {
    let mut world = World::june("2026-06-01T09:00:00", "fibre", &[]);
    world.change("2026-06-16T12:00:00", "fibre-plus");
    let expected = ["Ahead Fibre 30/30 30.00", "Returned Fibre 15/30 -15.00", "Ahead Fibre+ 15/30 30.00"];
    assert_eq!(world.charged(), expected);
    world.run("2026-06-21T12:00:00", Command::TerminateCustomer);
    assert_eq!(world.charged(), ["Returned Fibre+ 10/30 -20.00"], "left: nothing more is owed");
    world.close();
    assert_eq!(world.charged(), [""; 0]);
}

#[test]
fn five_suspended_days_are_credited_where_the_product_says_so() {
    let mut world = World::june("2026-06-01T00:00:00", "homeconnect", &["radio", "sport", "box"]);
    world.bill();
    world.charged();
    world.suspend(world.at("2026-07-10T08:00:00"));
    world.resume(world.at("2026-07-15T20:00:00"));
    world.close();
    let expected = [
        "Held HomeConnect monthly fee 31/31 19.99",
        "Suspended Radio 5/31 -5.00",
        "Held Sport 31/31 9.99",
        "Suspended Sport 5/31 -1.61",
        "Ahead Radio 31/31 31.00",
        "Ahead Box 31/31 30.00",
    ];
    assert_eq!(world.charged(), expected, "9.99 x 26 / 31 is 8.38; HomeConnect and Box are charged on");
}

#[test]
fn a_suspension_that_goes_on_is_credited_in_each_period() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &["radio"]);
    world.bill();
    world.suspend(world.at("2026-07-30T08:00:00"));
    world.charged();
    world.bill();
    assert_eq!(world.charged(), ["Suspended Radio 2/31 -2.00", "Ahead Radio 31/31 31.00"]);
    world.resume(world.at("2026-08-03T08:00:00"));
    world.close();
    assert_eq!(world.charged(), ["Suspended Radio 2/31 -2.00", "Ahead Radio 30/30 31.00"]);
}

#[test]
fn an_activation_fee_is_charged_once_although_the_product_is_added_again() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    let held = world.add("2026-06-10T09:00:00", "starter");
    assert_eq!(world.charged(), ["Activation Starter 0/0 10.00"]);
    world.remove("2026-06-12T09:00:00", held);
    world.close();
    assert_eq!(world.charged(), ["Held Starter 2/30 0.33"]);
    world.add("2026-08-10T09:00:00", "starter");
    assert_eq!(world.charged(), [""; 0]);
}

#[test]
fn what_begins_before_the_last_period_is_closed_is_charged_in_full() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    world.add("2026-07-01T00:30:00", "starter");
    world.add("2026-07-01T00:40:00", "box");
    assert_eq!(world.charged(), ["Activation Starter 0/0 10.00"], "June, still open, has no day of them");
    world.close();
    assert_eq!(world.charged(), ["Ahead Box 31/31 30.00"]);
    world.close();
    assert_eq!(world.charged(), ["Held Starter 31/31 5.00", "Ahead Box 31/31 30.00"]);
}

#[test]
fn leaving_early_costs_the_rest_of_the_minimum_period_or_its_fee() {
    let mut world = World::june("2026-06-10T00:00:00", "mobile-data", &["bound", "bound-fee"]);
    assert_eq!(world.charged(), [""; 0]);
    let add_ons = world.state.as_ref().unwrap().accounts[0].add_ons.clone();
    world.remove("2026-08-20T10:00:00", add_ons[0].id);
    // Nine months to 20 May, then 21 of 31 days to 10 June 2027: 90.00 and 6.77.
    assert_eq!(world.charged(), ["EarlyEnd Bound 0/0 96.77"]);
    world.remove("2027-06-09T10:00:00", add_ons[1].id);
    assert_eq!(world.charged(), ["EarlyEnd Bound fee 0/0 50.00"]);
    let again = world.add("2027-06-09T11:00:00", "bound-fee");
    world.remove("2028-06-09T10:00:00", again);
    assert_eq!(world.charged(), [""; 0], "twelve months to the day");
}

#[test]
fn a_product_that_knows_no_parts_costs_its_whole_fee_in_its_first_and_last_period() {
    let mut world = World::june("2026-06-05T00:00:00", "mobile-data", &[]);
    let held = world.add("2026-06-20T09:00:00", "whole");
    world.close();
    assert_eq!(world.charged(), ["Held Whole 30/30 30.00"]);
    world.remove("2026-07-02T09:00:00", held);
    let again = world.add("2026-07-10T09:00:00", "whole");
    world.remove("2026-07-20T09:00:00", again);
    world.close();
    assert_eq!(world.charged(), ["Held Whole 31/31 30.00"], "and never twice");
}

#[test]
fn a_prepaid_customer_gets_a_product_that_needs_funds_once_he_has_them() {
    let monthly = BillingPeriod::Monthly;
    let plain = ("mobile-data", &[][..]);
    let mut world = World::paying(Payment::Prepaid, "UTC", "2026-06-10T00:00:00", monthly, plain);
    let (account, product) = (world.account, world.product("funded"));
    let add = charging::AddAddOn { account, product, from: None, until: None, accept_conflicts: false };
    let at = world.at("2026-06-10T10:00:00");
    let before = world.state.clone();
    let short = Refusal::InsufficientFunds { available: Amount::ZERO, needed: usd("21.00") };
    assert_eq!(world.asked(at, Command::AddAddOn(add.clone())), Reply::Refused(short));
    assert_eq!(world.state, before, "a refusal changes nothing");
    let pay = Pay { account: None, amount: usd("21.00"), exchanged: None, note: "cash".to_owned() };
    world.run_at(at, Command::Pay(pay));
    world.run_at(at, Command::AddAddOn(add));
    assert_eq!(world.charged(), ["Ahead Funded 21/30 21.00"]);
    assert_eq!(world.balance(), Amount::ZERO);
}

#[test]
fn a_period_is_closed_once() {
    let mut world = World::june("2026-06-10T00:00:00", "fibre", &["radio", "starter"]);
    let (at, close) = world.closing();
    world.run_at(at, close.clone());
    let after = world.state.clone();
    world.charged();
    assert_eq!(world.asked(at, close), Reply::Refused(Refusal::PeriodClosed));
    assert_eq!(world.state, after);
    assert_eq!(world.charged(), [""; 0]);
}

#[test]
fn what_is_taken_back_before_it_began_costs_nothing() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    let (account, product) = (world.account, world.product("box"));
    let from = Some(world.at("2026-06-20T00:00:00"));
    let add = charging::AddAddOn { account, product, from, until: None, accept_conflicts: false };
    let held = world.run("2026-06-10T09:00:00", Command::AddAddOn(add.clone())).unwrap();
    world.remove("2026-06-12T09:00:00", held);
    world.run("2026-06-12T10:00:00", Command::AddAddOn(add));
    assert_eq!(world.charged(), [""; 0], "a plan is charged when it begins");
    world.run("2026-06-20T00:00:00", Command::Lapse);
    assert_eq!(world.charged(), ["Ahead Box 11/30 11.00"]);
    world.close();
    assert_eq!(world.charged(), ["Ahead Box 31/31 30.00"]);
}

/// What one local day looked like at its end.
#[derive(Debug, Clone, Default)]
struct Day {
    main: Option<&'static str>,
    /// Held at its end, added during it.
    add_ons: BTreeMap<&'static str, (bool, bool)>,
    suspended: bool,
}

const MAIN: [&str; 3] = ["homeconnect", "fibre", "fibre-plus"];
const ADD_ONS: [&str; 4] = ["box", "radio", "sport", "hbo"];

/// The held add-ons by their assignments.
type Held = BTreeMap<&'static str, RowId>;

fn look(days: &mut BTreeMap<i64, Day>, world: &World, now: Instant, added: Option<&'static str>) {
    let number = now.as_micros() / 86_400_000_000;
    let customer: &Customer = world.state.as_ref().unwrap();
    let account = &customer.accounts[0];
    let day = days.entry(number).or_default();
    let held = |code: &str| account.holds(world.product(code), now);
    day.main = MAIN.into_iter().find(|code| held(code));
    for code in ADD_ONS {
        let (_, begun) = day.add_ons.get(code).copied().unwrap_or_default();
        day.add_ons.insert(code, (held(code), begun || added == Some(code)));
    }
    day.suspended = customer.head.suspended_at.is_some();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However plans and add-ons come and go and the customer is suspended: what was charged for a product and a month, in
    /// advance, in arrears and in credits, is the fee by the days that a calendar shows at their ends, rounded once.
    #[test]
    fn the_books_say_what_a_calendar_says(
        start in 0u64..30,
        acts in prop::collection::vec((0u64..250_000, 0u8..8, 0usize..4), 0..40),
    ) {
        let first = jiff::civil::date(2026, 6, 1).saturating_add(jiff::Span::new().days(i64::try_from(start).unwrap()));
        let mut world = World::june(&format!("{first}T10:00:00"), "fibre", &["sport"]);
        let mut held = Held::new();
        held.insert("sport", world.state.as_ref().unwrap().accounts[0].add_ons[0].id);
        let (mut days, mut now) = (BTreeMap::new(), world.at(&format!("{first}T10:00:00")));
        look(&mut days, &world, now, Some("sport"));
        for (wait, what, which) in acts {
            now = now.plus(Seconds(wait));
            while world.state.as_ref().unwrap().head.period_end <= now {
                world.bill();
                let billed = world.state.as_ref().unwrap().head.period_start.plus(Seconds(7_200));
                look(&mut days, &world, billed, None);
                now = now.max(billed);
            }
            let code = ADD_ONS[which];
            let mut added = None;
            match what {
                0 | 1 => {
                    let plan = world.product(MAIN[which % 3]);
                    let account = world.account;
                    let change = Command::ChangeProduct { account, product: plan };
                    if !world.state.as_ref().unwrap().accounts[0].holds(plan, now) {
                        world.run_at(now, change);
                    }
                }
                2 => world.suspend(now),
                3 => world.resume(now),
                _ => match held.remove(code) {
                    Some(add_on) => {
                        let account = world.account;
                        world.run_at(now, Command::RemoveAddOn { account, add_on });
                    }
                    None => {
                        let (account, product) = (world.account, world.product(code));
                        let add = charging::AddAddOn { account, product, from: None, until: None, accept_conflicts: true };
                        held.insert(code, world.run_at(now, Command::AddAddOn(add)).unwrap());
                        added = Some(code);
                    }
                },
            }
            look(&mut days, &world, now, added);
        }
        world.bill();
        let end = world.state.as_ref().unwrap().head.period_start;
        let expected = by_the_calendar(&days, end);
        let mut booked: BTreeMap<(String, String), i64> = BTreeMap::new();
        for xdr in world.xdrs.iter().filter(|xdr| xdr.started_at < end) {
            *booked.entry((month(xdr.started_at), xdr.description.clone())).or_default() += xdr.amount.micros();
        }
        booked.retain(|_, sum| *sum != 0);
        prop_assert_eq!(booked, expected);
    }
}

fn month(at: Instant) -> String {
    at.to_string()[..7].to_owned()
}

/// Day by day, the obvious way.
fn by_the_calendar(days: &BTreeMap<i64, Day>, end: Instant) -> BTreeMap<(String, String), i64> {
    let fees: BTreeMap<&str, (&str, i64, bool)> = [
        ("homeconnect", ("HomeConnect monthly fee", 1_999, false)),
        ("fibre", ("Fibre", 3_000, false)),
        ("fibre-plus", ("Fibre+", 6_000, false)),
        ("box", ("Box", 3_000, false)),
        ("radio", ("Radio", 3_100, true)),
        ("sport", ("Sport", 999, true)),
        ("hbo", ("HBO monthly fee", 599, false)),
    ]
    .into();
    let mut counted: BTreeMap<(String, &str), i64> = BTreeMap::new();
    let (first, last) = (*days.keys().next().unwrap(), end.as_micros() / 86_400_000_000);
    let mut today = Day::default();
    for number in first..last {
        if let Some(day) = days.get(&number) {
            today = day.clone();
        } else {
            for (_, begun) in today.add_ons.values_mut() {
                *begun = false;
            }
        }
        let month = month(Instant::from_micros(number * 86_400_000_000));
        // A day on which it was added counts, whatever happened later.
        let add_ons = today.add_ons.iter().filter(|(_, (held, begun))| *held || *begun).map(|(code, _)| code);
        for code in today.main.iter().chain(add_ons) {
            let credited = today.suspended && fees[code].2;
            *counted.entry((month.clone(), code)).or_default() += i64::from(!credited);
        }
    }
    let length = |month: &str| if ["2026-06", "2026-09", "2026-11"].contains(&month) { 30 } else { 31 };
    let cents = |days: i64, fee: i64, of: i64| (2 * days * fee + of) / (2 * of);
    let row = |((month, code), days): ((String, &str), i64)| {
        let (name, fee, _) = fees[code];
        let sum = cents(days, fee, length(&month)) * 10_000;
        ((month, name.to_owned()), sum)
    };
    counted.into_iter().map(row).filter(|(_, sum)| *sum != 0).collect()
}
