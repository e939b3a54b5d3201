//! The answer to a log-in: Access-Accept with the profile's attributes, the hotline, or Access-Reject. A reject never says what was
//! wrong: that is for the log.

use crate::class::Handle;
use crate::credential;
use crate::finished::Pending;
use crate::identify::Identified;
use crate::profile::{AttributeTemplate, Refused};
use crate::quota_hint::{self, QuotaHint};
use crate::refusal_reason::{REFUSAL_CODE, Reason};
use crate::{Profile, RadiusNode};
use calendar::Instant;
use charging::{AccessReply, Policy, Refusal, Reply};
use radius::{Code, Dictionary, EncodedAttribute, Packet, PacketBuilder, PacketError, eap, number};
use std::borrow::Cow;

/// What a rejected user reads, whatever the reason.
const REJECTED: &str = "Login refused";
/// What a user reads who is let in to see the portal only.
const HOTLINED: &str = "Please see your account";

/// How a log-in ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Let in, with these attributes, for so much.
    Accept(Policy, Option<QuotaHint>),
    /// Let in to see the portal; why.
    Hotline(Policy, Refusal),
    /// Not let in; why, for the log, and in a word that a profile may have a code for.
    Reject(String, Reason),
}

impl Outcome {
    /// The engine's answer read with the profile's idea of a refusal.
    pub fn of(reply: Reply, profile: &Profile) -> Self {
        let reject = |refusal: Refusal| Self::Reject(refusal.to_string(), Reason::of(&refusal));
        let AccessReply { refusal, policy, quota, funds, .. } = match reply {
            Reply::Access(access) => access,
            Reply::Refused(refusal) => return reject(refusal),
            _ => return Self::Reject("charging gave no answer to a log-in".to_owned(), Reason::Other),
        };
        match refusal {
            None => {
                let hint = quota.filter(|quota| profile.tells(quota)).and_then(QuotaHint::of);
                let funds = funds.filter(|_| profile.tells_funds());
                Self::Accept(policy, QuotaHint::with_funds(hint, funds.as_deref()))
            }
            Some(refusal) if can_be_settled(&refusal) && profile.refused() == Refused::Hotline => {
                Self::Hotline(policy, refusal)
            }
            Some(refusal) => reject(refusal),
        }
    }

    /// The label of the counter.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Accept(..) => "accept",
            Self::Hotline(..) => "hotline",
            Self::Reject(..) => "reject",
        }
    }
}

/// Whether the user himself can do something about it in the portal.
fn can_be_settled(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::CustomerSuspended | Refusal::InsufficientFunds { .. } | Refusal::QuotaUsedUp)
}

/// What an attribute's text may speak of.
pub(crate) struct Words<'a> {
    pub policy: &'a Policy,
    pub profile: &'a Profile,
    pub user_name: Option<String>,
    pub account: String,
    pub quota: Option<&'a QuotaHint>,
    /// The log-in that is answered.
    pub request: Option<&'a Packet<'a>>,
}

impl Words<'_> {
    /// The value of a name: built-in, then the product's policy, then the node's setting or the profile's default.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let number = |value: Option<u64>| value.map(|value| Cow::Owned(value.to_string()));
        let (down, up) = (self.policy.down_kbps.map(u64::from), self.policy.up_kbps.map(u64::from));
        match name {
            "down_kbps" => number(down),
            "up_kbps" => number(up),
            "down_bps" => number(down.map(|kbps| kbps * 1_000)),
            "up_bps" => number(up.map(|kbps| kbps * 1_000)),
            "down_rate" => down.map(|kbps| Cow::Owned(short_rate(kbps))),
            "up_rate" => up.map(|kbps| Cow::Owned(short_rate(kbps))),
            "user_name" => self.user_name.as_deref().map(Cow::Borrowed),
            "account" => Some(Cow::Borrowed(self.account.as_str())),
            _ if quota_hint::NAMES.contains(&name) => {
                self.quota.and_then(|quota| quota.get(name)).map(Cow::Owned)
            }
            _ => {
                let of_policy = self.policy.attributes.iter().find(|(known, _)| known == name);
                let text = of_policy.map(|(_, text)| text).or_else(|| self.profile.variables().get(name));
                text.filter(|text| !text.is_empty()).map(|text| Cow::Borrowed(text.as_str()))
            }
        }
    }
}

/// `10M` or `1500k`: exact, and as short as it goes.
fn short_rate(kbps: u64) -> String {
    if kbps > 0 && kbps.is_multiple_of(1_000) { format!("{}M", kbps / 1_000) } else { format!("{kbps}k") }
}

/// Attributes that could not be made, in words for the log.
pub(crate) type LeftOut = Vec<String>;

