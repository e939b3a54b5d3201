//! Pages that are drawn on. Distances are from the upper left corner of the page; PDF's own begin at the lower left.
//!
//! Whatever is drawn belongs either to an element of the document's structure or is an artifact that screen readers skip
//! (ISO 32000-1, 14.8.2.2).

use pdf_writer::types::ArtifactType;
use pdf_writer::{Content, Name, Str, TextStr};

use super::glyph_use::{GlyphUse, Shown};
use super::structure::{ElementId, Structure};
use crate::colour::Colour;
use crate::length::{Length, channel, operand};
use crate::text::{Faces, Glyph, Run, TextLine};

/// The name of the logo among a page's resources.
pub(super) const LOGO_NAME: Name<'static> = Name(b"Logo");
/// A quarter of a circle as one cubic curve: how far its handles reach, in ten thousandths of the radius.
const CIRCLE_HANDLE: i64 = 5_523;
/// Typefaces measure in thousandths of an em; smaller shifts can't be seen and are not written.
const EM: i64 = 1_000;
const VISIBLE_SHIFT: i64 = 2;

/// An area of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rectangle {
    pub(crate) left: Length,
    pub(crate) top: Length,
    pub(crate) width: Length,
    pub(crate) height: Length,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke {
    pub(crate) thickness: Length,
    pub(crate) colour: Colour,
    pub(crate) dashed: bool,
}

impl Stroke {
    pub(crate) const fn solid(thickness: Length, colour: Colour) -> Self {
        Self { thickness, colour, dashed: false }
    }
}

/// One page's drawing.
pub(super) struct PageContent {
    pub(super) content: Content,
    /// The element of each marked content, by its number.
    pub(super) marked: Vec<ElementId>,
}

/// All pages of a document.
pub(crate) struct Canvas {
    pub(crate) width: Length,
    pub(crate) height: Length,
    pub(crate) structure: Structure,
    pub(super) pages: Vec<PageContent>,
    pub(super) glyphs: GlyphUse,
    faces: &'static Faces,
}

impl Canvas {
    pub(crate) fn new(width: Length, height: Length, faces: &'static Faces) -> Self {
        let structure = Structure::new();
        Self { width, height, structure, pages: Vec::new(), glyphs: GlyphUse::new(), faces }
    }

    pub(crate) fn add_page(&mut self) {
        self.pages.push(PageContent { content: Content::new(), marked: Vec::new() });
    }

    pub(crate) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// What is drawn until [`Canvas::close`] on the page belongs to `element`.
    pub(crate) fn open(&mut self, page: usize, element: ElementId) {
        let Some(sheet) = self.pages.get_mut(page) else { return };
        let number = i32::try_from(sheet.marked.len()).unwrap_or(i32::MAX);
        sheet.marked.push(element);
        let role = self.structure.add_content(element, page, number);
        let mut mark = sheet.content.begin_marked_content_with_properties(role.to_name());
        mark.properties().identify(number);
    }

    /// What is drawn until [`Canvas::close`] on the page is decoration.
    pub(crate) fn open_artifact(&mut self, page: usize) {
        if let Some(content) = self.content(page) {
            let mut mark = content.begin_marked_content_with_properties(Name(b"Artifact"));
            mark.properties().artifact().kind(ArtifactType::Layout);
        }
    }

    /// Ends what [`Canvas::open`] or [`Canvas::open_artifact`] began.
    pub(crate) fn close(&mut self, page: usize) {
        if let Some(content) = self.content(page) {
            content.end_marked_content();
        }
    }

    pub(crate) fn fill(&mut self, page: usize, area: Rectangle, colour: Colour) {
        let bottom = self.above_lower_edge(area.top + area.height);
        if let Some(content) = self.content(page) {
            fill_colour(content, colour);
            content.rect(area.left.points(), bottom.points(), area.width.points(), area.height.points());
            content.fill_nonzero();
        }
    }

    pub(crate) fn fill_rounded(&mut self, page: usize, area: Rectangle, radius: Length, colour: Colour) {
        let (left, right) = (area.left, area.left + area.width);
        let (top, bottom) = (self.above_lower_edge(area.top), self.above_lower_edge(area.top + area.height));
        // From the corner of the rectangle to the handle of its rounding.
        let near = radius - radius.scaled(CIRCLE_HANDLE, 10_000);
        let Some(content) = self.content(page) else { return };
        fill_colour(content, colour);
        let at = |x: Length, y: Length| (x.points(), y.points());
        let (x, y) = at(left + radius, top);
        content.move_to(x, y);
        for [from, corner, to] in [
            [(right - radius, top), (right - near, top - near), (right, top - radius)],
            [(right, bottom + radius), (right - near, bottom + near), (right - radius, bottom)],
            [(left + radius, bottom), (left + near, bottom + near), (left, bottom + radius)],
            [(left, top - radius), (left + near, top - near), (left + radius, top)],
        ] {
            let (x, y) = at(from.0, from.1);
            content.line_to(x, y);
            // Each handle lies on the edge of the rectangle, beside its corner.
            let along = |edge: (Length, Length)| {
                let x = if edge.0 == left || edge.0 == right { edge.0 } else { corner.0 };
                let y = if edge.1 == top || edge.1 == bottom { edge.1 } else { corner.1 };
                (x, y)
            };
            let (first, second) = (along(from), along(to));
            let ((x1, y1), (x2, y2), (x3, y3)) =
                (at(first.0, first.1), at(second.0, second.1), at(to.0, to.1));
            content.cubic_to(x1, y1, x2, y2, x3, y3);
        }
        content.close_path().fill_nonzero();
    }

