//! Head and foot of the pages, drawn when it is known how many there are. Screen readers skip them.

use crate::labels::fill;
use crate::length::Length;
use crate::text::TextLine;

use super::Layout;
use super::look::CAPITALS;

const HEAD_RULE: Length = Length::mm10(160);
const ABOVE_HEAD_RULE: Length = Length::mm10(20);
/// From the lower edge of the page.
const FOOT_RULE: Length = Length::mm10(170);
const BELOW_FOOT_RULE: Length = Length::mm10(22);
const FOOT_LEADING: i64 = 130;
const BETWEEN: Length = Length::mm10(80);
const MOST_FOOT_LINES: usize = 3;
/// Share of the head that the operator's name may take, percent.
const NAME_SHARE: i64 = 45;
const SEPARATOR: &str = "  ·  ";

pub(super) fn draw(layout: &mut Layout<'_>) {
    let count = layout.flow.canvas.page_count();
    let head = head(layout);
    let pages = count.to_string();
    let numbers: Vec<TextLine> = (1..=count)
        .map(|page| {
            let values = [("page", page.to_string()), ("pages", pages.clone())];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            layout.text.line(&fill(&layout.style.labels.page, &values), layout.look.label)
        })
        .collect();
    let widest = numbers.iter().map(|line| line.width).max().unwrap_or_default();
    let foot = foot(layout, layout.body_width() - widest - BETWEEN);
    for (page, number) in numbers.iter().enumerate() {
        layout.flow.canvas.open_artifact(page);
        if page > 0 {
            draw_head(layout, page, &head);
        }
        draw_foot(layout, page, &foot, number);
        layout.flow.canvas.close(page);
    }
}

/// The operator's name, and what this document is.
fn head(layout: &mut Layout<'_>) -> [Vec<TextLine>; 2] {
    let invoice = layout.invoice;
    let values = [
        ("title", invoice.title.as_str()),
        ("number", &invoice.number),
        ("customer", &invoice.customer_number),
    ];
    let words = fill(&layout.style.labels.page_head, &values);
    let (style, width) = (layout.look.label, layout.body_width());
    let name_width = width.percent(NAME_SHARE);
    let name = layout.text.fit(&invoice.operator.name, style, name_width, 1);
    [name, layout.text.fit(&words, style, width - name_width - BETWEEN, 1)]
}

fn foot(layout: &mut Layout<'_>, width: Length) -> Vec<TextLine> {
    let operator = &layout.invoice.operator;
    let tax_id = operator.tax_id.as_ref().map(|id| fill(&layout.style.labels.tax_id, &[("id", id)]));
    let style = layout.look.label;
    if let Some(words) = layout.style.footer.clone() {
        return layout.text.fit(&words, style, width, MOST_FOOT_LINES);
    }
    let facts = std::iter::once(&operator.name).chain(&operator.address);
    let facts: Vec<&str> = facts.chain(&tax_id).chain(&operator.website).map(String::as_str).collect();
    // A line ends between two facts, and then without a separator.
    let mut rows: Vec<String> = Vec::new();
    for fact in &facts {
        let longer = rows.last().map(|row| format!("{row}{SEPARATOR}{fact}"));
        match (longer, rows.last_mut()) {
            (Some(longer), Some(row)) if layout.text.line(&longer, style).width <= width => *row = longer,
            _ => rows.push((*fact).to_owned()),
        }
    }
    if rows.len() > MOST_FOOT_LINES {
        return layout.text.fit(&facts.join(SEPARATOR), style, width, MOST_FOOT_LINES);
    }
    rows.iter().flat_map(|row| layout.text.fit(row, style, width, 1)).collect()
}

fn draw_head(layout: &mut Layout<'_>, page: usize, [name, document]: &[Vec<TextLine>; 2]) {
    let (left, width, hairline) = (layout.flow.left, layout.body_width(), layout.look.hairline);
    let baseline = HEAD_RULE - ABOVE_HEAD_RULE;
    let canvas = &mut layout.flow.canvas;
    for line in name {
        canvas.text(page, left, baseline, line);
    }
    for line in document {
        canvas.text(page, left + width - line.width, baseline, line);
    }
    canvas.rule(page, left, HEAD_RULE, width, hairline);
}

fn draw_foot(layout: &mut Layout<'_>, page: usize, foot: &[TextLine], number: &TextLine) {
    let (left, width, hairline) = (layout.flow.left, layout.body_width(), layout.look.hairline);
    let size = layout.look.label.size;
    let canvas = &mut layout.flow.canvas;
    let top = canvas.height - FOOT_RULE;
    let mut baseline = top + BELOW_FOOT_RULE + size.percent(CAPITALS);
    canvas.rule(page, left, top, width, hairline);
    canvas.text(page, left + width - number.width, baseline, number);
    for line in foot {
        canvas.text(page, left, baseline, line);
        baseline += size.percent(FOOT_LEADING);
    }
}
