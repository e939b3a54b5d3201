//! Invoices as PDF: finished facts and a typst template in, the bytes of one PDF out.
//!
//! The caller fills an [`InvoiceDocument`] whose amounts, quantities and dates are already text in the operator's format;
//! [`render`] sets it with the built-in template ([`DEFAULT_TEMPLATE`]) or with one that the operator edited. Before such
//! a template or a logo is saved, [`check_template`] and [`check_logo`] say what is wrong with it, and where.
//!
//! This crate must not know: SQL, the engine, HTTP, the clock, files or the network. It does no arithmetic: what the
//! invoice says is what `billing` computed. The same input gives the same bytes.
//!
//! Rendering is synchronous and needs a CPU for tens of milliseconds to a second: call it from a blocking thread.

mod error;
mod fonts;
mod invoice;
mod limits;
mod render;
mod sample;
mod sandbox;
mod workers;

pub use error::{DocumentError, TemplateProblem};
pub use invoice::{DocumentDate, InvoiceDocument, Line, Party, Section, Tax};
pub use limits::{MAX_LINES, MAX_LOGO_BYTES, MAX_ROWS_OF_TEXT, MAX_TEMPLATE_BYTES, MAX_TEXT_CHARS};
pub use render::{DEFAULT_TEMPLATE, check_logo, check_template, render};
pub use sample::sample_invoice;
