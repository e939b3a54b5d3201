//! What a trace is about, and whether a message is.

use super::tracer::Sighting;
use crate::directory::normalise;
use crate::{Found, Office, OfficeError};
use charging::{AccountId, CustomerId, SessionKey};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Longest name of a peer or subscriber that is asked for, octets.
const NAME_MOST: usize = 255;
/// What stands before a number in some names.
const SCHEMES: [&str; 3] = ["tel:", "sip:", "sips:"];

/// What somebody wants to trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceAsk {
    /// A node by its name.
    Node(String),
    /// A Diameter peer by its Origin-Host, or whoever sends from an IP address; also strangers.
    Peer(String),
    /// A subscriber by any identifier, also one that finds nobody.
    Subscriber(String),
}

/// What a trace is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceTarget {
    /// Everything of a node.
    Node(String),
    /// Everything of a Diameter peer.
    Host(String),
    /// Everything of an address.
    Address(IpAddr),
    /// What names a subscriber or belongs to his sessions.
    Subscriber {
        /// As it was typed.
        typed: String,
        /// Whom that finds.
        found: Option<(CustomerId, AccountId)>,
        /// Everything by which the network may name him, normalised.
        names: BTreeSet<String>,
    },
}

/// Whom a message names, told by the door that can read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceClues {
    /// Names of subscribers as the message spells them.
    pub names: Vec<String>,
    /// The session it belongs to.
    pub session: Option<SessionKey>,
}

/// Every spelling under which a value may be stored.
fn spellings(value: &str) -> impl Iterator<Item = String> {
    let bare = SCHEMES.iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value).to_owned();
    crate::REALMS.into_iter().filter_map(move |realm| Some(normalise(realm, &bare).ok()?.into_owned()))
}

impl TraceTarget {
    /// The customer whom it is about.
    pub const fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Subscriber { found: Some((customer, _)), .. } => Some(*customer),
            _ => None,
        }
    }

    /// In words: `node bras-1`. `masked` keeps a subscriber's identifier back.
    pub fn words(&self, masked: bool) -> String {
        match self {
            Self::Node(name) => format!("node {name}"),
            Self::Host(host) => format!("peer {host}"),
            Self::Address(address) => format!("address {address}"),
            Self::Subscriber { .. } if masked => "a subscriber".to_owned(),
            Self::Subscriber { typed, .. } => format!("subscriber {typed}"),
        }
    }

    /// Whether a message is surely about it; a subscriber's also by [`Self::is_named`] and by its session.
    pub(super) fn covers(&self, sighting: &Sighting<'_>) -> bool {
        match self {
            Self::Node(name) => sighting.node == name,
            Self::Host(host) => sighting.host.eq_ignore_ascii_case(host),
            Self::Address(address) => sighting.remote.ip().to_canonical() == *address,
            Self::Subscriber { .. } => false,
        }
    }

    pub(super) const fn is_subscriber(&self) -> bool {
        matches!(self, Self::Subscriber { .. })
    }

    pub(super) fn is_named(&self, clues: &TraceClues) -> bool {
        let Self::Subscriber { names, .. } = self else { return false };
        clues.names.iter().any(|name| spellings(name).any(|spelling| names.contains(&spelling)))
    }
}

impl Office {
    /// The target somebody asks for, and the sessions of it that are open.
    pub(super) fn trace_target(&self, ask: &TraceAsk) -> Result<(TraceTarget, Vec<SessionKey>), OfficeError> {
        match ask {
            TraceAsk::Node(name) => {
                let known = self.nodes()?.into_iter().any(|node| node.name == *name);
                let unknown = || OfficeError::field("node", format!("there is no node {name}"));
                known.then(|| (TraceTarget::Node(name.clone()), Vec::new())).ok_or_else(unknown)
            }
            TraceAsk::Peer(typed) => {
                let peer = checked("peer", typed)?;
                let target = match peer.parse::<IpAddr>() {
                    Ok(address) => TraceTarget::Address(address.to_canonical()),
                    Err(_) => TraceTarget::Host(peer),
                };
                Ok((target, Vec::new()))
            }
            TraceAsk::Subscriber(typed) => self.subscriber_target(checked("subscriber", typed)?),
        }
    }

    fn subscriber_target(&self, typed: String) -> Result<(TraceTarget, Vec<SessionKey>), OfficeError> {
        let mut names: BTreeSet<String> = spellings(&typed).collect();
        let (mut found, mut sessions) = (None, Vec::new());
        for realm in crate::REALMS {
            if let Some(Found { customer, account }) = self.directory().try_find(realm, &typed)? {
                found = Some((customer, account));
                break;
            }
        }
        if let Some((customer, account)) = found {
            let view = self.customer(customer)?;
            let own = view.accounts.iter().filter(|own| own.id == account);
            let identifiers = own.flat_map(|own| &own.identifiers);
            names.extend(identifiers.flat_map(|identifier| spellings(&identifier.value)));
            let open = view.live.open_sessions().filter(|session| session.account == account);
            sessions.extend(open.map(|session| session.key.clone()));
        }
        Ok((TraceTarget::Subscriber { typed, found, names }, sessions))
    }
}

fn checked(field: &'static str, typed: &str) -> Result<String, OfficeError> {
    let typed = typed.trim();
    if typed.is_empty() || typed.len() > NAME_MOST || typed.contains(char::is_control) {
        return Err(OfficeError::field(field, format!("has 1 to {NAME_MOST} characters")));
    }
    Ok(typed.to_owned())
}
