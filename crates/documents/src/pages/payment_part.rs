//! How to pay: the part below the dashed line, at the foot of the last page.

use crate::colour::Colour;
use crate::length::Length;
use crate::pdf::{Role, Stroke, Structure};

use super::Layout;
use super::flow::{Align, Column, Piece, paragraph};
use super::look::{LEADING, OPEN_LEADING};
use super::pair_rows::facts;

const FACTS_WIDTH: Length = Length::mm10(720);
const BETWEEN: Length = Length::mm10(120);
const CLEARANCE: Length = Length::mm10(60);
const BELOW_CUT: Length = Length::mm10(25);
const HEADING_SIZE: Length = Length::pt10(100);
const BELOW_HEADING: Length = Length::pt10(30);
const ABOVE_CONTACTS: Length = Length::pt10(50);
const SEPARATOR: &str = "  ·  ";
const CUT: Stroke = Stroke { thickness: Length::pt10(6), colour: Colour::CUT, dashed: true };

pub(super) fn draw(layout: &mut Layout<'_>) {
    let width = layout.body_width();
    let how = Column { left: Length::ZERO, pieces: instructions(layout, width - FACTS_WIDTH - BETWEEN) };
    let slip = Column { left: width - FACTS_WIDTH, pieces: slip(layout) };
    let height = how.height().max(slip.height()) + BELOW_CUT;
    let (bottom, here) = (layout.flow.bottom(), layout.flow.top);
    if here + CLEARANCE + height <= bottom {
        layout.flow.skip(bottom - height - here);
    } else {
        layout.flow.new_page();
    }
    let (left, top) = (layout.flow.left, layout.flow.top);
    layout.flow.draw(left, top, &[Piece::ruled_gap(BELOW_CUT, width, CUT)]);
    layout.flow.skip(BELOW_CUT);
    layout.flow.columns(vec![how, slip]);
}

fn instructions(layout: &mut Layout<'_>, width: Length) -> Vec<Piece> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let slot = (Align::Left, width);
    let heading = layout.element(Structure::ROOT, Role::H2);
    let style = layout.look.heading(HEADING_SIZE);
    let mut pieces = paragraph(&mut layout.text, &labels.how_to_pay, style, LEADING, slot, Some(heading));
    pieces.push(Piece::gap(BELOW_HEADING));
    for line in &invoice.payment_instructions {
        let element = layout.element(Structure::ROOT, Role::P);
        let style = layout.look.cell;
        pieces.extend(paragraph(&mut layout.text, line, style, OPEN_LEADING, slot, Some(element)));
    }
    let contacts: Vec<&str> = [&invoice.operator.email, &invoice.operator.phone]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if layout.style.blocks.operator_contacts && !contacts.is_empty() {
        let element = layout.element(Structure::ROOT, Role::P);
        let words = format!("{} {}", labels.questions, contacts.join(SEPARATOR));
        let style = layout.look.label;
        pieces.push(Piece::gap(ABOVE_CONTACTS));
        pieces.extend(paragraph(&mut layout.text, &words, style, LEADING, slot, Some(element)));
    }
    pieces
}

fn slip(layout: &mut Layout<'_>) -> Vec<Piece> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let due = layout.money(&invoice.amount_due);
    let rows = [
        (labels.pay_to.as_str(), invoice.operator.name.as_str(), false),
        (&labels.reference, &invoice.number, true),
        (&labels.customer_number, &invoice.customer_number, false),
        (&labels.due_date, &invoice.due_date, false),
        (&labels.amount_due, &due, true),
    ];
    facts(layout, &rows, FACTS_WIDTH)
}
