//! Why the program ends; each is one clear sentence for whoever started it.

use crate::config::ConfigError;

/// A failure of the whole program.
#[derive(Debug, thiserror::Error)]
pub enum TaleaError {
    /// Configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Key file.
    #[error(transparent)]
    Secrets(#[from] office::SecretsError),
    /// Office.
    #[error(transparent)]
    Office(#[from] office::OfficeError),
    /// RADIUS.
    #[error(transparent)]
    Radius(#[from] front_radius::StartError),
    /// Diameter.
    #[error(transparent)]
    Diameter(#[from] front_diameter::StartError),
    /// Provisioning.
    #[error(transparent)]
    Provisioning(#[from] provisioning::ProvisioningError),
    /// Files of purchases.
    #[error(transparent)]
    Mediation(#[from] mediation::MediationError),
    /// A listener or file.
    #[error("{what}: {reason}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Anything else, said in words.
    #[error("{0}")]
    Said(String),
}

impl TaleaError {
    /// An I/O failure with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |reason| Self::Io { what, reason }
    }
}
