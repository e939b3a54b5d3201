//! Recurring fees by local days held: every day is paid once, and a whole month costs exactly the fee.

use crate::fee_world;

use billing::{BillingError, recurring_fees};
use calendar::{BillingPeriod, Seconds};
use catalog::{CatalogVersion, Snapshot};
use charging::{AddAddOn, Command, Fee};
use fee_world::{World, usd};
use money::Amount;
use proptest::prelude::*;

#[test]
fn a_full_june_costs_the_fees_of_the_catalog() {
    let world = World::june("2026-06-01T10:30:00", "homeconnect-plus", &["hbo", "dvr"]);
    let expected =
        ["HomeConnect+ monthly fee 30/30 39.99", "HBO monthly fee 30/30 5.99", "DVR monthly fee 30/30 4.99"];
    assert_eq!(world.lines(), expected);
    let sum = world.fees().iter().fold(Amount::ZERO, |sum, fee| sum.plus(fee.amount).unwrap());
    assert_eq!(sum, usd("50.97"));
    assert_eq!(world.fees()[0].span, (world.at("2026-06-01T00:00:00"), world.at("2026-07-01T00:00:00")));
}

#[test]
fn who_signs_up_on_11_june_pays_20_of_30_days() {
    let world = World::june("2026-06-11T23:59:59", "homeconnect-plus", &["hbo"]);
    assert_eq!(world.lines(), ["HomeConnect+ monthly fee 20/30 26.66", "HBO monthly fee 20/30 3.99"]);
}

#[test]
fn a_plan_change_gives_its_day_to_the_new_plan() {
    let mut world = World::june("2026-06-01T00:00:00", "homeconnect", &[]);
    world.change("2026-06-16T14:00:00", "homeconnect-plus");
    let expected = ["HomeConnect monthly fee 15/30 10.00", "HomeConnect+ monthly fee 15/30 20.00"];
    assert_eq!(world.lines(), expected, "9.995 and 19.995, each rounded half away from zero");
}

#[test]
fn a_plan_tried_for_an_hour_costs_nothing_more() {
    let mut world = World::june("2026-06-01T00:00:00", "homeconnect", &[]);
    world.change("2026-06-16T14:00:00", "homeconnect-plus");
    world.change("2026-06-16T15:00:00", "homeconnect");
    assert_eq!(world.lines(), ["HomeConnect monthly fee 30/30 19.99"]);
}

#[test]
fn an_add_on_pays_from_its_first_day_to_the_day_before_its_last() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    let hbo = world.add("2026-06-10T08:00:00", "hbo");
    world.remove("2026-06-20T08:00:00", hbo);
    assert_eq!(world.lines(), ["HBO monthly fee 10/30 2.00"]);
}

#[test]
fn an_add_on_of_one_day_pays_one_day_and_only_once() {
    let mut world = World::june("2026-06-01T00:00:00", "mobile-data", &[]);
    for hour in ["10", "12"] {
        let hbo = world.add(&format!("2026-06-10T{hour}:00:00"), "hbo");
        world.remove(&format!("2026-06-10T{hour}:30:00"), hbo);
    }
    assert_eq!(world.lines(), ["HBO monthly fee 1/30 0.20"]);
    let hbo = world.add("2026-06-10T20:00:00", "hbo");
    world.remove("2026-06-12T20:00:00", hbo);
    assert_eq!(world.lines(), ["HBO monthly fee 2/30 0.40"]);
}

#[test]
fn who_leaves_in_the_middle_of_the_month_pays_until_the_day_before() {
    let mut world = World::june("2026-06-01T00:00:00", "homeconnect-plus", &["hbo"]);
    world.run("2026-06-16T09:00:00", Command::TerminateCustomer);
    assert_eq!(world.lines(), ["HomeConnect+ monthly fee 15/30 20.00", "HBO monthly fee 15/30 3.00"]);
}

#[test]
fn february_is_a_whole_month() {
    let mut world = World::june("2026-02-01T00:00:00", "homeconnect", &[]);
    assert_eq!(world.lines(), ["HomeConnect monthly fee 28/28 19.99"]);
    world.change("2026-02-15T12:00:00", "mobile-data");
    assert_eq!(world.lines(), ["HomeConnect monthly fee 14/28 10.00"]);
}

#[test]
fn days_are_those_of_the_customers_zone_also_when_clocks_change() {
    // 1 March 23:30 in New York is 2 March in UTC; clocks change on 8 March and the month still has 31 days.
    let zone = "America/New_York";
    let mut world = World::signed_up(zone, "2026-03-01T23:30:00", BillingPeriod::Monthly, "homeconnect", &[]);
    assert_eq!(world.lines(), ["HomeConnect monthly fee 31/31 19.99"]);
    world.change("2026-03-08T23:59:59", "mobile-data");
    assert_eq!(world.lines(), ["HomeConnect monthly fee 7/31 4.51"]);
    let span = world.fees()[0].span;
    assert_eq!(span, (world.at("2026-03-01T00:00:00"), world.at("2026-03-08T00:00:00")));
}

#[test]
fn a_week_is_billed_by_its_own_days() {
    let world = World::signed_up("UTC", "2026-06-03T12:00:00", BillingPeriod::Weekly, "homeconnect", &[]);
    assert_eq!(world.lines(), ["HomeConnect monthly fee 5/7 14.28"], "Wednesday to Sunday");
}

