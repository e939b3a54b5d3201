//! The card of a form about a customer or an account of his: what is wrong beyond its fields, words about it, the form, a way back.
//!
//! Must not know: which form.

use office::CustomerView;
use web_kit::{Card, Form, Markup, Weight, button_link, el};

use super::path;
use crate::visit::Visit;

/// `words` may be empty; `back` is the page of his that "Cancel" leads to.
pub(crate) fn form_card(
    visit: &Visit,
    customer: &CustomerView,
    title: &str,
    (words, beyond): (&str, Markup),
    form: Form,
    back: &str,
) -> Card {
    let cancel = button_link(Weight::Quiet, &visit.url(&path(customer, back)), "Cancel");
    let words = (!words.is_empty()).then(|| el("p").class("muted-ink").child(words));
    let parts = Markup::from(words).with(form.beside(cancel));
    Card::new(title).child(beyond).child(web_kit::stack(parts))
}
