//! What a product costs again and again, and on which terms. Must not know: who holds it, since when.

use money::Amount;
use serde::{Deserialize, Serialize};

/// Most billing periods of a minimum period.
pub const MINIMUM_MOST: u16 = 240;

/// A recurring fee for each billing period, by the days on which the product was held.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Line on the invoice.
    pub name: String,
    /// Fee of a whole billing period.
    pub fee: Amount,
    /// When it is charged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub charged: FeeTime,
    /// Charged once, when an account gets the product for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_fee: Option<Amount>,
    /// How long an account is bound to the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<MinimumPeriod>,
    /// The period in which the product is given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_period: PartPeriod,
    /// The period in which it is taken away.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_period: PartPeriod,
    /// Days on which the customer was suspended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspended_days: SuspendedDays,
    /// The product is refused while available funds do not cover what it costs at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs_funds: bool,
}

/// When a recurring fee is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeTime {
    /// At the end of each billing period.
    #[default]
    InArrears,
    /// The rest of the running period when the product is given, then each period when it begins.
    InAdvance,
}

/// What a period costs in which the product was held on some days only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartPeriod {
    /// The share of those days.
    #[default]
    ByDays,
    /// The whole fee.
    Full,
}

/// What days of suspension cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendedDays {
    /// The same as others: they are the customer's.
    #[default]
    Charged,
    /// Nothing: their share is credited at the end of the period.
    Credited,
}

/// A product that is not meant to be given back early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinimumPeriod {
    /// Billing periods from the day on which the product is given.
    pub periods: u16,
    /// What leaving earlier costs; left out = the fee of all that is left of the minimum period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_fee: Option<Amount>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
