//! One line of text becomes glyphs: split where typeface, script or direction change, shaped, put into visual order.
//!
//! Every letter shows as itself: digits have one width, and no typeface may turn `->` into an arrow.

use std::ops::Range;

use rustybuzz::ttf_parser::{GlyphId, Tag};
use rustybuzz::{Direction, Feature, Script, ShapePlan, UnicodeBuffer};
use unicode_bidi::{Level, ParagraphBidiInfo};
use unicode_script::UnicodeScript;

use super::faces::{FaceId, Faces, Weight};

/// Below this letter nothing is written from right to left.
const FIRST_RIGHT_TO_LEFT: char = '\u{590}';

/// A glyph and where it goes, in units of its typeface.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    /// How far the next glyph is.
    pub(crate) advance: i64,
    /// What the glyph's own advance is, before kerning.
    pub(crate) own_advance: i64,
    pub(crate) dx: i64,
    pub(crate) dy: i64,
}

/// The glyphs that stand for one piece of text, usually one for one letter.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    /// Bytes of the run's text.
    pub(crate) text: Range<usize>,
    /// Places in the run's glyphs.
    pub(crate) glyphs: Range<usize>,
}

/// Glyphs of one typeface, from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) face: FaceId,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<Glyph>,
    /// From left to right.
    pub(crate) clusters: Vec<Cluster>,
    /// Sum of the advances.
    pub(crate) advance: i64,
    /// Where the run begins in the text that was shaped, in bytes.
    pub(crate) start: usize,
    level: Level,
}

/// The text of one paragraph and the direction of each of its letters.
pub(crate) struct Paragraph<'t> {
    pub(crate) text: &'t str,
    bidi: Option<ParagraphBidiInfo<'t>>,
}

impl<'t> Paragraph<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mixed = text.chars().any(|letter| letter >= FIRST_RIGHT_TO_LEFT);
        Self { text, bidi: mixed.then(|| ParagraphBidiInfo::new(text, None)) }
    }

    fn levels(&self, range: &Range<usize>) -> Vec<Level> {
        self.bidi.as_ref().map_or_else(Vec::new, |info| info.reordered_levels(range.clone()))
    }
}

/// What a stretch of text has in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Traits {
    face: FaceId,
    script: Script,
    level: Level,
}

struct Item {
    range: Range<usize>,
    traits: Traits,
}

/// Shapes text; keeps what it learned about typefaces from one text to the next.
pub(crate) struct Shaper {
    pub(crate) faces: &'static Faces,
    plans: Vec<(FaceId, Script, Direction, ShapePlan)>,
    features: [Feature; 2],
    buffer: UnicodeBuffer,
}

impl Shaper {
    pub(crate) fn new(faces: &'static Faces) -> Self {
        let feature = |tag, value| Feature::new(Tag::from_bytes(tag), value, ..);
        Self {
            faces,
            plans: Vec::new(),
            features: [feature(b"tnum", 1), feature(b"calt", 0)],
            buffer: UnicodeBuffer::new(),
        }
    }

    /// The runs of a part of a paragraph, in the order of reading.
    pub(crate) fn runs(
        &mut self,
        paragraph: &Paragraph<'_>,
        range: Range<usize>,
        weight: Weight,
    ) -> Vec<Run> {
        let items = self.items(paragraph, range, weight);
        items.into_iter().filter_map(|item| self.shape(paragraph.text, item)).collect()
    }

    fn items(&self, paragraph: &Paragraph<'_>, range: Range<usize>, weight: Weight) -> Vec<Item> {
        let levels = paragraph.levels(&range);
        let part = paragraph.text.get(range.clone()).unwrap_or_default();
        let mut items: Vec<Item> = Vec::new();
        for (offset, letter) in part.char_indices() {
            let at = range.start + offset;
            let level = levels.get(at).copied().unwrap_or_else(Level::ltr);
            let previous = items.last().map(|item| item.traits);
            let traits = self.traits(letter, level, weight, previous);
            match items.last_mut() {
                Some(item) if item.traits == traits => item.range.end = at + letter.len_utf8(),
                _ => items.push(Item { range: at..at + letter.len_utf8(), traits }),
            }
        }
        items
    }

