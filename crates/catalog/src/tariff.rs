//! Tariffs: prices by destination, by date and by time of day.

use crate::{DayPart, EffectiveDate, FormulaStep, TariffId};
use money::{Currency, Percent, Price, Rounding};
use serde::{Deserialize, Serialize};

/// Prices of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Number in state; 0 in a catalog that was never published.
    #[serde(default)]
    pub id: TariffId,
    /// Short name used by rating entries.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Code of the service it prices.
    pub service: String,
    /// Currency of its prices; the catalog's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Decimal places a charge is rounded to; the currency's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<u8>,
    /// How a charge is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Codes of at most two off-peak periods; the first one that holds decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_peak: Vec<String>,
    /// What a price change does to a session that is running.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub at_switch: AtSwitch,
    /// Code of the destination group set whose groups its rates may name; any group when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_set: Option<String>,
    /// Connect fee of the rates that name none.
    #[serde(default, skip_serializing_if = "is_free")]
    pub connect_fee: Price,
    /// So many units at the beginning of each session cost nothing.
    #[serde(default, skip_serializing_if = "is_none_at_all")]
    pub free_units: u64,
    /// Rows by destination.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// Many more rows, as lines of comma-separated values; the first line names the columns. See [`crate::SHEET_COLUMNS`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rate_sheet: String,
}

/// What a price change (time of day, date of a rate) does to a running session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtSwitch {
    /// Nothing: the price at its beginning holds to its end.
    #[default]
    Keep,
    /// Each report is priced as a whole, at the price in force at its beginning.
    PerReport,
    /// Use before and after the switch is priced apart: time by the clock, other units as the network counts them (Tariff-Time-Change),
    /// or per report where it does not.
    Split,
}

/// Price of one destination: a first interval, then equal next intervals, each charged once started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Prefix, symbolic name, or `*` for everything.
    #[serde(default = "any")]
    pub destination: String,
    /// Code of a destination group: the row holds for each of its members. Instead of `destination`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What people read, such as a country.
    #[serde(default)]
    pub name: String,
    /// In force from then; always when left out. A later row of the same destination ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<EffectiveDate>,
    /// No longer in force from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_until: Option<EffectiveDate>,
    /// Units of the first interval.
    #[serde(default = "one")]
    pub first_interval: u64,
    /// Price of the first interval, for `per` units.
    pub first_price: Price,
    /// Units of each next interval; the first interval's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_interval: Option<u64>,
    /// Price of the next intervals, for `per` units; the first price when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_price: Option<Price>,
    /// How many units the prices are for (60 for a price per minute counted in seconds).
    #[serde(default = "one")]
    pub per: u64,
    /// Charged once when anything was used; the tariff's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_fee: Option<Price>,
    /// Added after the use: percent of its price with connect fee.
    #[serde(default, skip_serializing_if = "is_no_percent")]
    pub surcharge: Percent,
    /// The least a session costs when anything beyond free units was used.
    #[serde(default, skip_serializing_if = "is_free")]
    pub minimum: Price,
    /// The most a session costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Price>,
    /// Prices in the tariff's off-peak periods, in their order; the usual prices where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_peak: Vec<OffPeakPrice>,
    /// Instead of intervals: steps that make the price. `first_price` counts for nothing then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formula: Vec<FormulaStep>,
    /// The destination may not be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forbidden: bool,
    /// The destination is given up from `effective_from` on: shorter prefixes price it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub discontinued: bool,
}

/// Prices of a rate in an off-peak period; what is left out is as usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffPeakPrice {
    /// Price of the first interval.
    pub first_price: Price,
    /// Price of the next intervals; the first price of this period when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_price: Option<Price>,
    /// Units of the first interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_interval: Option<u64>,
    /// Units of each next interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_interval: Option<u64>,
    /// Connect fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_fee: Option<Price>,
}

fn any() -> String {
    crate::destination::ANY.to_owned()
}

const fn one() -> u64 {
    1
}

fn is_free(price: &Price) -> bool {
    *price == Price::ZERO
}

fn is_none_at_all(units: &u64) -> bool {
    *units == 0
}

fn is_no_percent(percent: &Percent) -> bool {
    *percent == Percent::ZERO
}

fn is_usual(at_switch: &AtSwitch) -> bool {
    *at_switch == AtSwitch::default()
}

impl Rate {
    /// Units of each interval after the first.
    pub fn next_interval(&self) -> u64 {
        self.next_interval.unwrap_or(self.first_interval)
    }

    /// Price of the intervals after the first.
    pub fn next_price(&self) -> Price {
        self.next_price.unwrap_or(self.first_price)
    }

    /// The prices of an off-peak set that differ from the usual ones, if any.
    pub fn off_peak_price(&self, day_part: DayPart) -> Option<&OffPeakPrice> {
        match day_part {
            DayPart::Peak => None,
            DayPart::First => self.off_peak.first(),
            DayPart::Second => self.off_peak.get(1),
        }
    }

    /// Whether this row, the last one begun, prices use at that instant.
    pub(crate) fn in_force(&self, at: calendar::Instant) -> bool {
        !self.discontinued
            && self.effective_from.is_none_or(|from| from.0 <= at)
            && self.effective_until.is_none_or(|until| at < until.0)
    }
}
