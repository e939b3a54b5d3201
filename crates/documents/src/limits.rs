//! How large a document's parts may be, checked before any drawing starts.

use serde::Serialize;
use serde_json::Value;

use crate::{DocumentError, InvoiceDocument, InvoiceStyle};

/// Charges on one invoice, over all sections.
pub const MAX_LINES: usize = 20_000;
/// Characters in one text (a name, a description, one line of an address).
pub const MAX_TEXT_CHARS: usize = 1_000;
/// Characters in all texts of one invoice together.
pub const MAX_TOTAL_CHARS: usize = 4_000_000;
/// Entries of any list but the charges: address lines, taxes, notes, sections.
pub const MAX_ROWS_OF_TEXT: usize = 200;
/// Bytes of a logo's file.
pub const MAX_LOGO_BYTES: usize = 512 * 1024;
/// Pixels of a logo: a small file can hold a very large picture.
pub const MAX_LOGO_PIXELS: usize = 4_000_000;

/// Refuses an invoice that exceeds a limit, naming the part.
pub(crate) fn check_invoice(invoice: &InvoiceDocument) -> Result<(), DocumentError> {
    bounded("sections.lines", invoice.sections.iter().map(|section| section.lines.len()).sum(), MAX_LINES)?;
    let characters = check_texts(&as_data(invoice)?, &mut String::new())?;
    bounded("invoice", characters, MAX_TOTAL_CHARS)
}

/// Refuses a style that exceeds a limit, naming the part.
pub(crate) fn check_style(style: &InvoiceStyle) -> Result<(), DocumentError> {
    bounded("style.logo", style.logo.as_ref().map_or(0, Vec::len), MAX_LOGO_BYTES)?;
    check_texts(&as_data(style)?, &mut "style".to_owned()).map(drop)
}

fn as_data(value: &impl Serialize) -> Result<Value, DocumentError> {
    serde_json::to_value(value).map_err(|error| DocumentError::Drawing(error.to_string()))
}

/// Walks the data so that a new field can't be forgotten here, and counts the characters. `path` names the value at hand
/// and is left as it was.
fn check_texts(value: &Value, path: &mut String) -> Result<usize, DocumentError> {
    let parent = path.len();
    let mut characters = 0;
    match value {
        Value::String(text) => {
            characters = text.chars().count();
            bounded(path, characters, MAX_TEXT_CHARS)?;
        }
        Value::Array(items) => {
            if !path.ends_with(".lines") {
                bounded(path, items.len(), MAX_ROWS_OF_TEXT)?;
            }
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                characters += check_texts(item, path)?;
                path.truncate(parent);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if parent > 0 {
                    path.push('.');
                }
                path.push_str(name);
                characters += check_texts(field, path)?;
                path.truncate(parent);
            }
        }
        _ => {}
    }
    Ok(characters)
}

pub(crate) fn bounded(what: &str, found: usize, limit: usize) -> Result<(), DocumentError> {
    if found <= limit { Ok(()) } else { Err(DocumentError::TooLarge { what: what.to_owned(), found, limit }) }
}
