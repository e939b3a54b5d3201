//! A profile as it is written, and its check against the dictionary. Everything that is wrong is told at once, by field.

use super::check::Check;
use super::services::ServiceLine;
use super::{CountedIn, Dynamic, Profile, ProfileProblem, Refused};
use crate::eap::{Method, methods};
use crate::signing_habit::{Choice, Signing};
use radius::Dictionary;
use radius::dynamic_client::Limits;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Interim intervals without a report after which a session counts as gone.
pub(super) const SILENT_INTERIMS: u32 = 3;
/// Interim intervals: RFC 2869 2.1 forbids less than 60 seconds.
const INTERIM_SECONDS: std::ops::RangeInclusive<u32> = 60..=86_400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MessageAuthenticator {
    Required,
    #[default]
    Optional,
    Auto,
}

/// `true`, `false` or `"auto"`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum ProxyState {
    Fixed(bool),
    Learned(Choice),
}

impl ProxyState {
    const fn choice(self) -> Choice {
        match self {
            Self::Fixed(true) => Choice::Yes,
            Self::Fixed(false) => Choice::No,
            Self::Learned(choice) => choice,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    title: String,
    #[serde(default = "internet")]
    service: String,
    #[serde(default = "ten_minutes")]
    interim_seconds: u32,
    session_timeout_seconds: Option<u32>,
    hotline_seconds: Option<u32>,
    #[serde(default = "reject")]
    refused: Refused,
    #[serde(default = "yes")]
    class: bool,
    quota_hints: Option<bool>,
    quota_used: Option<CounterLine>,
    #[serde(default)]
    authorize_only: bool,
    #[serde(default)]
    mppe_keys: bool,
    #[serde(default = "both_methods")]
    eap: String,
    #[serde(default)]
    client_nonces: bool,
    #[serde(default)]
    accepted_per_second: u32,
    #[serde(default)]
    accounting_target: bool,
    sub_sessions: Option<SubSessionLine>,
    #[serde(default)]
    counted_in: CountedIn,
    #[serde(default)]
    wrapping_counters: bool,
    #[serde(default)]
    message_authenticator: MessageAuthenticator,
    #[serde(default = "limited")]
    limit_proxy_state: ProxyState,
    identify: Vec<IdentifyLine>,
    #[serde(default)]
    session_keys: Vec<String>,
    #[serde(default)]
    session_id_with: Vec<String>,
    #[serde(default)]
    owner_from_start: bool,
    #[serde(default)]
    change_of_authorization: bool,
    #[serde(default)]
    disconnect: bool,
    #[serde(default = "yes")]
    speed_by_disconnect: bool,
    #[serde(default = "dynamic_port")]
    dynamic_port: u16,
    #[serde(default)]
    event_timestamp: bool,
    #[serde(default = "thousand")]
    requests_per_second: u32,
    #[serde(default)]
    change: Vec<AttributeLine>,
    #[serde(default)]
    change_hotline: Vec<AttributeLine>,
    #[serde(default)]
    change_resume: Vec<AttributeLine>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    accept: Vec<AttributeLine>,
    #[serde(default)]
    hotline: Vec<AttributeLine>,
    #[serde(default)]
    reject: Vec<AttributeLine>,
    #[serde(default)]
    refusal_codes: BTreeMap<String, String>,
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    extra_counters: Vec<CounterLine>,
    #[serde(default)]
    queue_counters: Vec<String>,
    not_charged_with: Option<String>,
    #[serde(default)]
    location: Vec<String>,
    #[serde(default)]
    incoming: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    services: Vec<ServiceLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentifyLine {
    pub attribute: String,
    pub realm: String,
    #[serde(default = "yes")]
    pub check_password: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeLine {
    pub attribute: String,
    pub value: String,
    pub when: Option<String>,
    #[serde(default)]
    pub asked: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub unless: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubSessionLine {
    pub correlation: String,
    pub continues: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterLine {
    pub octets: String,
    pub gigawords: Option<String>,
}

fn internet() -> String {
    "internet".to_owned()
}

const fn ten_minutes() -> u32 {
    600
}

const fn reject() -> Refused {
    Refused::Reject
}

/// RFC 5176 2.1.
const fn dynamic_port() -> u16 {
    3_799
}

const fn thousand() -> u32 {
    1_000
}

const fn limited() -> ProxyState {
    ProxyState::Fixed(true)
}

fn both_methods() -> String {
    "mschapv2 md5".to_owned()
}

const fn yes() -> bool {
    true
}

impl Profile {
    /// Reads a profile. `file` is only named in problems.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn parse(dictionary: &Dictionary, file: &str, text: &str) -> Result<Self, Vec<ProfileProblem>> {
        let written: ProfileFile = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let field = format!("line {}", before.matches('\n').count() + 1);
            let reason = error.message().lines().collect::<Vec<_>>().join("; ");
            vec![ProfileProblem { file: file.to_owned(), field, reason }]
        })?;
        let mut check = Check { dictionary, file, problems: Vec::new() };
        let profile = check.profile(written);
        if check.problems.is_empty() { Ok(profile) } else { Err(check.problems) }
    }

    /// The profile with a node's own settings in it: `service`, `refused`, `message_authenticator`, `limit_proxy_state`,
    /// `accepted_per_second`, `quota_hints`, `mppe_keys`, `eap`, `tls_dial`, `client_nonces`, `interim_seconds`, `session_timeout_seconds`, `counted_in`, `wrapping_counters`, `change_of_authorization`, `disconnect`, `dynamic_port`, `event_timestamp`,
    /// `requests_per_second` and the profile's variables. Other settings mean nothing here.
    ///
    /// # Errors
    /// Settings that do not fit.
    pub fn with_settings(&self, settings: &BTreeMap<String, String>) -> Result<Self, Vec<ProfileProblem>> {
        let (mut own, mut problems) = (self.clone(), Vec::new());
        for (field, text) in settings {
            if let Err(reason) = own.set(field, text) {
                let (file, field) = (self.name.to_string(), field.clone());
                problems.push(ProfileProblem { file, field, reason: reason.to_owned() });
            }
        }
        if problems.is_empty() { Ok(own) } else { Err(problems) }
    }

    /// The same for a record that no connection is opened for.
    pub(crate) fn not_dialled(&self) -> Self {
        Self { tls_dial: None, ..self.clone() }
    }

    fn set(&mut self, field: &str, text: &str) -> Result<(), &'static str> {
        let seconds = || text.parse::<u32>().map_err(|_| "must be a number of seconds");
        match (field, text) {
            ("service", _) => self.service = text.into(),
            ("refused", "hotline") if self.hotline.is_empty() => {
                return Err("the profile has no hotline attributes");
            }
            ("refused", "hotline") => self.refused = Refused::Hotline,
            ("refused", "reject") => self.refused = Refused::Reject,
            ("refused", _) => return Err("must be `hotline` or `reject`"),
            ("message_authenticator", _) => {
                self.signing.required = match text {
                    "required" => Choice::Yes,
                    "optional" => Choice::No,
                    "auto" => Choice::Auto,
                    _ => return Err("must be `required`, `optional` or `auto`"),
                };
            }
            ("interim_seconds", _) => {
                let outside = "must be from 60 to 86400 seconds";
                self.interim_seconds =
                    Some(seconds()?).filter(|s| INTERIM_SECONDS.contains(s)).ok_or(outside)?;
            }
            ("counted_in", _) => {
                self.counted_in = match text {
                    "octets" => CountedIn::Octets,
                    "kilobytes" => CountedIn::Kilobytes,
                    "megabytes" => CountedIn::Megabytes,
                    "gigabytes" => CountedIn::Gigabytes,
                    _ => return Err("must be `octets`, `kilobytes`, `megabytes` or `gigabytes`"),
                };
            }
            ("wrapping_counters", _) => self.wrapping_counters = yes_or_no(text)?,
            ("quota_hints", _) => self.quota_hints = Some(yes_or_no(text)?),
            ("mppe_keys", _) => self.mppe_keys = yes_or_no(text)?,
            ("tls_dial", _) => {
                let address = text.parse().ok().map(Some);
                self.tls_dial = address.ok_or("must be an address with its port, such as 10.0.0.1:2083")?;
            }
            ("eap", _) => self.eap = methods(text)?,
            ("client_nonces", _) => self.client_nonces = yes_or_no(text)?,
            ("limit_proxy_state", _) => {
                self.signing.limit_proxy_state = match text {
                    "yes" => Choice::Yes,
                    "no" => Choice::No,
                    "auto" => Choice::Auto,
                    _ => return Err("must be `yes`, `no` or `auto`"),
                };
            }
            ("accepted_per_second", _) => {
                self.accepted_per_second = text.parse().map_err(|_| "must be a number; 0 = no limit")?;
            }
            ("session_timeout_seconds", _) => self.session_timeout_seconds = Some(seconds()?),
            ("change_of_authorization", _) => self.dynamic.change = yes_or_no(text)?,
            ("disconnect", _) => self.dynamic.disconnect = yes_or_no(text)?,
            ("event_timestamp", _) => self.dynamic.event_timestamp = yes_or_no(text)?,
            ("dynamic_port", _) => {
                let port = text.parse().ok().filter(|port| *port > 0);
                self.dynamic.port = port.ok_or("must be a port from 1 to 65535")?;
            }
            ("requests_per_second", _) => {
                self.dynamic.limits.per_second =
                    text.parse().map_err(|_| "must be a number; 0 = no limit")?;
            }
            _ => {
                if let Some(variable) = self.variables.get_mut(field) {
                    text.clone_into(variable);
                }
            }
        }
        Ok(())
    }
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("must be `yes` or `no`"),
    }
}

impl Check<'_> {
    fn profile(&mut self, mut written: ProfileFile) -> Profile {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if written.name.is_empty() || !written.name.chars().all(plain) {
            self.deny("name", "must be lower-case letters, digits and hyphens");
        }
        if written.service.is_empty() {
            self.deny("service", "must name a service of the catalog");
        }
        if !INTERIM_SECONDS.contains(&written.interim_seconds) {
            self.deny("interim_seconds", "must be from 60 to 86400 seconds");
        }
        if written.identify.is_empty() {
            self.deny("identify", "must name at least one way to find the account");
        }
        if written.refused == Refused::Hotline && written.hotline.is_empty() {
            self.deny("hotline", "must not be empty where `refused` is `hotline`");
        }
        self.size("identify", written.identify.len());
        self.size("accept", written.accept.len());
        self.size("hotline", written.hotline.len());
        self.size("reject", written.reject.len());
        self.size("addresses", written.addresses.len());
        self.size("extra_counters", written.extra_counters.len());
        self.size("queue_counters", written.queue_counters.len());
        self.names(&written.variables);
        let can = written.change_of_authorization || written.disconnect;
        if can && written.session_keys.is_empty() {
            self.deny("session_keys", "must name a session towards a device that takes CoA or Disconnect");
        }
        let dynamic = self.dynamic(&mut written);
        Profile {
            identify: self.identify(written.identify),
            accept: self.templates("accept", written.accept, &written.variables),
            hotline: self.templates("hotline", written.hotline, &written.variables),
            reject: self.templates("reject", written.reject, &written.variables),
            refusal_codes: self.refusal_codes(written.refusal_codes),
            extra_counters: self.counters("extra_counters", written.extra_counters),
            queue_counters: self.queue_counters(&written.queue_counters),
            not_charged_with: written.not_charged_with.and_then(|name| self.not_charged_with(&name)),
            services: self.services(&written.location, written.incoming, written.services),
            name: written.name.into(),
            title: written.title.into(),
            service: written.service.into(),
            interim_seconds: written.interim_seconds,
            session_timeout_seconds: written.session_timeout_seconds,
            hotline_seconds: written.hotline_seconds,
            refused: written.refused,
            class: written.class,
            quota_hints: written.quota_hints,
            quota_used: self.counters("quota_used", written.quota_used.into_iter().collect()).pop(),
            authorize_only: written.authorize_only,
            addresses: self.addresses(written.addresses),
            mppe_keys: written.mppe_keys,
            tls_dial: None,
            eap: self.eap(&written.eap),
            client_nonces: written.client_nonces,
            accepted_per_second: written.accepted_per_second,
            accounting_target: written.accounting_target,
            sub_sessions: written.sub_sessions.and_then(|line| self.sub_sessions(&line)),
            counted_in: written.counted_in,
            wrapping_counters: written.wrapping_counters,
            signing: Signing {
                required: match written.message_authenticator {
                    MessageAuthenticator::Required => Choice::Yes,
                    MessageAuthenticator::Optional => Choice::No,
                    MessageAuthenticator::Auto => Choice::Auto,
                },
                limit_proxy_state: written.limit_proxy_state.choice(),
            },
            session_keys: self.session_keys(written.session_keys),
            session_id_with: self.session_id_with(&written.session_id_with),
            owner_from_start: written.owner_from_start,
            dynamic,
            variables: written.variables,
        }
    }

    fn eap(&mut self, text: &str) -> Vec<Method> {
        methods(text).unwrap_or_else(|reason| {
            self.deny("eap", reason);
            Vec::new()
        })
    }

    fn dynamic(&mut self, written: &mut ProfileFile) -> Dynamic {
        let lists = [
            ("change", std::mem::take(&mut written.change)),
            ("change_hotline", std::mem::take(&mut written.change_hotline)),
            ("change_resume", std::mem::take(&mut written.change_resume)),
        ];
        let [speed, hotline, resume] = lists.map(|(list, lines)| {
            self.size(list, lines.len());
            self.templates(list, lines, &written.variables)
        });
        let limits = Limits { per_second: written.requests_per_second, ..Limits::default() };
        Dynamic {
            change: written.change_of_authorization,
            disconnect: written.disconnect,
            speed_by_disconnect: written.speed_by_disconnect,
            port: written.dynamic_port,
            event_timestamp: written.event_timestamp,
            limits,
            speed,
            hotline,
            resume,
        }
    }
}
