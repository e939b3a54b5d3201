//! Invoices as PDF: finished facts and the operator's style in, the bytes of one PDF out.
//!
//! The caller fills an [`InvoiceDocument`] whose amounts, quantities and dates are already text in the operator's format;
//! [`render()`] draws it in an [`InvoiceStyle`]: colour, paper, logo, words, which parts are there. Before a style is saved,
//! [`InvoiceStyle::check`] says what is wrong with it, and in which field; a bill run reads it once ([`InvoiceStyle::prepared`]).
//!
//! Inside, three rooms: `text` turns a string into placed glyphs and lines, `pages` lays an invoice out in them, `pdf`
//! knows the file format. Lengths are integers (thousandths of a point), so the same input gives the same bytes everywhere.
//!
//! This crate must not know: SQL, the engine, HTTP, the clock, files or the network. It does no arithmetic on money: what
//! the invoice says is what `billing` computed.
//!
//! Drawing is synchronous and needs a CPU for milliseconds: call it from a blocking thread when invoices are long.

mod colour;
mod error;
mod invoice;
mod labels;
mod length;
mod limits;
mod pages;
mod pdf;
mod render;
mod sample;
mod style;
mod text;

pub use error::DocumentError;
pub use invoice::{DocumentDate, InvoiceDocument, Line, Party, Section, Tax};
pub use labels::{Labels, MAX_LABEL_CHARS};
pub use limits::{
    MAX_LINES, MAX_LOGO_BYTES, MAX_LOGO_PIXELS, MAX_ROWS_OF_TEXT, MAX_TEXT_CHARS, MAX_TOTAL_CHARS,
};
pub use render::render;
pub use sample::{sample_invoice, sample_style};
pub use style::{Blocks, InvoiceStyle, Paper, PreparedStyle};
