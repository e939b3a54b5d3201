//! The shape of a manifest file, exactly as written. No rule lives here but the names of the fields; `check` turns this
//! into a [`super::Manifest`].

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::connector::{Contract, Order};
use crate::error::ManifestFault;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub connector: ConnectorSource,
    #[serde(default)]
    pub retry: RetrySource,
    #[serde(default, rename = "setting")]
    pub settings: Vec<SettingSource>,
    pub auth: Option<AuthSource>,
    #[serde(default)]
    pub request: RequestSource,
    #[serde(default)]
    pub answer_values: BTreeMap<String, String>,
    #[serde(default, rename = "answer")]
    pub answers: Vec<RuleSource>,
    #[serde(default, rename = "step")]
    pub steps: Vec<StepSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectorSource {
    pub name: String,
    pub title: String,
    pub kind: KindSource,
    pub contract: Contract,
    #[serde(default)]
    pub source: String,
    pub service: String,
    #[serde(default)]
    pub device_kinds: Vec<String>,
    pub parallel: u32,
    pub timeout_ms: u64,
    pub order: Order,
    pub events: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindSource {
    Http,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetrySource {
    pub first_ms: Option<u64>,
    pub max_ms: Option<u64>,
    pub attempts: Option<u32>,
    pub probe_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingSource {
    pub name: String,
    pub title: String,
    pub kind: super::SettingKind,
    #[serde(default = "yes")]
    pub required: bool,
    pub default: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "lowercase")]
pub(super) enum AuthSource {
    Basic { user: String, password: String },
    Bearer { token: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestSource {
    pub method: Option<String>,
    pub path: Option<String>,
    pub format: Option<super::Format>,
    pub answer_format: Option<super::Format>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepSource {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub login: bool,
    pub when: Option<String>,
    pub for_each: Option<String>,
    pub method: Option<String>,
    pub path: Option<String>,
    pub format: Option<super::Format>,
    pub answer_format: Option<super::Format>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
    #[serde(default)]
    pub read: BTreeMap<String, ReadSource>,
    #[serde(default)]
    pub store: BTreeMap<String, String>,
    #[serde(default, rename = "answer")]
    pub answers: Vec<RuleSource>,
}

/// `"path"`, `{ path, as }` or `{ list, fields }`.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a path, { path, as } or { list, fields }")]
pub(super) enum ReadSource {
    Path(String),
    Shaped(ShapedSource),
    List(ListSource),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapedSource {
    pub path: String,
    #[serde(rename = "as")]
    pub shape: super::Shape,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSource {
    pub list: String,
    #[serde(default)]
    pub fields: BTreeMap<String, FieldSource>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a path or { path, as }")]
pub(super) enum FieldSource {
    Path(String),
    Shaped(ShapedSource),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSource {
    pub status: Option<OneOrMany>,
    pub has: Option<String>,
    #[serde(default)]
    pub value: BTreeMap<String, OneOrMany>,
    #[serde(rename = "if")]
    pub condition: Option<String>,
    pub outcome: super::RuleOutcome,
    #[serde(default)]
    pub set: BTreeMap<String, SetSource>,
    #[serde(default)]
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn into_list(self) -> Vec<String> {
        match self {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected true, false, a whole number or a text")]
pub(super) enum SetSource {
    Bool(bool),
    Number(i64),
    Text(String),
}

/// Reads the file's text into its shape.
pub(super) fn read(text: &str) -> Result<Source, ManifestFault> {
    toml::from_str(text).map_err(|error| {
        let (field, line) = error.span().map_or((String::new(), 0), |span| place(text, span.start));
        let reason = error.message().trim().replace('\n', " ");
        match line {
            0 => ManifestFault { field: "(file)".to_owned(), reason },
            line if field.is_empty() => ManifestFault { field: format!("(line {line})"), reason },
            line => ManifestFault { field, reason: format!("{reason} (line {line})") },
        }
    })
}

/// The dotted name of the field at a byte offset, found by its table header and key, and the line's number from 1.
fn place(text: &str, offset: usize) -> (String, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let mut header = String::new();
    let mut key = String::new();
    for row in text.lines().take(line) {
        let row = row.trim();
        if row.starts_with('[') && row.ends_with(']') {
            header = row.trim_matches(['[', ']']).trim().to_owned();
            key.clear();
        } else if let Some((name, _)) = row.split_once('=') {
            let name = name.trim();
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                key = name.to_owned();
            }
        }
    }
    let parts: Vec<&str> =
        [header.as_str(), key.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    (parts.join("."), line)
}
