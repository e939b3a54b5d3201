//! What is known about a kind of Diameter peer, as data: which services its contexts mean, and what it is allowed to do otherwise
//! than the book says. A new kind is a new file under `profiles/diameter`, whose first one (`generic.toml`) explains the words.
//!
//! Must not know: connections, customers, prices.

use crate::answer_additions::{Additions, DebitFailureHandling, FailureHandling, OwnAvp};
use crate::subscribers::{IMSI, MSISDN, USER};
use diameter::path::AvpPath;
use diameter::{Dictionary, Message, Rules};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
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
    /// Where the names of the subscriber stand, the most telling first; empty = Subscription-Ids, else User-Name.
    #[serde(default)]
    pub subscriber: Vec<NameSource>,
    /// Which AVPs tell that a call or message comes in, by one of these values; any of them suffices. Empty = everything goes out.
    #[serde(default)]
    pub incoming: BTreeMap<Place, Vec<String>>,
    /// Where the visited network is named; the first that is there counts. Empty = everybody is at home.
    #[serde(default)]
    pub location: Vec<Place>,
    /// Whether a greater Origin-State-Id of a client ends the sessions that it began before.
    #[serde(default = "yes")]
    pub restart_ends_sessions: bool,
    /// Whether it brings requests of other clients and may tell of their restarts, also where it has not announced the relay application.
    #[serde(default)]
    pub relays: bool,
    /// Whether requests for other hosts and realms than ours are refused with 3002 and 3003.
    #[serde(default)]
    pub check_destination: bool,
    /// Whether answers tell the funds that are left and whether they are low.
    #[serde(default)]
    pub tell_balance: bool,
    /// Whether answers tell what the event cost, or the session so far and in the end.
    #[serde(default)]
    pub tell_cost: bool,
    /// Whether AoC-Request-Type is answered with AoC-Information; some peers send it always and read no answer.
    #[serde(default = "yes")]
    pub advice_of_charge: bool,
    /// Whether who has nothing at all is sent to the portal of his service instead of being refused, where no service policy says it.
    #[serde(default)]
    pub hotline_without_funds: bool,
    /// Whether a client may go on with a session over another connection (CC-Session-Failover); said in the answer to INITIAL.
    #[serde(default = "yes")]
    pub session_failover: bool,
    /// Credit-Control-Failure-Handling, said there too; `None` = not said, which means terminate.
    #[serde(default)]
    pub failure_handling: Option<FailureHandling>,
    /// Direct-Debiting-Failure-Handling, said in answers to EVENT; `None` = not said, which means terminate or buffer.
    #[serde(default)]
    pub debit_failure_handling: Option<DebitFailureHandling>,
    /// AVPs of the operator's own in answers.
    #[serde(default)]
    pub own_avps: Vec<OwnAvp>,
    /// The last four, encoded.
    #[serde(skip)]
    pub(crate) additions: Additions,
    /// What of this file no public document says.
    #[serde(default)]
    pub assumed: Vec<String>,
    /// What contexts mean; the first that fits wins.
    pub services: Vec<ServiceEntry>,
}

/// The place of an AVP, as a profile writes it: the names of its groups and its own, with `/` between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Place(pub AvpPath);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let path = AvpPath::parse(&text, Dictionary::builtin());
        path.map(Self).ok_or_else(|| format!("no dictionary knows the AVPs of {text}"))
    }
}

impl Place {
    /// Whether one of these values stands there.
    pub(crate) fn has_one_of(&self, message: &Message<'_>, values: &[String]) -> bool {
        self.0.text(message).is_some_and(|found| values.iter().any(|value| *value == found))
    }
}

/// Where a name of the subscriber comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum NameSource {
    /// `subscription-id`: every Subscription-Id in order, each in the realm of its type.
    SubscriptionIds,
    /// `user-name`: User-Name, in the realm `user`.
    UserName,
    /// `realm:place`: an AVP, in the realm `msisdn`, `imsi` or `user`.
    Avp(Realm, AvpPath),
}

