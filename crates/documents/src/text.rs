//! Strings become lines of placed glyphs: typefaces, shaping, line breaking. Knows nothing of pages or files.

mod faces;
mod line_breaking;
mod shaping;

pub(crate) use faces::{Face, FaceId, Faces, Weight};
pub(crate) use line_breaking::Typesetter;
pub(crate) use shaping::{Glyph, Run};

use crate::colour::Colour;
use crate::length::Length;

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextStyle {
    pub(crate) weight: Weight,
    pub(crate) size: Length,
    pub(crate) colour: Colour,
}

/// One line of text, ready to be placed.
#[derive(Debug, Clone)]
pub(crate) struct TextLine {
    /// From left to right.
    pub(crate) runs: Vec<Run>,
    pub(crate) width: Length,
    pub(crate) style: TextStyle,
}

impl TextStyle {
    pub(crate) const fn new(size: Length, weight: Weight, colour: Colour) -> Self {
        Self { weight, size, colour }
    }
}
