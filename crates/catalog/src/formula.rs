//! Formula rates: a price as a list of steps, for what first and next intervals cannot say.

use money::{Percent, Price};
use serde::{Deserialize, Serialize};

/// One step of a formula. Steps are taken in order, for as long as use goes on: a surcharge before or between intervals is added
/// when the use reaches it, one after the last interval is added to every use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormulaStep {
    /// Equal intervals, each paid once it has started.
    Interval(FormulaInterval),
    /// A sum added.
    Fixed(Price),
    /// The connect fee of the rate or tariff added.
    ConnectFee,
    /// A share of the sum so far added.
    Percent(Percent),
    /// The session ends here; the last step.
    Disconnect,
    /// A sum added to some uses only.
    Chance(FormulaChance),
}

/// A surcharge that only some uses pay. Which ones is drawn from what names a use, so that it stays the same however often the use
/// is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormulaChance {
    /// So many of a hundred uses pay it.
    pub percent: Percent,
    /// The sum; the connect fee of the rate or tariff when left out.
    #[serde(default)]
    pub price: Option<Price>,
}

/// A run of equal intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormulaInterval {
    /// Units of one interval.
    pub units: u64,
    /// How many; all that follow when left out.
    #[serde(default)]
    pub count: Option<u64>,
    /// Price for the rate's `per` units.
    pub price: Price,
}
