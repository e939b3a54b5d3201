//! One invoice and one style become one PDF.

use crate::pdf::{DocumentFacts, write_file};
use crate::style::CheckedStyle;
use crate::{DocumentDate, DocumentError, InvoiceDocument, InvoiceStyle, PreparedStyle, limits, pages};

const FIRST_YEAR: u16 = 1900;
const LAST_YEAR: u16 = 9999;

/// Draws `invoice` in `style` and returns the PDF.
///
/// Takes a CPU for milliseconds, for long invoices up to a second. The same input gives the same bytes.
///
/// # Errors
/// [`DocumentError::TooLarge`] or [`DocumentError::Invalid`] with the field of the invoice or of the style;
/// [`DocumentError::Drawing`] when nothing is known to be wrong with the input.
pub fn render(invoice: &InvoiceDocument, style: &InvoiceStyle) -> Result<Vec<u8>, DocumentError> {
    draw(invoice, style, &style.checked()?)
}

impl PreparedStyle {
    /// The same as [`render()`], with nothing of the style to be read again.
    ///
    /// # Errors
    /// As [`render()`], but for those of the style.
    pub fn render(&self, invoice: &InvoiceDocument) -> Result<Vec<u8>, DocumentError> {
        draw(invoice, &self.style, &self.checked)
    }
}

fn draw(
    invoice: &InvoiceDocument,
    style: &InvoiceStyle,
    checked: &CheckedStyle,
) -> Result<Vec<u8>, DocumentError> {
    limits::check_invoice(invoice)?;
    check_date(invoice.dated)?;
    let canvas = pages::draw(invoice, style, checked)?;
    let labels = &style.labels;
    let ends = [("from", invoice.period_from.as_str()), ("to", invoice.period_to.as_str())];
    let period = crate::labels::fill(&labels.period_range, &ends);
    let facts = DocumentFacts {
        title: format!("{} {}", invoice.title, invoice.number),
        author: &invoice.operator.name,
        subject: format!("{} {}, {period}", labels.customer_number, invoice.customer_number),
        language: &style.language,
        dated: invoice.dated,
    };
    write_file(canvas, checked.logo.as_ref(), &facts)
}

fn check_date(date: DocumentDate) -> Result<(), DocumentError> {
    let year = date.year;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match date.month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    if (FIRST_YEAR..=LAST_YEAR).contains(&year) && (1..=days).contains(&date.day) {
        return Ok(());
    }
    let reason = format!("must be a day between {FIRST_YEAR}-01-01 and {LAST_YEAR}-12-31");
    Err(DocumentError::invalid("dated", reason))
}
