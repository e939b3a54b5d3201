//! What a report or log-in of a device is about: service, access code, destination and visited network, in the words of Diameter peer
//! profiles. Must not know: prices, who the subscriber is.

use super::{AttributeName, Check};
use catalog::{ServiceKind, Snapshot};
use charging::AS_BEFORE;
use office::{Whereabouts, Zones, called, dialled};
use radius::{Code, Kind, Packet, Value, location, number};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What one kind of report means, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLine {
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    abroad: Option<bool>,
    incoming: Option<bool>,
    log_in: Option<bool>,
    service: Option<String>,
    #[serde(default)]
    access_code: String,
    #[serde(default)]
    destination: DestinationSource,
    #[serde(default)]
    destination_from: Vec<String>,
}

/// Where the destination of a use comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DestinationSource {
    /// The APN.
    CalledStationId,
    /// The number or address in Called-Station-Id.
    CalledParty,
    /// That in Calling-Station-Id, for calls that come in.
    CallingParty,
    /// The visited network.
    Network,
    /// Nothing.
    #[default]
    None,
}

/// An attribute that is read as text.
#[derive(Debug, Clone)]
struct AttributeText {
    name: Box<str>,
    attribute: AttributeName,
    kind: Kind,
}

impl AttributeText {
    /// Texts without what some devices put around them, a NUL behind or their own name in front (`h323-call-origin=answer`); the
    /// network of a 3GPP-User-Location-Info; other values as traces show them. `None` also where nothing is in it.
    fn of<'a>(&self, packet: &Packet<'a>) -> Option<Cow<'a, str>> {
        let octets = self.attribute.read(packet)?;
        let is_location = (self.attribute.vendor, self.attribute.number)
            == (location::VENDOR, location::USER_LOCATION_INFO);
        let text = match self.kind {
            _ if is_location => location::visited_network(octets)?.into(),
            Kind::Text => {
                let text = std::str::from_utf8(octets).ok()?.trim_end_matches('\0');
                let own = text.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case(&self.name));
                own.map_or(text, |(_, value)| value).trim().into()
            }
            kind => Value::decode(kind, octets).to_string().into(),
        };
        Some(text).filter(|text: &Cow<'_, str>| !text.is_empty())
    }
}

/// An attribute has one of these values, or any where none is given.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    at: AttributeText,
    values: Vec<String>,
}

impl Condition {
    pub fn holds(&self, packet: &Packet<'_>) -> bool {
        let fits = |found| self.values.is_empty() || self.values.iter().any(|value| *value == found);
        self.at.of(packet).is_some_and(fits)
    }
}

#[derive(Debug, Clone)]
struct ServiceEntry {
    when: Vec<Condition>,
    abroad: Option<bool>,
    incoming: Option<bool>,
    /// Only log-ins, or only reports.
    log_in: Option<bool>,
    service: Option<Box<str>>,
    access_code: String,
    destination: DestinationSource,
    destination_from: Vec<AttributeText>,
    /// Its access code depends on the visited network, or whether it is this entry at all does.
    by_network: bool,
    /// Whether it is this entry depends on the direction.
    by_direction: bool,
}

/// What the reports of a device are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Services {
    location: Vec<AttributeText>,
    incoming: Vec<Condition>,
    entries: Vec<ServiceEntry>,
}

/// What a use is about, as prices know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UseOf<'p> {
    /// Code of the service.
    pub service: &'p str,
    pub access_code: Box<str>,
    pub destination: Box<str>,
    /// The visited network; empty = not told.
    pub network: String,
}

impl<'p> UseOf<'p> {
    /// Of a session whose report tells nothing: all is as it was. `usual` = the node's service.
    pub fn as_before(usual: &'p str) -> Self {
        let (destination, network) = Default::default();
        Self { service: usual, access_code: AS_BEFORE.into(), destination, network }
    }
}

impl Services {
    /// Reads a packet; nothing where there are entries and none is for it: it is no use that is charged. `usual` = the node's service;
    /// `later` = not the first report of a session, so what it does not tell is as before.
    pub fn read<'p>(
        &'p self,
        usual: &'p str,
        packet: &Packet<'_>,
        (zones, catalog): (&Zones, &Snapshot),
        later: bool,
    ) -> Option<UseOf<'p>> {
        let told = self.location.iter().find_map(|place| place.of(packet));
        let at = told.map_or_else(Whereabouts::default, |told| zones.place(&told));
        if self.entries.is_empty() {
            let (access_code, destination) = Default::default();
            return Some(UseOf { service: usual, access_code, destination, network: at.network });
        }
        let incoming = self.incoming.iter().any(|condition| condition.holds(packet));
        let entry = self.entries.iter().find(|entry| {
            entry.abroad.is_none_or(|abroad| abroad == at.is_abroad())
                && entry.incoming.is_none_or(|is| is == incoming)
                && entry.log_in.is_none_or(|is| is == (packet.code() == Code::AccessRequest))
                && entry.when.iter().all(|condition| condition.holds(packet))
        })?;
        let service = entry.service.as_deref().unwrap_or(usual);
        let kind = catalog.service(service).map(|service| service.kind);
        let dials = matches!(kind, Some(ServiceKind::Voice | ServiceKind::Message));
        let tells_direction = || self.incoming.iter().any(|condition| condition.at.of(packet).is_some());
        let untold =
            later && (entry.by_network && at.network.is_empty() || entry.by_direction && !tells_direction());
        let access_code = at.access_code(&entry.access_code, &[]);
        Some(UseOf {
            service,
            access_code: if untold { [AS_BEFORE, &access_code].concat().into() } else { access_code },
            destination: entry.destination(packet, dials, &at),
            network: at.network,
        })
    }
}

