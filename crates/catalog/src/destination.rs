//! Destinations: numeric prefixes, symbolic names and `*101#`-style codes, and groups of them.

use serde::{Deserialize, Serialize};

/// A named set of destinations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationGroup {
    /// Short name used by quotas.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Members: a prefix matches every longer number; `*` alone matches all.
    pub prefixes: Vec<String>,
}

/// The destination that matches everything.
pub(crate) const ANY: &str = "*";

/// How many characters of `destination` the pattern fixes; `None` when it does not match.
pub(crate) fn matched(pattern: &str, destination: &str) -> Option<usize> {
    if pattern == ANY {
        return Some(0);
    }
    destination.starts_with(pattern).then_some(pattern.len())
}
