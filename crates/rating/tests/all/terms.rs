//! Free units, fees, surcharges, limits, formulas and price changes, against a slow reference that walks interval by interval.

use catalog::{FormulaChance, FormulaInterval, FormulaStep};
use money::{Amount, Percent, Price, Rounding};
use proptest::prelude::*;
use rating::{FurtherTerms, LaterPrice, PriceAddition, PriceRule, affordable, price, price_explained};

fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn dollars(text: &str) -> Price {
    Price::parse(text).unwrap()
}

/// A price per minute, counted in seconds, in equal intervals.
fn per_minute(price: &str, interval: u64, more: FurtherTerms) -> PriceRule {
    PriceRule {
        first_interval: interval,
        first_price: dollars(price),
        next_interval: interval,
        next_price: dollars(price),
        per: 60,
        connect_fee: Price::ZERO,
        places: 6,
        rounding: Rounding::AwayFromZero,
        more: Some(Box::new(more)),
    }
}

fn cost(rule: &PriceRule, units: u64) -> String {
    price(rule, units).unwrap().to_string()
}

#[test]
fn free_seconds_cost_nothing_and_are_taken_from_the_beginning() {
    let mut rule = per_minute("0.60", 1, FurtherTerms { free_units: 10, ..Default::default() });
    rule.connect_fee = dollars("0.05");
    assert_eq!([cost(&rule, 0), cost(&rule, 10), cost(&rule, 11)], ["0.00", "0.00", "0.06"]);
    let priced = price_explained(&rule, 70).unwrap();
    assert_eq!((priced.amount, priced.free_units), (usd("0.65"), 10));
}

#[test]
fn a_surcharge_is_a_share_of_intervals_and_connect_fee() {
    let mut rule = per_minute(
        "0.60",
        60,
        FurtherTerms { surcharge: Percent::parse("12.5").unwrap(), ..Default::default() },
    );
    rule.connect_fee = dollars("0.20");
    assert_eq!(cost(&rule, 61), "1.575");
    let priced = price_explained(&rule, 61).unwrap();
    let percent = Percent::parse("12.5").unwrap();
    assert_eq!(priced.additions, [PriceAddition::Surcharge { percent, amount: usd("0.175") }]);
    assert_eq!(priced.connect_fee, dollars("0.20"));
}

#[test]
fn a_use_costs_at_least_the_minimum_and_at_most_the_maximum() {
    let more = FurtherTerms { minimum: dollars("0.10"), maximum: Some(dollars("2")), ..Default::default() };
    let rule = per_minute("0.60", 1, more);
    assert_eq!(
        [cost(&rule, 0), cost(&rule, 1), cost(&rule, 20), cost(&rule, 3_600)],
        ["0.00", "0.10", "0.20", "2.00"]
    );
    assert_eq!(price_explained(&rule, 1).unwrap().additions, [PriceAddition::Minimum(dollars("0.10"))]);
    assert_eq!(price_explained(&rule, 3_600).unwrap().additions, [PriceAddition::Maximum(dollars("2"))]);
    assert_eq!(price_explained(&rule, 200).unwrap().additions, [], "exactly the maximum needs no cutting");
    assert_eq!(
        affordable(&rule, 0, u64::MAX >> 11, usd("2")),
        u64::MAX >> 11,
        "what costs no more may go on"
    );
}

fn interval(units: u64, count: Option<u64>, price: &str) -> FormulaStep {
    FormulaStep::Interval(FormulaInterval { units, count, price: dollars(price) })
}

#[test]
fn a_formula_is_walked_step_by_step() {
    let formula = vec![
        FormulaStep::ConnectFee,
        interval(60, Some(1), "0.60"),
        FormulaStep::Fixed(dollars("0.30")),
        interval(6, Some(10), "0.10"),
        FormulaStep::Percent(Percent::parse("10").unwrap()),
        interval(30, None, "0.06"),
        FormulaStep::Percent(Percent::parse("50").unwrap()),
    ];
    let mut rule = per_minute("9", 1, FurtherTerms { formula, ..Default::default() });
    rule.connect_fee = dollars("0.05");
    // One minute: fee + minute, and the surcharge that every use has.
    assert_eq!(cost(&rule, 1), "0.975");
    assert_eq!(cost(&rule, 60), "0.975");
    // Past the minute: 0.30 once, then a cent for six seconds.
    assert_eq!(cost(&rule, 61), "1.44");
    assert_eq!(cost(&rule, 120), "1.575");
    // Past two minutes: ten percent of the 1.05 so far, then three cents for thirty seconds.
    assert_eq!(cost(&rule, 121), "1.7775");
    assert_eq!(cost(&rule, 181), "1.8675");
    let priced = price_explained(&rule, 181).unwrap();
    let runs: Vec<(u64, u64)> = priced.intervals.iter().map(|run| (run.count, run.units)).collect();
    assert_eq!(runs, [(1, 60), (10, 6), (3, 30)]);
    assert_eq!(priced.additions.len(), 3);
}

