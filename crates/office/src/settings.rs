//! Who the operator is and how his invoices read: one set of settings, changed as a whole.

use crate::invoice_content::InvoiceParty;
use crate::{Actor, FieldError, Office, OfficeError, Permission};
use calendar::BillingZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prefix of these settings in the table.
const PREFIX: &str = "operator.";
/// Longest text of one field or line.
const TEXT_MOST: usize = 200;
/// Lines of an address, payment instructions, notes.
const LINES_MOST: usize = 20;
/// Octets of a logo.
const LOGO_MOST: usize = 256 * 1024;
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
    /// Logo as SVG text.
    pub logo_svg: Option<String>,
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
            logo_svg: None,
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
        if self.logo_svg.as_ref().is_some_and(|svg| svg.len() > LOGO_MOST || !svg.contains("<svg")) {
            wrong("logo_svg", format!("an SVG file of at most {} KB", LOGO_MOST / 1024));
        }
        problems
    }
}

impl Office {
    /// The operator's settings; defaults where nothing was set.
    pub fn settings(&self) -> Result<OperatorSettings, OfficeError> {
        let kept = self.store().settings_of(PREFIX)?;
        let mut fields = match serde_json::to_value(OperatorSettings::default()) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        for (name, text) in kept {
            let field = name.trim_start_matches(PREFIX);
            if let (Some(place), Ok(value)) = (fields.get_mut(field), serde_json::from_str(&text)) {
                *place = value;
            }
        }
        Ok(serde_json::from_value(fields.into()).unwrap_or_default())
    }

    /// Changes the operator's settings. Issued invoices stay as they are.
    pub fn save_settings(&self, actor: &Actor, settings: &OperatorSettings) -> Result<(), OfficeError> {
        actor.require(Permission::Administer)?;
        let problems = settings.problems();
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
        self.store().put_settings(values)?;
        self.note(actor, "settings/changed", "operator", &settings.name)
    }
}
