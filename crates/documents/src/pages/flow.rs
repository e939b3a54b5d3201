//! Columns of pieces flow down the page and over its end.
//!
//! A piece (one line of text with its rules) is never torn apart; a group of columns stays on one page when a page can
//! hold it, otherwise it goes on piece by piece on the next one, however long it is.

use crate::Paper;
use crate::colour::Colour;
use crate::length::Length;
use crate::pdf::{Canvas, ElementId, Rectangle, Stroke};
use crate::text::{Faces, TextLine, TextStyle, Typesetter};

use super::look::CAPITALS;

const SIDE_MARGIN: Length = Length::mm10(200);
const TOP_MARGIN: Length = Length::mm10(240);
const BOTTOM_MARGIN: Length = Length::mm10(240);
/// The first page has no head and begins higher up.
const FIRST_TOP: Length = Length::mm10(150);

/// Which edge of its column a text touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A line of text within a piece: from the column's left edge, and from the piece's upper edge to the baseline.
pub(super) struct PlacedText {
    pub(super) x: Length,
    pub(super) baseline: Length,
    pub(super) line: TextLine,
    /// Whose text it is; None for decoration that repeats what was already said.
    pub(super) element: Option<ElementId>,
}

/// A horizontal rule within a piece, measured as texts are.
pub(super) struct PlacedRule {
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) width: Length,
    pub(super) stroke: Stroke,
}

/// What is never torn apart.
pub(super) struct Piece {
    pub(super) height: Length,
    pub(super) texts: Vec<PlacedText>,
    pub(super) rules: Vec<PlacedRule>,
}

impl Piece {
    pub(super) fn gap(height: Length) -> Self {
        Self { height, texts: Vec::new(), rules: Vec::new() }
    }

    /// Nothing but a rule along its upper edge.
    pub(super) fn ruled_gap(height: Length, width: Length, stroke: Stroke) -> Self {
        let rule = PlacedRule { x: Length::ZERO, y: Length::ZERO, width, stroke };
        Self { rules: vec![rule], ..Self::gap(height) }
    }

    /// Puts a text on the line, its capitals in the middle of the height, on one edge of `width`.
    pub(super) fn put(
        &mut self,
        line: TextLine,
        (align, x, width): (Align, Length, Length),
        element: Option<ElementId>,
    ) {
        let x = match align {
            Align::Left => x,
            Align::Right => x + width - line.width,
        };
        let baseline = (self.height + line.style.size.percent(CAPITALS)).halves();
        self.texts.push(PlacedText { x, baseline, line, element });
    }
}

/// Pieces one below the other.
pub(super) struct Column {
    /// From the left edge of the body.
    pub(super) left: Length,
    pub(super) pieces: Vec<Piece>,
}

impl Column {
    pub(super) fn height(&self) -> Length {
        self.pieces.iter().map(|piece| piece.height).sum()
    }
}

/// A text as pieces of one line each.
pub(super) fn paragraph(
    text: &mut Typesetter,
    words: &str,
    style: TextStyle,
    leading: i64,
    (align, width): (Align, Length),
    element: Option<ElementId>,
) -> Vec<Piece> {
    stack(text.wrap(words, style, width), style.size.percent(leading), (align, width), element)
}

/// Lines of text as pieces of a given height.
pub(super) fn stack(
    lines: Vec<TextLine>,
    height: Length,
    (align, width): (Align, Length),
    element: Option<ElementId>,
) -> Vec<Piece> {
    let set = |line| {
        let mut piece = Piece::gap(height);
        piece.put(line, (align, Length::ZERO, width), element);
        piece
    };
    lines.into_iter().map(set).collect()
}

/// The pages so far and the place where the next thing goes.
pub(super) struct Flow {
    pub(super) canvas: Canvas,
    pub(super) left: Length,
    pub(super) width: Length,
    /// Where the next thing goes, from the upper edge of the page.
    pub(super) top: Length,
    page: usize,
}