#[test]
fn a_surcharge_by_chance_is_drawn_once_for_each_use_and_told_either_way() {
    let percent = Percent::parse("25").unwrap();
    let chance = |price| FormulaStep::Chance(FormulaChance { percent, price });
    let formula = vec![chance(Some(dollars("0.30"))), interval(60, None, "0.60"), chance(None)];
    let mut undecided = per_minute("9", 1, FurtherTerms { formula, ..Default::default() });
    undecided.connect_fee = dollars("0.05");
    assert_eq!(cost(&undecided, 60), "0.95", "what is not decided is paid");
    let drawn = |lot: u64| {
        let mut rule = undecided.clone();
        rule.draw(|| lot);
        let once = rule.clone();
        rule.draw(|| lot);
        assert_eq!(rule, once, "drawing again changes nothing");
        rule
    };
    let mut times = [0u32; 4];
    for lot in 0..10_000 {
        let priced = price_explained(&drawn(lot), 60).unwrap();
        let paid = |position: usize, sum: &str| match priced.additions[position] {
            PriceAddition::Chance { percent: told, price } if told == percent => {
                assert!([Price::ZERO, dollars(sum)].contains(&price));
                usize::from(price != Price::ZERO)
            }
            ref other => panic!("not a chance: {other:?}"),
        };
        let (first, second) = (paid(0, "0.30"), paid(1, "0.05"));
        let expected = 600_000 + 300_000 * first as i64 + 50_000 * second as i64;
        assert_eq!(priced.amount, Amount::from_micros(expected));
        times[first * 2 + second] += 1;
    }
    // A quarter each, independently: 5,625, 1,875, 1,875, 625 with a few percent of luck.
    for (times, expected) in times.into_iter().zip([5_625u32, 1_875, 1_875, 625]) {
        assert!(times.abs_diff(expected) < 150, "{times} of about {expected}");
    }
}

#[test]
fn a_formula_that_disconnects_says_when_and_prices_what_comes_late() {
    let formula = vec![interval(60, Some(2), "0.60"), FormulaStep::Disconnect];
    let rule = per_minute("9", 1, FurtherTerms { formula, free_units: 5, ..Default::default() });
    assert_eq!(rule.most_units(), Some(125));
    assert_eq!((cost(&rule, 125), cost(&rule, 126)), ("1.20".into(), "1.80".into()));
    assert_eq!(per_minute("9", 1, FurtherTerms::default()).most_units(), None);
}

#[test]
fn a_price_change_leaves_started_intervals_as_they_were() {
    // 60-second intervals at 0.60, from the 90th second on 0.30: seconds 0-120 are two old intervals.
    let mut rule = per_minute("0.60", 60, FurtherTerms::default());
    rule.connect_fee = dollars("0.05");
    let night = per_minute("0.30", 30, FurtherTerms { surcharge: Percent::WHOLE, ..Default::default() });
    rule.change(90, night);
    assert_eq!(
        [cost(&rule, 90), cost(&rule, 120), cost(&rule, 121), cost(&rule, 180)],
        ["1.25", "1.25", "1.40", "1.55"]
    );
    let priced = price_explained(&rule, 180).unwrap();
    let runs: Vec<(u64, u64, String)> =
        priced.intervals.iter().map(|run| (run.count, run.units, run.price.to_string())).collect();
    assert_eq!(runs, [(1, 60, "0.60".into()), (1, 60, "0.60".into()), (2, 30, "0.30".into())]);
}

#[test]
fn a_change_before_anything_was_used_or_paid_takes_the_place_of_the_price() {
    let day = per_minute("0.60", 60, FurtherTerms { free_units: 10, ..Default::default() });
    let night = per_minute("0.30", 60, FurtherTerms { free_units: 10, ..Default::default() });
    for used in [0, 10] {
        let mut rule = day.clone();
        rule.change(used, night.clone());
        assert_eq!(rule, night);
    }
    let mut rule = day.clone();
    rule.change(70, night.clone());
    rule.change(70, day.clone());
    assert_eq!(rule.more.as_ref().unwrap().later.len(), 1, "a price at which nothing was used is forgotten");
    assert_eq!(cost(&rule, 130), cost(&day, 130));
}

#[test]
fn pro_rata_is_an_interval_of_one_unit_and_per_started_unit_is_an_interval_of_a_whole_one() {
    let megabyte = |interval| PriceRule {
        per: 1_048_576,
        first_interval: interval,
        next_interval: interval,
        places: 6,
        ..per_minute("0.01", 1, FurtherTerms::default())
    };
    assert_eq!(cost(&megabyte(1), 1_572_864), "0.015");
    assert_eq!(cost(&megabyte(1_048_576), 1_572_864), "0.02");
}

