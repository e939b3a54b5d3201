//! A connector's manifest: one TOML file that says everything about a platform, so that a new platform needs only a new
//! file. `docs/guide/connectors.md` explains every field to authors.
//!
//! Loading checks the whole file: fields, limits, paths, templates, and that every name a template or condition uses is
//! declared by then. What is left for the first dry run to find is a filter that does not exist.

mod check;
mod names;
mod source;

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use minijinja::value::Value;
use serde::{Deserialize, Serialize};

use crate::connector::Profile;
use crate::error::ProvisioningError;
use crate::template::Templates;
use crate::tree::Path;

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Longest manifest file read, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 256 * 1024;
/// Most steps in a manifest.
pub const MAX_STEPS: usize = 64;
/// Highest parallelism a manifest may ask for.
pub const MAX_PARALLEL: u32 = 64;
/// Longest time-out of one request, in milliseconds.
pub const MAX_TIMEOUT_MS: u64 = 120_000;

/// A checked manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub(crate) profile: Profile,
    pub(crate) timeout: Duration,
    pub(crate) settings: Vec<SettingSpec>,
    pub(crate) auth: Option<Auth>,
    pub(crate) answer_values: Vec<(String, Path)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) steps: Vec<Step>,
    pub(crate) templates: Arc<Templates>,
}

/// A setting the operator gives once per connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingSpec {
    /// Key, `setting.<name>` in templates.
    pub name: String,
    /// Label on the screen.
    pub title: String,
    /// What it holds.
    pub kind: SettingKind,
    /// Whether it must be given.
    pub required: bool,
    /// Used when it is not given.
    pub default: Option<String>,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// The platform's address, `http://` or `https://`.
    Url,
    /// Anything that may be shown.
    Text,
    /// Stored encrypted, never shown, masked in every record.
    Secret,
}

/// How a body is written or an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Xml,
    Json,
    Form,
    Text,
}

/// How a value read from an answer is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    Text,
    Mac,
    Upper,
    Lower,
}

/// What a matching answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleOutcome {
    Done,
    Retry,
    Relogin,
    Fatal,
    Auth,
}

/// Names of expressions whose values authenticate each request.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    Basic { user: String, password: String },
    Bearer { token: String },
}

/// One rule of how an answer is judged; all its parts must hold.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub status: Vec<(u16, u16)>,
    pub has: Option<Path>,
    pub values: Vec<(String, Vec<String>)>,
    pub condition: Option<String>,
    pub outcome: RuleOutcome,
    pub set: Vec<(String, Value)>,
    pub message: String,
}

/// Where a value comes from in an answer.
#[derive(Debug, Clone)]
pub(crate) enum Read {
    One { path: Path, shape: Shape },
    Texts { list: Path },
    Maps { list: Path, fields: Vec<(String, Path, Shape)> },
}

/// One request of the ordered list.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub name: String,
    pub title: String,
    pub login: bool,
    pub when: Option<String>,
    pub for_each: Option<String>,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub answer_format: Format,
    pub read: Vec<(String, Read)>,
    pub store: Vec<(String, String)>,
    pub rules: Vec<Rule>,
    /// Every name `read` and `set` can give a value to, with its value before that.
    pub declared: Vec<(String, Value)>,
}

impl Manifest {
    /// Reads and checks a manifest. `file` is only used to name it in errors.
    ///
    /// # Errors
    /// [`ProvisioningError::Manifest`] with every fault found.
    pub fn parse(file: &str, text: &str) -> Result<Manifest, ProvisioningError> {
        check::manifest(text).map_err(|faults| ProvisioningError::Manifest { file: file.to_owned(), faults })
    }

    /// Reads a manifest from a file.
    ///
    /// # Errors
    /// [`ProvisioningError::Unreadable`] or [`ProvisioningError::Manifest`].
    pub fn load(path: &FilePath) -> Result<Manifest, ProvisioningError> {
        let unreadable =
            |reason: String| ProvisioningError::Unreadable { path: path.display().to_string(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Manifest::parse(&path.display().to_string(), &text)
    }

    /// Reads every `*.toml` of a folder, in the order of their names.
    ///
    /// # Errors
    /// The first file that can't be used; two manifests of one name are a fault of the second.
    pub fn load_folder(folder: &FilePath) -> Result<Vec<Manifest>, ProvisioningError> {
        let unreadable = |error: std::io::Error| ProvisioningError::Unreadable {
            path: folder.display().to_string(),
            reason: error.to_string(),
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
        files.sort();
        let mut manifests: Vec<Manifest> = Vec::new();
        for file in files {
            let manifest = Manifest::load(&file)?;
            if manifests.iter().any(|other| other.profile.name == manifest.profile.name) {
                let reason =
                    format!("another manifest of this folder is named `{}` too", manifest.profile.name);
                let faults = vec![check::fault("connector.name", reason)];
                return Err(ProvisioningError::Manifest { file: file.display().to_string(), faults });
            }
            manifests.push(manifest);
        }
        Ok(manifests)
    }

    /// The manifests that ship with the product: file name and text of everything in `connectors/`.
    pub fn shipped() -> &'static [(&'static str, &'static str)] {
        SHIPPED
    }

    /// A manifest that ships with the product.
    ///
    /// # Errors
    /// [`ProvisioningError::Unreadable`] when there is none of this name.
    pub fn load_shipped(name: &str) -> Result<Manifest, ProvisioningError> {
        let file = format!("{name}.toml");
        match SHIPPED.iter().find(|(shipped, _)| *shipped == file) {
            Some((file, text)) => Manifest::parse(file, text),
            None => {
                Err(ProvisioningError::Unreadable { path: file, reason: "no such manifest ships".to_owned() })
            }
        }
    }

    /// Every manifest that ships with the product.
    ///
    /// # Errors
    /// [`ProvisioningError::Manifest`], which a test of this crate rules out.
    pub fn load_all_shipped() -> Result<Vec<Manifest>, ProvisioningError> {
        SHIPPED.iter().map(|(file, text)| Manifest::parse(file, text)).collect()
    }

    /// What the worker and the screens need to know.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The settings the operator must or may give.
    pub fn settings(&self) -> &[SettingSpec] {
        &self.settings
    }
}
