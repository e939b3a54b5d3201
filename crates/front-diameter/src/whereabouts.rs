//! Where the subscriber is: the visited network as the request names it (a profile says in which AVP), and the zone the operator has
//! put it into. Prices follow the zone through access codes ([`access_code`]).
//!
//! A network is named by its mobile codes (`26201`) or by the number of the switch that serves the subscriber (`491710760000`). A zone
//! lists beginnings of such names; the longest one counts. The zone `home` is ours; what is in no zone is in the zone `other`, and
//! where no zones are set, everybody is at home. A request that names no network counts as one from home.

use crate::profile::{PeerProfile, ServiceEntry};
use diameter::Message;
use std::collections::BTreeMap;

/// The zone of our own network.
const HOME: &str = "home";
/// The zone of networks that are in none.
const OTHER: &str = "other";
/// Longest name of a network, octets; longer ones are not looked at.
const NETWORK_MOST: usize = 64;

/// The operator's zones.
#[derive(Debug, Default)]
pub(crate) struct Zones {
    by_network: BTreeMap<String, String>,
    longest: usize,
}

impl Zones {
    /// From zones with the beginnings of their networks' names.
    pub fn of(zones: &BTreeMap<String, Vec<String>>) -> Self {
        let pairs =
            zones.iter().flat_map(|(zone, names)| names.iter().map(move |name| (digits(name), zone.clone())));
        let by_network: BTreeMap<String, String> = pairs.collect();
        let longest = by_network.keys().map(String::len).max().unwrap_or(0);
        Self { by_network, longest }
    }

    fn find(&self, network: &str) -> &str {
        if self.by_network.is_empty() {
            return HOME;
        }
        let lengths = (1..=self.longest.min(network.len())).rev();
        let found =
            lengths.filter_map(|length| network.get(..length)).find_map(|key| self.by_network.get(key));
        found.map_or(OTHER, String::as_str)
    }
}

fn digits(name: &str) -> String {
    name.trim().trim_start_matches('+').to_ascii_lowercase()
}

/// Where the subscriber of one request is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    /// The visited network's name; empty = not told.
    pub network: String,
    /// Its zone.
    pub zone: String,
}

impl Whereabouts {
    /// Of a request; free for peers whose profile names no place.
    pub fn of(profile: &PeerProfile, message: &Message<'_>, zones: &Zones) -> Self {
        let told = profile.location.iter().find_map(|place| place.0.text(message));
        let network = told.map(|text| digits(&text)).filter(|name| name.len() <= NETWORK_MOST);
        match network {
            None => Self::default(),
            Some(network) => Self { zone: zones.find(&network).to_owned(), network },
        }
    }

    /// Whether it is another network than ours.
    pub fn is_abroad(&self) -> bool {
        !self.zone.is_empty() && self.zone != HOME
    }
}

/// The access code of a use: each `{word}` becomes what the request says; a part between dots that lacks its value is left out.
pub(crate) fn access_code(
    entry: &ServiceEntry,
    at: &Whereabouts,
    (rating_group, service_identifier): (Option<u32>, Option<u32>),
) -> Box<str> {
    if !entry.access_code.contains('{') {
        return entry.access_code.as_str().into();
    }
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let values = [
        ("{service_identifier}", number(service_identifier)),
        ("{rating_group}", number(rating_group)),
        ("{zone}", at.zone.clone()),
        ("{network}", at.network.clone()),
    ];
    let parts = entry.access_code.split('.').filter_map(|part| {
        let mut wanted = values.iter().filter(|(word, _)| part.contains(word));
        wanted.try_fold(part.to_owned(), |text, (word, value)| {
            (!value.is_empty()).then(|| text.replace(word, value))
        })
    });
    parts.collect::<Vec<_>>().join(".").into()
}

#[cfg(test)]
mod tests;
