//! The values an operator gives a connector (address, user, password), checked against what its manifest asks for.
//! Where they are kept encrypted is not this module's business; it makes sure that they can't be printed.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::ProvisioningError;
use crate::manifest::{Manifest, SettingKind};

/// Checked settings of one connector. `Debug` shows names only.
#[derive(Clone)]
pub struct Settings {
    values: BTreeMap<String, String>,
    secrets: Vec<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Settings {
    /// Checks values by name against the manifest.
    ///
    /// # Errors
    /// [`ProvisioningError::Setting`] for a value that is missing, unknown or not usable.
    pub fn new(manifest: &Manifest, given: BTreeMap<String, String>) -> Result<Settings, ProvisioningError> {
        let complaint = |setting: &str, reason: &str| ProvisioningError::Setting {
            connector: manifest.profile.name.clone(),
            setting: setting.to_owned(),
            reason: reason.to_owned(),
        };
        if let Some(name) =
            given.keys().find(|name| !manifest.settings.iter().any(|spec| spec.name == **name))
        {
            return Err(complaint(name, "is not one this connector has"));
        }
        let mut values = BTreeMap::new();
        let mut secrets = Vec::new();
        for spec in &manifest.settings {
            let value = given.get(&spec.name).or(spec.default.as_ref()).filter(|value| !value.is_empty());
            let Some(value) = value else {
                if spec.required {
                    return Err(complaint(&spec.name, "is missing"));
                }
                continue;
            };
            match spec.kind {
                SettingKind::Url => {
                    let address = checked_url(value).map_err(|reason| complaint(&spec.name, reason))?;
                    values.insert(spec.name.clone(), address);
                    continue;
                }
                SettingKind::Secret => secrets.push(value.clone()),
                SettingKind::Text => {}
            }
            values.insert(spec.name.clone(), value.clone());
        }
        Ok(Settings { values, secrets })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn secrets(&self) -> &[String] {
        &self.secrets
    }
}

/// The address without a slash at its end.
fn checked_url(text: &str) -> Result<String, &'static str> {
    let url = reqwest::Url::parse(text).map_err(|_| "is not an address such as https://host:8443")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials; give them in their own settings");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path, without `?` or `#`");
    }
    Ok(text.trim_end_matches('/').to_owned())
}
