//! The sizes and colours that all blocks share.

use crate::colour::Colour;
use crate::length::Length;
use crate::pdf::Stroke;
use crate::text::{TextStyle, Weight};

/// Height of a capital letter, percent of the type size: what the eye takes for the height of a line.
pub(super) const CAPITALS: i64 = 73;
/// Distance of baselines in running text, percent of the type size.
pub(super) const LEADING: i64 = 128;
/// The same where lines are read one by one, as in an address.
pub(super) const OPEN_LEADING: i64 = 136;
/// The same within cells of the table.
pub(super) const TIGHT_LEADING: i64 = 118;

const LABEL_SIZE: Length = Length::pt10(75);
const BODY_SIZE: Length = Length::pt10(90);
const CELL_SIZE: Length = Length::pt10(85);
/// How much of the operator's colour the amount box has.
const TINT_PERCENT: u32 = 7;
const RULE_TINT_PERCENT: u32 = 50;

/// Colours and text styles of one document.
pub(super) struct Look {
    /// The operator's colour as he chose it: for areas.
    pub(super) accent: Colour,
    /// The operator's colour where it must be readable: for text and lines.
    pub(super) strong: Colour,
    pub(super) tint: Colour,
    pub(super) label: TextStyle,
    pub(super) body: TextStyle,
    pub(super) bold: TextStyle,
    pub(super) muted: TextStyle,
    pub(super) cell: TextStyle,
    pub(super) bold_cell: TextStyle,
    pub(super) muted_cell: TextStyle,
    pub(super) hairline: Stroke,
    pub(super) box_rule: Stroke,
}

impl Look {
    pub(super) fn new(accent: Colour) -> Self {
        let strong = accent.readable();
        let regular = |size, colour| TextStyle::new(size, Weight::Regular, colour);
        let body = regular(BODY_SIZE, Colour::BLACK);
        let cell = regular(CELL_SIZE, Colour::BLACK);
        Self {
            accent,
            strong,
            tint: strong.tint(TINT_PERCENT),
            label: regular(LABEL_SIZE, Colour::MUTED),
            body,
            bold: body.in_weight(Weight::SemiBold),
            muted: regular(BODY_SIZE, Colour::MUTED),
            cell,
            bold_cell: cell.in_weight(Weight::SemiBold),
            muted_cell: regular(CELL_SIZE, Colour::MUTED),
            hairline: Stroke::solid(Length::pt10(5), Colour::HAIRLINE),
            box_rule: Stroke::solid(Length::pt10(5), strong.tint(RULE_TINT_PERCENT)),
        }
    }

    /// Bold text in the operator's colour.
    pub(super) fn heading(&self, size: Length) -> TextStyle {
        TextStyle::new(size, Weight::SemiBold, self.strong)
    }
}
