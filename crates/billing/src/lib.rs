//! What a billing period costs and how its invoice reads: due dates, invoice lines, taxes; recurring fees as the core has them.
//!
//! Flows in: a customer's aggregate, the published catalog, the charges of a period. Flows out: fees to be charged
//! ([`charging::Fee`]), dates, and an [`InvoiceDraft`]. Collection (overdue, suspension) is decided inside `charging`.
//! Must not know: the clock, I/O, SQL, invoice numbers, the look of a document.

mod due_date;
mod error;
mod invoice_draft;
mod invoice_words;
mod quantity;
mod recurring_fees;
mod tax;

pub use due_date::{due_at, due_date, period_dates};
pub use error::BillingError;
pub use invoice_draft::{ChargeFact, InvoiceDraft, InvoiceLine, InvoiceSection, SectionKind, UsageDetail};
pub use invoice_words::InvoiceWords;
pub use quantity::{days_text, quantity_text};
pub use recurring_fees::recurring_fees;
pub use tax::{TaxLine, TaxTerms, Taxed, taxes};
