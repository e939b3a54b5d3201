//! Desired state: what an outside platform should know about one account right now.
//!
//! Connectors never send "what changed"; they send this, so that sending twice, late or after a time-out is harmless.
//! It is built from the books by whoever implements [`crate::SubscriberSource`]; this module knows no books.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Whether and how the platform should hold the subscriber (requirements IPTV-23 to IPTV-25, ESPF-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// The account is in service and its product includes the platform's service.
    Active,
    /// Suspended, blocked, or a product without the service: the record is kept but disabled.
    Disabled,
    /// Terminated: the record is deleted.
    Absent,
}

impl Presence {
    /// The word templates and conditions compare with: `active`, `disabled` or `absent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Presence::Active => "active",
            Presence::Disabled => "disabled",
            Presence::Absent => "absent",
        }
    }
}

/// A set-top box, modem or other device that belongs to the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Hardware address in any usual spelling; templates see it as `AA:BB:CC:DD:EE:FF`.
    pub mac: String,
    /// Serial number, empty when unknown.
    pub serial: String,
}

/// A postal address as the books hold it: lines for an envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// Lines, such as street, then city with postal code.
    pub lines: Vec<String>,
}

impl PostalAddress {
    /// An address from text with line breaks.
    pub fn parse(text: &str) -> PostalAddress {
        PostalAddress { lines: text.lines().map(|line| line.trim().to_owned()).collect() }
    }

    /// Everything in one line, separated by commas.
    pub fn line(&self) -> String {
        let lines = self.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join(", ")
    }
}

/// The state one platform should hold for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredSubscriber {
    /// The account's inner id, the key of ordering.
    pub account_id: u64,
    /// The id the platform knows the account by; it must not change over the account's life (IPTV-47).
    pub external_id: String,
    /// Name for display.
    pub name: String,
    /// E-mail address, empty when unknown.
    #[serde(default)]
    pub email: String,
    /// Phone number, empty when unknown.
    #[serde(default)]
    pub phone: String,
    /// Postal address.
    #[serde(default)]
    pub address: PostalAddress,
    /// Whether the platform should hold and serve the subscriber.
    pub presence: Presence,
    /// The platform's own package names, from main product and add-ons, without repeats.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Devices tied to the account.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Custom fields, and values an earlier delivery asked to store back (ESPF-08).
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
}

/// Digits of a 48-bit hardware address.
const MAC_DIGITS: usize = 12;

/// The spelling `AA:BB:CC:DD:EE:FF` of a hardware address written with colons, dashes, dots or nothing between its
/// digits. `None` when the text is not twelve hexadecimal digits.
pub fn canonical_mac(text: &str) -> Option<String> {
    separated_mac(text, ":")
}

/// As [`canonical_mac`], with another separator between the pairs.
pub(crate) fn separated_mac(text: &str, separator: &str) -> Option<String> {
    let digits: Vec<char> = text.trim().chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')).collect();
    if digits.len() != MAC_DIGITS || !digits.iter().all(char::is_ascii_hexdigit) {
        return None;
    }
    let pairs: Vec<String> =
        digits.chunks(2).map(|pair| pair.iter().collect::<String>().to_uppercase()).collect();
    Some(pairs.join(separator))
}
