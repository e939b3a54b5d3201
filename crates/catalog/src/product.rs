//! Products: what an account has, and the catalog that holds all of it.

use crate::{
    Connection, CustomerClass, DestinationGroup, DestinationGroupSet, DialingRules, Discount,
    HolidayCalendar, OffPeakPeriod, ProductId, Quota, Service, ServicePolicy, Subscription, Tariff, Taxes,
    Vendor, Wallet,
};
use calendar::Seconds;
use money::Currency;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything on sale, as an operator writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Currency of every price, unless tariff and product name another.
    pub currency: Currency,
    /// Services.
    pub services: Vec<Service>,
    /// Destination groups.
    #[serde(default)]
    pub destination_groups: Vec<DestinationGroup>,
    /// Sets of groups that tariffs may keep to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destination_group_sets: Vec<DestinationGroupSet>,
    /// Off-peak periods for tariffs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_peak_periods: Vec<OffPeakPeriod>,
    /// Holiday calendars for off-peak periods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidayCalendar>,
    /// Tariffs, for subscribers and for vendors.
    #[serde(default)]
    pub tariffs: Vec<Tariff>,
    /// Who carries traffic for us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vendors: Vec<Vendor>,
    /// Points of handover to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
    /// Products.
    pub products: Vec<Product>,
    /// Customer classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<CustomerClass>,
    /// What dialled numbers become.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialing_rules: Vec<DialingRules>,
    /// Taxes; left out = none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Taxes>,
}

/// Main products are one per account; add-ons come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// Exactly one per account.
    Main,
    /// Any number per account.
    AddOn,
}

/// A main product or add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Number in state; 0 in a catalog that was never published.
    #[serde(default)]
    pub id: ProductId,
    /// Short name used by the API.
    pub code: String,
    /// What people read.
    pub name: String,
    /// One sentence for the shop.
    #[serde(default)]
    pub description: String,
    /// Main or add-on.
    pub kind: ProductKind,
    /// Currency of its fees and tariffs; the catalog's when left out. Only customers of that currency hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Add-ons with a higher precedence are looked at first; the main product comes last.
    #[serde(default)]
    pub precedence: u8,
    /// Recurring fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// Tax category of its fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// Which tariff prices which use; no entry means the service is not allowed.
    #[serde(default)]
    pub rating: Vec<RatingEntry>,
    /// Units included.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// Volume discounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Service wallets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallets: Vec<Wallet>,
    /// When an add-on begins.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub begins: Begins,
    /// How long an add-on lasts, unless its assignment names an end; left out = until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Lasting>,
    /// An account may hold the add-on several times at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multiple: bool,
    /// Attributes for the network.
    #[serde(default)]
    pub policies: Vec<ServicePolicy>,
    /// What outside systems switch on, by service code: channel packages for `tv`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, Vec<String>>,
    /// Codes of add-ons a subscriber with this main product may buy himself.
    #[serde(default)]
    pub add_ons: Vec<String>,
}

/// Binds (service, node, access code) to a tariff; the most specific entry wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingEntry {
    /// Service code.
    pub service: String,
    /// Only on this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Only with this access code, such as `OUTGOING`, and those that go on after it with a dot (`OUTGOING.SI120`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_code: Option<String>,
    /// Tariff code.
    pub tariff: String,
    /// Code of the tariff at which the reseller who serves the customer is charged for the same use; his own product decides when
    /// left out. It may be in another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reseller_tariff: Option<String>,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lasting {
    /// Days of 24 hours.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u16,
    /// Hours on top.
    #[serde(skip_serializing_if = "is_zero")]
    pub hours: u16,
}

impl Lasting {
    /// In seconds.
    pub fn seconds(self) -> Seconds {
        Seconds((u64::from(self.days) * 24 + u64::from(self.hours)) * 3_600)
    }
}

/// When an add-on begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// When it is assigned, or at the time the assignment names.
    #[default]
    OnAssignment,
    /// When something of it is used for the first time.
    OnFirstUse,
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

fn is_usual(begins: &Begins) -> bool {
    *begins == Begins::default()
}
