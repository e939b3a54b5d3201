//! Where everything on an invoice goes: one file per block, from the letterhead down to the payment part.
//! Knows neither glyphs nor the file format.

mod amount_box;
mod charges;
mod flow;
mod letterhead;
mod look;
mod page_edges;
mod pair_rows;
mod payment_part;
mod totals;

use crate::labels::fill;
use crate::length::Length;
use crate::pdf::{Canvas, ElementId, Logo, Role};
use crate::style::CheckedStyle;
use crate::text::{Faces, Typesetter};
use crate::{DocumentError, InvoiceDocument, InvoiceStyle};

use flow::Flow;
use look::Look;

/// What every block needs: the facts, the style, the pages so far.
struct Layout<'i> {
    invoice: &'i InvoiceDocument,
    style: &'i InvoiceStyle,
    look: Look,
    logo: Option<&'i Logo>,
    text: Typesetter,
    flow: Flow,
}

/// Draws the whole invoice.
///
/// # Errors
/// [`DocumentError::Drawing`] when the typefaces can't be read.
pub(crate) fn draw(
    invoice: &InvoiceDocument,
    style: &InvoiceStyle,
    checked: &CheckedStyle,
) -> Result<Canvas, DocumentError> {
    let mut layout = Layout {
        invoice,
        style,
        look: Look::new(checked.accent),
        logo: checked.logo.as_ref(),
        text: Typesetter::new()?,
        flow: Flow::new(style.paper, Faces::bundled()?),
    };
    letterhead::draw(&mut layout);
    if style.blocks.amount_box {
        amount_box::draw(&mut layout);
    }
    charges::draw(&mut layout);
    totals::draw(&mut layout);
    if invoice.payable && style.blocks.payment_part {
        payment_part::draw(&mut layout);
    }
    page_edges::draw(&mut layout);
    Ok(layout.flow.into_canvas())
}

impl Layout<'_> {
    fn element(&mut self, parent: ElementId, role: Role) -> ElementId {
        self.flow.canvas.structure.add(parent, role)
    }

    /// An amount with its currency.
    fn money(&self, amount: &str) -> String {
        fill(&self.style.labels.money, &[("currency", &self.invoice.currency), ("amount", amount)])
    }

    /// A label that may name the document's title within a sentence.
    fn with_title(&self, label: &str) -> String {
        fill(label, &[("title", &self.invoice.title.to_lowercase())])
    }

    fn body_width(&self) -> Length {
        self.flow.width
    }
}