#[test]
fn the_next_month_bills_what_is_still_held_and_nothing_twice() {
    let mut world = World::june("2026-06-11T00:00:00", "homeconnect", &["hbo"]);
    world.change("2026-06-21T00:00:00", "homeconnect-plus");
    world.close();
    let expected = ["HomeConnect+ monthly fee 31/31 39.99", "HBO monthly fee 31/31 5.99"];
    assert_eq!(world.lines(), expected, "all of July, June's HomeConnect is done with");
    assert_eq!(world.state.as_ref().unwrap().head.closed_total, usd("23.98"), "6.66 + 13.33 + 3.99");
}

#[test]
fn what_comes_after_the_period_is_not_in_it() {
    let mut world = World::june("2026-06-01T00:00:00", "homeconnect", &["hbo"]);
    // The period is closed late: meanwhile it is July.
    world.change("2026-07-01T00:30:00", "homeconnect-plus");
    world.add("2026-07-01T00:40:00", "dvr");
    assert_eq!(world.lines(), ["HomeConnect monthly fee 30/30 19.99", "HBO monthly fee 30/30 5.99"]);
    world.close();
    let expected =
        ["HomeConnect+ monthly fee 31/31 39.99", "HBO monthly fee 31/31 5.99", "DVR monthly fee 31/31 4.99"];
    assert_eq!(world.lines(), expected);
}

#[test]
fn a_whole_period_is_not_rounded() {
    let world = World::june("2026-06-01T00:00:00", "mobile-data", &["fine"]);
    assert_eq!(world.fees()[0].amount, usd("0.005"));
}

#[test]
fn a_product_that_the_catalog_lost_is_named() {
    let world = World::june("2026-06-01T00:00:00", "homeconnect", &[]);
    let empty = "currency = \"USD\"\nservices = []\nproducts = []";
    let empty = Snapshot::compile(toml::from_str(empty).unwrap(), CatalogVersion(1), None).unwrap();
    let error = recurring_fees(world.state.as_ref().unwrap(), &empty, &world.zone).unwrap_err();
    let product = world.product("homeconnect");
    assert_eq!(error, BillingError::UnknownProduct { account: world.account, product });
    assert_eq!(error.code(), "BIL-001");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However plans and an add-on come and go, every day has one main product, and the parts of a fee that never changed
    /// hands add up to it but for one rounding each.
    #[test]
    fn the_parts_add_up_to_the_whole(
        zone in 0usize..4,
        signed_up in 0i64..30,
        moves in prop::collection::vec((0u64..900_000, any::<bool>()), 0..12),
    ) {
        let zone = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"][zone];
        let start = jiff::civil::date(2026, 3, 1).saturating_add(jiff::Span::new().days(signed_up));
        let start = format!("{start}T13:00:00");
        let mut world = World::signed_up(zone, &start, BillingPeriod::Monthly, "homeconnect", &[]);
        let period_end = world.state.as_ref().unwrap().head.period_end;
        let mut now = world.at(&start);
        let mut hbo = None;
        let (account, plans) = (world.account, [world.product("homeconnect"), world.product("homeconnect-plus")]);
        let mut plan = 0;
        for (wait, main) in moves {
            now = now.plus(Seconds(wait));
            if now >= period_end {
                break;
            }
            let command = match (main, hbo.take()) {
                (true, held) => {
                    hbo = held;
                    plan = 1 - plan;
                    Command::ChangeProduct { account, product: plans[plan] }
                }
                (false, Some(add_on)) => Command::RemoveAddOn { account, add_on },
                (false, None) => Command::AddAddOn(AddAddOn { account, product: world.product("hbo"), from: None, until: None, accept_conflicts: false }),
            };
            let adds = matches!(command, Command::AddAddOn(_));
            let row = world.run_at(now, command);
            if adds {
                hbo = row;
            }
        }
        let fees = world.fees();
        let days = 31 - u32::try_from(signed_up).unwrap();
        let hbo = world.product("hbo");
        let main: Vec<&Fee> = fees.iter().filter(|fee| fee.product != hbo).collect();
        prop_assert_eq!(main.iter().map(|fee| fee.days.0).sum::<u32>(), days);
        prop_assert!(fees.iter().all(|fee| fee.days.1 == 31 && fee.days.0 > 0));
        let mut spans: Vec<_> = main.iter().map(|fee| fee.span).collect();
        spans.sort();
        prop_assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "one plan follows the other");
        let add_on: Vec<&Fee> = fees.iter().filter(|fee| fee.product == hbo).collect();
        prop_assert!(add_on.iter().map(|fee| fee.days.0).sum::<u32>() <= days, "a day of an add-on is paid once");
        for product in [plans[0], plans[1], hbo] {
            let parts: Vec<&Fee> = fees.iter().filter(|fee| fee.product == product).collect();
            let Some(first) = parts.first() else { continue };
            let sum: i64 = parts.iter().map(|fee| fee.amount.micros()).sum();
            let held: i64 = parts.iter().map(|fee| i64::from(fee.days.0)).sum();
            let off = (sum * 31 - first.full_fee.micros() * held).abs();
            prop_assert!(off <= 31 * 5_000 * i64::try_from(parts.len()).unwrap(), "half a cent a part");
        }
    }
}