#[test]
fn money_reported_by_the_network_is_charged_with_a_markup() {
    let resale = PriceRule { per: 1_000_000, places: 2, ..per_minute("1.05", 1, FurtherTerms::default()) };
    assert_eq!(cost(&resale, 2_000_000), "2.10", "two dollars are two million millionths");
}

#[test]
fn absurd_use_is_a_typed_error_or_an_exact_price() {
    let more = FurtherTerms { surcharge: Percent::parse("33.3333").unwrap(), ..Default::default() };
    let rule = per_minute("0.60", 1, more);
    // What a real client reported: 71,582,788 s = 715,827.88 at a cent a second, and a third more.
    assert_eq!(cost(&rule, 71_582_788), "954436.934725");
    assert_eq!(
        price(&rule, u64::MAX),
        Err(money::MoneyError::Overflow),
        "more than can be held: never a small price"
    );
    let dear = PriceRule {
        first_price: Price::from_nanos(i64::MAX),
        next_price: Price::from_nanos(i64::MAX),
        ..rule
    };
    assert_eq!(price(&dear, u64::MAX), Err(money::MoneyError::Overflow));
    assert_eq!(price_explained(&dear, u64::MAX), Err(money::MoneyError::Overflow));
}

/// Nanos times `per`: walks the intervals one by one, each with the price in force when it starts.
fn reference(rule: &PriceRule, units: u64) -> i128 {
    let more = rule.more.as_ref().unwrap();
    let (free, per) = (more.free_units, i128::from(rule.per));
    if units <= free {
        return 0;
    }
    let mut at = free;
    let mut nanos = i128::from(rule.connect_fee.nanos()) * per;
    while at < units {
        let later = more.later.iter().rfind(|change| change.from <= at);
        let (interval, price) = match later {
            Some(LaterPrice { interval, price, .. }) => (*interval, *price),
            None if at == free => (rule.first_interval, rule.first_price),
            None => (rule.next_interval, rule.next_price),
        };
        nanos += i128::from(interval) * i128::from(price.nanos());
        at += interval;
    }
    let surcharged = nanos * (1_000_000 + i128::from(more.surcharge.units()));
    let least = i128::from(more.minimum.nanos()) * per * 1_000_000;
    let most = more.maximum.map_or(i128::MAX, |m| i128::from(m.nanos()) * per * 1_000_000);
    let scaled = surcharged.max(least).min(most);
    // To millionths, up.
    let step = per * 1_000_000 * 1_000;
    (scaled + step - 1) / step
}

fn rules() -> impl Strategy<Value = PriceRule> {
    let interval = || prop_oneof![Just(1u64), Just(20), Just(60), 1u64..200];
    let nanos = || prop_oneof![Just(0i64), 0i64..2_000_000_000, Just(10_000_000)];
    let changes = prop::collection::btree_map(1u64..3_000, (interval(), nanos()), 0..4);
    let terms = (0u64..100, 0i64..500_000, nanos(), prop::option::of(nanos()), changes);
    let base = (
        (interval(), nanos()),
        (interval(), nanos()),
        prop_oneof![Just(1u64), Just(60), 1u64..5_000],
        nanos(),
    );
    (base, terms).prop_map(|((first, next, per, fee), (free_units, surcharge, minimum, room, changes))| {
        let change = |(from, (interval, nanos)): (u64, (u64, i64))| LaterPrice {
            from: free_units + from,
            interval,
            price: Price::from_nanos(nanos),
            per,
        };
        PriceRule {
            first_interval: first.0,
            first_price: Price::from_nanos(first.1),
            next_interval: next.0,
            next_price: Price::from_nanos(next.1),
            per,
            connect_fee: Price::from_nanos(fee),
            places: 6,
            rounding: Rounding::AwayFromZero,
            more: Some(Box::new(FurtherTerms {
                free_units,
                surcharge: Percent::from_units(surcharge),
                minimum: Price::from_nanos(minimum),
                maximum: room.map(|room| Price::from_nanos(minimum + room)),
                formula: Vec::new(),
                later: changes.into_iter().map(change).collect(),
            })),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The price equals the slow reference, with every term.
    #[test]
    fn the_price_agrees_with_walking_the_intervals(rule in rules(), units in 0u64..5_000) {
        prop_assert_eq!(i128::from(price(&rule, units).unwrap().micros()), reference(&rule, units));
    }

    /// More use never costs less, with every term; what the explanation says is what is charged.
    #[test]
    fn the_price_never_falls_and_is_explained(rule in rules(), units in 0u64..1_000_000, more in 0u64..10_000) {
        prop_assert!(price(&rule, units + more).unwrap() >= price(&rule, units).unwrap());
        let explained = price_explained(&rule, units).unwrap();
        prop_assert_eq!(explained.amount, price(&rule, units).unwrap());
        let charged: u64 = explained.intervals.iter().map(|run| run.count * run.units).sum();
        prop_assert!(explained.free_units + charged >= units);
    }
}