/// The signed reply, what it is, and what had to be left out of it.
pub(crate) fn reply(
    dictionary: &Dictionary,
    pending: &Pending,
    identified: &Identified,
    (outcome, now): (Outcome, Instant),
) -> Result<(Vec<u8>, Outcome, LeftOut), PacketError> {
    let packet = Packet::decode(&pending.datagram)?;
    let node = &pending.node;
    let profile = &node.profile;
    let (policy, quota, templates, timeout) = match &outcome {
        Outcome::Reject(_, reason) => {
            let reply = reject(dictionary, &packet, node, *reason)?;
            return Ok((reply, outcome, LeftOut::new()));
        }
        Outcome::Accept(policy, quota) => {
            let ends = quota.as_ref().and_then(|quota| quota.seconds(now));
            let timeout = [profile.session_timeout_seconds, ends].into_iter().flatten().min();
            let used = profile.quota_used.as_ref().map_or(0, |counter| counter.read(&packet));
            let used = (used, identified.running.map_or(0, |running| running.counted));
            (policy, quota.map(|quota| quota.granted_after(used, now)), &profile.accept, timeout)
        }
        Outcome::Hotline(policy, _) => (policy, None, &profile.hotline, profile.hotline_seconds),
    };
    let words = Words {
        policy,
        profile,
        user_name: packet.text(number::USER_NAME),
        account: identified.found.account.to_string(),
        quota: quota.as_ref(),
        request: Some(&packet),
    };
    let hotlined = matches!(outcome, Outcome::Hotline(..));
    let mut builder = PacketBuilder::reply_to(&packet, Code::AccessAccept);
    let (made, mut left_out) = push_templates(&mut builder, dictionary, templates, &words)?;
    // Without its attributes a hotline would be full access: better none.
    if hotlined && (made == 0 || !left_out.is_empty()) {
        let reason = "the hotline's attributes cannot be made".to_owned();
        let reply = reject(dictionary, &packet, node, Reason::Other)?;
        return Ok((reply, Outcome::Reject(reason, Reason::Other), left_out));
    }
    left_out.extend(push_templates(&mut builder, dictionary, &profile.addresses, &words)?.1);
    // RFC 3579 2.6.5: no text beside EAP.
    if hotlined && eap::identifier(&packet).is_none() {
        builder.push(number::REPLY_MESSAGE, HOTLINED.as_bytes())?;
    }
    if profile.class {
        let handle = Handle { account: identified.found.account, hotlined };
        builder.push(number::CLASS, &handle.sign(node.secret.octets()))?;
    }
    for attribute in &identified.proof {
        builder.push_encoded(attribute)?;
    }
    builder.push_integer(number::ACCT_INTERIM_INTERVAL, profile.interim_seconds)?;
    if let Some(seconds) = timeout {
        builder.push_integer(number::SESSION_TIMEOUT, seconds)?;
    }
    let octets = builder.sign_reply(&packet, node.secret.octets())?;
    Ok((octets, outcome, left_out))
}

/// How many attributes were added, and which could not be.
pub(crate) fn push_templates(
    builder: &mut PacketBuilder,
    dictionary: &Dictionary,
    templates: &[AttributeTemplate],
    words: &Words<'_>,
) -> Result<(usize, LeftOut), PacketError> {
    let (mut made, mut left_out) = (0, LeftOut::new());
    // Nested attributes that follow one another stand in one container.
    let mut container: Option<EncodedAttribute> = None;
    for template in templates {
        let Some(text) = template.fill(words) else { continue };
        match dictionary.encode(&template.name, &text) {
            Ok(attribute) => {
                made += 1;
                let place = (attribute.vendor, attribute.number);
                match &mut container {
                    Some(open) if (open.vendor, open.number) == place => {
                        open.value.extend(attribute.value);
                        continue;
                    }
                    open => open.take().map(|open| builder.push_encoded(&open).map(|_| ())).transpose()?,
                };
                if dictionary.is_nested(&template.name) {
                    container = Some(attribute);
                } else {
                    builder.push_encoded(&attribute)?;
                }
            }
            Err(error) => left_out.push(error.to_string()),
        }
    }
    container.map(|open| builder.push_encoded(&open).map(|_| ())).transpose()?;
    Ok((made, left_out))
}

/// A signed Access-Reject, with the profile's code for the reason where it has one.
pub(crate) fn reject(
    dictionary: &Dictionary,
    packet: &Packet<'_>,
    node: &RadiusNode,
    reason: Reason,
) -> Result<Vec<u8>, PacketError> {
    let mut builder = PacketBuilder::reply_to(packet, Code::AccessReject);
    match eap::identifier(packet) {
        Some(identifier) => builder.push(number::EAP_MESSAGE, &eap::failure(identifier))?,
        None => builder.push(number::REPLY_MESSAGE, REJECTED.as_bytes())?,
    };
    if let Some(attribute) = credential::refusal(packet) {
        builder.push_encoded(&attribute)?;
    }
    if let Some(code) = node.profile.refusal_codes.get(reason.word(packet)) {
        // Where attributes of a policy stand, its name is set.
        let attributes = vec![(REFUSAL_CODE.to_owned(), code.clone())];
        let (policy, profile) = (&Policy { attributes, ..Policy::default() }, &*node.profile);
        let (user_name, account) = (packet.text(number::USER_NAME), String::new());
        let words = Words { policy, profile, user_name, account, quota: None, request: Some(packet) };
        push_templates(&mut builder, dictionary, &profile.reject, &words)?;
    }
    builder.sign_reply(packet, node.secret.octets())
}
