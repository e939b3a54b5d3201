//! The file format: pages that are drawn on, the structure that screen readers follow, subsets of typefaces, the logo.
//! Knows nothing of invoices.

mod canvas;
mod file;
mod glyph_use;
mod logo;
mod structure;
mod typeface_embedding;

pub(crate) use canvas::{Canvas, Rectangle, Stroke};
pub(crate) use file::{DocumentFacts, write_file};
pub(crate) use logo::Logo;
pub(crate) use pdf_writer::types::StructRole as Role;
pub(crate) use structure::{ElementId, Structure};
