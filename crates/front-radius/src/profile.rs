//! What a device type needs, as data: which attributes mean a rate or the hotline, what names a subscriber, what follows a refusal.
//!
//! Flows in: TOML files (`profiles/radius/` is built in, an operator's directory comes on top). Flows out: profiles whose attributes
//! the dictionary knows and whose templates are read. `file` reads and checks, `template` fills in.

mod check;
mod file;
mod services;
mod template;

use crate::access_reply::Words;
use crate::eap::Method;
use crate::signing_habit::Signing;
use catalog::Unit;
use charging::QuotaLeft;
use radius::dynamic_client::Limits;
use radius::{Dictionary, Kind, Packet, VendorFormat, VendorSpecific};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use check::Check;
pub(crate) use services::{Condition, Services, UseOf};
pub(crate) use template::Template;

/// The profile of a node whose own is not known.
const FALLBACK: &str = "generic";
/// Profile files read from a directory.
const FILES_MOST: usize = 1_000;
/// Longest profile file, in octets.
const FILE_LONGEST: u64 = 256 * 1024;

const BUILT_IN: [(&str, &str); 13] = [
    ("generic.toml", include_str!("../../../profiles/radius/generic.toml")),
    ("mikrotik.toml", include_str!("../../../profiles/radius/mikrotik.toml")),
    ("huawei-cx600.toml", include_str!("../../../profiles/radius/huawei-cx600.toml")),
    ("juniper-mx.toml", include_str!("../../../profiles/radius/juniper-mx.toml")),
    ("nokia-sr.toml", include_str!("../../../profiles/radius/nokia-sr.toml")),
    ("cisco-pdsn.toml", include_str!("../../../profiles/radius/cisco-pdsn.toml")),
    ("cisco-sce.toml", include_str!("../../../profiles/radius/cisco-sce.toml")),
    ("cisco-sce-feed.toml", include_str!("../../../profiles/radius/cisco-sce-feed.toml")),
    ("sandvine-spb.toml", include_str!("../../../profiles/radius/sandvine-spb.toml")),
    ("hostapd.toml", include_str!("../../../profiles/radius/hostapd.toml")),
    ("sip-proxy.toml", include_str!("../../../profiles/radius/sip-proxy.toml")),
    ("cisco-voice.toml", include_str!("../../../profiles/radius/cisco-voice.toml")),
    ("cisco-asr-5700.toml", include_str!("../../../profiles/radius/cisco-asr-5700.toml")),
];

/// What is wrong with a profile, or with a node's own settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: {reason}")]
pub struct ProfileProblem {
    /// File name, or the profile's name where settings are wrong.
    pub file: String,
    /// Field, such as `accept[1].value`; a line where the file cannot be read at all.
    pub field: String,
    /// Words for people.
    pub reason: String,
}

/// What follows when charging refuses a log-in for lack of money or an overdue invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refused {
    /// Access-Accept with the hotline's attributes.
    Hotline,
    /// Access-Reject.
    Reject,
}

/// What Acct-Input-Octets and Acct-Output-Octets count; some access nodes can be set to another unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CountedIn {
    #[default]
    Octets,
    Kilobytes,
    Megabytes,
    Gigabytes,
}

impl CountedIn {
    /// Octets of one.
    pub const fn octets(self) -> u64 {
        match self {
            Self::Octets => 1,
            Self::Kilobytes => 1 << 10,
            Self::Megabytes => 1 << 20,
            Self::Gigabytes => 1 << 30,
        }
    }
}

/// An attribute that is read.
#[derive(Debug, Clone)]
pub(crate) struct AttributeName {
    pub vendor: u32,
    pub format: VendorFormat,
    pub number: u32,
    /// Its number inside that attribute, where it is nested.
    pub nested: Option<u32>,
}