impl Flow {
    pub(super) fn new(paper: Paper, faces: &'static Faces) -> Self {
        let (width, height) = match paper {
            Paper::A4 => (Length::mm10(2_100), Length::mm10(2_970)),
            Paper::Letter => (Length::pt10(6_120), Length::pt10(7_920)),
        };
        let mut canvas = Canvas::new(width, height, faces);
        canvas.add_page();
        Self { canvas, left: SIDE_MARGIN, width: width - SIDE_MARGIN * 2, top: FIRST_TOP, page: 0 }
    }

    pub(super) fn into_canvas(self) -> Canvas {
        self.canvas
    }

    pub(super) fn page(&self) -> usize {
        self.page
    }

    /// Where the body of every page ends, from the upper edge.
    pub(super) fn bottom(&self) -> Length {
        self.canvas.height - BOTTOM_MARGIN
    }

    /// The height of the body of every page but the first.
    pub(super) fn full_height(&self) -> Length {
        self.bottom() - TOP_MARGIN
    }

    pub(super) fn fits(&self, height: Length) -> bool {
        self.top + height <= self.bottom()
    }

    pub(super) fn new_page(&mut self) {
        self.canvas.add_page();
        self.page = self.canvas.page_count().saturating_sub(1);
        self.top = TOP_MARGIN;
    }

    pub(super) fn skip(&mut self, height: Length) {
        self.top += height;
    }

    /// Draws columns side by side, on one page if a page can hold them.
    pub(super) fn columns(&mut self, columns: Vec<Column>) {
        let height = columns.iter().map(Column::height).max().unwrap_or_default();
        if !self.fits(height) && height <= self.full_height() {
            self.new_page();
        }
        let mut waiting: Vec<_> =
            columns.into_iter().map(|column| (column.left, column.pieces.into_iter().peekable())).collect();
        loop {
            let mut lowest = self.top;
            for (left, pieces) in &mut waiting {
                let room = self.bottom() - self.top;
                let mut taken = Vec::new();
                let mut used = Length::ZERO;
                // A piece higher than a page is drawn all the same, so that this ends.
                while let Some(piece) =
                    pieces.next_if(|piece| taken.is_empty() || used + piece.height <= room)
                {
                    used += piece.height;
                    taken.push(piece);
                }
                self.draw(self.left + *left, self.top, &taken);
                lowest = lowest.max(self.top + used);
            }
            self.top = lowest;
            if waiting.iter_mut().all(|(_, pieces)| pieces.peek().is_none()) {
                return;
            }
            self.new_page();
        }
    }

    /// Draws pieces one below the other at a place of the current page.
    pub(super) fn draw(&mut self, left: Length, top: Length, pieces: &[Piece]) {
        let page = self.page;
        let mut y = top;
        let mut open: Option<Option<ElementId>> = None;
        for piece in pieces {
            for text in &piece.texts {
                if open != Some(text.element) {
                    self.close(open);
                    match text.element {
                        Some(element) => self.canvas.open(page, element),
                        None => self.canvas.open_artifact(page),
                    }
                    open = Some(text.element);
                }
                self.canvas.text(page, left + text.x, y + text.baseline, &text.line);
            }
            y += piece.height;
        }
        self.close(open);
        self.rules(left, top, pieces);
    }

    fn close(&mut self, open: Option<Option<ElementId>>) {
        if open.is_some() {
            self.canvas.close(self.page);
        }
    }

    fn rules(&mut self, left: Length, top: Length, pieces: &[Piece]) {
        if pieces.iter().all(|piece| piece.rules.is_empty()) {
            return;
        }
        self.canvas.open_artifact(self.page);
        let mut y = top;
        for piece in pieces {
            for rule in &piece.rules {
                self.canvas.rule(self.page, left + rule.x, y + rule.y, rule.width, rule.stroke);
            }
            y += piece.height;
        }
        self.canvas.close(self.page);
    }

    /// Fills an area of the current page as decoration, with round corners unless `radius` is zero.
    pub(super) fn fill(&mut self, area: Rectangle, radius: Length, colour: Colour) {
        self.canvas.open_artifact(self.page);
        if radius > Length::ZERO {
            self.canvas.fill_rounded(self.page, area, radius, colour);
        } else {
            self.canvas.fill(self.page, area, colour);
        }
        self.canvas.close(self.page);
    }
}
