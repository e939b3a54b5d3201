//! Documents as their readers and the operator's staff meet them.

mod hostile_text;
mod invoice_text;
mod operator_template;
mod pdf_text;