impl AttributeName {
    /// The first value in a packet.
    pub fn read<'a>(&self, packet: &Packet<'a>) -> Option<&'a [u8]> {
        if self.vendor == 0 {
            return packet.first(u8::try_from(self.number).ok()?);
        }
        self.of_vendor(packet).next()
    }

    /// Every value of a vendor's attribute in a packet.
    pub fn of_vendor<'a>(&self, packet: &Packet<'a>) -> impl Iterator<Item = &'a [u8]> {
        let own = packet.vendor(self.vendor, self.format);
        let outer = own.filter(|attribute| attribute.number == self.number).map(|attribute| attribute.value);
        outer.filter_map(|data| match self.nested {
            None => Some(data),
            Some(number) => {
                let inside = VendorSpecific { vendor: self.vendor, data };
                let mut inside = inside.attributes(VendorFormat::default());
                Some(inside.find(|attribute| attribute.number == number)?.value)
            }
        })
    }

    /// The first value as a number of 16 or 32 bits; `None` where it is absent or not one.
    pub fn read_integer(&self, packet: &Packet<'_>) -> Option<u32> {
        match *self.read(packet)? {
            [high, low] => Some(u16::from_be_bytes([high, low]).into()),
            [a, b, c, d] => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        }
    }
}

/// One way to find the account.
#[derive(Debug, Clone)]
pub(crate) struct IdentifyRule {
    pub attribute: AttributeName,
    pub realm: Box<str>,
    /// Whether the password must match; a line or a SIM card needs none.
    pub check_password: bool,
}

/// An attribute that is sent.
#[derive(Debug, Clone)]
pub(crate) struct AttributeTemplate {
    pub name: Box<str>,
    pub value: Template,
    /// Sent only where this name is set.
    pub when: Option<Box<str>>,
    /// Sent only to a log-in for which one of these holds; empty = to all, and with CoA.
    pub asked: Vec<Condition>,
    /// Not sent to a log-in for which one of these holds.
    pub unless: Vec<Condition>,
}

impl AttributeTemplate {
    /// Its text; nothing where there is nothing to say.
    pub fn fill(&self, words: &Words<'_>) -> Option<String> {
        let one_of = |list: &[Condition]| {
            words.request.is_some_and(|packet| list.iter().any(|condition| condition.holds(packet)))
        };
        let wanted = self.when.as_deref().is_none_or(|name| words.get(name).is_some())
            && (self.asked.is_empty() || one_of(&self.asked))
            && !one_of(&self.unless);
        if wanted { self.value.fill(|name| words.get(name)) } else { None }
    }
}

/// An attribute that names a session towards the device.
#[derive(Debug, Clone)]
pub(crate) struct KeyName {
    pub name: Box<str>,
    pub attribute: AttributeName,
    pub kind: Kind,
}

/// What the device can be told about a running session (RFC 5176), and how.
#[derive(Debug, Clone)]
pub(crate) struct Dynamic {
    pub change: bool,
    pub disconnect: bool,
    /// Another speed is worth a disconnect where the device cannot be told it.
    pub speed_by_disconnect: bool,
    /// UDP port on the device.
    pub port: u16,
    /// Requests carry Event-Timestamp against replays (RFC 5176 6.3).
    pub event_timestamp: bool,
    pub limits: Limits,
    /// Attributes of a CoA-Request that sets the speed; without any the device cannot be told one. So with the next two.
    pub speed: Vec<AttributeTemplate>,
    /// ...that begins the hotline.
    pub hotline: Vec<AttributeTemplate>,
    /// ...that ends the hotline and sets the speed.
    pub resume: Vec<AttributeTemplate>,
}

/// A counter to add to Acct-Input-Octets and Acct-Output-Octets.
#[derive(Debug, Clone)]
pub(crate) struct ExtraCounter {
    pub octets: AttributeName,
    pub gigawords: Option<AttributeName>,
}

impl ExtraCounter {
    /// What it shows; nothing counted where it is absent.
    pub fn read(&self, packet: &Packet<'_>) -> u64 {
        let octets = self.octets.read_integer(packet).unwrap_or(0);
        let wraps = self.gigawords.as_ref().and_then(|name| name.read_integer(packet)).unwrap_or(0);
        (u64::from(wraps) << 32) | u64::from(octets)
    }
}

