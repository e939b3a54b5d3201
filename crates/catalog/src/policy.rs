//! Policies: how quota is handed out, and which attributes a network element gets.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sizes and times of the quota granted inside a session (TS 32.299 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GrantPolicy {
    /// Units granted when the network leaves the size to us.
    pub units: u64,
    /// Never more than this at once, whatever is asked.
    pub most_units: u64,
    /// `Validity-Time` in seconds: the network reports at least this often.
    pub validity: u32,
    /// The network asks again when this share of the grant is left.
    pub threshold_percent: u8,
    /// `Quota-Holding-Time` in seconds; 0 = the network's own default.
    pub holding: u32,
}

impl Default for GrantPolicy {
    fn default() -> Self {
        Self { units: 60, most_units: u64::MAX, validity: 3_600, threshold_percent: 20, holding: 0 }
    }
}

/// Attributes of one service for the network: speed and whatever a node profile knows by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePolicy {
    /// Service code.
    pub service: String,
    /// Download limit in kbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}
