//! What can be told of a price by formula, and what cannot.

use super::*;
use catalog::{FormulaChance, FormulaInterval};
use money::Rounding;

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn interval(units: u64, count: Option<u64>, text: &str) -> FormulaStep {
    FormulaStep::Interval(FormulaInterval { units, count, price: price(text) })
}

fn rule() -> PriceRule {
    PriceRule {
        first_interval: 1,
        first_price: Price::ZERO,
        next_interval: 1,
        next_price: Price::ZERO,
        per: 60,
        connect_fee: price("0.20"),
        places: 2,
        rounding: Rounding::AwayFromZero,
        more: None,
    }
}

/// Sums before the first and behind the last interval are paid by every use; one in between only by those that reach it, when they do.
#[test]
fn the_interval_that_comes_next_and_what_every_use_pays_are_told() {
    let steps = [
        FormulaStep::ConnectFee,
        interval(60, Some(2), "0.10"),
        FormulaStep::Fixed(price("5")),
        interval(30, None, "0.04"),
        FormulaStep::Fixed(price("0.01")),
    ];
    let once = vec![price("0.20"), price("0.01")];
    for (paid, now) in [(0, "0.10"), (119, "0.10"), (120, "0.04"), (u64::MAX - 1, "0.04")] {
        assert_eq!(of_formula(&rule(), &steps, paid), Some((price(now), 60, once.clone())), "{paid}");
    }
}

/// A share of a sum that grows is no price of a unit, and behind the end of a use there is none; a lot that was drawn is a sum.
#[test]
fn what_is_not_exact_is_not_told() {
    let endless = interval(60, None, "0.10");
    let percent = money::Percent::parse("10").unwrap();
    assert_eq!(of_formula(&rule(), &[endless.clone(), FormulaStep::Percent(percent)], 0), None);
    let ends = [interval(60, Some(1), "0.10"), FormulaStep::Disconnect];
    assert_eq!(of_formula(&rule(), &ends, 59), Some((price("0.10"), 60, vec![])));
    assert_eq!(of_formula(&rule(), &ends, 60), None);
    assert_eq!(of_formula(&rule(), &[FormulaStep::ConnectFee], 0), None);
    let drawn = FormulaStep::Chance(FormulaChance { percent, price: Some(Price::ZERO) });
    assert_eq!(of_formula(&rule(), &[drawn, endless], 0), Some((price("0.10"), 60, vec![Price::ZERO])));
}
