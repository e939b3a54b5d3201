//! Tariffs: prices by destination.

use crate::TariffId;
use money::{Currency, Price, Rounding};
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
    /// One row per destination.
    pub rates: Vec<Rate>,
}

/// Price of one destination: a first interval, then equal next intervals, each charged once started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Prefix, symbolic name, or `*` for everything.
    #[serde(default = "any")]
    pub destination: String,
    /// What people read, such as a country.
    #[serde(default)]
    pub name: String,
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
    /// Charged once when anything was used.
    #[serde(default, skip_serializing_if = "is_free")]
    pub connect_fee: Price,
    /// The destination may not be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forbidden: bool,
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

impl Rate {
    /// Units of each interval after the first.
    pub fn next_interval(&self) -> u64 {
        self.next_interval.unwrap_or(self.first_interval)
    }

    /// Price of the intervals after the first.
    pub fn next_price(&self) -> Price {
        self.next_price.unwrap_or(self.first_price)
    }
}
