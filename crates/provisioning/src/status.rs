//! What a connector is doing right now, for the screens and metrics. Written by the worker, read by anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Whether a connector sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ConnectorState {
    /// Sends what is due.
    #[default]
    Running,
    /// The platform refused our credentials: nothing is sent but a probe now and then.
    Stopped {
        /// Since when, microseconds UTC.
        since: i64,
        /// When the next probe is due, microseconds UTC.
        next_probe: i64,
        /// The platform's refusal.
        reason: String,
    },
}

/// Counters since the process started, and the latest events. Instants are microseconds UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorStatus {
    /// Whether it sends.
    pub state: ConnectorState,
    /// Deliveries being sent.
    pub in_flight: usize,
    /// Attempts that ended with the desired state in place.
    pub done: u64,
    /// Attempts that will be repeated.
    pub retried: u64,
    /// Deliveries that became dead letters.
    pub dead: u64,
    /// When the platform last took something.
    pub last_done_at: Option<i64>,
    /// When something last went wrong.
    pub last_trouble_at: Option<i64>,
    /// What went wrong then.
    pub last_trouble: String,
}

/// The statuses of all connectors; clones share them.
#[derive(Debug, Clone, Default)]
pub struct StatusBoard {
    inner: Arc<Mutex<BTreeMap<String, ConnectorStatus>>>,
}

impl StatusBoard {
    /// The status of a connector; `None` when no worker knows it.
    pub fn get(&self, connector: &str) -> Option<ConnectorStatus> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).get(connector).cloned()
    }

    /// All connectors by name.
    pub fn all(&self) -> BTreeMap<String, ConnectorStatus> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a connector off the board: it is switched off.
    pub(crate) fn forget(&self, connector: &str) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).remove(connector);
    }

    pub(crate) fn change(&self, connector: &str, change: impl FnOnce(&mut ConnectorStatus)) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        change(inner.entry(connector.to_owned()).or_default());
    }
}
