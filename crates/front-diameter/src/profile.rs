//! What is known about a kind of Diameter peer, as data: which services its contexts mean, and what it is allowed to do otherwise
//! than the book says. A new kind is a new file under `profiles/diameter`, whose first one (`generic.toml`) explains the words.
//!
//! Must not know: connections, customers, prices.

use diameter::{Dictionary, Rules};
use serde::Deserialize;
use std::sync::{Arc, LazyLock};

/// Entries of one profile.
pub const SERVICES_MOST: usize = 256;

/// A profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not readable.
    #[error("DIA-001: this is no Diameter peer profile: {0}")]
    Unreadable(String),
    /// Nothing could be charged, or an entry can never fit.
    #[error("DIA-002: profile {name}, field {field}: {reason}")]
    Senseless {
        /// The profile's name.
        name: String,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// One kind of peer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerProfile {
    /// Short name by which nodes refer to it.
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// What becomes of unknown AVPs with the M bit.
    #[serde(default)]
    pub unknown_mandatory: UnknownMandatory,
    /// Whether a service without Rating-Group and Service-Identifier is charged by its context alone.
    #[serde(default = "yes")]
    pub without_rating_group: bool,
    /// Whether the Result-Code of a refused single service is copied to the command (DIA-07), where no service policy says it.
    #[serde(default)]
    pub raise_service_result: bool,
    /// How it is told the number that is called instead of the dialled one.
    #[serde(default)]
    pub called_party: CalledPartyAnswer,
    /// Whether a Re-Auth-Request makes it ask anew; some peers answer it and do nothing.
    #[serde(default = "yes")]
    pub reauthorize: bool,
    /// Whether an Abort-Session-Request makes it end the session.
    #[serde(default = "yes")]
    pub abort: bool,
    /// What contexts mean; the first that fits wins.
    pub services: Vec<ServiceEntry>,
}

const fn yes() -> bool {
    true
}

/// How an answer tells the number that is called instead of the dialled one (DIA-75, Provision CLD): Called-Party-Address. Which
/// place and form a gateway wants is assumed where its profile does not say otherwise; no maker publishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalledPartyAnswer {
    /// Whether it is told where no service policy says it.
    pub provision: bool,
    /// Where it stands.
    pub place: CalledPartyPlace,
    /// How it is written.
    pub form: CalledPartyForm,
}

/// Where the called number stands in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalledPartyPlace {
    /// Service-Information, IMS-Information, as in requests.
    #[default]
    ImsInformation,
    /// The command itself.
    Command,
}

/// How the called number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalledPartyForm {
    /// A URI where the request had one, digits otherwise.
    #[default]
    AsAsked,
    /// `tel:+12055576061`.
    TelUri,
    /// `12055576061`.
    Digits,
}

/// Unknown AVPs with the M bit (RFC 6733 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownMandatory {
    /// Answered with 5001.
    #[default]
    Refuse,
    /// Ignored and counted.
    Tolerate,
}

/// What one kind of request means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEntry {
    /// What Service-Context-Id ends with before the `@`, or the whole of it, or `*`.
    pub context: String,
    /// Only these Rating-Groups; empty = any or none.
    #[serde(default)]
    pub rating_groups: Vec<u32>,
    /// Only these Service-Identifiers; empty = any or none.
    #[serde(default)]
    pub service_identifiers: Vec<u32>,
    /// Service code of the catalog.
    pub service: String,
    /// Access code of rating entries; empty = none.
    #[serde(default)]
    pub access_code: String,
    /// What the price depends on beside the service.
    #[serde(default)]
    pub destination: DestinationSource,
    /// Units granted when the client leaves the size to us; `None` = as the catalog says.
    #[serde(default)]
    pub units: Option<u64>,
}

/// Where the destination of a use comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationSource {
    /// The APN.
    CalledStationId,
    /// The number or address that was called, without scheme, `+` and parameters.
    CalledParty,
    /// Nothing.
    #[default]
    None,
}

impl PeerProfile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError`], naming the field.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self =
            toml::from_str(text).map_err(|error| ProfileError::Unreadable(error.to_string()))?;
        let senseless = |field, reason: &str| ProfileError::Senseless {
            name: profile.name.clone(),
            field,
            reason: reason.to_owned(),
        };
        if profile.name.trim().is_empty() {
            return Err(senseless("name", "is empty"));
        }
        if profile.services.is_empty() || profile.services.len() > SERVICES_MOST {
            return Err(senseless("services", "needs between 1 and 256 entries"));
        }
        if profile.services.iter().any(|entry| entry.context.is_empty() || entry.service.is_empty()) {
            return Err(senseless("services", "an entry has no context or no service"));
        }
        Ok(profile)
    }

    /// The profiles shipped with the product: `generic`, `open5gs`, `kamailio`, `broadforward-bfx`.
    ///
    /// # Errors
    /// None of a released program.
    pub fn shipped() -> Result<Vec<Arc<Self>>, ProfileError> {
        SHIPPED.clone()
    }

    /// A shipped profile by name.
    #[must_use]
    pub fn shipped_by_name(name: &str) -> Option<Arc<Self>> {
        SHIPPED.as_ref().ok()?.iter().find(|profile| profile.name == name).cloned()
    }

    /// What a use means; `None` = this kind of peer does not charge that.
    pub(crate) fn entry(
        &self,
        context: &str,
        rating_group: Option<u32>,
        service_identifiers: &[u32],
    ) -> Option<&ServiceEntry> {
        let listed = |list: &[u32], value: Option<u32>| {
            list.is_empty() || value.is_some_and(|value| list.contains(&value))
        };
        self.services.iter().find(|entry| {
            fits(&entry.context, context)
                && listed(&entry.rating_groups, rating_group)
                && listed(&entry.service_identifiers, service_identifiers.first().copied())
        })
    }

    /// Whether any entry is for this context.
    pub(crate) fn knows_context(&self, context: &str) -> bool {
        self.services.iter().any(|entry| fits(&entry.context, context))
    }

    /// How strictly its messages are taken.
    pub(crate) fn rules(&self) -> Rules<'static> {
        match self.unknown_mandatory {
            UnknownMandatory::Refuse => Rules::strict(Dictionary::builtin()),
            UnknownMandatory::Tolerate => Rules::lenient(Dictionary::builtin()),
        }
    }
}

static SHIPPED: LazyLock<Result<Vec<Arc<PeerProfile>>, ProfileError>> =
    LazyLock::new(|| SHIPPED_FILES.iter().map(|text| PeerProfile::parse(text).map(Arc::new)).collect());

const SHIPPED_FILES: [&str; 4] = [
    include_str!("../../../profiles/diameter/generic.toml"),
    include_str!("../../../profiles/diameter/open5gs.toml"),
    include_str!("../../../profiles/diameter/kamailio.toml"),
    include_str!("../../../profiles/diameter/broadforward-bfx.toml"),
];

/// TS 32.299 7.1.12: `extensions.MNC.MCC.Release.service@domain`, everything before the service optional.
fn fits(pattern: &str, context: &str) -> bool {
    if pattern == "*" || pattern == context {
        return true;
    }
    let token = context.split_once('@').map_or(context, |(token, _)| token);
    token.strip_suffix(pattern).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests;
