//! Charging intervals: one first interval, then equal next ones, each paid once it has started.

use catalog::RateChoice;
use money::{Amount, Exact, MoneyError, Price, Rounding};
use serde::{Deserialize, Serialize};

/// The numbers of a rate, copied out of the catalog so that a running session keeps its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRule {
    /// Units of the first interval.
    pub first_interval: u64,
    /// Price of the first interval per `per` units.
    pub first_price: Price,
    /// Units of each next interval.
    pub next_interval: u64,
    /// Price of the next intervals per `per` units.
    pub next_price: Price,
    /// Units the prices are for.
    pub per: u64,
    /// Charged once when anything was used.
    pub connect_fee: Price,
    /// Decimal places of the rounded charge.
    pub places: u8,
    /// How it is rounded.
    pub rounding: Rounding,
}

impl From<&RateChoice<'_>> for PriceRule {
    fn from(choice: &RateChoice<'_>) -> Self {
        let rate = choice.rate;
        Self {
            first_interval: rate.first_interval,
            first_price: rate.first_price,
            next_interval: rate.next_interval(),
            next_price: rate.next_price(),
            per: rate.per,
            connect_fee: rate.connect_fee,
            places: choice.places,
            rounding: choice.tariff.rounding,
        }
    }
}

/// A run of equal intervals and what they cost before rounding (to millionths, for reading only).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedInterval {
    /// How many intervals were started.
    pub count: u64,
    /// Units of one interval.
    pub units: u64,
    /// Price per `per` units.
    pub price: Price,
    /// Units the price is for.
    pub per: u64,
    /// What the run costs.
    pub amount: Amount,
}

/// A price with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedUse {
    /// Units that were priced.
    pub units: u64,
    /// Runs of intervals in order.
    pub intervals: Vec<PricedInterval>,
    /// Connect fee, if any.
    pub connect_fee: Price,
    /// Sum before rounding (to millionths, for reading only).
    pub unrounded: Amount,
    /// Decimal places.
    pub places: u8,
    /// Rounding mode.
    pub rounding: Rounding,
    /// The charge.
    pub amount: Amount,
}

/// Units charged in first and next intervals: whole intervals, the started one counts full.
fn charged_units(rule: &PriceRule, units: u64) -> (u64, u64) {
    if units == 0 {
        return (0, 0);
    }
    let beyond = units.saturating_sub(rule.first_interval);
    let step = rule.next_interval.max(1);
    (rule.first_interval, beyond.div_ceil(step).saturating_mul(step))
}

/// The exact price of `units`; 0 for 0 units. Never falls when units grow.
pub fn exact(rule: &PriceRule, units: u64) -> Result<Exact, MoneyError> {
    if units == 0 {
        return Ok(Exact::ZERO);
    }
    let (first, next) = charged_units(rule, units);
    let sum =
        Exact::of(rule.first_price, first, rule.per).plus(Exact::of(rule.next_price, next, rule.per))?;
    // The fee over the same denominator, so that the sum stays a simple fraction.
    sum.plus(Exact::of(rule.connect_fee, rule.per.max(1), rule.per))
}

/// The charge for `units`, rounded once.
pub fn price(rule: &PriceRule, units: u64) -> Result<Amount, MoneyError> {
    exact(rule, units)?.round(rule.places, rule.rounding)
}

/// The charge for `units` with the intervals that make it.
pub fn price_explained(rule: &PriceRule, units: u64) -> Result<PricedUse, MoneyError> {
    let (first, next) = charged_units(rule, units);
    let run = |charged: u64, interval: u64, price: Price| -> Result<Option<PricedInterval>, MoneyError> {
        if charged == 0 {
            return Ok(None);
        }
        let amount = Exact::of(price, charged, rule.per).round(6, Rounding::HalfEven)?;
        let interval = interval.max(1);
        Ok(Some(PricedInterval { count: charged / interval, units: interval, price, per: rule.per, amount }))
    };
    let runs =
        [run(first, rule.first_interval, rule.first_price)?, run(next, rule.next_interval, rule.next_price)?];
    Ok(PricedUse {
        units,
        intervals: runs.into_iter().flatten().collect(),
        connect_fee: if units == 0 { Price::ZERO } else { rule.connect_fee },
        unrounded: exact(rule, units)?.round(6, Rounding::HalfEven)?,
        places: rule.places,
        rounding: rule.rounding,
        amount: price(rule, units)?,
    })
}
