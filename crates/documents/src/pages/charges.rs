//! What the invoice is for: a table of all charges, section by section, over as many pages as it takes.
//!
//! Every page begins with the column heads and the name of the section that goes on. A section's name never ends a page,
//! and its sum never begins one: the last charge comes along.

use crate::colour::Colour;
use crate::labels::fill;
use crate::length::Length;
use crate::pdf::{ElementId, Role, Stroke, Structure};
use crate::text::TextStyle;
use crate::{Line, Section};

use super::Layout;
use super::flow::{Align, Column, Piece, PlacedRule, paragraph, stack};
use super::look::TIGHT_LEADING;

const PERIOD_WIDTH: Length = Length::mm10(330);
/// Where no charge has a unit price, that column is left out and its room shared.
const WIDE_PERIOD_WIDTH: Length = Length::mm10(430);
const QUANTITY_WIDTH: Length = Length::mm10(190);
const PRICE_WIDTH: Length = Length::mm10(200);
const AMOUNT_WIDTH: Length = Length::mm10(250);
/// Between neighbouring cells, on each side.
const CELL_INSET: Length = Length::mm10(15);
const ROW_PADDING: Length = Length::pt10(24);
const TITLE_SIZE: Length = Length::pt10(95);
const ABOVE_TITLE: Length = Length::pt10(86);
const BELOW_TITLE: Length = Length::pt10(38);
const SUM_PADDING: Length = Length::pt10(38);
const BELOW_HEADS: Length = Length::pt10(10);
const ROW_RULE: Stroke = Stroke::solid(Length::pt10(4), Colour::ROW_RULE);
const SUM_RULE: Stroke = Stroke::solid(Length::pt10(5), Colour::SUM_RULE);
const TITLE_RULE: Length = Length::pt10(8);
const MOST_CONTINUED_LINES: usize = 1;

/// A cell's place: which edge its text touches, its left edge, the width of its text.
type Slot = (Align, Length, Length);

/// What all rows share.
struct Table {
    element: ElementId,
    slots: [Slot; 5],
    width: Length,
    /// Whether the heads were drawn before, and said to screen readers.
    heads_said: bool,
}

/// A row ready to be placed.
struct Row {
    columns: Vec<Column>,
    height: Length,
    rule: Option<(Length, Stroke)>,
}

pub(super) fn draw(layout: &mut Layout<'_>) {
    if layout.invoice.sections.is_empty() {
        return;
    }
    let width = layout.body_width();
    let element = layout.element(Structure::ROOT, Role::Table);
    let mut lines = layout.invoice.sections.iter().flat_map(|section| &section.lines);
    let priced = lines.any(|line| !line.unit_price.is_empty());
    let mut table = Table { element, slots: slots(width, priced), width, heads_said: false };
    for section in &layout.invoice.sections {
        section_rows(layout, &mut table, section);
    }
}

fn slots(width: Length, priced: bool) -> [Slot; 5] {
    let (price_width, period_width) =
        if priced { (PRICE_WIDTH, PERIOD_WIDTH) } else { (CELL_INSET * 2, WIDE_PERIOD_WIDTH) };
    let amount = width - AMOUNT_WIDTH;
    let price = amount - price_width;
    let quantity = price - QUANTITY_WIDTH;
    let period = quantity - period_width;
    [
        (Align::Left, Length::ZERO, period - CELL_INSET),
        (Align::Left, period + CELL_INSET, period_width - CELL_INSET * 2),
        (Align::Right, quantity + CELL_INSET, QUANTITY_WIDTH - CELL_INSET * 2),
        (Align::Right, price + CELL_INSET, price_width - CELL_INSET * 2),
        (Align::Right, amount + CELL_INSET, AMOUNT_WIDTH - CELL_INSET),
    ]
}

fn section_rows(layout: &mut Layout<'_>, table: &mut Table, section: &Section) {
    let sum = layout.style.blocks.section_subtotals.then(|| sum_row(layout, table, section));
    let sum_height = sum.as_ref().map_or(Length::ZERO, |row| row.height);
    let mut waiting = Some(section_title(layout, table, section));
    let count = section.lines.len();
    for (index, line) in section.lines.iter().enumerate() {
        let is_last = index + 1 == count;
        let row = charge_row(layout, table, line, is_last && sum.is_some());
        let with_sum = row.height + if is_last { sum_height } else { Length::ZERO };
        if let Some(title) = waiting.take() {
            begin_section(layout, table, title, with_sum);
        } else if !layout.flow.fits(with_sum) {
            continue_section(layout, table, section);
        }
        place(layout, row);
    }
    if let Some(title) = waiting {
        begin_section(layout, table, title, sum_height);
    }
    if let Some(sum) = sum {
        place(layout, sum);
    }
}

/// Draws the heads where a page has none yet, and the section's name with room for its first row.
fn begin_section(layout: &mut Layout<'_>, table: &mut Table, title: Row, first_row: Length) {
    let heads = (!table.heads_said).then(|| head_row(layout, table, true));
    let heads_height = heads.as_ref().map_or(Length::ZERO, |row| row.height);
    if layout.flow.fits(heads_height + title.height + first_row) {
        if let Some(heads) = heads {
            place(layout, heads);
        }
    } else {
        layout.flow.new_page();
        let heads = heads.unwrap_or_else(|| head_row(layout, table, false));
        place(layout, heads);
    }
    table.heads_said = true;
    place(layout, title);
}

