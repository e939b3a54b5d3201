//! What an operator may change about the look of his documents: colour, paper, logo, words, which parts are there.
//!
//! The structure is made to be kept as TOML or JSON and edited by people: every field has a default, unknown fields are
//! refused. The logo's bytes travel beside the text.

use serde::{Deserialize, Serialize};

use crate::colour::Colour;
use crate::pdf::Logo;
use crate::{DocumentError, Labels, limits};

/// The look of an operator's documents. `InvoiceStyle::default()` is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InvoiceStyle {
    /// The operator's colour, `#rrggbb`. Where a pale one would be hard to read, a darker one of its kind is used.
    pub accent: String,
    /// The size of the sheet.
    pub paper: Paper,
    /// The language of the labels for screen readers, as BCP 47 says it: `en`, `pt-BR`.
    pub language: String,
    /// What the foot of each page says, instead of the operator's name, address and tax number.
    pub footer: Option<String>,
    /// Which optional parts are printed.
    pub blocks: Blocks,
    /// Every fixed word.
    pub labels: Labels,
    /// The logo, a PNG file; None prints the operator's name in its place. Not part of the edited text.
    #[serde(skip)]
    pub logo: Option<Vec<u8>>,
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

/// Which optional parts are printed; all of them unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blocks {
    /// The bar in the operator's colour along the upper edge of the first page.
    pub accent_bar: bool,
    /// The operator's name beside a logo that is not a word mark.
    pub name_beside_logo: bool,
    /// E-mail and telephone of the customer below his address.
    pub customer_contacts: bool,
    /// The tinted box with the amount due.
    pub amount_box: bool,
    /// The sum of each section of charges.
    pub section_subtotals: bool,
    /// The remarks beside the totals.
    pub notes: bool,
    /// The part below the dashed line that says how to pay; never printed when nothing is to be paid.
    pub payment_part: bool,
    /// Where questions go: the operator's e-mail and telephone in the payment part.
    pub operator_contacts: bool,
}

impl Default for Blocks {
    fn default() -> Self {
        Self {
            accent_bar: true,
            name_beside_logo: true,
            customer_contacts: true,
            amount_box: true,
            section_subtotals: true,
            notes: true,
            payment_part: true,
            operator_contacts: true,
        }
    }
}

impl Default for InvoiceStyle {
    fn default() -> Self {
        Self {
            accent: "#0f5c8c".to_owned(),
            paper: Paper::A4,
            language: "en".to_owned(),
            footer: None,
            blocks: Blocks::default(),
            labels: Labels::default(),
            logo: None,
        }
    }
}

impl InvoiceStyle {
    /// Says whether documents can be drawn in this style; [`crate::render()`] answers the same.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] or [`DocumentError::Invalid`], naming the field as `style.labels.page`.
    pub fn check(&self) -> Result<(), DocumentError> {
        self.checked().map(drop)
    }

    /// Checks the style and reads its logo, once for many documents.
    ///
    /// # Errors
    /// As [`InvoiceStyle::check`].
    pub fn prepared(self) -> Result<PreparedStyle, DocumentError> {
        let checked = self.checked()?;
        Ok(PreparedStyle { style: self, checked })
    }

    /// The parts of a valid style that had to be read.
    pub(crate) fn checked(&self) -> Result<CheckedStyle, DocumentError> {
        limits::check_style(self)?;
        let accent = Colour::from_hex(&self.accent)
            .ok_or_else(|| DocumentError::invalid("style.accent", "must be a colour like #1f4e8c"))?;
        if !is_language(&self.language) {
            return Err(DocumentError::invalid("style.language", "must be a language tag like en or pt-BR"));
        }
        self.labels.check()?;
        let logo = self.logo.as_deref().map(Logo::decode).transpose()?;
        Ok(CheckedStyle { accent, logo })
    }
}

/// A style that documents can be drawn in.
pub struct PreparedStyle {
    pub(crate) style: InvoiceStyle,
    pub(crate) checked: CheckedStyle,
}

/// What reading a style's texts and bytes gave.
pub(crate) struct CheckedStyle {
    pub(crate) accent: Colour,
    pub(crate) logo: Option<Logo>,
}

/// The shape of a language tag (RFC 5646 2.1): letters, then parts of letters and digits after hyphens.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let is_part = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    first.len() >= 2
        && first.chars().all(|letter| letter.is_ascii_alphabetic())
        && first.len() <= 8
        && parts.all(|part| is_part(part, 8))
}