/// How a device tells that several accounting sessions are one (3GPP2 X.S0011-005).
#[derive(Debug, Clone)]
pub(crate) struct SubSessions {
    /// The same in all of them.
    pub correlation: AttributeName,
    /// 1 in a Stop: another one follows.
    pub continues: AttributeName,
}

/// A device type, checked.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(crate) name: Box<str>,
    pub(crate) title: Box<str>,
    pub(crate) service: Box<str>,
    pub(crate) interim_seconds: u32,
    pub(crate) session_timeout_seconds: Option<u32>,
    pub(crate) hotline_seconds: Option<u32>,
    pub(crate) refused: Refused,
    pub(crate) class: bool,
    /// Access-Accepts tell what is left of a quota whose end is the end of use; nothing = see [`Profile::tells`].
    pub(crate) quota_hints: Option<bool>,
    /// What a log-in tells of its use of quotas that it was told before.
    pub(crate) quota_used: Option<ExtraCounter>,
    /// Authorize-Only needs no password (RFC 5176 3.2).
    pub(crate) authorize_only: bool,
    /// Access-Accepts to MS-CHAPv2 carry the keys of MPPE.
    pub(crate) mppe_keys: bool,
    /// Methods of EAP in the order to offer them; none = no EAP.
    pub(crate) eap: Vec<Method>,
    /// Where the node takes CoA and Disconnect over TLS, if we are to connect to it; a setting of nodes only.
    pub(crate) tls_dial: Option<SocketAddr>,
    /// SIP digests may answer nonces that the node made itself.
    pub(crate) client_nonces: bool,
    /// Requests of a node that are worked on each second; 0 = all.
    pub(crate) accepted_per_second: u32,
    /// The node is told of others' sessions by Accounting-Requests of ours.
    pub(crate) accounting_target: bool,
    /// Attributes that name a packet session over its sub-sessions, where the device has such.
    pub(crate) sub_sessions: Option<SubSessions>,
    pub(crate) counted_in: CountedIn,
    /// The device sends no Gigawords: its octet counters start again at 2^32.
    pub(crate) wrapping_counters: bool,
    pub(crate) signing: Signing,
    pub(crate) identify: Vec<IdentifyRule>,
    pub(crate) session_keys: Vec<KeyName>,
    /// Attributes that tell sessions of one Acct-Session-Id apart, in any order.
    pub(crate) session_id_with: Vec<AttributeName>,
    /// Whose session it is says its start: what later reports name may be the other party.
    pub(crate) owner_from_start: bool,
    pub(crate) dynamic: Dynamic,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) accept: Vec<AttributeTemplate>,
    pub(crate) hotline: Vec<AttributeTemplate>,
    /// Sent with an Access-Reject whose reason has a code.
    pub(crate) reject: Vec<AttributeTemplate>,
    /// What the device reads for a reason, by [`crate::refusal_reason::WORDS`].
    pub(crate) refusal_codes: BTreeMap<String, String>,
    /// Attributes that the policy may set under their own names: fixed addresses and routes. Sent with the hotline too.
    pub(crate) addresses: Vec<AttributeTemplate>,
    pub(crate) extra_counters: Vec<ExtraCounter>,
    /// Counters of single queues, added up where a report has no Acct-Input-Octets and no Acct-Output-Octets.
    pub(crate) queue_counters: Vec<AttributeName>,
    /// What its reports are about.
    pub(crate) services: Services,
    /// Reports with this attribute count a part of what others report: acknowledged and not charged.
    pub(crate) not_charged_with: Option<AttributeName>,
}

impl Profile {
    /// The name nodes use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people read.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Code of the service that its users use.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// What follows a refusal.
    pub fn refused(&self) -> Refused {
        self.refused
    }

    /// Attributes that name a session towards the device, in the order to try.
    pub fn session_keys(&self) -> impl Iterator<Item = &str> {
        self.session_keys.iter().map(|key| &*key.name)
    }

