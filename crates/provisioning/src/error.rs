//! Everything that can go wrong in provisioning apart from a platform's own answers (those are verdicts,
//! see [`crate::Verdict`]). Each error has a stable code that the guide explains.

use std::fmt;

/// One thing wrong in a manifest: where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFault {
    /// The field in dotted form, with the step's name where there is one: `step.find.body`.
    pub field: String,
    /// What is wrong with it, in words for its author.
    pub reason: String,
}

impl fmt::Display for ManifestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ProvisioningError {
    /// A manifest can't be used; every fault found is listed.
    #[error("PRV-001 connector manifest {file} can't be used: {}", joined(faults))]
    Manifest {
        /// The file's name as given to the loader.
        file: String,
        /// At least one fault.
        faults: Vec<ManifestFault>,
    },
    /// A manifest or its folder could not be read.
    #[error("PRV-002 {path} can't be read: {reason}")]
    Unreadable {
        /// What was to be read.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A connector's settings don't fit its manifest.
    #[error("PRV-003 connector {connector}: setting `{setting}` {reason}")]
    Setting {
        /// The connector's name.
        connector: String,
        /// The setting's name.
        setting: String,
        /// What is wrong, as the end of a sentence.
        reason: String,
    },
    /// A template or expression failed while it was applied to a subscriber.
    #[error("PRV-004 {place}: {reason}")]
    Render {
        /// The field of the manifest, as in [`ManifestFault::field`].
        place: String,
        /// The template engine's reason.
        reason: String,
    },
    /// The HTTP client could not be set up.
    #[error("PRV-005 connector {connector}: the HTTP client can't be set up: {reason}")]
    Client {
        /// The connector's name.
        connector: String,
        /// The library's reason.
        reason: String,
    },
    /// The delivery queue failed; nothing is known to have changed.
    #[error("PRV-006 the delivery queue failed: {reason}")]
    Queue {
        /// The store's reason.
        reason: String,
    },
    /// The subscriber's present state could not be read.
    #[error("PRV-007 the state of account {account_id} could not be read: {reason}")]
    Source {
        /// The account.
        account_id: u64,
        /// The reason.
        reason: String,
    },
    /// There is no manifest of this name.
    #[error("PRV-008 there is no connector {connector}")]
    NoConnector {
        /// The name asked for.
        connector: String,
    },
    /// The connector was never given its settings.
    #[error("PRV-009 connector {connector} has no settings yet")]
    NotSetUp {
        /// The connector's name.
        connector: String,
    },
    /// Stored settings can't be opened.
    #[error("PRV-010 the settings of connector {connector} can't be opened with this installation's key")]
    Sealed {
        /// The connector's name.
        connector: String,
    },
    /// There is no such account.
    #[error("PRV-011 there is no account {account_id}")]
    NoAccount {
        /// The account asked for.
        account_id: u64,
    },
}

impl From<store::StoreError> for ProvisioningError {
    fn from(error: store::StoreError) -> ProvisioningError {
        ProvisioningError::Queue { reason: error.to_string() }
    }
}

fn joined(faults: &[ManifestFault]) -> String {
    faults.iter().map(ManifestFault::to_string).collect::<Vec<_>>().join("; ")
}
