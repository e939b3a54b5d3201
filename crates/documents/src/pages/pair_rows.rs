//! Rows of a name on the left and a value on the right: the facts of the letterhead, sums, the payment slip.

use crate::length::Length;
use crate::pdf::{ElementId, Role, Stroke, Structure};
use crate::text::TextStyle;

use super::Layout;
use super::flow::{Align, Piece};
use super::look::LEADING;

/// Share of the row that a value may take, percent, before it is broken.
const VALUE_SHARE: i64 = 64;
const GUTTER: Length = Length::mm10(30);
const FACT_PADDING: Length = Length::pt10(14);

/// How a row looks.
#[derive(Clone, Copy)]
pub(super) struct PairLook {
    pub(super) name: TextStyle,
    pub(super) value: TextStyle,
    /// Above and below the texts.
    pub(super) padding: Length,
    /// Along the upper edge.
    pub(super) rule: Option<Stroke>,
}

/// One row as pieces of one line each, an item of `list`.
pub(super) fn pair_row(
    layout: &mut Layout<'_>,
    (name, value): (&str, &str),
    look: PairLook,
    width: Length,
    list: ElementId,
) -> Vec<Piece> {
    let item = layout.element(list, Role::LI);
    let (label, body) = (layout.element(item, Role::Lbl), layout.element(item, Role::LBody));
    let text = &mut layout.text;
    let values = text.wrap(value, look.value, width.percent(VALUE_SHARE));
    let value_width = values.iter().map(|line| line.width).max().unwrap_or_default();
    let names = text.wrap(name, look.name, width - value_width - GUTTER);
    let height = look.name.size.max(look.value.size).percent(LEADING);
    let above = match look.rule {
        Some(rule) => Piece::ruled_gap(look.padding, width, rule),
        None => Piece::gap(look.padding),
    };
    let mut pieces = vec![above];
    let (mut names, mut values) = (names.into_iter(), values.into_iter());
    loop {
        let mut piece = Piece::gap(height);
        let (name, value) = (names.next(), values.next());
        if name.is_none() && value.is_none() {
            break;
        }
        for (line, align, element) in [(name, Align::Left, label), (value, Align::Right, body)] {
            if let Some(line) = line {
                piece.put(line, (align, Length::ZERO, width), Some(element));
            }
        }
        pieces.push(piece);
    }
    pieces.push(Piece::gap(look.padding));
    pieces
}

/// A table of facts with hairlines between them. Each fact: name, value, whether it stands out.
pub(super) fn facts(layout: &mut Layout<'_>, facts: &[(&str, &str, bool)], width: Length) -> Vec<Piece> {
    let list = layout.element(Structure::ROOT, Role::L);
    let mut pieces = Vec::new();
    for (name, value, stands_out) in facts {
        let look = PairLook {
            name: layout.look.label,
            value: if *stands_out { layout.look.bold } else { layout.look.body },
            padding: FACT_PADDING,
            rule: (!pieces.is_empty()).then_some(layout.look.hairline),
        };
        pieces.extend(pair_row(layout, (name, value), look, width, list));
    }
    pieces
}
