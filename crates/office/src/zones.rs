//! Where use takes place, as prices know it: the operator's zones of visited networks, and access codes that are made of what a request
//! says.
//!
//! A network is named by its mobile codes (`26201`) or by the number of the switch that serves the subscriber (`491710760000`). A zone
//! lists beginnings of such names; the longest one counts. The zone `home` is ours; what is in no zone is in the zone `other`, and
//! where no zones are set, everybody is at home. A request that names no network counts as one from home.

use std::collections::BTreeMap;

/// The zone of our own network.
const HOME: &str = "home";
/// The zone of networks that are in none.
const OTHER: &str = "other";
/// Longest name of a network, octets; longer ones are not looked at.
const NETWORK_MOST: usize = 64;

/// The operator's zones.
#[derive(Debug, Default)]
pub struct Zones {
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

    /// Where a network is that a request names; `told` as it is written there.
    pub fn place(&self, told: &str) -> Whereabouts {
        let network = digits(told);
        if network.is_empty() || network.len() > NETWORK_MOST {
            return Whereabouts::default();
        }
        Whereabouts { zone: self.find(&network).to_owned(), network }
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
pub struct Whereabouts {
    /// The visited network's name; empty = not told.
    pub network: String,
    /// Its zone.
    pub zone: String,
}

impl Whereabouts {
    /// Whether it is another network than ours.
    pub fn is_abroad(&self) -> bool {
        !self.zone.is_empty() && self.zone != HOME
    }

    /// An access code: `{zone}`, `{network}` and the other words become what the request says; a part between dots that lacks its value
    /// is left out.
    pub fn access_code(&self, template: &str, others: &[(&str, String)]) -> Box<str> {
        if !template.contains('{') {
            return template.into();
        }
        let own = [("{zone}", &self.zone), ("{network}", &self.network)];
        let words = || own.into_iter().chain(others.iter().map(|(word, value)| (*word, value)));
        let parts = template.split('.').filter_map(|part| {
            let mut wanted = words().filter(|(word, _)| part.contains(word));
            wanted.try_fold(part.to_owned(), |text, (word, value)| {
                (!value.is_empty()).then(|| text.replace(word, value))
            })
        });
        parts.collect::<Vec<_>>().join(".").into()
    }
}

#[cfg(test)]
mod tests;
