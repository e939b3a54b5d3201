//! The staff portal's frame: left rail, top bar with search, the page. Must not know: who may see what (the portal says).

use super::document::{document, skip_link, theme_switch};
use super::{Choices, under};
use crate::form;
use crate::icon::Icon;
use crate::markup::{Element, Markup, el};
use crate::panel;
use crate::status::Flash;

/// The sections of the rail, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each name is the word on screen")]
pub enum StaffSection {
    Home,
    Customers,
    Catalogue,
    Network,
    Money,
    Provisioning,
    Imports,
    Reports,
    Settings,
}

impl StaffSection {
    /// All, in the rail's order.
    pub const ALL: [Self; 9] = [
        Self::Home,
        Self::Customers,
        Self::Catalogue,
        Self::Network,
        Self::Money,
        Self::Provisioning,
        Self::Imports,
        Self::Reports,
        Self::Settings,
    ];

    /// The word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Customers => "Customers",
            Self::Catalogue => "Catalogue",
            Self::Network => "Network",
            Self::Money => "Money",
            Self::Provisioning => "Provisioning",
            Self::Imports => "Imports",
            Self::Reports => "Reports",
            Self::Settings => "Settings",
        }
    }

    /// The path under the portal's mount point.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Customers => "/customers",
            Self::Catalogue => "/catalogue",
            Self::Network => "/network",
            Self::Money => "/money",
            Self::Provisioning => "/provisioning",
            Self::Imports => "/imports",
            Self::Reports => "/reports",
            Self::Settings => "/settings",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Home => Icon::Home,
            Self::Customers => Icon::Customers,
            Self::Catalogue => Icon::Catalogue,
            Self::Network => Icon::Network,
            Self::Money => Icon::Money,
            Self::Provisioning => Icon::Provisioning,
            Self::Imports => Icon::Imports,
            Self::Reports => Icon::Reports,
            Self::Settings => Icon::Settings,
        }
    }
}

