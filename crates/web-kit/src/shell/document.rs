//! The HTML document around every shell: head, style sheets, scripts. Must not know: what is inside.

use super::{Choices, Theme};
use crate::assets;
use crate::brand::{Brand, Colour};
use crate::icon::Icon;
use crate::markup::{Element, Markup, el};
use crate::panel::EmptyState;

pub(super) fn document(
    title: &str,
    site: &str,
    kind: &'static str,
    choices: Choices,
    accent: Option<Colour>,
    body: Element,
) -> Markup {
    let sheet = |href: &str| el("link").attr("rel", "stylesheet").attr("href", href);
    let script = |href: &str| el("script").flag("defer", true).attr("src", href);
    let head = el("head")
        .child(el("meta").attr("charset", "utf-8"))
        .child(
            el("meta")
                .attr("name", "viewport")
                .attr("content", "width=device-width, initial-scale=1, viewport-fit=cover"),
        )
        .child(el("meta").attr("name", "color-scheme").attr("content", "light dark"))
        .child(el("title").child(format!("{title} · {site}")))
        .child(
            el("link")
                .attr("rel", "icon")
                .attr("type", "image/svg+xml")
                .attr("href", assets::url("favicon.svg")),
        )
        .child(sheet(assets::url("app.css")))
        .child(accent.map(|accent| sheet(&accent.url())))
        .child(script(assets::url("htmx.js")))
        .child(script(assets::url("app.js")));
    let html = el("html")
        .class(kind)
        .class_if(choices.narrow_rail, "narrow-rail")
        .attr("lang", "en")
        .attr_opt("data-theme", choices.theme.attribute())
        .child(head)
        .child(body);
    Markup::trusted("<!doctype html>\n").with(html)
}

pub(super) fn skip_link() -> Element {
    el("a").class("skip").attr("href", "#main").child("Skip to content")
}

pub(super) fn theme_switch(theme: Theme) -> Element {
    let words = match theme {
        Theme::System => "Theme: as the system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    };
    el("button")
        .class("menu-item needs-js")
        .attr("type", "button")
        .attr("data-theme-switch", "")
        .child(el("span").class("in-light").child(Icon::Moon))
        .child(el("span").class("in-dark").child(Icon::Sun))
        .child(el("span").attr("data-theme-words", "").child(words))
}

/// A page without navigation: a printed sheet, a test.
pub fn bare(title: &str, site: &str, choices: Choices, body: impl Into<Markup>) -> Markup {
    let main = el("main").attr("id", "main").attr("tabindex", "-1").child(body);
    document(title, site, "bare", choices, None, el("body").child(skip_link()).child(main))
}

/// A page for what went wrong outside any portal (404, 500): what happened and where to go.
pub fn error_page(brand: &Brand, choices: Choices, title: &str, words: &str, home: &str) -> Markup {
    let step = crate::form::button_link(crate::form::Weight::Plain, home, "Go to the start page");
    let body = el("div").class("centre").child(EmptyState::new(Icon::Alert, title, words).step(step));
    let main = el("main").attr("id", "main").attr("tabindex", "-1").child(body);
    document(title, &brand.name, "bare", choices, brand.accent, el("body").child(skip_link()).child(main))
}
