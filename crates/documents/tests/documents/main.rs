//! Documents as their readers and the operator's staff meet them.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail")]

mod hostile_text;
mod invoice_text;
mod operator_style;
mod pdf_text;
