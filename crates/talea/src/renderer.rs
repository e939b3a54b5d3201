//! Turns the office's invoice content into the documents' invoice and draws it in the operator's style.

use documents::{
    DocumentDate, DocumentError, InvoiceDocument, InvoiceStyle, Labels, Line, Paper, Party, PreparedStyle,
    Section, Tax,
};
use office::{
    FieldError, InvoiceContent, InvoiceContentSection, InvoiceContentTax, InvoiceLook, InvoiceParty,
    InvoiceRenderer, Logo,
};
use parking_lot::Mutex;
use std::sync::Arc;

/// Draws invoices as PDF. Cheap to call from several threads at a time.
#[derive(Default)]
pub struct PdfRenderer {
    /// The style of the last invoice: reading a logo takes longer than drawing a page.
    last: Mutex<Option<(Arc<InvoiceLook>, Arc<PreparedStyle>)>>,
}

impl InvoiceRenderer for PdfRenderer {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        let style = self.style(&invoice.look).map_err(|error| error.reason)?;
        style.render(&document(invoice)).map_err(|error| error.to_string())
    }

    fn problems(&self, look: &InvoiceLook) -> Vec<FieldError> {
        prepared(look).err().into_iter().collect()
    }
}

impl PdfRenderer {
    fn style(&self, look: &Arc<InvoiceLook>) -> Result<Arc<PreparedStyle>, FieldError> {
        let mut last = self.last.lock();
        if let Some((_, style)) = last.as_ref().filter(|(known, _)| Arc::ptr_eq(known, look)) {
            return Ok(style.clone());
        }
        let style = Arc::new(prepared(look)?);
        *last = Some((look.clone(), style.clone()));
        Ok(style)
    }
}

/// The style of a look, or what is wrong with it, in the field of the settings.
fn prepared(look: &InvoiceLook) -> Result<PreparedStyle, FieldError> {
    let style = InvoiceStyle {
        accent: look.accent.clone(),
        paper: match look.paper {
            office::Paper::A4 => Paper::A4,
            office::Paper::Letter => Paper::Letter,
        },
        language: look.language.clone(),
        footer: look.footer.clone(),
        labels: labels(look)?,
        logo: look.logo.as_ref().map(|logo| Logo::octets(logo).to_vec()),
        ..InvoiceStyle::default()
    };
    style.prepared().map_err(|error| in_settings(&error))
}

fn labels(look: &InvoiceLook) -> Result<Labels, FieldError> {
    let labels = serde_json::to_value(&look.labels).and_then(serde_json::from_value::<Labels>);
    labels.map_err(|error| {
        // "unknown field `x`, expected one of ...": the names are in the guide, and there are many.
        let words = error.to_string();
        let words = words.split(", expected").next().unwrap_or_default();
        FieldError::new("invoice_words", words.replace("unknown field", "there is no word named"))
    })
}

/// The field of the settings that a style's field comes from.
fn in_settings(error: &DocumentError) -> FieldError {
    let (field, reason) = match error {
        DocumentError::TooLarge { what, found, limit } => {
            (what, format!("{found} is too large, at most {limit}"))
        }
        DocumentError::Invalid { field, reason } => (field, reason.clone()),
        DocumentError::Drawing(reason) => return FieldError::new("", reason.clone()),
    };
    match field.strip_prefix("style.").unwrap_or(field) {
        "logo" => FieldError::new("logo_png", reason),
        "footer" => FieldError::new("invoice_footer", reason),
        "language" => FieldError::new("invoice_language", reason),
        other => match other.strip_prefix("labels.") {
            Some(label) => FieldError::new("invoice_words", format!("{label}: {reason}")),
            None => FieldError::new(other, reason),
        },
    }
}

fn document(invoice: &InvoiceContent) -> InvoiceDocument {
    let (year, month, day) = invoice.dated;
    InvoiceDocument {
        title: invoice.title.clone(),
        number: invoice.number.clone(),
        dated: DocumentDate {
            year: u16::try_from(year).unwrap_or(1900),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        },
        issue_date: invoice.issue_date.clone(),
        due_date: invoice.due_date.clone(),
        period_from: invoice.period_from.clone(),
        period_to: invoice.period_to.clone(),
        currency: invoice.currency.code().to_owned(),
        operator: party(&invoice.operator),
        customer: party(&invoice.customer),
        customer_number: invoice.customer_number.clone(),
        sections: invoice.sections.iter().map(section).collect(),
        subtotal: invoice.subtotal.clone(),
        taxes: invoice.taxes.iter().map(tax).collect(),
        total: invoice.total.clone(),
        previous_balance: invoice.previous_balance.clone(),
        payments_received: invoice.payments_received.clone(),
        amount_due: invoice.amount_due.clone(),
        payable: invoice.payable,
        payment_instructions: invoice.payment_instructions.clone(),
        notes: invoice.notes.clone(),
    }
}

fn party(party: &InvoiceParty) -> Party {
    Party {
        name: party.name.clone(),
        address: party.address.clone(),
        email: party.email.clone(),
        phone: party.phone.clone(),
        tax_id: party.tax_id.clone(),
        website: party.website.clone(),
    }
}

fn tax(tax: &InvoiceContentTax) -> Tax {
    Tax { name: tax.name.clone(), amount: tax.amount.clone() }
}

fn section(section: &InvoiceContentSection) -> Section {
    let lines = section.lines.iter().map(|line| Line {
        description: line.description.clone(),
        period: line.period.clone(),
        quantity: line.quantity.clone(),
        unit_price: line.unit_price.clone(),
        amount: line.amount.clone(),
    });
    Section { title: section.title.clone(), lines: lines.collect(), subtotal: section.subtotal.clone() }
}

#[cfg(test)]
mod tests;
