//! The used part of a typeface within the file: a composite font with two-byte codes (ISO 32000-1, 9.7).

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish, Name, Rect, Ref, Str};
use rustybuzz::ttf_parser::{RawFace, Tag};

use super::file::compressed;
use super::glyph_use::FaceUse;
use crate::DocumentError;
use crate::length::operand;
use crate::text::{Face, FaceId};

const EM: i64 = 1_000;
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
const CMAP_NAME: Name<'static> = Name(b"Talea-Text");
/// How thick upright strokes are said to be; viewers use it only when they replace the typeface.
const STEM: i64 = 90;

/// The objects that one typeface takes.
pub(super) struct FaceObjects {
    pub(super) font: Ref,
    pub(super) descendant: Ref,
    pub(super) descriptor: Ref,
    pub(super) file: Ref,
    pub(super) texts: Ref,
}

/// # Errors
/// [`DocumentError::Drawing`] when the typeface can't be cut down.
pub(super) fn embed(
    chunk: &mut Chunk,
    id: FaceId,
    face: &Face,
    used: &FaceUse,
    objects: &FaceObjects,
) -> Result<(), DocumentError> {
    let subset = subsetter::subset(face.file, 0, &used.remapper)
        .map_err(|error| DocumentError::Drawing(format!("typeface {}: {error}", id.name())))?;
    let outlines = RawFace::parse(&subset, 0).ok().and_then(|raw| raw.table(Tag::from_bytes(b"CFF ")));
    let name = format!("{}+{}", subset_tag(used), id.name());
    let full_name = if outlines.is_some() { format!("{name}-Identity-H") } else { name.clone() };

    let mut font = chunk.type0_font(objects.font);
    font.base_font(Name(full_name.as_bytes())).encoding_predefined(Name(b"Identity-H"));
    font.descendant_font(objects.descendant).to_unicode(objects.texts);
    font.finish();

    let mut descendant = chunk.cid_font(objects.descendant);
    descendant.subtype(if outlines.is_some() { CidFontType::Type0 } else { CidFontType::Type2 });
    descendant.base_font(Name(name.as_bytes())).system_info(SYSTEM);
    descendant.font_descriptor(objects.descriptor).default_width(operand(0));
    if outlines.is_none() {
        descendant.cid_to_gid_map_predefined(Name(b"Identity"));
    }
    let mut widths = descendant.widths();
    for (code, width) in &used.widths {
        widths.same(*code, *code, operand(*width));
    }
    widths.finish();
    descendant.finish();

    describe(chunk, face, &name, outlines.is_some(), objects);
    let data = compressed(outlines.unwrap_or(&subset));
    let mut file = chunk.stream(objects.file, &data);
    file.filter(Filter::FlateDecode);
    if outlines.is_some() {
        file.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    }
    file.finish();

    let mut map = UnicodeCmap::new(CMAP_NAME, SYSTEM);
    for (code, text) in &used.texts {
        map.pair_with_multiple(*code, text.chars());
    }
    let map = compressed(&map.finish());
    chunk.cmap(objects.texts, &map).filter(Filter::FlateDecode);
    Ok(())
}

fn describe(chunk: &mut Chunk, face: &Face, name: &str, outlines_are_cff: bool, objects: &FaceObjects) {
    let metric = |units: i16| operand(i64::from(units) * EM / face.units_per_em());
    let shaper = &face.shaper;
    let bounds = shaper.global_bounding_box();
    let bounds =
        Rect::new(metric(bounds.x_min), metric(bounds.y_min), metric(bounds.x_max), metric(bounds.y_max));
    let mut descriptor = chunk.font_descriptor(objects.descriptor);
    descriptor.name(Name(name.as_bytes()));
    descriptor.flags(FontFlags::SYMBOLIC);
    descriptor.bbox(bounds).italic_angle(operand(0)).stem_v(operand(STEM));
    descriptor.ascent(metric(shaper.ascender())).descent(metric(shaper.descender()));
    descriptor.cap_height(metric(shaper.capital_height().unwrap_or_else(|| shaper.ascender())));
    if outlines_are_cff {
        descriptor.font_file3(objects.file);
    } else {
        descriptor.font_file2(objects.file);
    }
}

/// Six letters that tell subsets of one typeface apart (ISO 32000-1, 9.6.4), made from the glyphs: FNV-1a.
fn subset_tag(used: &FaceUse) -> String {
    let hash = used.remapper.remapped_gids().fold(0xcbf2_9ce4_8422_2325_u64, |hash, glyph| {
        (hash ^ u64::from(glyph)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut rest = hash;
    let letters = std::iter::repeat_with(|| {
        let letter = u8::try_from(rest % 26).unwrap_or_default();
        rest /= 26;
        char::from(b'A' + letter)
    });
    letters.take(6).collect()
}
