//! Turns the office's invoice content into the documents' invoice and draws it.

use documents::{DocumentDate, InvoiceDocument, InvoiceStyle, Line, Party, Section};
use office::{InvoiceContent, InvoiceContentSection, InvoiceParty, InvoiceRenderer};

/// Draws invoices as PDF.
#[derive(Debug, Default)]
pub struct PdfRenderer;

impl InvoiceRenderer for PdfRenderer {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        let style = InvoiceStyle { accent: invoice.accent.clone(), ..InvoiceStyle::default() };
        documents::render(&document(invoice), &style).map_err(|error| error.to_string())
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
        taxes: Vec::new(),
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
