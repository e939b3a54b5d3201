//! How invoices look and which language they speak: paper, colour, logo, words. The languages that come with the program are files in
//! `words/`; an operator may replace any single word.
//!
//! Flows in: the operator's settings. Flows out: an [`InvoiceLook`], which goes to whoever draws. Must not know: how it is drawn.

use crate::{FieldError, OperatorSettings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use billing::InvoiceWords;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Octets of a logo: every page of the self-care portal loads it, every invoice holds it.
pub(crate) const LOGO_MOST: usize = 256 * 1024;
/// How a PNG file begins (PNG specification 5.2).
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Longest word or label, in characters.
const WORD_MOST: usize = 120;
/// Words an operator replaces.
const WORDS_MOST: usize = 100;

/// The languages of invoices: code, name, words that differ from the English ones.
const LANGUAGES: [(&str, &str, &str); 5] = [
    ("en", "English", ""),
    ("en-US", "English (United States)", include_str!("../words/en-US.toml")),
    ("de", "Deutsch", include_str!("../words/de.toml")),
    ("es", "Español", include_str!("../words/es.toml")),
    ("fr", "Français", include_str!("../words/fr.toml")),
];

/// Codes and names of the languages that invoices can be in.
pub fn invoice_languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|(code, name, _)| (*code, *name))
}

/// The size of a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// As settings say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        }
    }

    /// The paper of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::A4, Self::Letter].into_iter().find(|paper| paper.name() == name)
    }
}

/// A PNG file; as text it is base64. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo(Arc<[u8]>);

impl Logo {
    /// The file's octets, looked into when it is drawn.
    pub fn new(file: impl Into<Arc<[u8]>>) -> Self {
        Self(file.into())
    }

    /// From base64.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok().map(Self::new)
    }

    /// As base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The file's octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn problem(&self) -> Option<String> {
        if self.0.len() > LOGO_MOST {
            let (size, most) = (self.0.len().div_ceil(1024), LOGO_MOST / 1024);
            return Some(format!("the file has {size} KB; at most {most} KB"));
        }
        (!self.0.starts_with(PNG_SIGNATURE)).then(|| "a PNG file; other kinds are not printed".to_owned())
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({} octets)", self.0.len())
    }
}

impl Serialize for Logo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Logo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_base64(&text).ok_or_else(|| serde::de::Error::custom("a file in base64"))
    }
}

/// Everything about an invoice that is not its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceLook {
    /// The operator's colour, `#rrggbb`.
    pub accent: String,
    /// The sheet.
    pub paper: Paper,
    /// The language for screen readers (BCP 47).
    pub language: String,
    /// Words of the content.
    pub words: InvoiceWords,
    /// Labels around it that differ from the English ones, by name; who draws knows them.
    pub labels: BTreeMap<String, String>,
    /// What the foot of each page says instead of the operator's name and address.
    pub footer: Option<String>,
    /// The logo.
    pub logo: Option<Logo>,
}

impl InvoiceLook {
    /// The look that the settings describe; an unknown language is English.
    pub fn of(settings: &OperatorSettings) -> Self {
        let language = LANGUAGES.iter().find(|(code, ..)| *code == settings.invoice_language);
        let mut words: BTreeMap<String, String> =
            language.and_then(|(.., file)| toml::from_str(file).ok()).unwrap_or_default();
        words.extend(settings.invoice_words.clone());
        let mut known = match serde_json::to_value(InvoiceWords::default()) {
            Ok(serde_json::Value::Object(known)) => known,
            _ => serde_json::Map::new(),
        };
        words.retain(|name, text| match known.get_mut(name) {
            Some(place) => {
                *place = std::mem::take(text).into();
                false
            }
            None => true,
        });
        Self {
            accent: settings.accent.clone(),
            paper: settings.paper,
            language: settings.invoice_language.clone(),
            words: serde_json::from_value(known.into()).unwrap_or_default(),
            labels: words,
            footer: Some(settings.invoice_footer.clone()).filter(|text| !text.is_empty()),
            logo: settings.logo_png.clone(),
        }
    }
}

/// What is wrong with the settings of the look that can be told without drawing.
pub(crate) fn problems(settings: &OperatorSettings) -> Vec<FieldError> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, reason: String| problems.push(FieldError::new(field, reason));
    if !invoice_languages().any(|(code, _)| code == settings.invoice_language) {
        let codes: Vec<&str> = invoice_languages().map(|(code, _)| code).collect();
        wrong("invoice_language", format!("one of {}", codes.join(", ")));
    }
    if settings.invoice_words.len() > WORDS_MOST {
        wrong("invoice_words", format!("at most {WORDS_MOST} words"));
    }
    for (name, text) in &settings.invoice_words {
        let count = text.split(' ').count();
        match name.as_str() {
            _ if text.chars().count() > WORD_MOST => {
                wrong("invoice_words", format!("{name}: at most {WORD_MOST} characters"));
            }
            "months" if count != 12 => {
                wrong("invoice_words", "months: the names of twelve months".to_owned())
            }
            "volume_units" if count != 6 => {
                wrong("invoice_words", "volume_units: six units, such as B KB MB GB TB PB".to_owned());
            }
            _ => {}
        }
    }
    if let Some(problem) = settings.logo_png.as_ref().and_then(Logo::problem) {
        wrong("logo_png", problem);
    }
    problems
}
