//! Services: what is used and in which unit it is counted.

use crate::{FinalAction, GrantPolicy, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The technical kind of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Calls.
    Voice,
    /// SMS and other messages.
    Message,
    /// Internet and mobile data.
    Data,
    /// Television channels.
    Tv,
    /// Things bought one by one: films, games.
    Event,
}

/// What one unit of a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds of time.
    Second,
    /// Octets of volume.
    Octet,
    /// Messages.
    Message,
    /// Purchases.
    Event,
    /// Money that the network counts itself: millionths of the currency unit.
    Money,
}

/// A billed thing of some kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Number in state; 0 in a catalog that was never published.
    #[serde(default)]
    pub id: ServiceId,
    /// Short name used by rating entries and the API, such as `mobile-data`.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Technical kind.
    pub kind: ServiceKind,
    /// What is counted.
    pub unit: Unit,
    /// Tax category of its use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// How much is granted at a time to a network that asks for quota.
    #[serde(default)]
    pub grant: GrantPolicy,
    /// What the network does after a final grant, where no service policy says it.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub final_action: FinalAction,
    /// The same at single access points (APN, as the destination of the use has it), where it differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub final_action_at: BTreeMap<String, FinalAction>,
    /// Rating groups of this service that are services of their own, with their own price, quotas and policies, in products that
    /// price them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rating_groups: Vec<TrafficClass>,
}

/// Rating groups that stand for another service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficClass {
    /// Code of that service; counted in the same unit.
    pub service: String,
    /// Rating-Group numbers (RFC 8506 8.29).
    pub groups: Vec<u32>,
}

fn is_usual(action: &FinalAction) -> bool {
    *action == FinalAction::default()
}
