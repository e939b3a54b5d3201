//! Policies: how quota is handed out, and which attributes a network element gets.

use crate::{AccessTime, ClassId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sizes and times of the quota granted inside a session (TS 32.299 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GrantPolicy {
    /// Units of a session's first grant when the network leaves the size to us; `units` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_units: Option<u64>,
    /// Units granted when the network leaves the size to us.
    pub units: u64,
    /// Never more than this at once, whatever is asked.
    pub most_units: u64,
    /// Funds that buy fewer units than this, and fewer than asked, buy none: no trickle of tiny grants at the end of the money.
    pub least_units: u64,
    /// `Validity-Time` in seconds: the network reports at least this often.
    pub validity: u32,
    /// The network asks again when this share of the grant is left.
    pub threshold_percent: u8,
    /// `Quota-Holding-Time` in seconds; 0 = the network's own default.
    pub holding: u32,
    /// Whether what is granted is locked.
    pub mode: GrantMode,
}

/// Whether what is granted is locked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantMode {
    /// Units and money of a grant are locked, so parallel sessions cannot spend them twice.
    #[default]
    Reserve,
    /// Units and money are only looked at; use is locked when it is reported.
    AuthorizeOnly,
}

/// What the network does when a final grant is used (TS 32.299 7.2: Final-Unit-Action).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalAction {
    /// Ends the service.
    #[default]
    Terminate,
    /// Sends the subscriber to a portal.
    Redirect {
        /// Address of the portal.
        url: String,
    },
    /// Lets through only what a filter of the network allows.
    Restrict {
        /// Names of filters that the network has (Filter-Id) and rules of its own (`permit ...`, `deny ...`:
        /// Restriction-Filter-Rule), with `;` between.
        filter: String,
    },
}

impl Default for GrantPolicy {
    fn default() -> Self {
        Self {
            first_units: None,
            units: 60,
            most_units: u64::MAX,
            least_units: 1,
            validity: 3_600,
            threshold_percent: 20,
            holding: 0,
            mode: GrantMode::Reserve,
        }
    }
}

/// Attributes of one service for the network: speed and whatever a node profile knows by name. What an account sets itself comes
/// first, then its products in the order of consumption, then the customer's class.
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
    /// What holds instead while a quota that limits is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<LimitedPolicy>,
    /// What holds instead in the turbo times of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turbo: Option<LimitedPolicy>,
    /// Times with another access than the regular one; the first that holds decides. The first policy with a schedule decides for a
    /// service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<AccessTime>,
    /// What the network does after a final grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_action: Option<FinalAction>,
    /// The same at single access points (APN, as the destination of the use has it), where it differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub final_action_at: BTreeMap<String, FinalAction>,
}

/// Attributes while a quota is used up, or in turbo times; what is not set here stays as usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitedPolicy {
    /// Download limit in kbit/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// Defaults shared by customers of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerClass {
    /// Number in state; 0 in a catalog that was never published.
    #[serde(default)]
    pub id: ClassId,
    /// Short name used by the API.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Attributes for the network where neither account nor product sets them.
    #[serde(default)]
    pub policies: Vec<ServicePolicy>,
}