    /// Whether the device understands CoA-Request (RFC 5176).
    pub fn change_of_authorization(&self) -> bool {
        self.dynamic.change
    }

    /// Whether the device understands Disconnect-Request (RFC 5176).
    pub fn disconnect(&self) -> bool {
        self.dynamic.disconnect
    }

    /// Names that a node's settings or a product's policy may set, with their default texts; empty = not set.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Whether a log-in is told what is left of a quota. A device that takes CoA hears of the end when it comes, and of units that are
    /// bought before; only time ends there as it does here, by the end of the session.
    pub(crate) fn tells(&self, quota: &QuotaLeft) -> bool {
        self.quota_hints.unwrap_or(!self.dynamic.change || quota.unit == Unit::Second)
    }

    /// Whether devices are told what money is left.
    pub(crate) fn tells_funds(&self) -> bool {
        self.quota_hints != Some(false)
    }

    /// Seconds without a report after which a session counts as gone: three interim intervals.
    pub(crate) fn silence(&self) -> u32 {
        self.interim_seconds.saturating_mul(file::SILENT_INTERIMS)
    }
}

/// All profiles by name.
#[derive(Debug, Clone)]
pub struct Profiles {
    by_name: HashMap<String, Arc<Profile>>,
    fallback: Arc<Profile>,
}

impl Profiles {
    /// The profiles that come with the program.
    ///
    /// # Errors
    /// A dictionary that lacks their attributes; the built-in one has them all.
    pub fn built_in(dictionary: &Dictionary) -> Result<Self, Vec<ProfileProblem>> {
        Self::collect(
            dictionary,
            BUILT_IN.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())),
        )
    }

    /// The same, then every `*.toml` of a directory in the order of names: one with a known name replaces it.
    ///
    /// # Errors
    /// Everything that is wrong, by file and field.
    pub fn with_directory(dictionary: &Dictionary, directory: &Path) -> Result<Self, Vec<ProfileProblem>> {
        let added = read_directory(directory)?;
        let built_in = BUILT_IN.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        Self::collect(dictionary, built_in.chain(added))
    }

    fn collect(
        dictionary: &Dictionary,
        files: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ProfileProblem>> {
        let (mut by_name, mut problems) = (HashMap::new(), Vec::new());
        for (file, text) in files {
            match Profile::parse(dictionary, &file, &text) {
                Ok(profile) => {
                    by_name.insert(profile.name.to_string(), Arc::new(profile));
                }
                Err(found) => problems.extend(found),
            }
        }
        match by_name.get(FALLBACK).cloned() {
            Some(fallback) if problems.is_empty() => Ok(Self { by_name, fallback }),
            _ => Err(problems),
        }
    }

    /// A profile by name.
    pub fn get(&self, name: &str) -> Option<Arc<Profile>> {
        self.by_name.get(name).cloned()
    }

    /// The profile for nodes whose own is not known.
    pub fn fallback(&self) -> Arc<Profile> {
        self.fallback.clone()
    }

    /// Every profile, by name.
    pub fn all(&self) -> Vec<Arc<Profile>> {
        let mut all: Vec<_> = self.by_name.values().cloned().collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }
}

fn read_directory(directory: &Path) -> Result<Vec<(String, String)>, Vec<ProfileProblem>> {
    let problem = |file: &Path, reason: String| {
        vec![ProfileProblem { file: file.display().to_string(), field: "file".to_owned(), reason }]
    };
    let entries = std::fs::read_dir(directory).map_err(|error| problem(directory, error.to_string()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    if paths.len() > FILES_MOST {
        return Err(problem(directory, format!("more than {FILES_MOST} profiles")));
    }
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let length = path.metadata().map_err(|error| problem(&path, error.to_string()))?.len();
        if length > FILE_LONGEST {
            return Err(problem(&path, format!("longer than {FILE_LONGEST} octets")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| problem(&path, error.to_string()))?;
        files.push((path.display().to_string(), text));
    }
    Ok(files)
}