    fn traits(&self, letter: char, level: Level, weight: Weight, previous: Option<Traits>) -> Traits {
        let first = FaceId::from(weight);
        let script = letter.script();
        let neutral = letter == ' '
            || script == unicode_script::Script::Inherited
            || matches!(letter, '\u{200c}' | '\u{200d}');
        match previous {
            // Marks and joiners belong to the letter before them; a space should not tear a run apart.
            Some(previous)
                if neutral && previous.level == level && self.faces.get(previous.face).has(letter) =>
            {
                return previous;
            }
            _ => {}
        }
        let face = self.faces.for_letter(weight, letter);
        let shared = face == first || matches!(script, unicode_script::Script::Common);
        let tag = Tag(script.as_iso15924_tag());
        let script = if shared { None } else { Script::from_iso15924_tag(tag) };
        Traits { face, script: script.unwrap_or(rustybuzz::script::LATIN), level }
    }

    fn shape(&mut self, text: &str, item: Item) -> Option<Run> {
        let Traits { face: id, script, level } = item.traits;
        let part = text.get(item.range.clone())?;
        let direction = if level.is_rtl() { Direction::RightToLeft } else { Direction::LeftToRight };
        let face = self.faces.get(id);
        let known = self.plans.iter().position(|plan| (plan.0, plan.1, plan.2) == (id, script, direction));
        let place = known.unwrap_or_else(|| {
            let plan = ShapePlan::new(&face.shaper, direction, Some(script), None, &self.features);
            self.plans.push((id, script, direction, plan));
            self.plans.len() - 1
        });
        let (.., plan) = self.plans.get(place)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.push_str(part);
        buffer.set_direction(direction);
        buffer.set_script(script);
        let shaped = rustybuzz::shape_with_plan(&face.shaper, plan, buffer);
        let mut run = Run {
            face: id,
            text: part.to_owned(),
            glyphs: Vec::with_capacity(shaped.len()),
            clusters: Vec::with_capacity(shaped.len()),
            advance: 0,
            start: item.range.start,
            level,
        };
        let mut starts = Vec::with_capacity(shaped.len());
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let id = u16::try_from(info.glyph_id).unwrap_or_default();
            let own_advance = i64::from(face.shaper.glyph_hor_advance(GlyphId(id)).unwrap_or_default());
            let advance = i64::from(position.x_advance);
            let (dx, dy) = (i64::from(position.x_offset), i64::from(position.y_offset));
            run.glyphs.push(Glyph { id, advance, own_advance, dx, dy });
            run.advance += advance;
            starts.push(usize::try_from(info.cluster).unwrap_or_default());
        }
        run.clusters = clusters(&starts, part.len(), level.is_rtl());
        self.buffer = shaped.clear();
        Some(run)
    }
}

/// Groups glyphs that stand for the same text. `starts` says for each glyph where its text begins, rising from left to
/// right, or falling where the text runs from right to left.
fn clusters(starts: &[usize], text_end: usize, right_to_left: bool) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::with_capacity(starts.len());
    for (place, &start) in starts.iter().enumerate() {
        match clusters.last_mut() {
            Some(last) if last.text.start == start => last.glyphs.end = place + 1,
            _ => clusters.push(Cluster { text: start..text_end, glyphs: place..place + 1 }),
        }
    }
    let mut end = text_end;
    let close = |cluster: &mut Cluster| {
        cluster.text.end = end.max(cluster.text.start);
        end = cluster.text.start;
    };
    if right_to_left {
        clusters.iter_mut().for_each(close)
    } else {
        clusters.iter_mut().rev().for_each(close)
    }
    clusters
}

/// Puts the runs of a line from reading order into the order from left to right (UAX 9, L2).
pub(crate) fn in_visual_order(runs: Vec<Run>) -> Vec<Run> {
    if runs.iter().all(|run| run.level.is_ltr()) {
        return runs;
    }
    let levels: Vec<Level> = runs.iter().map(|run| run.level).collect();
    let mut waiting: Vec<Option<Run>> = runs.into_iter().map(Some).collect();
    let order = ParagraphBidiInfo::reorder_visual(&levels);
    order.into_iter().filter_map(|place| waiting.get_mut(place).and_then(Option::take)).collect()
}

impl Run {
    /// The pieces of text in the order of reading: bytes of the shaped text, and their advance.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Range<usize>, i64)> + '_ {
        let count = self.clusters.len();
        (0..count).filter_map(move |index| {
            let place = if self.level.is_rtl() { count - 1 - index } else { index };
            let cluster = self.clusters.get(place)?;
            let glyphs = self.glyphs.get(cluster.glyphs.clone())?;
            let text = self.start + cluster.text.start..self.start + cluster.text.end;
            Some((text, glyphs.iter().map(|glyph| glyph.advance).sum()))
        })
    }
}
