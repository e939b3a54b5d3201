//! The price of a use, against a slow reference that walks interval by interval with rational numbers.

use money::{Amount, Price, Rounding};
use proptest::prelude::*;
use rating::{PriceRule, affordable, price, price_explained};

const NANOS_PER_MICRO: i128 = 1_000;

fn rule(
    first: (u64, i64),
    next: (u64, i64),
    per: u64,
    connect_fee: i64,
    places: u8,
    rounding: Rounding,
) -> PriceRule {
    PriceRule {
        first_interval: first.0,
        first_price: Price::from_nanos(first.1),
        next_interval: next.0,
        next_price: Price::from_nanos(next.1),
        per,
        connect_fee: Price::from_nanos(connect_fee),
        places,
        rounding,
        more: None,
    }
}

/// Rounds `numerator / denominator` nanos (not negative) to `places`, in micros.
fn rounded(numerator: i128, denominator: i128, places: u8, rounding: Rounding) -> i128 {
    let step = 10i128.pow(u32::from(6 - places));
    let (whole, rest) = {
        let divisor = denominator * NANOS_PER_MICRO * step;
        (numerator / divisor, (numerator % divisor, divisor))
    };
    let (rest, divisor) = rest;
    let up = match rounding {
        Rounding::TowardZero => false,
        Rounding::AwayFromZero => rest > 0,
        Rounding::HalfAwayFromZero => 2 * rest >= divisor,
        Rounding::HalfEven => 2 * rest > divisor || (2 * rest == divisor && whole % 2 == 1),
    };
    (whole + i128::from(up)) * step
}

/// Interval by interval: as long as units are left, the next interval is started and paid in full.
fn reference(rule: &PriceRule, units: u64) -> i128 {
    let per = i128::from(rule.per);
    let mut left = i128::from(units);
    let mut nanos = 0; // times `per`
    if left > 0 {
        nanos += i128::from(rule.connect_fee.nanos()) * per;
        nanos += i128::from(rule.first_interval) * i128::from(rule.first_price.nanos());
        left -= i128::from(rule.first_interval);
    }
    while left > 0 {
        nanos += i128::from(rule.next_interval) * i128::from(rule.next_price.nanos());
        left -= i128::from(rule.next_interval);
    }
    rounded(nanos, per, rule.places, rule.rounding)
}

fn rules() -> impl Strategy<Value = PriceRule> {
    let interval = prop_oneof![Just(1u64), Just(20), Just(60), 1u64..200];
    let nanos = prop_oneof![Just(0i64), 0i64..2_000_000_000, Just(10_000_000)];
    let per = prop_oneof![Just(1u64), Just(60), 1u64..5_000];
    let rounding = prop_oneof![
        Just(Rounding::AwayFromZero),
        Just(Rounding::HalfAwayFromZero),
        Just(Rounding::HalfEven),
        Just(Rounding::TowardZero),
    ];
    ((interval.clone(), nanos.clone()), (interval, nanos.clone()), per, nanos, 0u8..=6, rounding)
        .prop_map(|(first, next, per, fee, places, rounding)| rule(first, next, per, fee, places, rounding))
}

fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

#[test]
fn forty_five_seconds_of_ussd_at_sixty_cents_a_minute_by_twenty_seconds_cost_sixty_cents() {
    let ussd = rule((20, 600_000_000), (20, 600_000_000), 60, 0, 2, Rounding::AwayFromZero);
    assert_eq!(price(&ussd, 45).unwrap(), usd("0.60"));
    let explained = price_explained(&ussd, 45).unwrap();
    let runs: Vec<(u64, u64, String)> =
        explained.intervals.iter().map(|i| (i.count, i.units, i.amount.to_string())).collect();
    assert_eq!(runs, [(1, 20, "0.20".to_owned()), (2, 20, "0.40".to_owned())]);
}

#[test]
fn a_megabyte_costs_a_cent_once_started() {
    let mobile =
        rule((1_048_576, 10_000_000), (1_048_576, 10_000_000), 1_048_576, 0, 2, Rounding::AwayFromZero);
    let cost = |octets| price(&mobile, octets).unwrap().to_string();
    let cases =
        [(0, "0.00"), (1, "0.01"), (1_048_576, "0.01"), (1_048_577, "0.02"), (10 * 1_048_576, "0.10")];
    for (octets, expected) in cases {
        assert_eq!(cost(octets), expected, "{octets} octets");
    }
}