/// What is the same on every page of one request: who looks, at which installation.
#[derive(Clone, Debug, Default)]
pub struct StaffFrame {
    /// Where the portal is mounted: `""` or `"/staff"`. Search is at `{base}/search`, sign-out posts to
    /// `{base}/sign-out`, notices are at `{base}/notices`, the user's own page at `{base}/me`.
    pub base: String,
    /// The staff user's name.
    pub user: String,
    /// His role in words.
    pub role: String,
    /// The installation's name ("Production", "Demo").
    pub environment: String,
    /// Unread notices.
    pub notices: u64,
    /// Token for the sign-out form, from [`crate::csrf::Csrf::token`].
    pub csrf_token: String,
    /// Theme and rail, from [`Choices::from_headers`].
    pub choices: Choices,
    /// Sections this user may open, in the rail's order; empty shows all.
    pub sections: Vec<StaffSection>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct StaffPage {
    /// For the window title.
    pub title: String,
    /// The section of the rail it belongs to.
    pub section: StaffSection,
    /// Messages above the page.
    pub flashes: Vec<Flash>,
    /// A line over everything: working as somebody else, maintenance.
    pub banner: Option<Markup>,
    /// The page: usually a [`panel::PageHead`] and parts.
    pub body: Markup,
}

impl StaffPage {
    /// A page without messages.
    pub fn new(title: impl Into<String>, section: StaffSection, body: impl Into<Markup>) -> Self {
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

/// The whole HTML document of a staff page.
pub fn staff(frame: &StaffFrame, page: StaffPage) -> Markup {
    let banner = page
        .banner
        .map(|words| el("div").class("banner").attr("role", "status").child(Icon::Eye).child(words));
    let flashes = (!page.flashes.is_empty()).then(|| el("div").class("flashes").children(page.flashes));
    let main = el("main").attr("id", "main").attr("tabindex", "-1").child(flashes).child(page.body);
    let body =
        el("body").attr("data-search", under(&frame.base, "/search")).child(skip_link()).child(banner).child(
            el("div")
                .class("frame")
                .child(rail(frame, page.section))
                .child(el("div").class("desk").child(top_bar(frame)).child(main)),
        );
    document(&page.title, "Talea", "staff", frame.choices, None, body)
}

fn rail(frame: &StaffFrame, active: StaffSection) -> Element {
    let shown: &[StaffSection] = if frame.sections.is_empty() { &StaffSection::ALL } else { &frame.sections };
    let links = shown.iter().map(|section| {
        el("li").child(
            el("a")
                .attr("href", under(&frame.base, section.path()))
                .attr("title", section.word())
                .attr_opt("aria-current", (*section == active).then_some("page"))
                .child(section.icon())
                .child(el("span").child(section.word())),
        )
    });
    let home = el("a")
        .class("wordmark")
        .attr("href", under(&frame.base, "/"))
        .attr("aria-label", "Talea, home")
        .child(tally())
        .child(el("span").child("Talea"));
    el("nav").class("rail").attr("aria-label", "Sections").child(home).child(el("ul").children(links)).child(
        el("button")
            .class("rail-toggle needs-js")
            .attr("type", "button")
            .attr("data-rail-toggle", "")
            .attr("aria-label", "Collapse or expand the rail")
            .child(Icon::Chevron)
            .child(el("span").child("Collapse")),
    )
}

/// The mark: a tally stick with its notches.
fn tally() -> Markup {
    Markup::trusted(
        "<svg class=\"tally\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><rect x=\"1\" y=\"1\" width=\"22\" height=\"22\" rx=\"6\"/>\
         <path d=\"M7.5 7v10M11 7v10M14.5 7v10M5 15.5 18.5 8.5\"/></svg>",
    )
}

fn top_bar(frame: &StaffFrame) -> Element {
    let search = el("form")
        .class("top-search")
        .attr("role", "search")
        .attr("method", "get")
        .attr("action", under(&frame.base, "/search"))
        .child(Icon::Search)
        .child(
            el("input")
                .attr("type", "search")
                .attr("name", "q")
                .attr("placeholder", "Search or run an action")
                .attr("aria-label", "Search everything")
                .attr("autocomplete", "off")
                .attr("data-open-palette", ""),
        )
        .child(el("kbd").class("needs-js").child("/"));
    let notices = el("a")
        .class("icon-button")
        .attr("href", under(&frame.base, "/notices"))
        .attr("aria-label", format!("Notices, {} unread", frame.notices))
        .child(Icon::Bell)
        .child((frame.notices > 0).then(|| el("span").class("badge").child(frame.notices.min(99))));
    el("header")
        .class("top-bar")
        .child(search)
        .child(el("span").class("spacer"))
        .child(
            (!frame.environment.is_empty())
                .then(|| el("span").class("environment").child(&frame.environment)),
        )
        .child(notices)
        .child(user_menu(frame))
}

fn user_menu(frame: &StaffFrame) -> Markup {
    let initials: String = frame
        .user
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    let sign_out = form::button_form(
        &under(&frame.base, "/sign-out"),
        &frame.csrf_token,
        &[],
        el("button").class("menu-item").attr("type", "submit").child(Icon::SignOut).child("Sign out"),
    );
    let items = Markup::new()
        .with(
            el("div")
                .class("menu-who")
                .child(el("strong").child(&frame.user))
                .child(el("span").class("muted-ink").child(&frame.role)),
        )
        .with(el("a").attr("href", under(&frame.base, "/me")).child(Icon::User).child("Profile and security"))
        .with(theme_switch(frame.choices.theme))
        .with(sign_out);
    let button = Markup::new()
        .with(el("span").class("avatar").attr("aria-hidden", "true").child(initials))
        .with(el("span").class("sr-only").child(format!("Menu of {}", frame.user)));
    panel::menu(button, items)
}
