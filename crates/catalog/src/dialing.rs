//! Dialing rules: what a dialled number becomes before it is priced and put through, and the options of service policies that go
//! with it.
//!
//! The first rule that fits decides, once; a number that no rule fits stays as it was dialled. Must not know: who dials.

use crate::{Catalog, Service, ServiceKind};
use serde::{Deserialize, Serialize};

/// Attribute of voice and message policies: the code of the dialing rules. Resolved like every attribute.
pub const DIALING_RULES: &str = "dialing_rules";
/// Attribute, `yes` or `no`: whether the network gets the translated number (Provision CLD). Left out = as the peer's profile says.
pub const PROVISION_CLD: &str = "provision_cld";
/// Attribute, `yes` or `no`: whether the Result-Code of a refused single service is copied to the command (Rise MSCC result code).
/// Left out = as the peer's profile says.
pub const RISE_MSCC_RESULT_CODE: &str = "rise_mscc_result_code";

/// Attribute, `yes` or `no`: whether who has neither funds nor units when he asks is sent where the final action says instead of being
/// refused. Left out = as the peer's profile says.
pub const HOTLINE_WITHOUT_FUNDS: &str = "hotline_without_funds";

/// A named, ordered set of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialingRules {
    /// Short name used by policies.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Rules; the first that fits decides.
    #[serde(default)]
    pub rules: Vec<DialingRule>,
}

/// One rule: which numbers it is for, and what they become. One that changes nothing keeps its numbers from later rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialingRule {
    /// What people read in explanations.
    pub name: String,
    /// Only this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Only numbers that begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Only numbers of so many symbols.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u8>,
    /// The whole number instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// So many symbols are taken off its front,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strip: u8,
    /// ...then this is put there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prepend: String,
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Whether a text is a number as it can be dialled, and can have a rule: digits, `*` and `#`.
pub(crate) fn is_dialled(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|symbol| symbol.is_ascii_digit() || matches!(symbol, b'*' | b'#'))
}

impl DialingRules {
    /// The rule that changes a dialled number, and what it makes of it; `None` = it stays, also where nothing would be left.
    pub fn translate(&self, dialled: &str) -> Option<(&DialingRule, String)> {
        if !is_dialled(dialled) {
            return None;
        }
        let rule = self.rules.iter().find(|rule| rule.fits(dialled))?;
        let number = match &rule.replace {
            Some(number) => number.clone(),
            None => format!("{}{}", rule.prepend, dialled.get(usize::from(rule.strip)..)?),
        };
        (!number.is_empty() && number != dialled).then_some((rule, number))
    }
}

impl DialingRule {
    fn fits(&self, dialled: &str) -> bool {
        self.number.as_ref().is_none_or(|number| number == dialled)
            && self.prefix.as_ref().is_none_or(|prefix| dialled.starts_with(prefix.as_str()))
            && self.length.is_none_or(|length| usize::from(length) == dialled.len())
    }

    /// Symbols of the shortest number that it is for.
    pub(crate) fn shortest(&self) -> usize {
        let prefix = self.prefix.as_ref().map_or(0, String::len);
        self.number.as_ref().map_or_else(|| self.length.map_or(prefix, usize::from), String::len)
    }

    /// Which numbers it is for, in words.
    pub fn asks(&self) -> String {
        let length = self.length.map(|length| format!("{length} digits"));
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}..."));
        [self.number.clone(), prefix, length].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What they become, in words.
    pub fn makes(&self) -> String {
        match (&self.replace, self.strip, self.prepend.as_str()) {
            (Some(number), ..) => number.clone(),
            (None, 0, "") => "as dialled".to_owned(),
            (None, 0, prepend) => format!("{prepend} in front"),
            (None, strip, "") => format!("without the first {strip}"),
            (None, strip, prepend) => format!("{prepend} instead of the first {strip}"),
        }
    }
}

/// What an option of a policy says; `None` for anything but `yes` and `no`.
pub fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

impl Catalog {
    /// What is wrong with an attribute of a service's policy whose values are known here; all others are the network's affair.
    pub fn option_problem(&self, service: &Service, name: &str, value: &str) -> Option<String> {
        match name {
            DIALING_RULES if !matches!(service.kind, ServiceKind::Voice | ServiceKind::Message) => {
                Some(format!("numbers are dialled for calls and messages, not for {}", service.code))
            }
            DIALING_RULES if !self.dialing_rules.iter().any(|rules| rules.code == value) => {
                Some(format!("there are no dialing rules \"{value}\""))
            }
            PROVISION_CLD | RISE_MSCC_RESULT_CODE | HOTLINE_WITHOUT_FUNDS if yes_or_no(value).is_none() => {
                Some("is yes or no".to_owned())
            }
            _ => None,
        }
    }
}

/// Whether an attribute decides how a session is begun, and so has no other value while a quota is used up or in turbo times.
pub fn always_holds(name: &str) -> bool {
    [DIALING_RULES, PROVISION_CLD, RISE_MSCC_RESULT_CODE, HOTLINE_WITHOUT_FUNDS].contains(&name)
}
