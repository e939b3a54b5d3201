//! Keeps connector settings unreadable in the database. The key and the cipher belong to whoever starts provisioning.

use std::collections::BTreeMap;

use crate::error::ProvisioningError;

/// Seals and opens secrets with the installation's key.
pub trait Sealer: Send + Sync + 'static {
    /// The sealed form.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;
    /// The plain form; `None` when it was not sealed with this key.
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// Settings by name as they are sealed.
pub(crate) fn seal(sealer: &dyn Sealer, settings: &BTreeMap<String, String>) -> Vec<u8> {
    sealer.seal(&serde_json::to_vec(settings).unwrap_or_default())
}

/// Settings out of a connector's row.
pub(crate) fn open(
    sealer: &dyn Sealer,
    connector: &str,
    sealed: &[u8],
) -> Result<BTreeMap<String, String>, ProvisioningError> {
    let plain = sealer.open(sealed).and_then(|plain| serde_json::from_slice(&plain).ok());
    plain.ok_or_else(|| ProvisioningError::Sealed { connector: connector.to_owned() })
}
