//! Whose request is it? The profile's rules name attributes and realms; the first identifier that somebody has decides.

use crate::profile::{IdentifyRule, Profile};
use crate::running_session::Running;
use crate::strangers::Strangers;
use crate::{Discard, Effort, Found, Lookup, RadiusNode, Subscribers};
use radius::{EncodedAttribute, Packet, number};

/// An account, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identified {
    pub found: Found,
    /// As the directory keeps it.
    pub identifier: String,
    pub check_password: bool,
    /// No password is needed, and User-Name says the same identifier.
    pub is_named: bool,
    /// What charging knows of the session that the log-in is about, where it was looked for.
    pub running: Option<Running>,
    /// What the method of authentication wants in an Access-Accept, and the node itself.
    pub proof: Vec<EncodedAttribute>,
}

/// Who looks, for whose users.
pub(crate) struct Search<'a> {
    pub subscribers: &'a dyn Subscribers,
    pub strangers: &'a Strangers,
    pub node: &'a RadiusNode,
    /// Microseconds from a fixed origin.
    pub clock: &'a dyn Fn() -> u64,
}

impl Search<'_> {
    /// Looks as far as `effort` goes, and in the database only as long as the node may miss there.
    ///
    /// # Errors
    /// Nobody may be looked for now: too many of the node's names were nobody's.
    pub fn identify(&self, packet: &Packet<'_>, effort: Effort) -> Result<Lookup<Identified>, Discard> {
        let Self { node, subscribers, strangers, clock } = *self;
        let remembered = identify(&node.profile, packet, subscribers, Effort::Memory);
        if remembered != Lookup::NotNow {
            return Ok(remembered);
        }
        let now = clock();
        let names = node.profile.identify.iter().filter_map(|rule| rule.attribute.read(packet));
        if !strangers.may_ask(&node.name, names, now) {
            return Err(Discard::TooManyStrangers);
        }
        if effort == Effort::Memory {
            return Ok(Lookup::NotNow);
        }
        let found = identify(&node.profile, packet, subscribers, Effort::Storage);
        if found == Lookup::Unknown {
            strangers.missed(&node.name, now);
        }
        Ok(found)
    }
}

/// Tries the profile's rules in order.
fn identify(
    profile: &Profile,
    packet: &Packet<'_>,
    subscribers: &dyn Subscribers,
    effort: Effort,
) -> Lookup<Identified> {
    for rule in &profile.identify {
        let Some(identifier) = identifier(rule, packet) else { continue };
        match subscribers.find(&rule.realm, &identifier, effort) {
            Lookup::Found(found) => {
                let (check_password, proof) = (rule.check_password, Vec::new());
                // Asked only of who need not prove himself.
                let said = packet.first(number::USER_NAME).filter(|_| !check_password);
                let said = said.and_then(|said| read(&rule.realm, said));
                let is_named = said.is_some_and(|said| said == identifier);
                let running = None;
                return Lookup::Found(Identified {
                    found,
                    identifier,
                    check_password,
                    is_named,
                    running,
                    proof,
                });
            }
            Lookup::Unknown => {}
            Lookup::NotNow => return Lookup::NotNow,
        }
    }
    Lookup::Unknown
}

/// `None` where the attribute is absent or its value can be no identifier of the rule's realm.
fn identifier(rule: &IdentifyRule, packet: &Packet<'_>) -> Option<String> {
    read(&rule.realm, rule.attribute.read(packet)?)
}

/// A value as the directory keeps identifiers of a realm.
fn read(realm: &str, octets: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(octets).ok()?;
    // Some devices end texts with a NUL.
    let text = text.trim_end_matches('\0');
    // SIP proxies name users and numbers by URIs.
    let text = match realm {
        "user" if office::is_uri(text) => office::user_name(text),
        "msisdn" if office::is_uri(text) => office::called(text),
        _ => text.into(),
    };
    Some(office::normalise(realm, &text).ok()?.into_owned())
}
