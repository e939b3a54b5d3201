//! Which glyphs of which typeface a document shows, under which codes, and which text each code stands for.

use std::collections::BTreeMap;

use pdf_writer::Name;
use subsetter::GlyphRemapper;

use crate::text::FaceId;

/// The box that stands for letters that no typeface has; it says nothing by itself.
const MISSING: u16 = 0;

/// What a document shows of one typeface.
pub(super) struct FaceUse {
    pub(super) remapper: GlyphRemapper,
    /// The width of each code, in thousandths of an em.
    pub(super) widths: BTreeMap<u16, i64>,
    /// The text that each code stands for, where that is always the same.
    pub(super) texts: BTreeMap<u16, String>,
}

/// How a piece of text is shown.
pub(super) struct Shown {
    /// A code for each glyph.
    pub(super) codes: Vec<u16>,
    /// True when readers get the text from the codes; otherwise it must be written beside them.
    pub(super) says_itself: bool,
}

/// What a document shows of all typefaces.
pub(super) struct GlyphUse {
    faces: BTreeMap<FaceId, FaceUse>,
}

impl GlyphUse {
    pub(super) fn new() -> Self {
        Self { faces: BTreeMap::new() }
    }

    /// Notes that glyphs (with their widths) stand for `text`.
    pub(super) fn show(&mut self, face: FaceId, glyphs: &[(u16, i64)], text: &str) -> Shown {
        let face = self.faces.entry(face).or_insert_with(|| FaceUse {
            remapper: GlyphRemapper::new(),
            widths: BTreeMap::new(),
            texts: BTreeMap::new(),
        });
        let mut codes = Vec::with_capacity(glyphs.len());
        for (glyph, width) in glyphs {
            let code = face.remapper.remap(*glyph);
            face.widths.insert(code, *width);
            codes.push(code);
        }
        let says_itself = match (glyphs, codes.as_slice()) {
            ([(glyph, _)], [code]) if *glyph != MISSING && !text.is_empty() => {
                let known = face.texts.entry(*code).or_insert_with(|| text.to_owned());
                known == text
            }
            _ => false,
        };
        Shown { codes, says_itself }
    }

    pub(super) fn used(&self) -> impl Iterator<Item = (FaceId, &FaceUse)> {
        self.faces.iter().map(|(face, used)| (*face, used))
    }

    /// The name of a typeface among a page's resources.
    pub(super) fn resource_name(face: FaceId) -> Name<'static> {
        match face {
            FaceId::InterRegular => Name(b"R"),
            FaceId::InterSemiBold => Name(b"B"),
            FaceId::DejaVuSans => Name(b"D"),
        }
    }
}