/// A realm of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Realm(pub &'static str);

impl TryFrom<String> for NameSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "subscription-id" => return Ok(Self::SubscriptionIds),
            "user-name" => return Ok(Self::UserName),
            _ => {}
        }
        let (realm, place) = text.split_once(':').unwrap_or(("", &text));
        let realm = [MSISDN, IMSI, USER].into_iter().find(|known| *known == realm);
        let realm = realm.ok_or_else(|| {
            format!("{text} is neither subscription-id, user-name nor an AVP behind msisdn:, imsi: or user:")
        })?;
        Place::try_from(place.to_owned()).map(|Place(path)| Self::Avp(Realm(realm), path))
    }
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
    /// Only where these AVPs have one of these values.
    #[serde(default)]
    pub when: BTreeMap<Place, Vec<String>>,
    /// Only abroad (`true`), only at home (`false`), or anywhere.
    #[serde(default)]
    pub abroad: Option<bool>,
    /// Only what comes in (`true`), only what goes out (`false`), or both.
    #[serde(default)]
    pub incoming: Option<bool>,
    /// Service code of the catalog.
    pub service: String,
    /// Access code of rating entries; empty = none. `{service_identifier}`, `{rating_group}`, `{zone}` and `{network}` stand for what the
    /// request says; a part between dots whose value is absent is left out.
    #[serde(default)]
    pub access_code: String,
    /// What the price depends on beside the service.
    #[serde(default)]
    pub destination: DestinationSource,
    /// AVPs that say it instead, the first that is there.
    #[serde(default)]
    pub destination_from: Vec<Place>,
    /// Units granted, or of a slice whose tariff has no interval, when the client leaves the size to us; `None` = as the catalog says.
    #[serde(default)]
    pub units: Option<u64>,
    /// Each request pays for the next units at once and is a record of its own; the end of the session costs nothing. They are
    /// one interval of the tariff, where it has intervals.
    #[serde(default)]
    pub slices: bool,
    /// Whether it is counted and charged at all; what is not is answered with 4011, and the client serves it without asking again.
    #[serde(default = "yes")]
    pub metered: bool,
    /// Quota-Consumption-Time sent with time, seconds; 0 = not sent.
    #[serde(default)]
    pub quota_consumption_time: u32,
    /// Trigger-Types for which the client asks anew; they replace its own ones. `None` = not sent.
    #[serde(default)]
    pub triggers: Option<Vec<i32>>,
    /// Whether the direction decides between this entry and others of its context.
    #[serde(skip)]
    pub(crate) by_direction: bool,
    /// Whether the visited network does, or its access code names it.
    #[serde(skip)]
    pub(crate) by_network: bool,
}