#[test]
fn a_first_minute_then_six_second_steps_with_a_connect_fee() {
    let call = rule((60, 100_000_000), (6, 80_000_000), 60, 20_000_000, 3, Rounding::HalfEven);
    let cost = |seconds| price(&call, seconds).unwrap();
    assert_eq!(cost(0), usd("0"));
    assert_eq!(cost(1), usd("0.12"));
    assert_eq!(cost(60), usd("0.12"));
    assert_eq!(cost(61), usd("0.128"));
    assert_eq!(cost(120), usd("0.2"));
}

#[test]
fn absurd_use_is_an_error_and_not_a_small_price() {
    let dear = rule((1, i64::MAX), (1, i64::MAX), 1, 0, 2, Rounding::AwayFromZero);
    assert!(price(&dear, u64::MAX).is_err());
    assert_eq!(affordable(&dear, 0, u64::MAX, Amount::ZERO), 0);
    let free = rule((60, 0), (60, 0), 60, 0, 2, Rounding::AwayFromZero);
    assert_eq!(affordable(&free, 0, u64::MAX, Amount::ZERO), u64::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The price equals the slow reference, rounded once.
    #[test]
    fn the_price_agrees_with_walking_the_intervals(rule in rules(), units in 0u64..5_000) {
        prop_assert_eq!(i128::from(price(&rule, units).unwrap().micros()), reference(&rule, units));
    }

    /// The explanation tells the same charge; its runs cover the units and add up before rounding.
    #[test]
    fn the_explanation_makes_the_amount(rule in rules(), units in 0u64..1_000_000_000) {
        let explained = price_explained(&rule, units).unwrap();
        prop_assert_eq!(explained.amount, price(&rule, units).unwrap());
        let charged: u64 = explained.intervals.iter().map(|run| run.count * run.units).sum();
        prop_assert!(charged >= units && (units == 0) == explained.intervals.is_empty());
        let runs: i64 = explained.intervals.iter().map(|run| run.amount.micros()).sum();
        let fee = explained.connect_fee.nanos() / 1_000;
        prop_assert!((runs + fee - explained.unrounded.micros()).abs() <= 3, "each part is read to the millionth");
    }

    /// Sums beyond 64 bits of billionths are no other than those below, and no sum is too large in one way only.
    #[test]
    fn large_sums_are_told_and_charged_alike(rule in rules(), units in any::<u64>(), shift in 0u32..64) {
        let units = units >> shift;
        prop_assert_eq!(price(&rule, units).ok(), price_explained(&rule, units).ok().map(|told| told.amount));
    }

    /// More use never costs less.
    #[test]
    fn the_price_never_falls(rule in rules(), units in 0u64..1_000_000_000, more in 0u64..1_000_000) {
        prop_assert!(price(&rule, units + more).unwrap() >= price(&rule, units).unwrap());
    }

    /// Affordable units are the most that fit, as counting them one by one finds.
    #[test]
    fn affordable_is_what_counting_finds(rule in rules(), used in 0u64..300, most in 0u64..300, budget in 0i64..20_000_000) {
        let budget = Amount::from_micros(budget);
        let counted = (1..=most).take_while(|n| price(&rule, used + n).unwrap() <= budget).count() as u64;
        prop_assert_eq!(affordable(&rule, used, most, budget), counted);
    }

    /// Big wishes too: what is granted fits, one unit more does not.
    #[test]
    fn affordable_is_tight(rule in rules(), used in 0u64..1_000_000_000, most in 0u64..1u64 << 50, budget in 0i64..1_000_000_000_000) {
        let budget = Amount::from_micros(budget);
        let units = affordable(&rule, used, most, budget);
        prop_assert!(units <= most);
        prop_assert!(units == 0 || price(&rule, used + units).unwrap() <= budget);
        prop_assert!(units == most || price(&rule, used + units + 1).is_ok_and(|cost| cost > budget));
    }
}
