//! CoA-Request and Disconnect-Request as a device wants them (RFC 5176 3): the session's keys in the order of the profile, then, in a
//! CoA, the attributes of what is to change. A Disconnect carries nothing but keys and, where the profile says so, Event-Timestamp.

use crate::access_reply::{Words, push_templates};
use crate::profile::{AttributeTemplate, KeyName, Profile};
use crate::session_facts::Facts;
use crate::steering::Tool;
use charging::{AccountId, Policy};
use radius::client::RequestBuilder;
use radius::{Dictionary, PacketError, number};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a request is made from.
pub(crate) struct Subject<'a> {
    pub dictionary: &'a Dictionary,
    pub profile: &'a Profile,
    pub facts: &'a Facts,
    pub account: AccountId,
    pub policy: &'a Policy,
}

/// Why there is no request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoRequest {
    /// There is nothing to say: no attribute came out of the profile's templates.
    Nothing,
    /// It cannot be said; why.
    Impossible(String),
}

impl From<PacketError> for NoRequest {
    fn from(error: PacketError) -> Self {
        Self::Impossible(error.to_string())
    }
}

/// Tells apart what a device with this profile is sent as speed for a policy; nothing when it is sent nothing.
pub(crate) fn speed_digest(profile: &Profile, policy: &Policy, account: AccountId) -> Option<u64> {
    let words =
        Words { policy, profile, user_name: None, account: account.to_string(), quota: None, request: None };
    let (mut digest, mut any) = (DefaultHasher::new(), false);
    for template in &profile.dynamic.speed {
        let Some(text) = template.fill(&words) else { continue };
        (&template.name, text).hash(&mut digest);
        any = true;
    }
    any.then(|| digest.finish())
}

impl Subject<'_> {
    /// The request for a tool; `now` is Unix seconds.
    pub fn request(&self, tool: Tool, now: u32) -> Result<RequestBuilder, NoRequest> {
        let mut request = match tool {
            Tool::Disconnect => RequestBuilder::disconnect(0),
            Tool::Speed | Tool::Hotline | Tool::Resume => RequestBuilder::change_of_authorization(0),
        };
        self.push_keys(&mut request)?;
        if self.profile.dynamic.event_timestamp {
            request.integer(number::EVENT_TIMESTAMP, now)?;
        }
        let Some(templates) = self.templates(tool) else { return Ok(request) };
        let words = self.words();
        let (made, left_out) = push_templates(request.packet_mut(), self.dictionary, templates, &words)?;
        match left_out.is_empty() {
            // All or nothing (RFC 5176 2.2): half a hotline would be none.
            false => Err(NoRequest::Impossible(left_out.join("; "))),
            true if made == 0 => Err(NoRequest::Nothing),
            true => Ok(request),
        }
    }

    fn templates(&self, tool: Tool) -> Option<&[AttributeTemplate]> {
        let dynamic = &self.profile.dynamic;
        match tool {
            Tool::Speed => Some(&dynamic.speed),
            Tool::Hotline => Some(&dynamic.hotline),
            Tool::Resume => Some(&dynamic.resume),
            Tool::Disconnect => None,
        }
    }

    fn words(&self) -> Words<'_> {
        let user_name = self.facts.value("User-Name").map(str::to_owned);
        let (policy, profile, account) = (self.policy, self.profile, self.account.to_string());
        Words { policy, profile, user_name, account, quota: None, request: None }
    }

    /// At least one key must be known: a request without any would mean every session of the device.
    fn push_keys(&self, request: &mut RequestBuilder) -> Result<(), NoRequest> {
        let mut pushed = 0;
        for key in &self.profile.session_keys {
            pushed += usize::from(self.push_key(request, key)?);
        }
        match pushed {
            0 => Err(NoRequest::Impossible("nothing is known that names the session".to_owned())),
            _ => Ok(()),
        }
    }

    fn push_key(&self, request: &mut RequestBuilder, key: &KeyName) -> Result<bool, NoRequest> {
        if (key.attribute.vendor, key.attribute.number) == (0, u32::from(number::ACCT_SESSION_ID)) {
            request.attribute(number::ACCT_SESSION_ID, self.facts.session_id())?;
            return Ok(true);
        }
        let Some(text) = self.facts.value(&key.name) else { return Ok(false) };
        let encoded = self.dictionary.encode(&key.name, text);
        request.encoded(&encoded.map_err(|error| NoRequest::Impossible(error.to_string()))?)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