/// Where the destination of a use comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationSource {
    /// The APN.
    CalledStationId,
    /// The number or address that was called, without scheme, `+` and parameters.
    CalledParty,
    /// The number or address that called, for calls that come in.
    CallingParty,
    /// The visited network.
    Network,
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
        let mut profile: Self =
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
        if profile.location.is_empty() && profile.services.iter().any(|entry| entry.abroad.is_some()) {
            return Err(senseless("services", "an entry is for abroad or home, but no location is known"));
        }
        if profile.incoming.is_empty() && profile.services.iter().any(|entry| entry.incoming.is_some()) {
            return Err(senseless("services", "an entry has a direction, but no AVP tells one"));
        }
        let handling = (profile.failure_handling, profile.debit_failure_handling);
        let additions = Additions::encode(&profile.own_avps, profile.session_failover, handling);
        let additions = additions.map_err(|(field, reason)| senseless(field, &reason))?;
        profile.additions = additions;
        profile.note_conditions();
        Ok(profile)
    }

    /// Notes in each entry what its access code depends on, so that no request need look at the others.
    fn note_conditions(&mut self) {
        let of_context = |context: &str, is_one: fn(&ServiceEntry) -> bool| {
            self.services.iter().any(|entry| entry.context == context && is_one(entry))
        };
        let noted: Vec<(bool, bool)> = self
            .services
            .iter()
            .map(|entry| {
                let names = ["{zone}", "{network}"].iter().any(|word| entry.access_code.contains(word));
                let by_network = names || of_context(&entry.context, |other| other.abroad.is_some());
                let by_direction = of_context(&entry.context, |other| other.incoming.is_some());
                (by_direction, by_network && !self.location.is_empty())
            })
            .collect();
        for (entry, conditions) in self.services.iter_mut().zip(noted) {
            (entry.by_direction, entry.by_network) = conditions;
        }
    }

    /// The shipped profiles, and those of an operator's directory (`*.toml`), which replace shipped ones of the same name.
    ///
    /// # Errors
    /// [`ProfileError`], naming the file or the field.
    pub fn with_own(directory: &Path) -> Result<Vec<Arc<Self>>, ProfileError> {
        let unreadable =
            |error: std::io::Error| ProfileError::Unreadable(format!("{}: {error}", directory.display()));
        let mut profiles = Self::shipped()?;
        for file in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = file.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let named = |what: String| ProfileError::Unreadable(format!("{}: {what}", path.display()));
            let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
            let own = Arc::new(Self::parse(&text).map_err(|error| named(error.to_string()))?);
            profiles.retain(|profile| profile.name != own.name);
            profiles.push(own);
        }
        Ok(profiles)
    }

    /// The profiles shipped with the product, `generic` first.
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
        holds: impl Fn(&ServiceEntry) -> bool,
    ) -> Option<&ServiceEntry> {
        let listed = |list: &[u32], value: Option<u32>| {
            list.is_empty() || value.is_some_and(|value| list.contains(&value))
        };
        self.services.iter().find(|entry| {
            fits(&entry.context, context)
                && listed(&entry.rating_groups, rating_group)
                && listed(&entry.service_identifiers, service_identifiers.first().copied())
                && holds(entry)
        })
    }

    /// Whether any entry is for this context.
    pub(crate) fn knows_context(&self, context: &str) -> bool {
        self.services.iter().any(|entry| fits(&entry.context, context))
    }

    /// Whether a request is about a call or message that comes in.
    pub(crate) fn comes_in(&self, message: &Message<'_>) -> bool {
        self.incoming.iter().any(|(place, values)| place.has_one_of(message, values))
    }

    /// Whether a request has any AVP that tells a direction.
    pub(crate) fn tells_direction(&self, message: &Message<'_>) -> bool {
        self.incoming.keys().any(|place| place.0.text(message).is_some())
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

const SHIPPED_FILES: [&str; 14] = [
    include_str!("../../../profiles/diameter/generic.toml"),
    include_str!("../../../profiles/diameter/open5gs.toml"),
    include_str!("../../../profiles/diameter/kamailio.toml"),
    include_str!("../../../profiles/diameter/broadforward-win.toml"),
    include_str!("../../../profiles/diameter/protei-camel.toml"),
    include_str!("../../../profiles/diameter/yate-camel.toml"),
    include_str!("../../../profiles/diameter/pharos-cig.toml"),
    include_str!("../../../profiles/diameter/protei-smsc.toml"),
    include_str!("../../../profiles/diameter/huawei-ugw.toml"),
    include_str!("../../../profiles/diameter/adax-pgw.toml"),
    include_str!("../../../profiles/diameter/protei-pgw.toml"),
    include_str!("../../../profiles/diameter/yate-pgw.toml"),
    include_str!("../../../profiles/diameter/zte-pgw.toml"),
    include_str!("../../../profiles/diameter/relay.toml"),
];

/// TS 32.299 7.1.12: `extensions.MNC.MCC.Release.service@domain`, everything before the service optional.
fn fits(pattern: &str, context: &str) -> bool {
    if pattern == "*" || pattern == context {
        return true;
    }
    let end = context.bytes().position(|octet| octet == b'@').unwrap_or(context.len());
    let token = context.get(..end).unwrap_or(context);
    token.strip_suffix(pattern).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests;
