//! The parts of a written profile against the dictionary: attributes that are read, sent, or name a session. Everything that is wrong is
//! collected by field.

use super::file::{AttributeLine, CounterLine, IdentifyLine, SubSessionLine};
use super::{
    AttributeName, AttributeTemplate, ExtraCounter, IdentifyRule, KeyName, ProfileProblem, SubSessions,
    Template,
};
use crate::refusal_reason::{REFUSAL_CODE, WORDS};
use radius::{Dictionary, Encryption, Kind};
use std::collections::BTreeMap;

/// Attributes, rules or counters of one kind in a profile.
const ENTRIES_MOST: usize = 64;

/// A queue's or policer's kind and number, then its octets in 64 bits.
const QUEUE_COUNTER_SIZE: usize = 10;

/// Names that are always there; see `access_reply`.
pub(crate) const BUILT_IN_NAMES: [&str; 9] = [
    "down_kbps",
    "up_kbps",
    "down_bps",
    "up_bps",
    "down_rate",
    "up_rate",
    "user_name",
    "account",
    REFUSAL_CODE,
];

/// Collects what is wrong.
pub(super) struct Check<'a> {
    pub dictionary: &'a Dictionary,
    pub file: &'a str,
    pub problems: Vec<ProfileProblem>,
}

impl Check<'_> {
    pub fn deny(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        let file = self.file.to_owned();
        self.problems.push(ProfileProblem { file, field: field.into(), reason: reason.into() });
    }

    pub fn session_keys(&mut self, names: Vec<String>) -> Vec<KeyName> {
        let mut keys = Vec::with_capacity(names.len());
        for (position, name) in names.into_iter().enumerate() {
            let field = format!("session_keys[{position}]");
            if let Some((attribute, kind)) = self.attribute(&field, &name) {
                if self.dictionary.by_name(&name).is_some_and(|known| known.is_hidden() || known.tagged) {
                    self.deny(field, "is secret or has tags, and names no session");
                }
                keys.push(KeyName { name: name.into(), attribute, kind });
            }
        }
        keys
    }

    /// Variables that would never be read.
    pub fn names(&mut self, variables: &BTreeMap<String, String>) {
        for name in crate::quota_hint::NAMES.iter().filter(|name| variables.contains_key(**name)) {
            self.deny(format!("variables.{name}"), "is what is left of a quota, and cannot be set");
        }
    }

    pub fn size(&mut self, field: &str, entries: usize) {
        if entries > ENTRIES_MOST {
            self.deny(field, format!("has more than {ENTRIES_MOST} entries"));
        }
    }

    pub fn attribute(&mut self, field: &str, name: &str) -> Option<(AttributeName, Kind)> {
        let (dictionary, base) = (self.dictionary, name.split_once(':').map_or(name, |(base, _tag)| base));
        let Some(known) = dictionary.by_name(base) else {
            self.deny(field, format!("the dictionary has no attribute `{base}`"));
            return None;
        };
        let (vendor, format) = (known.vendor, dictionary.vendor_format(known.vendor));
        let (number, nested) = match known.inside {
            None => (known.number, None),
            Some(outer) => (outer, Some(known.number)),
        };
        Some((AttributeName { vendor, number, format, nested }, known.kind))
    }

    fn attribute_of(&mut self, field: &str, name: &str, kind: Kind, words: &str) -> Option<AttributeName> {
        let (attribute, is) = self.attribute(field, name)?;
        if is != kind {
            self.deny(field, format!("`{name}` is not {words}"));
            return None;
        }
        Some(attribute)
    }

    pub fn identify(&mut self, lines: Vec<IdentifyLine>) -> Vec<IdentifyRule> {
        let mut rules = Vec::with_capacity(lines.len());
        for (position, line) in lines.into_iter().enumerate() {
            if !office::REALMS.contains(&line.realm.as_str()) {
                let reason = format!("must be one of {}", office::REALMS.join(", "));
                self.deny(format!("identify[{position}].realm"), reason);
            }
            let field = format!("identify[{position}].attribute");
            if let Some(attribute) = self.attribute_of(&field, &line.attribute, Kind::Text, "a text") {
                let (realm, check_password) = (line.realm.into(), line.check_password);
                rules.push(IdentifyRule { attribute, realm, check_password });
            }
        }
        rules
    }

    pub fn templates(
        &mut self,
        list: &str,
        lines: Vec<AttributeLine>,
        variables: &BTreeMap<String, String>,
    ) -> Vec<AttributeTemplate> {
        let mut templates = Vec::with_capacity(lines.len());
        for (position, line) in lines.into_iter().enumerate() {
            let name_field = format!("{list}[{position}].attribute");
            let value_field = format!("{list}[{position}].value");
            self.attribute(&name_field, &line.attribute);
            if self.dictionary.by_name(&line.attribute).is_some_and(|a| a.encryption != Encryption::None) {
                self.deny(name_field, "is encrypted on the wire and cannot be set from text");
            }
            let value = match Template::parse(&line.value) {
                Ok(value) => value,
                Err(reason) => {
                    self.deny(value_field, reason);
                    continue;
                }
            };
            let known = |name: &str| {
                let built_in = BUILT_IN_NAMES.contains(&name) || crate::quota_hint::NAMES.contains(&name);
                built_in || variables.contains_key(name)
            };
            for name in value.names().filter(|name| !known(name)) {
                self.deny(value_field.clone(), format!("`{name}` is not declared under [variables]"));
            }
            if let Some(name) = line.when.as_deref().filter(|name| !known(name)) {
                let field = format!("{list}[{position}].when");
                self.deny(field, format!("`{name}` is not declared under [variables]"));
            }
            if value.names().next().is_none()
                && let Some(text) = value.fill(|_| None)
                && let Err(error) = self.dictionary.encode(&line.attribute, &text)
            {
                self.deny(value_field, error.to_string());
            }
            let asked = self.conditions(&format!("{list}[{position}].asked"), line.asked);
            let unless = self.conditions(&format!("{list}[{position}].unless"), line.unless);
            let (name, when) = (line.attribute.into(), line.when.map(Into::into));
            templates.push(AttributeTemplate { name, value, when, asked, unless });
        }
        templates
    }

    /// Codes of reasons that there are.
    pub fn refusal_codes(&mut self, codes: BTreeMap<String, String>) -> BTreeMap<String, String> {
        for word in codes.keys().filter(|word| !WORDS.contains(&word.as_str())) {
            let reason = format!("must be one of {}", WORDS.join(", "));
            self.deny(format!("refusal_codes.{word}"), reason);
        }
        codes
    }

    /// Attributes that are named in the policy as in the dictionary.
    pub fn addresses(&mut self, names: Vec<String>) -> Vec<AttributeTemplate> {
        let mut templates = Vec::with_capacity(names.len());
        for (position, name) in names.into_iter().enumerate() {
            let field = format!("addresses[{position}]");
            self.attribute(&field, &name);
            match Template::parse(&format!("${{{name}}}")) {
                Ok(value) => {
                    let (name, asked, unless) = (name.into(), Vec::new(), Vec::new());
                    templates.push(AttributeTemplate { name, value, when: None, asked, unless });
                }
                Err(reason) => self.deny(field, reason),
            }
        }
        templates
    }

    pub fn sub_sessions(&mut self, line: &SubSessionLine) -> Option<SubSessions> {
        let correlation = self.attribute("sub_sessions.correlation", &line.correlation);
        let continues =
            self.attribute_of("sub_sessions.continues", &line.continues, Kind::Integer, "a 32-bit number");
        Some(SubSessions { correlation: correlation?.0, continues: continues? })
    }

    pub fn not_charged_with(&mut self, name: &str) -> Option<AttributeName> {
        Some(self.attribute("not_charged_with", name)?.0)
    }

    pub fn session_id_with(&mut self, names: &[String]) -> Vec<AttributeName> {
        self.size("session_id_with", names.len());
        let checked = names
            .iter()
            .enumerate()
            .map(|(position, name)| Some(self.attribute(&format!("session_id_with[{position}]"), name)?.0));
        checked.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    pub fn queue_counters(&mut self, names: &[String]) -> Vec<AttributeName> {
        let (kind, words) = (Kind::FixedOctets(QUEUE_COUNTER_SIZE), "the counter of a queue");
        let checked = names.iter().enumerate().map(|(position, name)| {
            self.attribute_of(&format!("queue_counters[{position}]"), name, kind, words)
        });
        checked.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    pub fn counters(&mut self, list: &str, lines: Vec<CounterLine>) -> Vec<ExtraCounter> {
        let mut counters = Vec::with_capacity(lines.len());
        for (position, line) in lines.into_iter().enumerate() {
            let field = |name: &str| format!("{list}[{position}].{name}");
            let words = "a 32-bit counter";
            let octets = self.attribute_of(&field("octets"), &line.octets, Kind::Integer, words);
            let gigawords = line.gigawords.and_then(|name| {
                let is_short = self.dictionary.by_name(&name).is_some_and(|known| known.kind == Kind::Short);
                let kind = if is_short { Kind::Short } else { Kind::Integer };
                self.attribute_of(&field("gigawords"), &name, kind, words)
            });
            counters.extend(octets.map(|octets| ExtraCounter { octets, gigawords }));
        }
        counters
    }
}
