//! Which names a template or expression may use: a misspelt name is found when the manifest is loaded and not when the
//! first subscriber meets it.

use std::collections::{BTreeMap, BTreeSet};

/// Roots a step can't be named after.
pub(super) const RESERVED: &[&str] =
    &["subscriber", "setting", "item", "answer", "loop", "range", "dict", "namespace", "debug"];

/// What templates see of a desired subscriber, see `scope::subscriber`.
const SUBSCRIBER: &[&str] = &[
    "account_id",
    "external_id",
    "name",
    "email",
    "phone",
    "address",
    "presence",
    "packages",
    "devices",
    "custom",
];

/// Functions the template engine brings.
const FUNCTIONS: &[&str] = &["loop", "range", "dict", "namespace"];

/// The names known at one point of a manifest.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    pub settings: BTreeSet<String>,
    /// Names each earlier step declares.
    pub steps: BTreeMap<String, BTreeSet<String>>,
    /// Names of `answer_values`; known in a rule's `if` only.
    pub answer: Option<BTreeSet<String>>,
    /// Whether `item` exists (a step with `for_each`).
    pub item: bool,
}

impl Known {
    /// Complaints about the names used, one sentence each.
    pub fn complaints(&self, mut used: Vec<String>) -> Vec<String> {
        used.sort();
        used.iter().filter_map(|name| self.complaint(name)).collect()
    }

    fn complaint(&self, dotted: &str) -> Option<String> {
        let mut parts = dotted.split('.');
        let root = parts.next().unwrap_or_default();
        let member = parts.next();
        let among = |names: Vec<&str>| format!("`{dotted}` is not known here; there is {}", names.join(", "));
        match root {
            "subscriber" => match member {
                Some(member) if !SUBSCRIBER.contains(&member) => Some(among(SUBSCRIBER.to_vec())),
                _ => None,
            },
            "setting" => match member {
                Some(member) if !self.settings.contains(member) => {
                    Some(format!("`{dotted}` is not declared; add a [[setting]] named `{member}`"))
                }
                _ => None,
            },
            "item" if self.item => None,
            "item" => Some("`item` exists only in a step with `for_each`".to_owned()),
            "answer" => match (&self.answer, member) {
                (None, _) => Some("`answer` exists only in the `if` of an answer rule".to_owned()),
                (Some(_), Some("status") | None) => None,
                (Some(names), Some(member)) if names.contains(member) => None,
                (Some(names), Some(_)) => Some(among(names.iter().map(String::as_str).chain(["status"]).collect())),
            },
            _ if FUNCTIONS.contains(&root) => None,
            _ => match self.steps.get(root) {
                None => Some(format!("`{root}` is neither a subscriber's value nor the name of an earlier step")),
                Some(declared) => member.filter(|member| !declared.contains(*member)).map(|member| {
                    format!("step `{root}` gives no value named `{member}`; declare it in its `read` or in a rule's `set`")
                }),
            },
        }
    }
}
