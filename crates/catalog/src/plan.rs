//! Plans of a product as an operator writes them: quotas, volume discounts and service wallets.
//!
//! Numbers are given per product by name when a catalog is published, so a plan keeps its counters while others come and move.

use calendar::BillingPeriod;
use money::Amount;
use serde::{Deserialize, Serialize};

/// Which price period of the day a use falls into; quotas may count them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    /// The usual price.
    #[default]
    Peak,
    /// In the tariff's first off-peak set.
    First,
    /// In the tariff's second off-peak set.
    Second,
}

/// When a counter begins anew, in the customer's billing time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// Every midnight.
    Daily,
    /// Mondays.
    Weekly,
    /// On the 1st and the 16th.
    HalfMonthly,
    /// On the 1st.
    Monthly,
    /// With the customer's own billing period.
    #[default]
    BillingPeriod,
    /// Never: the units are for as long as the product is held.
    Once,
}

impl Renewal {
    /// The calendar behind it; `own` is the customer's. `None` = never.
    pub fn period(self, own: BillingPeriod) -> Option<BillingPeriod> {
        match self {
            Self::Daily => Some(BillingPeriod::Daily),
            Self::Weekly => Some(BillingPeriod::Weekly),
            Self::HalfMonthly => Some(BillingPeriod::HalfMonthly),
            Self::Monthly => Some(BillingPeriod::Monthly),
            Self::BillingPeriod => Some(own),
            Self::Once => None,
        }
    }
}

/// What happens when a quota is used up and no other plan covers the use. Of several, the strictest counts: block, then limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenExhausted {
    /// Further use is charged by the tariff.
    #[default]
    PayAsYouGo,
    /// Further use is free, and the network gets the limited attributes of the service policy.
    Limited,
    /// Further use is refused.
    Block,
}

/// Units of the two off-peak sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OffPeakUnits {
    /// In the first off-peak set.
    pub first: u64,
    /// In the second off-peak set.
    pub second: u64,
}

/// Units included in a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Number within the product; given when published.
    #[serde(default)]
    pub id: u8,
    /// Name on screens, such as `Domestic minutes`; unique among the plans of the product.
    pub name: String,
    /// Service code.
    pub service: String,
    /// Codes of further services, counted in the same unit, that draw on the same units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pool: Vec<String>,
    /// Destination group code; all destinations when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<String>,
    /// Only use with one of these access codes and those that go on after one with a dot, `""` for use without any; all use when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_codes: Vec<String>,
    /// Units of each period: at any time, or at peak time when `off_peak` is given.
    pub units: u64,
    /// Units for off-peak times, counted apart; left out = one count for all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_peak: Option<OffPeakUnits>,
    /// When the units come anew.
    #[serde(default)]
    pub renewal: Renewal,
    /// For how many further periods unused units stay, 0 to 3.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rollovers: u8,
    /// The first period gives units for the days that are left of it only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prorate_first: bool,
    /// What follows when they are used.
    #[serde(default)]
    pub when_exhausted: WhenExhausted,
    /// An event is sent when so many percent are used; ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn_percent: Vec<u8>,
    /// All accounts of a customer that hold the product draw on one count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

/// A volume discount: the more is used in a period, the cheaper the next units are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// Number within the product; given when published.
    #[serde(default)]
    pub id: u8,
    /// Name on screens; unique among the plans of the product.
    pub name: String,
    /// Service code.
    pub service: String,
    /// Codes of further services, counted in the same unit, that are counted together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pool: Vec<String>,
    /// Destination group code; all destinations when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<String>,
    /// Only use with one of these access codes and those that go on after one with a dot, `""` for use without any; all use when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_codes: Vec<String>,
    /// When counting begins anew.
    #[serde(default)]
    pub renewal: Renewal,
    /// Thresholds, ascending; below the first one the price is the tariff's.
    pub steps: Vec<DiscountStep>,
    /// All accounts of a customer that hold the product are counted together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

/// From a threshold on, so much is taken off the price. All steps of a plan count units, or all count money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountStep {
    /// Once so many units were paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_units: Option<u64>,
    /// Once use has cost so much at the full price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_amount: Option<Amount>,
    /// Taken off the price, 0 to 100.
    pub percent: u8,
}

/// A prepaid sub-balance in units or money, filled by top-ups, used when quotas are used up and before the main balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// Number within the product; given when published.
    #[serde(default)]
    pub id: u8,
    /// Name on screens; unique among the plans of the product.
    pub name: String,
    /// It holds money instead of units.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub money: bool,
    /// What it pays for.
    pub services: Vec<WalletService>,
    /// How it can be filled.
    #[serde(default)]
    pub options: Vec<TopUpOption>,
    /// An event is sent when so many percent are used; ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn_percent: Vec<u8>,
    /// All accounts of a customer that hold the product draw on one wallet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

/// A service that a wallet pays for, and how many of the wallet's units it takes: voice 3 per 60 seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalletService {
    /// Service code.
    pub service: String,
    /// Destination group code; all destinations when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<String>,
    /// Only use with one of these access codes and those that go on after one with a dot, `""` for use without any; all use when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_codes: Vec<String>,
    /// Units of the wallet taken for `per` units of the service, a started one counted full; not for money.
    #[serde(default = "one")]
    pub takes: u64,
    /// Units of the service that `takes` is for.
    #[serde(default = "one")]
    pub per: u64,
}

/// One way to fill a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopUpOption {
    /// Short name, unique in the wallet.
    pub code: String,
    /// Units that are added.
    #[serde(default, skip_serializing_if = "is_none_added")]
    pub units: u64,
    /// Money that is added, for wallets that hold money.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub amount: Amount,
    /// What it costs; taken from the balance.
    pub price: Amount,
    /// The whole wallet is good for at least so many days of 24 hours from then.
    pub days: u16,
}

impl TopUpOption {
    /// What is added as the wallet counts it: units, or millionths of the currency unit.
    pub fn adds(&self, money: bool) -> u64 {
        if money { u64::try_from(self.amount.micros()).unwrap_or(0) } else { self.units }
    }
}

const fn one() -> u64 {
    1
}

const fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}

const fn is_none_added(units: &u64) -> bool {
    *units == 0
}
