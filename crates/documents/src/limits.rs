//! How large a document's parts may be, checked before any typesetting starts.

use serde_json::Value;

use crate::{DocumentError, InvoiceDocument};

/// Charges on one invoice, over all sections.
pub const MAX_LINES: usize = 20_000;
/// Characters in one text (a name, a description, one line of an address).
pub const MAX_TEXT_CHARS: usize = 1_000;
/// Entries of any list but the charges: address lines, taxes, notes, sections.
pub const MAX_ROWS_OF_TEXT: usize = 200;
/// Bytes of a template.
pub const MAX_TEMPLATE_BYTES: usize = 256 * 1024;
/// Bytes of a logo.
pub const MAX_LOGO_BYTES: usize = 512 * 1024;

/// Refuses what exceeds a limit, naming it. `data` is `invoice` as templates see it.
pub(crate) fn check(invoice: &InvoiceDocument, data: &Value, template: &str) -> Result<(), DocumentError> {
    bounded("template", template.len(), MAX_TEMPLATE_BYTES)?;
    bounded("logo", invoice.logo.as_ref().map_or(0, Vec::len), MAX_LOGO_BYTES)?;
    bounded("sections.lines", invoice.sections.iter().map(|section| section.lines.len()).sum(), MAX_LINES)?;
    check_texts(data, &mut String::new())
}

/// Walks the data so that a new field can't be forgotten here. `path` names the value at hand and is left as it was.
fn check_texts(value: &Value, path: &mut String) -> Result<(), DocumentError> {
    let parent = path.len();
    match value {
        Value::String(text) => bounded(path, text.chars().count(), MAX_TEXT_CHARS),
        Value::Array(items) => {
            if !path.ends_with(".lines") {
                bounded(path, items.len(), MAX_ROWS_OF_TEXT)?;
            }
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                check_texts(item, path)?;
                path.truncate(parent);
            }
            Ok(())
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if parent > 0 {
                    path.push('.');
                }
                path.push_str(name);
                check_texts(field, path)?;
                path.truncate(parent);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn bounded(what: &str, found: usize, limit: usize) -> Result<(), DocumentError> {
    if found <= limit { Ok(()) } else { Err(DocumentError::TooLarge { what: what.to_owned(), found, limit }) }
}
