//! Whose request is it? The profile's rules name attributes and realms; the first identifier that somebody has decides.

use crate::profile::{IdentifyRule, Profile};
use crate::{Effort, Found, Lookup, Subscribers};
use radius::{EncodedAttribute, Packet};

/// An account, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identified {
    pub found: Found,
    /// As the directory keeps it.
    pub identifier: String,
    pub check_password: bool,
    /// What the method of authentication wants in an Access-Accept.
    pub proof: Vec<EncodedAttribute>,
}

/// Tries the profile's rules in order.
pub(crate) fn identify(
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
                return Lookup::Found(Identified { found, identifier, check_password, proof });
            }
            Lookup::Unknown => {}
            Lookup::NotNow => return Lookup::NotNow,
        }
    }
    Lookup::Unknown
}

/// `None` where the attribute is absent or its value can be no identifier of the rule's realm.
fn identifier(rule: &IdentifyRule, packet: &Packet<'_>) -> Option<String> {
    let text = std::str::from_utf8(rule.attribute.read(packet)?).ok()?;
    // Some devices end texts with a NUL.
    let text = text.trim_end_matches('\0');
    Some(office::normalise(&rule.realm, text).ok()?.into_owned())
}