impl ServiceEntry {
    /// As rates are written; where numbers are dialled an international one keeps its `+`, which tells the core that it was not
    /// dialled by local rules.
    fn destination(&self, packet: &Packet<'_>, dials: bool, at: &Whereabouts) -> Box<str> {
        let own = || match self.destination {
            DestinationSource::CalledStationId | DestinationSource::CalledParty => {
                packet.text_there(number::CALLED_STATION_ID)
            }
            DestinationSource::CallingParty => packet.text_there(number::CALLING_STATION_ID),
            DestinationSource::Network => Some(Cow::Borrowed(at.network.as_str())),
            DestinationSource::None => None,
        };
        let Some(text) = self.destination_from.iter().find_map(|from| from.of(packet)).or_else(own) else {
            return Box::default();
        };
        match self.destination {
            DestinationSource::CalledStationId => text.to_ascii_lowercase().into(),
            DestinationSource::Network => text.into(),
            DestinationSource::CalledParty if dials => dialled(&text).into(),
            _ => called(&text).into(),
        }
    }
}

impl Check<'_> {
    fn text_of(&mut self, field: &str, name: &str) -> Option<AttributeText> {
        let (attribute, kind) = self.attribute(field, name)?;
        if self.dictionary.by_name(name).is_none_or(|known| known.is_hidden() || known.tagged) {
            self.deny(field, "is secret or has tags, and tells nothing here");
        }
        Some(AttributeText { name: name.into(), attribute, kind })
    }

    fn texts_of(&mut self, field: &str, names: &[String]) -> Vec<AttributeText> {
        self.size(field, names.len());
        let texts = names.iter().enumerate().map(|(at, name)| self.text_of(&format!("{field}[{at}]"), name));
        texts.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// Values of numbers may be given by their names in the dictionary.
    pub(super) fn conditions(
        &mut self,
        field: &str,
        written: BTreeMap<String, Vec<String>>,
    ) -> Vec<Condition> {
        self.size(field, written.len());
        let mut conditions = Vec::with_capacity(written.len());
        for (name, values) in written {
            let field = format!("{field}.{name}");
            self.size(&field, values.len());
            let Some(at) = self.text_of(&field, &name) else { continue };
            let known = self.dictionary.by_name(&name);
            let number = |value: &str| known.and_then(|known| known.value_number(value));
            let plain = |value: String| number(&value).map_or(value, |number| number.to_string());
            conditions.push(Condition { at, values: values.into_iter().map(plain).collect() });
        }
        conditions
    }

    pub(super) fn services(
        &mut self,
        location: &[String],
        incoming: BTreeMap<String, Vec<String>>,
        lines: Vec<ServiceLine>,
    ) -> Services {
        self.size("services", lines.len());
        let location = self.texts_of("location", location);
        let incoming = self.conditions("incoming", incoming);
        let place_decides = lines.iter().any(|line| line.abroad.is_some());
        let by_direction = lines.iter().any(|line| line.incoming.is_some());
        if place_decides && location.is_empty() {
            self.deny("services", "an entry is for abroad or home, but no `location` is known");
        }
        if incoming.is_empty() && by_direction {
            self.deny("services", "an entry has a direction, but nothing tells one in `incoming`");
        }
        let mut entries = Vec::with_capacity(lines.len());
        for (position, line) in lines.into_iter().enumerate() {
            let field = |name: &str| format!("services[{position}].{name}");
            let names = ["{zone}", "{network}"].iter().any(|word| line.access_code.contains(word));
            let rest = line.access_code.replace("{zone}", "").replace("{network}", "");
            if rest.contains(['{', '}']) {
                self.deny(field("access_code"), "knows the words {zone} and {network} only");
            }
            if line.service.as_deref() == Some("") {
                self.deny(field("service"), "must name a service of the catalog; left out it is the node's");
            }
            entries.push(ServiceEntry {
                when: self.conditions(&field("when"), line.when),
                abroad: line.abroad,
                incoming: line.incoming,
                log_in: line.log_in,
                service: line.service.map(Into::into),
                access_code: line.access_code,
                destination: line.destination,
                destination_from: self.texts_of(&field("destination_from"), &line.destination_from),
                by_network: (names || place_decides) && !location.is_empty(),
                by_direction,
            });
        }
        Services { location, incoming, entries }
    }
}

#[cfg(test)]
mod tests;
