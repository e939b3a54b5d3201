//! The upper part of the first page: who sends the document, what it is, to whom, and its facts.

use crate::colour::Colour;
use crate::labels::fill;
use crate::length::Length;
use crate::pdf::{Logo, Rectangle, Role, Structure};
use crate::text::{TextStyle, Weight};

use super::Layout;
use super::flow::{Align, Column, Piece, paragraph, stack};
use super::look::{LEADING, OPEN_LEADING};
use super::pair_rows::facts;

const BAR_HEIGHT: Length = Length::mm10(30);
const LOGO_HEIGHT: Length = Length::mm10(130);
const LOGO_MOST_WIDTH: Length = Length::mm10(900);
/// A wider logo is a word mark and says the name itself.
const WORD_MARK_WIDTH: Length = Length::mm10(320);
const BESIDE_LOGO: Length = Length::mm10(40);
const BESIDE_TITLE: Length = Length::mm10(100);
const BELOW_BAND: Length = Length::mm10(70);
const BELOW: Length = Length::mm10(55);
const FACTS_WIDTH: Length = Length::mm10(720);
const BESIDE_FACTS: Length = Length::mm10(120);
const NAME_SIZE: Length = Length::pt10(140);
const TITLE_SIZE: Length = Length::pt10(210);
const CUSTOMER_SIZE: Length = Length::pt10(105);
/// Share of the width that the title may take, percent.
const TITLE_SHARE: i64 = 55;
const MOST_TITLE_LINES: usize = 2;
const MOST_NAME_LINES: usize = 3;

pub(super) fn draw(layout: &mut Layout<'_>) {
    if layout.style.blocks.accent_bar {
        let (width, colour) = (layout.flow.canvas.width, layout.look.accent);
        let area = Rectangle { left: Length::ZERO, top: Length::ZERO, width, height: BAR_HEIGHT };
        layout.flow.fill(area, Length::ZERO, colour);
    }
    band(layout);
    layout.flow.skip(BELOW_BAND);
    let facts = Column { left: layout.body_width() - FACTS_WIDTH, pieces: document_facts(layout) };
    let addressee = Column { left: Length::ZERO, pieces: addressee(layout) };
    layout.flow.columns(vec![addressee, facts]);
    layout.flow.skip(BELOW);
}

/// Logo, name and title in one band, each in the middle of its height.
fn band(layout: &mut Layout<'_>) {
    let width = layout.body_width();
    let title_style = TextStyle::new(TITLE_SIZE, Weight::SemiBold, Colour::BLACK);
    let title =
        layout.text.fit(&layout.invoice.title, title_style, width.percent(TITLE_SHARE), MOST_TITLE_LINES);
    let title_width = title.iter().map(|line| line.width).max().unwrap_or_default();
    let heading = layout.element(Structure::ROOT, Role::H1);
    let title = stack(title, TITLE_SIZE.percent(LEADING), (Align::Right, width), Some(heading));

    let mut name_left = Length::ZERO;
    let mut logo_size = None;
    if let Some(logo) = layout.logo {
        let size = size_of(logo);
        logo_size = Some(size);
        name_left = size.0 + BESIDE_LOGO;
    }
    let says_name =
        layout.style.blocks.name_beside_logo && logo_size.is_none_or(|size| size.0 <= WORD_MARK_WIDTH);
    let mut name = Vec::new();
    if logo_size.is_none() || says_name {
        let style = layout.look.heading(NAME_SIZE);
        let room = width - name_left - title_width - BESIDE_TITLE;
        let lines = layout.text.fit(&layout.invoice.operator.name, style, room, MOST_NAME_LINES);
        let element = layout.element(Structure::ROOT, Role::P);
        name = stack(lines, NAME_SIZE.percent(LEADING), (Align::Left, room), Some(element));
    }
    let height_of = |pieces: &[Piece]| pieces.iter().map(|piece| piece.height).sum::<Length>();
    let logo_height = logo_size.map_or(Length::ZERO, |size| size.1);
    let height = LOGO_HEIGHT.max(logo_height).max(height_of(&title)).max(height_of(&name));
    let (left, top) = (layout.flow.left, layout.flow.top);
    let middle = |inner: Length| top + (height - inner).halves();
    if let Some((width, height)) = logo_size {
        place_logo(layout, Rectangle { left, top: middle(height), width, height });
    }
    layout.flow.draw(left + name_left, middle(height_of(&name)), &name);
    layout.flow.draw(left, middle(height_of(&title)), &title);
    layout.flow.skip(height);
}

/// Width and height on paper: as high as logos are, unless it would be too wide.
fn size_of(logo: &Logo) -> (Length, Length) {
    let (pixels_wide, pixels_high) = (i64::from(logo.width), i64::from(logo.height));
    let width = LOGO_HEIGHT.scaled(pixels_wide, pixels_high);
    if width <= LOGO_MOST_WIDTH {
        return (width, LOGO_HEIGHT);
    }
    (LOGO_MOST_WIDTH, LOGO_MOST_WIDTH.scaled(pixels_high, pixels_wide))
}

fn place_logo(layout: &mut Layout<'_>, area: Rectangle) {
    let page = layout.flow.page();
    let canvas = &mut layout.flow.canvas;
    let figure = canvas.structure.add_figure(Structure::ROOT, &layout.invoice.operator.name);
    canvas.open(page, figure);
    canvas.logo(page, area);
    canvas.close(page);
}

fn addressee(layout: &mut Layout<'_>) -> Vec<Piece> {
    let width = layout.body_width() - FACTS_WIDTH - BESIDE_FACTS;
    let customer = &layout.invoice.customer;
    let labels = &layout.style.labels;
    let name_style = TextStyle::new(CUSTOMER_SIZE, Weight::SemiBold, Colour::BLACK);
    let tax_id = customer.tax_id.as_ref().map(|id| fill(&labels.tax_id, &[("id", id)]));
    let mut blocks: Vec<(Vec<&str>, TextStyle)> = vec![
        (vec![&labels.billed_to], layout.look.label),
        (vec![&customer.name], name_style),
        (customer.address.iter().map(String::as_str).collect(), layout.look.body),
    ];
    if layout.style.blocks.customer_contacts {
        let contacts = [&customer.email, &customer.phone].into_iter().flatten();
        blocks.push((contacts.map(String::as_str).collect(), layout.look.muted));
    }
    blocks.push((tax_id.iter().map(String::as_str).collect(), layout.look.muted));
    let mut pieces = Vec::new();
    for (texts, style) in blocks.iter().filter(|(texts, _)| !texts.is_empty()) {
        if !pieces.is_empty() {
            pieces.push(Piece::gap(Length::pt10(24)));
        }
        let element = layout.element(Structure::ROOT, Role::P);
        for text in texts {
            let slot = (Align::Left, width);
            pieces.extend(paragraph(&mut layout.text, text, *style, OPEN_LEADING, slot, Some(element)));
        }
    }
    pieces
}

fn document_facts(layout: &mut Layout<'_>) -> Vec<Piece> {
    let (invoice, labels) = (layout.invoice, &layout.style.labels);
    let ends = [("from", invoice.period_from.as_str()), ("to", invoice.period_to.as_str())];
    let period = fill(&labels.period_range, &ends);
    let mut rows = vec![
        (labels.number.as_str(), invoice.number.as_str(), true),
        (&labels.customer_number, &invoice.customer_number, false),
        (&labels.issue_date, &invoice.issue_date, false),
        (&labels.billing_period, &period, false),
    ];
    if invoice.payable {
        rows.push((&labels.due_date, &invoice.due_date, true));
    }
    facts(layout, &rows, FACTS_WIDTH)
}
