//! What is asked for when a customer or an account is made.

use crate::SecretText;
use calendar::BillingPeriod;
use charging::{AccountId, CustomerId, Payment};
use money::Amount;
use serde::Deserialize;

/// A new customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// Name.
    pub name: String,
    /// E-mail, empty when unknown.
    #[serde(default)]
    pub email: String,
    /// Phone, empty when unknown.
    #[serde(default)]
    pub phone: String,
    /// Postal address, lines separated by newlines.
    #[serde(default)]
    pub address: String,
    /// Language tag; empty means `en`.
    #[serde(default)]
    pub language: String,
    /// Prepaid or postpaid.
    pub payment: Payment,
    /// How far the balance may go below zero; `None` = no limit. Prepaid customers have none in any case.
    #[serde(default)]
    pub credit_limit: Option<Amount>,
    /// IANA name of the billing time zone; `None` = `UTC`.
    #[serde(default)]
    pub zone: Option<String>,
    /// How often he is billed.
    #[serde(default = "monthly")]
    pub period: BillingPeriod,
    /// Days from invoice to due date; `None` = 14.
    #[serde(default)]
    pub net_days: Option<u16>,
    /// The reseller who serves him; `None` = he is ours.
    #[serde(default)]
    pub reseller: Option<CustomerId>,
    /// Code of his class; empty = none.
    #[serde(default)]
    pub class: String,
    /// First account.
    #[serde(default)]
    pub account: Option<NewAccount>,
    /// Way into the self-care portal.
    #[serde(default)]
    pub login: Option<NewLogin>,
}

const fn monthly() -> BillingPeriod {
    BillingPeriod::Monthly
}

impl SignUp {
    /// A postpaid monthly customer with nothing but a name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: String::new(),
            phone: String::new(),
            address: String::new(),
            language: String::new(),
            payment: Payment::Postpaid,
            credit_limit: None,
            zone: None,
            period: BillingPeriod::Monthly,
            net_days: None,
            reseller: None,
            class: String::new(),
            account: None,
            login: None,
        }
    }
}

/// A customer that was signed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUp {
    /// The customer.
    pub customer: CustomerId,
    /// His number for people.
    pub number: String,
    /// His first account, when one was asked for.
    pub account: Option<AccountId>,
}

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Code of the main product.
    pub product: String,
    /// Codes of add-ons from the start.
    #[serde(default)]
    pub add_ons: Vec<String>,
    /// Words for people; empty means the first identifier.
    #[serde(default)]
    pub label: String,
    /// What finds the account.
    #[serde(default)]
    pub identifiers: Vec<NewIdentifier>,
    /// Service password.
    #[serde(default)]
    pub password: Option<SecretText>,
    /// Devices from the start.
    #[serde(default)]
    pub devices: Vec<NewDevice>,
}

/// An identifier in any usual spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewIdentifier {
    /// `user`, `msisdn`, `imsi`, `mac`, `ip`, `card`.
    pub realm: String,
    /// Value.
    pub value: String,
}

/// A device to assign. MAC or serial number is needed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// `stb`, `modem`, `router`, `phone`.
    pub kind: String,
    /// MAC address in any usual spelling.
    #[serde(default)]
    pub mac: String,
    /// Serial number.
    #[serde(default)]
    pub serial: String,
    /// Model.
    #[serde(default)]
    pub model: String,
}

/// A way into the self-care portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLogin {
    /// Name to sign in with.
    pub login: String,
    /// Password.
    pub password: SecretText,
}
