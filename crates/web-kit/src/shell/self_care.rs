//! The self-care portal's frame: brand bar on top, tabs at the thumb on phones and on top elsewhere. White label.
//! Must not know: what the subscriber has.

use super::document::{document, skip_link, theme_switch};
use super::{Choices, under};
use crate::brand::Brand;
use crate::form;
use crate::icon::Icon;
use crate::markup::{Element, Markup, el};
use crate::panel;
use crate::status::Flash;

/// The tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each name is the word on screen")]
pub enum SelfCareSection {
    Home,
    Usage,
    Invoices,
    Shop,
    Profile,
}

impl SelfCareSection {
    /// All, in the order of the tabs.
    pub const ALL: [Self; 5] = [Self::Home, Self::Usage, Self::Invoices, Self::Shop, Self::Profile];

    /// The word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Usage => "Usage",
            Self::Invoices => "Invoices",
            Self::Shop => "Shop",
            Self::Profile => "Profile",
        }
    }

    /// The path under the portal's mount point.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Usage => "/usage",
            Self::Invoices => "/invoices",
            Self::Shop => "/shop",
            Self::Profile => "/profile",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Home => Icon::Home,
            Self::Usage => Icon::Usage,
            Self::Invoices => Icon::Invoice,
            Self::Shop => Icon::Shop,
            Self::Profile => Icon::User,
        }
    }
}

/// What is the same on every page of one request.
#[derive(Clone, Debug)]
pub struct SelfCareFrame {
    /// Where the portal is mounted: `""` or `"/my"`. Sign-out posts to `{base}/sign-out`.
    pub base: String,
    /// Whose portal it is.
    pub brand: Brand,
    /// The subscriber's name.
    pub user: String,
    /// Token for the sign-out form.
    pub csrf_token: String,
    /// Theme, from [`Choices::from_headers`].
    pub choices: Choices,
}

/// One page.
#[derive(Clone, Debug)]
pub struct SelfCarePage {
    /// For the window title.
    pub title: String,
    /// The tab it belongs to.
    pub section: SelfCareSection,
    /// Messages above the page.
    pub flashes: Vec<Flash>,
    /// A line over everything: staff working as the subscriber, an outage.
    pub banner: Option<Markup>,
    /// The page.
    pub body: Markup,
}

impl SelfCarePage {
    /// A page without messages.
    pub fn new(title: impl Into<String>, section: SelfCareSection, body: impl Into<Markup>) -> Self {
        Self { title: title.into(), section, flashes: Vec::new(), banner: None, body: body.into() }
    }

    /// Adds a message.
    #[must_use]
    pub fn flash(mut self, flash: Flash) -> Self {
        self.flashes.push(flash);
        self
    }

    /// Sets the banner.
    #[must_use]
    pub fn banner(mut self, words: impl Into<Markup>) -> Self {
        self.banner = Some(words.into());
        self
    }
}

/// The whole HTML document of a self-care page.
pub fn self_care(frame: &SelfCareFrame, page: SelfCarePage) -> Markup {
    let banner = page
        .banner
        .map(|words| el("div").class("banner").attr("role", "status").child(Icon::Eye).child(words));
    let flashes = (!page.flashes.is_empty()).then(|| el("div").class("flashes").children(page.flashes));
    let small = frame.brand.small_print.as_ref().map(|words| el("footer").class("small-print").child(words));
    let main = el("main").attr("id", "main").attr("tabindex", "-1").child(flashes).child(page.body);
    let body = el("body")
        .child(skip_link())
        .child(banner)
        .child(brand_bar(frame))
        .child(tabs(frame, page.section))
        .child(main)
        .child(small);
    document(&page.title, &frame.brand.name, "self-care", frame.choices, frame.brand.accent, body)
}

fn brand_bar(frame: &SelfCareFrame) -> Element {
    let sign_out = form::button_form(
        &under(&frame.base, "/sign-out"),
        &frame.csrf_token,
        &[],
        el("button").class("menu-item").attr("type", "submit").child(Icon::SignOut).child("Sign out"),
    );
    let items = Markup::new()
        .with(el("div").class("menu-who").child(el("strong").child(&frame.user)))
        .with(theme_switch(frame.choices.theme))
        .with(sign_out);
    let button = Markup::new().with(Icon::Menu).with(el("span").class("sr-only").child("Menu"));
    el("header").class("brand-bar").child(
        el("div")
            .child(
                el("a")
                    .class("brand")
                    .attr("href", under(&frame.base, "/"))
                    .child(frame.brand.mark())
                    .child(el("span").child(&frame.brand.name)),
            )
            .child(el("span").class("spacer"))
            .child(panel::menu(button, items)),
    )
}

fn tabs(frame: &SelfCareFrame, active: SelfCareSection) -> Element {
    el("nav").class("bottom-tabs").attr("aria-label", "Sections").child(el("ul").children(
        SelfCareSection::ALL.into_iter().map(|section| {
            el("li").child(
                el("a")
                    .attr("href", under(&frame.base, section.path()))
                    .attr_opt("aria-current", (section == active).then_some("page"))
                    .child(section.icon())
                    .child(el("span").child(section.word())),
            )
        }),
    ))
}
