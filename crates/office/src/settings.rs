//! Who the operator is and how his invoices read: one set of settings, changed as a whole.

use crate::invoice_content::InvoiceParty;
use crate::invoice_look::{self, InvoiceLook, Logo, Paper};
use crate::{Actor, FieldError, Office, OfficeError, Permission};
use calendar::BillingZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Prefix of these settings in the table.
const PREFIX: &str = "operator.";
/// Longest text of one field or line.
const TEXT_MOST: usize = 200;
/// Lines of an address, payment instructions, notes.
const LINES_MOST: usize = 20;
/// Days to pay at most.
const NET_DAYS_MOST: u16 = 365;

/// The operator as customers see him. Customers have their own zone and payment terms; these are for new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSettings {
    /// Name.
    pub name: String,
    /// Postal address, one line each.
    pub address: Vec<String>,
    /// E-mail for customers; empty when none.
    pub email: String,
    /// Telephone for customers; empty when none.
    pub phone: String,
    /// Web site; empty when none.
    pub website: String,
    /// Tax registration; empty when none.
    pub tax_id: String,
    /// IANA name of the zone of the operator's day and of new customers.
    pub zone: String,
    /// Days from invoice to due date for new customers.
    pub net_days: u16,
    /// Colour of invoices and portals, `#rrggbb`.
    pub accent: String,
    /// Logo of invoices and of the self-care portal, a PNG file.
    pub logo_png: Option<Logo>,
    /// Sheet of invoices.
    pub paper: Paper,
    /// Language of invoices, one of [`crate::invoice_languages`].
    pub invoice_language: String,
    /// Words on invoices to say otherwise, by their names in the guide.
    pub invoice_words: BTreeMap<String, String>,
    /// What the foot of each page of an invoice says instead of name and address; empty when nothing.
    pub invoice_footer: String,
    /// How to pay, one line each.
    pub payment_instructions: Vec<String>,
    /// Remarks on every invoice, one line each.
    pub invoice_notes: Vec<String>,
}

impl Default for OperatorSettings {
    fn default() -> Self {
        let instructions =
            ["Please pay by bank transfer or card.", "Quote the invoice number with your payment."];
        Self {
            name: "Your company".to_owned(),
            address: Vec::new(),
            email: String::new(),
            phone: String::new(),
            website: String::new(),
            tax_id: String::new(),
            zone: "UTC".to_owned(),
            net_days: 14,
            accent: "#0f5c8c".to_owned(),
            logo_png: None,
            paper: Paper::A4,
            invoice_language: "en".to_owned(),
            invoice_words: BTreeMap::new(),
            invoice_footer: String::new(),
            payment_instructions: instructions.map(str::to_owned).to_vec(),
            invoice_notes: Vec::new(),
        }
    }
}

impl OperatorSettings {
    pub(crate) fn party(&self) -> InvoiceParty {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        InvoiceParty {
            name: self.name.clone(),
            address: self.address.clone(),
            email: filled(&self.email),
            phone: filled(&self.phone),
            tax_id: filled(&self.tax_id),
            website: filled(&self.website),
        }
    }

    /// The operator's zone; UTC when the name is not known.
    pub fn billing_zone(&self) -> BillingZone {
        BillingZone::named(&self.zone).unwrap_or_else(|_| BillingZone::utc())
    }

    fn problems(&self) -> Vec<FieldError> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, reason: String| problems.push(FieldError::new(field, reason));
        if self.name.trim().is_empty() {
            wrong("name", "the operator needs a name".to_owned());
        }
        let texts = [
            ("name", &self.name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("website", &self.website),
            ("tax_id", &self.tax_id),
            ("invoice_footer", &self.invoice_footer),
        ];
        for (field, text) in texts {
            if text.chars().count() > TEXT_MOST {
                wrong(field, format!("at most {TEXT_MOST} characters"));
            }
        }
        let lists = [
            ("address", &self.address),
            ("payment_instructions", &self.payment_instructions),
            ("invoice_notes", &self.invoice_notes),
        ];
        for (field, lines) in lists {
            if lines.len() > LINES_MOST || lines.iter().any(|line| line.chars().count() > TEXT_MOST) {
                wrong(field, format!("at most {LINES_MOST} lines of {TEXT_MOST} characters"));
            }
        }
        if let Err(error) = BillingZone::named(&self.zone) {
            wrong("zone", error.to_string());
        }
        if self.net_days > NET_DAYS_MOST {
            wrong("net_days", format!("at most {NET_DAYS_MOST} days"));
        }
        let colour = self.accent.strip_prefix('#').unwrap_or_default();
        if colour.len() != 6 || !colour.bytes().all(|b| b.is_ascii_hexdigit()) {
            wrong("accent", "a colour such as #0f5c8c".to_owned());
        }
        problems.extend(invoice_look::problems(self));
        problems
    }
}

/// The settings as they are, and the look that follows from them.
#[derive(Clone)]
pub(crate) struct Kept {
    pub settings: Arc<OperatorSettings>,
    pub look: Arc<InvoiceLook>,
}

impl Office {
    /// The operator's settings; defaults where nothing was set.
    pub fn settings(&self) -> Result<OperatorSettings, OfficeError> {
        Ok(self.kept_settings()?.settings.as_ref().clone())
    }

    /// The same with the invoices' look, read once: nobody else writes them.
    pub(crate) fn kept_settings(&self) -> Result<Kept, OfficeError> {
        let mut kept = self.inner.settings.lock();
        if let Some(kept) = &*kept {
            return Ok(kept.clone());
        }
        let mut fields = match serde_json::to_value(OperatorSettings::default()) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        for (name, text) in self.store().settings_of(PREFIX)? {
            let field = name.trim_start_matches(PREFIX);
            if let (Some(place), Ok(value)) = (fields.get_mut(field), serde_json::from_str(&text)) {
                *place = value;
            }
        }
        let settings: OperatorSettings = serde_json::from_value(fields.into()).unwrap_or_default();
        let look = Arc::new(InvoiceLook::of(&settings));
        Ok(kept.insert(Kept { settings: Arc::new(settings), look }).clone())
    }

    /// Changes the operator's settings. Issued invoices stay as they are.
    pub fn save_settings(&self, actor: &Actor, settings: &OperatorSettings) -> Result<(), OfficeError> {
        actor.require(Permission::Administer)?;
        let mut problems = settings.problems();
        if problems.is_empty() {
            problems = self.inner.renderer.problems(&InvoiceLook::of(settings));
        }
        if !problems.is_empty() {
            return Err(OfficeError::Invalid(problems));
        }
        let fields = match serde_json::to_value(settings) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let values: BTreeMap<String, String> = fields
            .into_iter()
            .map(|(field, value)| (format!("{PREFIX}{field}"), value.to_string()))
            .collect();
        let mut kept = self.inner.settings.lock();
        *kept = None;
        self.store().put_settings(values)?;
        drop(kept);
        self.note(actor, "settings/changed", "operator", &settings.name)
    }
}
