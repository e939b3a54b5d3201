//! The tinted box: what is to be paid, until when, and how it comes about.

use crate::colour::Colour;
use crate::labels::{fill, next_placeholder};
use crate::length::Length;
use crate::pdf::{ElementId, Rectangle, Role, Structure};
use crate::text::{TextStyle, Weight};

use super::Layout;
use super::flow::{Align, Column, Piece, paragraph};
use super::look::LEADING;
use super::pair_rows::{PairLook, pair_row};

const INSET_X: Length = Length::mm10(70);
const INSET_Y: Length = Length::mm10(42);
const SUMS_WIDTH: Length = Length::mm10(620);
const BETWEEN: Length = Length::mm10(80);
const RADIUS: Length = Length::mm10(20);
/// The size of the large amount; a smaller one when it has no room on one line.
const AMOUNT_SIZES: [Length; 4] =
    [Length::pt10(240), Length::pt10(200), Length::pt10(160), Length::pt10(120)];
const AROUND_AMOUNT: Length = Length::pt10(45);
const ROW_PADDING: Length = Length::pt10(9);
const BEFORE_SUM: Length = Length::pt10(34);
const BELOW: Length = Length::mm10(55);

pub(super) fn draw(layout: &mut Layout<'_>) {
    let inner = layout.body_width() - INSET_X * 2;
    let mut amount = Column { left: INSET_X, pieces: amount(layout, inner - SUMS_WIDTH - BETWEEN) };
    let mut sums = Column { left: INSET_X + inner - SUMS_WIDTH, pieces: sums(layout) };
    let height = amount.height().max(sums.height());
    for column in [&mut amount, &mut sums] {
        let above = INSET_Y + (height - column.height()).halves();
        column.pieces.insert(0, Piece::gap(above));
    }
    let whole = height + INSET_Y * 2;
    if whole <= layout.flow.full_height() {
        if !layout.flow.fits(whole) {
            layout.flow.new_page();
        }
        let (left, top, width) = (layout.flow.left, layout.flow.top, layout.body_width());
        let tint = layout.look.tint;
        layout.flow.fill(Rectangle { left, top, width, height: whole }, RADIUS, tint);
    }
    layout.flow.columns(vec![amount, sums]);
    layout.flow.skip(INSET_Y + BELOW);
}

fn amount(layout: &mut Layout<'_>, width: Length) -> Vec<Piece> {
    let labels = &layout.style.labels;
    let element = layout.element(Structure::ROOT, Role::P);
    let slot = (Align::Left, width);
    let heading = layout.look.heading(layout.look.body.size);
    let mut pieces = paragraph(&mut layout.text, &labels.amount_due, heading, LEADING, slot, Some(element));
    pieces.push(Piece::gap(AROUND_AMOUNT));
    let amount = layout.money(&layout.invoice.amount_due);
    let [mut large, smaller @ ..] =
        AMOUNT_SIZES.map(|size| TextStyle::new(size, Weight::SemiBold, Colour::BLACK));
    for style in smaller {
        if layout.text.line(&amount, large).width > width {
            large = style;
        }
    }
    pieces.extend(paragraph(&mut layout.text, &amount, large, LEADING, slot, Some(element)));
    pieces.push(Piece::gap(AROUND_AMOUNT));
    if layout.invoice.payable {
        pieces.extend(pay_by(layout, width, element));
    } else {
        let body = layout.look.body;
        let words = &labels.nothing_to_pay;
        pieces.extend(paragraph(&mut layout.text, words, body, LEADING, slot, Some(element)));
    }
    pieces
}

/// The sentence with the due date; the date in bold where the sentence has room on one line.
fn pay_by(layout: &mut Layout<'_>, width: Length, element: ElementId) -> Vec<Piece> {
    let (label, date) = (&layout.style.labels.pay_by, &layout.invoice.due_date);
    let (body, bold) = (layout.look.body, layout.look.bold);
    let (before, after) =
        next_placeholder(label).map_or((label.as_str(), ""), |(before, _, after)| (before, after));
    let has_date = label.len() > before.len() + after.len();
    let mut parts = vec![(before, body)];
    if has_date {
        parts.extend([(date.as_str(), bold), (after, body)]);
    }
    let lines: Vec<_> = parts.into_iter().map(|(words, style)| layout.text.line(words, style)).collect();
    let together: Length = lines.iter().map(|line| line.width).sum();
    if together > width || next_placeholder(after).is_some() {
        let words = fill(label, &[("date", date)]);
        return paragraph(&mut layout.text, &words, body, LEADING, (Align::Left, width), Some(element));
    }
    let mut piece = Piece::gap(body.size.percent(LEADING));
    let mut x = Length::ZERO;
    for line in lines {
        let advance = line.width;
        piece.put(line, (Align::Left, x, advance), Some(element));
        x += advance;
    }
    vec![piece]
}

/// Older debts and this document; or, where there are none, what this document is made of.
fn sums(layout: &mut Layout<'_>) -> Vec<Piece> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let mut rows: Vec<(String, &str)> = Vec::new();
    let account = account_rows(layout);
    if account.is_empty() {
        rows.push((labels.charges.clone(), &invoice.subtotal));
        rows.extend(invoice.taxes.iter().map(|tax| (tax.name.clone(), tax.amount.as_str())));
        rows.push((labels.total.clone(), &invoice.total));
    } else {
        rows.extend(account);
        rows.push((layout.with_title(&labels.this_document), &invoice.total));
    }
    let plain =
        PairLook { name: layout.look.muted, value: layout.look.body, padding: ROW_PADDING, rule: None };
    let list = layout.element(Structure::ROOT, Role::L);
    let mut pieces = Vec::new();
    for (name, value) in rows {
        pieces.extend(pair_row(layout, (&name, value), plain, SUMS_WIDTH, list));
    }
    let bold = layout.look.bold;
    let sum = PairLook { name: bold, value: bold, padding: BEFORE_SUM, rule: Some(layout.look.box_rule) };
    let name = fill(&labels.amount_due_in, &[("currency", &invoice.currency)]);
    pieces.push(Piece::gap(BEFORE_SUM - ROW_PADDING));
    pieces.extend(pair_row(layout, (&name, &invoice.amount_due), sum, SUMS_WIDTH, list));
    pieces.pop();
    pieces
}

/// What was owed before and what was paid since, where it is shown.
pub(super) fn account_rows<'i>(layout: &Layout<'i>) -> Vec<(String, &'i str)> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let rows = [
        (&labels.previous_balance, &invoice.previous_balance),
        (&labels.payments_received, &invoice.payments_received),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name.clone(), value.as_deref()?))).collect()
}
