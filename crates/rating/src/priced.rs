//! The charge for a use, and why it is so much.

use crate::PriceRule;
use crate::interval::{Part, exact, plain};
use money::{Amount, MoneyError, Percent, Price, Rounding};
use serde::{Deserialize, Serialize};

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

/// Something added to the intervals, or a limit that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceAddition {
    /// A fixed sum of a formula.
    Fixed(Price),
    /// A share of the sum so far.
    Surcharge {
        /// How much of it.
        percent: Percent,
        /// What that is (to millionths, for reading only).
        amount: Amount,
    },
    /// The least that is charged decided.
    Minimum(Price),
    /// The most that is charged decided.
    Maximum(Price),
    /// A sum that only some uses pay.
    Chance {
        /// So many of a hundred do.
        percent: Percent,
        /// What this one pays: the sum, or nothing.
        price: Price,
    },
}

/// A price with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedUse {
    /// Units that were priced.
    pub units: u64,
    /// Of these, units at the beginning that cost nothing.
    pub free_units: u64,
    /// Runs of intervals in order.
    pub intervals: Vec<PricedInterval>,
    /// Connect fee, if any.
    pub connect_fee: Price,
    /// What else made the sum, in order.
    pub additions: Vec<PriceAddition>,
    /// Sum before rounding (to millionths, for reading only).
    pub unrounded: Amount,
    /// Decimal places.
    pub places: u8,
    /// Rounding mode.
    pub rounding: Rounding,
    /// The charge.
    pub amount: Amount,
}

/// Places and mode of sums that are only read.
const SHOWN: (u8, Rounding) = (6, Rounding::HalfEven);

/// The charge for `units`, rounded once.
pub fn price(rule: &PriceRule, units: u64) -> Result<Amount, MoneyError> {
    let sum = plain(rule, units).map_or_else(|| exact(rule, units, |_| {}), Ok)?;
    sum.round(rule.places, rule.rounding)
}

/// The charge for `units` with the intervals and additions that make it.
pub fn price_explained(rule: &PriceRule, units: u64) -> Result<PricedUse, MoneyError> {
    let mut parts = Vec::new();
    let sum = exact(rule, units, |part| parts.push(part))?;
    let free_units = rule.more.as_ref().map_or(0, |more| more.free_units);
    let mut priced = PricedUse {
        units,
        free_units: free_units.min(units),
        intervals: Vec::new(),
        connect_fee: Price::ZERO,
        additions: Vec::new(),
        unrounded: sum.round(SHOWN.0, SHOWN.1)?,
        places: rule.places,
        rounding: rule.rounding,
        amount: sum.round(rule.places, rule.rounding)?,
    };
    for part in parts {
        match part {
            Part::Run { count, units, price, per } => {
                let amount =
                    money::Exact::of(price, count.saturating_mul(units), per).round(SHOWN.0, SHOWN.1)?;
                priced.intervals.push(PricedInterval { count, units, price, per, amount });
            }
            Part::ConnectFee(price) => priced.connect_fee = price,
            Part::Chance(percent, price) => priced.additions.push(PriceAddition::Chance { percent, price }),
            Part::Fixed(price) => priced.additions.push(PriceAddition::Fixed(price)),
            Part::Surcharge(percent, amount) => {
                let amount = amount.round(SHOWN.0, SHOWN.1)?;
                priced.additions.push(PriceAddition::Surcharge { percent, amount });
            }
            Part::Minimum(price) => priced.additions.push(PriceAddition::Minimum(price)),
            Part::Maximum(price) => priced.additions.push(PriceAddition::Maximum(price)),
        }
    }
    Ok(priced)
}
