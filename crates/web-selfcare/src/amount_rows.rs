//! Rows of words with an amount at the right edge: bills, invoice sections, uses of a day. Must not know: what is summed up.

use web_kit::{Icon, Markup, el};

/// One row.
pub(crate) fn amount_row(words: impl Into<Markup>, amount: impl Into<Markup>) -> Markup {
    el("div")
        .class("usage-head")
        .child(el("span").child(words))
        .child(el("span").class("num").child(amount))
        .into()
}

/// The row of a sum.
pub(crate) fn sum_row(words: impl Into<Markup>, amount: impl Into<Markup>) -> Markup {
    amount_row(el("strong").child(words), el("strong").child(amount))
}

/// A list of what happened: an icon, a row, and what else there is to say below it.
pub(crate) fn happenings(entries: impl IntoIterator<Item = (Icon, Markup, Markup)>) -> Markup {
    let entries = entries.into_iter().map(|(icon, row, below)| {
        el("li")
            .child(el("span").class("entry-icon").child(icon))
            .child(el("div").child(row).child(el("div").class("muted-ink").child(below)))
    });
    el("ol").class("timeline").children(entries).into()
}