    /// A horizontal line whose middle is `top` below the page's edge.
    pub(crate) fn rule(&mut self, page: usize, left: Length, top: Length, width: Length, stroke: Stroke) {
        let y = self.above_lower_edge(top);
        let Some(content) = self.content(page) else { return };
        let Colour { red, green, blue } = stroke.colour;
        content.save_state();
        content.set_stroke_rgb(channel(red), channel(green), channel(blue));
        content.set_line_width(stroke.thickness.points());
        if stroke.dashed {
            content.set_dash_pattern([operand(3), operand(2)], operand(0));
        }
        content.move_to(left.points(), y.points()).line_to((left + width).points(), y.points()).stroke();
        content.restore_state();
    }

    /// The logo, in the size of `area`.
    pub(crate) fn logo(&mut self, page: usize, area: Rectangle) {
        let bottom = self.above_lower_edge(area.top + area.height);
        if let Some(content) = self.content(page) {
            let (width, height) = (area.width.points(), area.height.points());
            content.save_state();
            content.transform([width, operand(0), operand(0), height, area.left.points(), bottom.points()]);
            content.x_object(LOGO_NAME);
            content.restore_state();
        }
    }

    /// A line of text that begins at `left` and stands on `baseline`.
    pub(crate) fn text(&mut self, page: usize, left: Length, baseline: Length, line: &TextLine) {
        if line.runs.is_empty() {
            return;
        }
        let y = self.above_lower_edge(baseline).points();
        let Some(sheet) = self.pages.get_mut(page) else { return };
        fill_colour(&mut sheet.content, line.style.colour);
        sheet.content.begin_text();
        let mut x = left;
        for run in &line.runs {
            let units = self.faces.get(run.face).units_per_em();
            let matrix = [operand(1), operand(0), operand(0), operand(1), x.points(), y];
            sheet.content.set_font(GlyphUse::resource_name(run.face), line.style.size.points());
            sheet.content.set_text_matrix(matrix);
            let mut writer = RunWriter::new(&mut sheet.content, units, line.style.size);
            writer.write(run, &mut self.glyphs);
            x += line.style.size.scaled(run.advance, units);
        }
        sheet.content.end_text();
    }

    fn content(&mut self, page: usize) -> Option<&mut Content> {
        self.pages.get_mut(page).map(|page| &mut page.content)
    }

    fn above_lower_edge(&self, from_top: Length) -> Length {
        self.height - from_top
    }
}

fn fill_colour(content: &mut Content, colour: Colour) {
    let Colour { red, green, blue } = colour;
    content.set_fill_rgb(channel(red), channel(green), channel(blue));
}

/// A piece of an array of glyphs and shifts (ISO 32000-1, 9.4.3, operator TJ).
enum Shift {
    Glyphs(Vec<u8>),
    /// To the left, in thousandths of an em.
    Left(i64),
}

/// Writes the glyphs of one run.
struct RunWriter<'c> {
    content: &'c mut Content,
    units: i64,
    size: Length,
    pending: Vec<Shift>,
    /// Where a viewer is after what was written, and where the next glyph belongs: thousandths of an em and units.
    pen: i64,
    wanted: i64,
}

impl<'c> RunWriter<'c> {
    fn new(content: &'c mut Content, units: i64, size: Length) -> Self {
        Self { content, units, size, pending: Vec::new(), pen: 0, wanted: 0 }
    }

    fn write(&mut self, run: &Run, glyphs: &mut GlyphUse) {
        for cluster in &run.clusters {
            let text = run.text.get(cluster.text.clone()).unwrap_or_default();
            let drawn = run.glyphs.get(cluster.glyphs.clone()).unwrap_or_default();
            let ids: Vec<(u16, i64)> =
                drawn.iter().map(|glyph| (glyph.id, self.thousandths(glyph.own_advance))).collect();
            let Shown { codes, says_itself } = glyphs.show(run.face, &ids, text);
            if !says_itself {
                self.flush();
                let mut mark = self.content.begin_marked_content_with_properties(Name(b"Span"));
                mark.properties().actual_text(TextStr(text));
            }
            for (glyph, (code, (_, width))) in drawn.iter().zip(codes.into_iter().zip(ids)) {
                self.glyph(*glyph, code, width);
            }
            if !says_itself {
                self.flush();
                self.content.end_marked_content();
            }
        }
        self.flush();
    }

    fn glyph(&mut self, glyph: Glyph, code: u16, width: i64) {
        if glyph.dy != 0 {
            self.flush();
            self.content.set_rise(self.size.scaled(glyph.dy, self.units).points());
        }
        let place = self.thousandths(self.wanted + glyph.dx);
        if (place - self.pen).abs() >= VISIBLE_SHIFT {
            self.pending.push(Shift::Left(self.pen - place));
            self.pen = place;
        }
        match self.pending.last_mut() {
            Some(Shift::Glyphs(codes)) => codes.extend(code.to_be_bytes()),
            _ => self.pending.push(Shift::Glyphs(code.to_be_bytes().to_vec())),
        }
        self.pen += width;
        self.wanted += glyph.advance;
        if glyph.dy != 0 {
            self.flush();
            self.content.set_rise(operand(0));
        }
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let mut show = self.content.show_positioned();
        let mut items = show.items();
        for piece in self.pending.drain(..) {
            match piece {
                Shift::Glyphs(codes) => items.show(Str(&codes)),
                Shift::Left(thousandths) => items.adjust(operand(thousandths)),
            };
        }
    }

    fn thousandths(&self, units: i64) -> i64 {
        (units * EM * 2 + self.units).div_euclid(self.units * 2)
    }
}
