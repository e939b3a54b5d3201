//! What a profile adds to answers (DIA-06): what the client does when we do not answer (CC-Session-Failover, RFC 8506 8.4; failure
//! handling, 8.14 and 8.15), and AVPs of the operator's own, by access point. All that is known when a profile is read is encoded then; only values
//! that service policies set are read of the customer, with the other things that an answer tells.
//!
//! The failover AVPs go with the answer to the INITIAL request, which settles them for the session; DDFH with that to an EVENT.
//! Answers to TERMINATION and refusals have nothing added. Must not know: connections, prices.

use diameter::Dictionary;
use diameter::credit_control::{AddedAvps, CreditControlRequest, RequestType};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Own AVPs of one profile.
pub const OWN_AVPS_MOST: usize = 64;

/// An AVP of the operator's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAvp {
    /// Its place: the names of its groups and its own with `/` between; `vendor:code` where no dictionary knows it.
    pub avp: String,
    /// Its value.
    #[serde(default)]
    pub value: Option<String>,
    /// The attribute of the service policy (account, product or class) that is its value instead; without one it is left out.
    #[serde(default)]
    pub attribute: Option<String>,
    /// Only at these access points (Called-Station-Id, in lower case); empty = everywhere.
    #[serde(default)]
    pub access_points: Vec<String>,
}

/// What the client does with a session when no answer comes (RFC 8506 8.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureHandling {
    /// Ends it.
    Terminate,
    /// Lets it go on.
    Continue,
    /// Asks another server first, then ends it.
    RetryAndTerminate,
}

/// What the client does with an event when no answer comes (RFC 8506 8.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebitFailureHandling {
    /// Does not serve it, or keeps the request for later.
    TerminateOrBuffer,
    /// Serves it.
    Continue,
}

/// What one kind of answer has added at one access point.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Addition {
    /// All of it, or what holds where no policy sets an attribute.
    encoded: Arc<AddedAvps>,
    /// All of it, where some of the values are attributes of policies: places with values or attributes' names.
    open: Vec<(String, Value)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Fixed(String),
    Attribute(String),
}

impl Addition {
    /// Whether attributes of policies are among it.
    pub fn wants_attributes(&self) -> bool {
        !self.open.is_empty()
    }

    /// What an answer gets. A value that its AVP cannot take is left out: policies are written by people who see no dictionary.
    pub fn with(&self, attributes: &[(String, String)]) -> Arc<AddedAvps> {
        if self.open.is_empty() || attributes.is_empty() {
            return self.encoded.clone();
        }
        let value = |value: &'_ Value| match value {
            Value::Fixed(text) => Some(text.clone()),
            Value::Attribute(name) => {
                attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            }
        };
        let said: Vec<(&str, String)> =
            self.open.iter().filter_map(|(place, said)| Some((place.as_str(), value(said)?))).collect();
        let fits = |avp: &(&str, &str)| AddedAvps::encode(&[*avp], Dictionary::builtin()).is_ok();
        let said: Vec<(&str, &str)> =
            said.iter().map(|(place, value)| (*place, value.as_str())).filter(fits).collect();
        AddedAvps::encode(&said, Dictionary::builtin()).map_or_else(|_| self.encoded.clone(), Arc::new)
    }
}

/// By access point; the empty name is for all that have none of their own.
type ByAccessPoint = BTreeMap<String, Arc<Addition>>;

/// What a profile adds, encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    initial: ByAccessPoint,
    update: ByAccessPoint,
    event: ByAccessPoint,
}

impl Additions {
    /// Encodes them.
    ///
    /// # Errors
    /// The field of the profile that is wrong, and why.
    pub fn encode(
        own: &[OwnAvp],
        failover: bool,
        handling: (Option<FailureHandling>, Option<DebitFailureHandling>),
    ) -> Result<Self, (&'static str, String)> {
        if own.len() > OWN_AVPS_MOST {
            return Err(("own_avps", format!("has more than {OWN_AVPS_MOST}")));
        }
        for OwnAvp { avp, value, attribute, .. } in own {
            if value.is_some() == attribute.is_some() {
                return Err(("own_avps", format!("{avp} needs either a value or an attribute")));
            }
            if !AddedAvps::knows(avp, Dictionary::builtin()) {
                return Err(("own_avps", format!("{avp} is unknown, or the answer's own")));
            }
        }
        let failover = failover.then_some(("CC-Session-Failover", "FAILOVER_SUPPORTED"));
        let session = handling.0.map(|handling| ("Credit-Control-Failure-Handling", ccfh(handling)));
        let event = handling.1.map(|handling| ("Direct-Debiting-Failure-Handling", ddfh(handling)));
        Ok(Self {
            initial: of_kind(own, &[failover, session])?,
            update: of_kind(own, &[])?,
            event: of_kind(own, &[event])?,
        })
    }

    /// What the answer to a request gets.
    pub fn of(&self, ccr: &CreditControlRequest<'_>) -> Option<Arc<Addition>> {
        let set = match ccr.request_type {
            RequestType::Initial => &self.initial,
            RequestType::Update => &self.update,
            RequestType::Event => &self.event,
            RequestType::Termination => return None,
        };
        let there = || set.get(&ccr.called_station_id?.to_ascii_lowercase());
        // The empty name sorts first: behind it are access points.
        let has_places = set.keys().next_back().is_some_and(|place| !place.is_empty());
        let there = if has_places { there() } else { None };
        there.or_else(|| set.get("")).cloned()
    }
}

const fn ccfh(handling: FailureHandling) -> &'static str {
    match handling {
        FailureHandling::Terminate => "0",
        FailureHandling::Continue => "1",
        FailureHandling::RetryAndTerminate => "2",
    }
}

const fn ddfh(handling: DebitFailureHandling) -> &'static str {
    match handling {
        DebitFailureHandling::TerminateOrBuffer => "0",
        DebitFailureHandling::Continue => "1",
    }
}

fn of_kind(own: &[OwnAvp], head: &[Option<(&str, &str)>]) -> Result<ByAccessPoint, (&'static str, String)> {
    let head = || head.iter().flatten();
    let places: BTreeSet<&str> =
        own.iter().flat_map(|avp| avp.access_points.iter().map(String::as_str)).chain([""]).collect();
    let mut all = ByAccessPoint::new();
    for place in places {
        let here: Vec<&OwnAvp> = own
            .iter()
            .filter(|avp| avp.access_points.is_empty() || avp.access_points.iter().any(|at| at == place))
            .collect();
        let fixed = here.iter().filter_map(|avp| Some((avp.avp.as_str(), avp.value.as_deref()?)));
        let fixed: Vec<(&str, &str)> = head().copied().chain(fixed).collect();
        let encoded = AddedAvps::encode(&fixed, Dictionary::builtin())
            .map_err(|what| ("own_avps", format!("{what} cannot be written")))?;
        let value = |avp: &OwnAvp| match (&avp.value, &avp.attribute) {
            (Some(text), _) => Some(Value::Fixed(text.clone())),
            (None, name) => name.clone().map(Value::Attribute),
        };
        let is_open = here.iter().any(|avp| avp.attribute.is_some());
        let open = head().map(|(avp, text)| ((*avp).to_owned(), Value::Fixed((*text).to_owned())));
        let open = open.chain(here.iter().filter_map(|avp| Some((avp.avp.clone(), value(avp)?))));
        let open = if is_open { open.collect() } else { Vec::new() };
        if encoded != AddedAvps::default() || is_open {
            all.insert(place.to_owned(), Arc::new(Addition { encoded: Arc::new(encoded), open }));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
