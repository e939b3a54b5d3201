//! What an invoice says, and who turns it into a document.

use serde::{Deserialize, Serialize};

/// Everything on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContent {
    /// Number for people.
    pub number: String,
}

/// Turns an invoice into a PDF.
pub trait InvoiceRenderer: Send + Sync {
    /// The document, or why it cannot be made.
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String>;
}
