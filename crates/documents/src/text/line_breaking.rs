//! Text becomes lines of a given width. Words that are wider than a line are broken, so nothing runs over its edge.
//!
//! What can't be printed is settled here: line ends become spaces; control characters and the invisible ones that reverse
//! the order of letters are left out.

use std::borrow::Cow;
use std::ops::Range;

use super::faces::{Faces, Weight};
use super::shaping::{Paragraph, Run, Shaper, in_visual_order};
use super::{TextLine, TextStyle};
use crate::DocumentError;
use crate::length::Length;

const ELLIPSIS: char = '…';

/// A piece of text that can't be broken: its bytes and its width.
struct Piece {
    text: Range<usize>,
    width: Length,
}

/// Sets text in lines.
pub(crate) struct Typesetter {
    shaper: Shaper,
}

impl Typesetter {
    /// # Errors
    /// [`DocumentError::Drawing`] when the bundled typefaces can't be read.
    pub(crate) fn new() -> Result<Self, DocumentError> {
        Ok(Self { shaper: Shaper::new(Faces::bundled()?) })
    }

    /// `text` on one line, as wide as it is.
    pub(crate) fn line(&mut self, text: &str, style: TextStyle) -> TextLine {
        let text = printable(text);
        let runs = self.shaper.runs(&Paragraph::new(&text), 0..text.len(), style.weight);
        self.finish(runs, style)
    }

    /// `text` in lines of at most `width`; at least one line.
    pub(crate) fn wrap(&mut self, text: &str, style: TextStyle, width: Length) -> Vec<TextLine> {
        self.lines(text, style, width, usize::MAX)
    }

    /// `text` in at most `most` lines; what has no room ends in an ellipsis.
    pub(crate) fn fit(&mut self, text: &str, style: TextStyle, width: Length, most: usize) -> Vec<TextLine> {
        self.lines(text, style, width, most)
    }

    fn lines(&mut self, text: &str, style: TextStyle, width: Length, most: usize) -> Vec<TextLine> {
        let text = printable(text);
        let paragraph = Paragraph::new(&text);
        let runs = self.shaper.runs(&paragraph, 0..text.len(), style.weight);
        if self.width(&runs, style.size) <= width {
            return vec![self.finish(runs, style)];
        }
        let pieces = self.pieces(&runs, style.size);
        let ranges = break_lines(&text, &pieces, width);
        let mut lines = Vec::with_capacity(ranges.len().min(most));
        for (index, range) in ranges.iter().enumerate() {
            if index + 1 == most && ranges.len() > most {
                let rest = self.shortened(&text, &pieces, range.start, style, width);
                lines.push(self.line(&rest, style));
                break;
            }
            let runs = self.shaper.runs(&paragraph, range.clone(), style.weight);
            let mut line = self.finish(runs, style);
            if text.get(range.end..).is_some_and(|rest| rest.starts_with(' ')) {
                // Beyond the width: the eye needs no space here, readers of the text do.
                line.runs.extend(self.shaper.runs(&Paragraph::new(" "), 0..1, style.weight));
            }
            lines.push(line);
        }
        lines
    }

    /// As much of the text from `start` as fits with an ellipsis behind it.
    fn shortened(
        &mut self,
        text: &str,
        pieces: &[Piece],
        start: usize,
        style: TextStyle,
        width: Length,
    ) -> String {
        let mut used = self.line(&ELLIPSIS.to_string(), style).width;
        let mut end = start;
        for piece in pieces.iter().filter(|piece| piece.text.start >= start) {
            used += piece.width;
            if used > width {
                break;
            }
            end = piece.text.end;
        }
        let mut kept = text.get(start..end).unwrap_or_default().trim_end().to_owned();
        kept.push(ELLIPSIS);
        kept
    }

    fn pieces(&self, runs: &[Run], size: Length) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for run in runs {
            let units = self.shaper.faces.get(run.face).units_per_em();
            pieces.extend(
                run.pieces().map(|(text, advance)| Piece { text, width: size.scaled(advance, units) }),
            );
        }
        pieces
    }

    fn width(&self, runs: &[Run], size: Length) -> Length {
        let units = |run: &Run| self.shaper.faces.get(run.face).units_per_em();
        runs.iter().map(|run| size.scaled(run.advance, units(run))).sum()
    }

    fn finish(&self, runs: Vec<Run>, style: TextStyle) -> TextLine {
        let width = self.width(&runs, style.size);
        TextLine { runs: in_visual_order(runs), width, style }
    }
}

impl TextStyle {
    /// The same in another weight.
    pub(crate) fn in_weight(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }
}

/// Lines as bytes of `text`, without the spaces at their ends.
fn break_lines(text: &str, pieces: &[Piece], width: Length) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut used = Length::ZERO;
    // After the last place where the line may end: where that is, and the width of what follows it.
    let mut chance: Option<(usize, Length)> = None;
    for piece in pieces {
        let letters = text.get(piece.text.clone()).unwrap_or_default();
        while letters != " " && used + piece.width > width && piece.text.start > start {
            let (end, rest) = chance.take().unwrap_or((piece.text.start, Length::ZERO));
            lines.push(trimmed(text, start..end));
            (start, used) = (end, rest);
        }
        used += piece.width;
        if letters.ends_with([' ', '-', '/', '–', '—']) {
            chance = Some((piece.text.end, Length::ZERO));
        } else if let Some((_, rest)) = &mut chance {
            *rest += piece.width;
        }
    }
    if start < text.len() || lines.is_empty() {
        lines.push(trimmed(text, start..text.len()));
    }
    lines
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let kept = text.get(range.clone()).unwrap_or_default().trim_end_matches(' ').len();
    range.start..range.start + kept
}

/// What can be printed of `text`.
fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let line_end = |letter| {
        matches!(letter, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let kept = text.replace("\r\n", " ");
    Cow::Owned(
        kept.chars()
            .map(|letter| if line_end(letter) { ' ' } else { letter })
            .filter(|letter| is_printable(*letter))
            .collect(),
    )
}

/// False for control characters, separators of lines, byte order marks and what overrides the direction of text.
fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}
