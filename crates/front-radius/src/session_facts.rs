//! What names a running session towards its device: written beside the session with every report, read when the device is to be told
//! something. It lives in the session's details, so it is there after a restart too, and people see it.
//!
//! Form: parts joined by ` · `; first what people look for (addresses, stations, the visited network), then `Attribute-Name value` for each key that the
//! profile names, then `hotlined` for a session that was let in to see the portal only.

use crate::profile::{KeyName, Profile};
use charging::Session;
use radius::{AccountingReport, Kind, Packet, Value, number};
use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::net::{IpAddr, Ipv4Addr};

/// Octets of most details.
const USUAL: usize = 128;
const SEPARATOR: &str = " · ";
const HOTLINED: &str = "hotlined";
/// Stands in front of an address that is none of the session's.
const NO_ADDRESS: &str = "–";
/// Longest value of one key that is kept, octets.
const VALUE_LONGEST: usize = 128;

/// The details of a session as a report tells them.
pub(crate) fn describe(
    profile: &Profile,
    packet: &Packet<'_>,
    report: &AccountingReport<'_>,
    (network, hotlined): (&str, bool),
) -> Box<str> {
    let mut told = Parts(String::with_capacity(USUAL));
    // Users choose the names of stations where a station is a service or a network of theirs: none may pass for something else here.
    let stations = [&report.calling_station, &report.called_station].into_iter().flatten();
    let stations = stations.filter(|name| is_usable(name) && *name != HOTLINED);
    let others = [
        report.framed_ipv6.as_ref().map(|address| address as &dyn Display),
        report.framed_ipv6_prefix.as_ref().map(|prefix| prefix as &dyn Display),
        report.delegated_ipv6_prefix.as_ref().map(|prefix| prefix as &dyn Display),
    ];
    match report.framed_ipv4 {
        Some(address) => told.add(&address),
        // The caller's address is not the one he was given.
        None if others.iter().all(Option::is_none)
            && stations.clone().next().is_some_and(|first| first.parse::<Ipv4Addr>().is_ok()) =>
        {
            told.add(&NO_ADDRESS);
        }
        None => {}
    }
    others.into_iter().flatten().for_each(|part| told.add(part));
    stations.for_each(|name| told.add(name));
    if is_usable(network) {
        told.add(&format_args!("network {network}"));
    }
    if profile.dynamic.change || profile.dynamic.disconnect {
        for key in profile.session_keys.iter().filter(|key| !is_kept_anyway(key)) {
            if let Some(text) = text(key, packet) {
                told.add(&format_args!("{} {text}", key.name));
            }
        }
    }
    if hotlined {
        told.add(&HOTLINED);
    }
    told.0.into()
}

/// The text that is made, part by part.
struct Parts(String);

impl Parts {
    fn add(&mut self, part: &dyn Display) {
        if !self.0.is_empty() {
            self.0.push_str(SEPARATOR);
        }
        // Writing into memory does not fail.
        let _ = write!(self.0, "{part}");
    }
}

/// Acct-Session-Id is in the session's key, the address leads the details.
fn is_kept_anyway(key: &KeyName) -> bool {
    let own = [number::ACCT_SESSION_ID, number::FRAMED_IP_ADDRESS].map(u32::from);
    key.attribute.vendor == 0 && own.contains(&key.attribute.number)
}

fn text<'a>(key: &KeyName, packet: &Packet<'a>) -> Option<Cow<'a, str>> {
    let octets = key.attribute.read(packet)?;
    let text = match key.kind {
        Kind::Text => Cow::Borrowed(std::str::from_utf8(octets).ok()?),
        kind => Cow::Owned(Value::decode(kind, octets).to_string()),
    };
    is_usable(&text).then_some(text)
}

/// Whether a text can be one part.
fn is_usable(text: &str) -> bool {
    (1..=VALUE_LONGEST).contains(&text.len())
        && !text.contains(SEPARATOR.trim())
        && !text.contains(char::is_control)
}

/// What is known of a running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Name of the node's record.
    pub node: Box<str>,
    /// The device's own address, where the record is a whole network.
    pub source: Option<IpAddr>,
    session_id: Box<[u8]>,
    details: Box<str>,
}

impl Facts {
    /// Reads them; nothing for a session of another protocol.
    pub fn of(session: &Session) -> Option<Self> {
        let rest = session.key.as_bytes().strip_prefix(b"R")?;
        let end = rest.iter().position(|octet| *octet == 0)?;
        let (scope, id) = rest.split_at_checked(end)?;
        let scope = std::str::from_utf8(scope).ok()?;
        let source = scope.strip_prefix(&*session.node).and_then(|rest| rest.strip_prefix('@'));
        Some(Self {
            node: session.node.clone(),
            source: source.and_then(|source| source.parse().ok()),
            // What tells it from others of its Acct-Session-Id stands behind a NUL.
            session_id: id.get(1..)?.split(|octet| *octet == 0).next()?.into(),
            details: session.details.clone(),
        })
    }

    /// Whether it was let in to see the portal only.
    pub fn is_hotlined(&self) -> bool {
        self.parts().last() == Some(HOTLINED)
    }

    /// Everything, for people and programs outside.
    pub fn details(&self) -> &str {
        &self.details
    }

    /// The octets of Acct-Session-Id.
    pub fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// The text of another key; nothing where the device never told it.
    pub fn value(&self, name: &str) -> Option<&str> {
        if name.eq_ignore_ascii_case("Framed-IP-Address") {
            return self.parts().next().filter(|part| part.parse::<Ipv4Addr>().is_ok());
        }
        // The last one: a station's name in front of the keys could look like one.
        let of_name = |part: &'_ str| part.get(..name.len()).is_some_and(|start| start == name);
        let part = self.parts().filter(|part| of_name(part)).last()?;
        part.get(name.len()..)?.strip_prefix(' ')
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.details.split(SEPARATOR)
    }
}

#[cfg(test)]
mod tests;
