//! The centred frame of sign-in, password reset and first start. Must not know: how somebody proves who he is.

use super::Choices;
use super::document::{document, skip_link};
use crate::brand::Brand;
use crate::markup::{Markup, el};
use crate::status::Flash;

/// A page before there is a session.
#[derive(Clone, Debug)]
pub struct SignInPage {
    /// For the window title and the `h1` ("Sign in").
    pub title: String,
    /// Whose portal it is.
    pub brand: Brand,
    /// True for the staff portal (14 px), false for self-care (16 px).
    pub staff: bool,
    /// A quiet line below the title.
    pub lead: Option<String>,
    /// Messages above the form (wrong password, signed out).
    pub flashes: Vec<Flash>,
    /// The form.
    pub body: Markup,
    /// Theme, from [`Choices::from_headers`].
    pub choices: Choices,
}

/// The whole HTML document of a sign-in page.
pub fn sign_in(page: SignInPage) -> Markup {
    let kind = if page.staff { "staff signed-out" } else { "self-care signed-out" };
    let flashes = (!page.flashes.is_empty()).then(|| el("div").class("flashes").children(page.flashes));
    let main = el("main").attr("id", "main").attr("tabindex", "-1").child(
        el("div")
            .class("sign-in")
            .child(
                el("div").class("brand").child(page.brand.mark()).child(el("span").child(&page.brand.name)),
            )
            .child(el("h1").child(&page.title))
            .child(page.lead.map(|words| el("p").class("muted-ink").child(words)))
            .child(flashes)
            .child(page.body),
    );
    let small = page.brand.small_print.as_ref().map(|words| el("footer").class("small-print").child(words));
    let body = el("body").child(skip_link()).child(main).child(small);
    document(&page.title, &page.brand.name, kind, page.choices, page.brand.accent, body)
}