/// Begins a page in the middle of a section.
fn continue_section(layout: &mut Layout<'_>, table: &Table, section: &Section) {
    layout.flow.new_page();
    let heads = head_row(layout, table, false);
    place(layout, heads);
    let label = &layout.style.labels.section_continued;
    let words = fill(label, &[("section", &section.title)]);
    let style = layout.look.heading(TITLE_SIZE);
    let lines = layout.text.fit(&words, style, table.width, MOST_CONTINUED_LINES);
    let mut pieces = vec![Piece::gap(ABOVE_TITLE.halves())];
    pieces.extend(stack(lines, TITLE_SIZE.percent(TIGHT_LEADING), (Align::Left, table.width), None));
    let title = titled(layout, table, pieces);
    place(layout, title);
}

fn section_title(layout: &mut Layout<'_>, table: &Table, section: &Section) -> Row {
    let row = layout.element(table.element, Role::TR);
    let cell = layout.element(row, Role::TD);
    let style = layout.look.heading(TITLE_SIZE);
    let slot = (Align::Left, table.width);
    let mut pieces = vec![Piece::gap(ABOVE_TITLE)];
    pieces.extend(paragraph(&mut layout.text, &section.title, style, TIGHT_LEADING, slot, Some(cell)));
    titled(layout, table, pieces)
}

/// A section's name over the whole width, with the rule below it.
fn titled(layout: &Layout<'_>, table: &Table, mut pieces: Vec<Piece>) -> Row {
    let stroke = Stroke::solid(TITLE_RULE, layout.look.strong);
    let rule = PlacedRule { x: Length::ZERO, y: BELOW_TITLE, width: table.width, stroke };
    pieces.push(Piece { rules: vec![rule], ..Piece::gap(BELOW_TITLE) });
    let column = Column { left: Length::ZERO, pieces };
    Row { height: column.height(), columns: vec![column], rule: None }
}

/// The column heads; only the first are for screen readers.
fn head_row(layout: &mut Layout<'_>, table: &Table, said: bool) -> Row {
    let labels = &layout.style.labels;
    let amount = fill(&labels.amount, &[("currency", &layout.invoice.currency)]);
    let heads = [&labels.description, &labels.period, &labels.quantity, &labels.unit_price, &amount];
    let style = layout.look.label;
    let row = said.then(|| layout.element(table.element, Role::TR));
    let mut columns = Vec::new();
    for ((align, left, width), words) in table.slots.into_iter().zip(heads).filter(is_shown) {
        let cell = row.map(|row| layout.element(row, Role::TH));
        let pieces = paragraph(&mut layout.text, words, style, TIGHT_LEADING, (align, width), cell);
        columns.push(Column { left, pieces });
    }
    Row { height: highest(&columns) + BELOW_HEADS, columns, rule: None }
}

fn charge_row(layout: &mut Layout<'_>, table: &Table, line: &Line, before_sum: bool) -> Row {
    let (plain, muted) = (layout.look.cell, layout.look.muted_cell);
    let cells: [(&str, TextStyle); 5] = [
        (&line.description, plain),
        (&line.period, muted),
        (&line.quantity, plain),
        (&line.unit_price, plain),
        (&line.amount, plain),
    ];
    let row = layout.element(table.element, Role::TR);
    let mut columns = Vec::with_capacity(cells.len());
    for ((align, left, width), (words, style)) in table.slots.into_iter().zip(cells).filter(is_shown) {
        let cell = layout.element(row, Role::TD);
        let mut pieces = vec![Piece::gap(ROW_PADDING)];
        let slot = (align, width);
        pieces.extend(paragraph(&mut layout.text, words, style, TIGHT_LEADING, slot, Some(cell)));
        columns.push(Column { left, pieces });
    }
    let [_, (_, period, _), ..] = table.slots;
    let rule = if before_sum { (period, SUM_RULE) } else { (Length::ZERO, ROW_RULE) };
    Row { height: highest(&columns) + ROW_PADDING, columns, rule: Some(rule) }
}

fn sum_row(layout: &mut Layout<'_>, table: &Table, section: &Section) -> Row {
    let [_, _, _, (_, price, price_width), (_, amount, amount_width)] = table.slots;
    let row = layout.element(table.element, Role::TR);
    let words = fill(&layout.style.labels.section_subtotal, &[("section", &section.title)]);
    let style = layout.look.bold_cell;
    let mut columns = Vec::new();
    for (words, left, width) in
        [(&words, Length::ZERO, price + price_width), (&section.subtotal, amount, amount_width)]
    {
        let cell = layout.element(row, Role::TD);
        let mut pieces = vec![Piece::gap(SUM_PADDING)];
        let slot = (Align::Right, width);
        pieces.extend(paragraph(&mut layout.text, words, style, TIGHT_LEADING, slot, Some(cell)));
        columns.push(Column { left, pieces });
    }
    Row { height: highest(&columns) + SUM_PADDING, columns, rule: None }
}

/// Whether a column has room for anything.
fn is_shown<T>(((_, _, width), _): &(Slot, T)) -> bool {
    *width > Length::ZERO
}

fn highest(columns: &[Column]) -> Length {
    columns.iter().map(Column::height).max().unwrap_or_default()
}

fn place(layout: &mut Layout<'_>, row: Row) {
    let flow = &mut layout.flow;
    let below = row.height - highest(&row.columns);
    flow.columns(row.columns);
    flow.skip(below);
    if let Some((left, stroke)) = row.rule {
        let width = flow.width - left;
        let rule = PlacedRule { x: left, y: Length::ZERO, width, stroke };
        flow.draw(flow.left, flow.top, &[Piece { rules: vec![rule], ..Piece::gap(Length::ZERO) }]);
    }
}
