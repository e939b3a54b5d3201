//! What the charges add up to, beside the remarks.

use crate::labels::fill;
use crate::length::Length;
use crate::pdf::{Role, Stroke, Structure};

use super::Layout;
use super::amount_box::account_rows;
use super::flow::{Align, Column, Piece, paragraph};
use super::look::LEADING;
use super::pair_rows::{PairLook, pair_row};

const WIDTH: Length = Length::mm10(840);
const BETWEEN: Length = Length::mm10(100);
const ABOVE: Length = Length::mm10(30);
const ROW_PADDING: Length = Length::pt10(14);
const DUE_PADDING: Length = Length::pt10(50);
const DUE_SIZE: Length = Length::pt10(105);
const DUE_RULE: Length = Length::pt10(12);
const BELOW_HEADING: Length = Length::pt10(20);

pub(super) fn draw(layout: &mut Layout<'_>) {
    let left = layout.body_width() - WIDTH;
    let sums = Column { left, pieces: sums(layout) };
    let notes = Column { left: Length::ZERO, pieces: notes(layout, left - BETWEEN) };
    layout.flow.skip(ABOVE);
    layout.flow.columns(vec![notes, sums]);
}

fn notes(layout: &mut Layout<'_>, width: Length) -> Vec<Piece> {
    let invoice = layout.invoice;
    if invoice.notes.is_empty() || !layout.style.blocks.notes {
        return Vec::new();
    }
    let (bold, small) = (layout.look.bold, layout.look.muted_cell);
    let slot = (Align::Left, width);
    let heading = layout.element(Structure::ROOT, Role::H2);
    let words = &layout.style.labels.notes;
    let mut pieces = vec![Piece::gap(ROW_PADDING)];
    pieces.extend(paragraph(&mut layout.text, words, bold, LEADING, slot, Some(heading)));
    pieces.push(Piece::gap(BELOW_HEADING));
    for note in &invoice.notes {
        let element = layout.element(Structure::ROOT, Role::P);
        pieces.extend(paragraph(&mut layout.text, note, small, LEADING, slot, Some(element)));
    }
    pieces
}

fn sums(layout: &mut Layout<'_>) -> Vec<Piece> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let (body, bold) = (layout.look.body, layout.look.bold);
    let plain = PairLook { name: body, value: body, padding: ROW_PADDING, rule: None };
    let total = PairLook { name: bold, value: bold, rule: Some(layout.look.hairline), ..plain };
    let subtotal = if invoice.taxes.is_empty() { &labels.subtotal } else { &labels.net };
    let mut rows = vec![(subtotal.clone(), invoice.subtotal.clone(), plain)];
    rows.extend(invoice.taxes.iter().map(|tax| (tax.name.clone(), tax.amount.clone(), plain)));
    rows.push((layout.with_title(&labels.total_of_document), invoice.total.clone(), total));
    rows.extend(account_rows(layout).into_iter().map(|(name, value)| (name, value.to_owned(), plain)));
    let due = layout.look.heading(DUE_SIZE);
    let rule = Stroke::solid(DUE_RULE, layout.look.strong);
    let due = PairLook { name: due, value: due, padding: DUE_PADDING, rule: Some(rule) };
    let name = if invoice.payable {
        fill(&labels.amount_due_by, &[("date", &invoice.due_date)])
    } else {
        labels.amount_due.clone()
    };
    rows.push((name, layout.money(&invoice.amount_due), due));
    let list = layout.element(Structure::ROOT, Role::L);
    let mut pieces = Vec::new();
    for (name, value, look) in rows {
        pieces.extend(pair_row(layout, (&name, &value), look, WIDTH, list));
    }
    pieces
}
