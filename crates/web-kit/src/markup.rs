//! HTML that is escaped by construction.
//!
//! Text goes in, [`Markup`] comes out: every `&str`, `String` or number turned into `Markup` is escaped, so a
//! customer who calls himself `<script>` is printed, not run. The one door for ready-made HTML is
//! [`Markup::trusted`]; its callers are found by that name. Must not know: requests, money, pages.

use std::fmt::{self, Display, Write};

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Safe HTML. Build it with [`el`], with the components of this crate, or from text (which is escaped).
///
/// In an askama template write `{{ part }}` (it is marked safe) or `{{ part|safe }}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Escaped text.
    pub fn text(text: impl AsRef<str>) -> Self {
        let mut out = String::with_capacity(text.as_ref().len() + 8);
        escape_into(&mut out, text.as_ref());
        Self(out)
    }

    /// HTML that is already safe (a rendered askama template, a constant). Never pass anything a person typed.
    pub fn trusted(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// Appends a part; text is escaped.
    #[must_use]
    pub fn with(mut self, part: impl Into<Self>) -> Self {
        self.push(part);
        self
    }

    /// Appends a part; text is escaped.
    pub fn push(&mut self, part: impl Into<Self>) {
        let part = part.into();
        if self.0.is_empty() {
            self.0 = part.0;
        } else {
            self.0.push_str(&part.0);
        }
    }

    /// All parts, one after the other.
    pub fn join<P: Into<Self>>(parts: impl IntoIterator<Item = P>) -> Self {
        parts.into_iter().fold(Self::new(), Self::with)
    }

    /// True where there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many letters a reader sees: everything outside tags.
    pub(crate) fn visible_letters(&self) -> usize {
        let mut inside_tag = false;
        let outside = self.0.chars().filter(|letter| {
            let shown = !inside_tag && *letter != '<';
            inside_tag = *letter == '<' || (inside_tag && *letter != '>');
            shown
        });
        outside.count()
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

impl IntoResponse for Markup {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.0).into_response()
    }
}

impl From<&str> for Markup {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Markup {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&String> for Markup {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

impl From<&Markup> for Markup {
    fn from(part: &Markup) -> Self {
        part.clone()
    }
}

impl<T: Into<Markup>> From<Option<T>> for Markup {
    fn from(part: Option<T>) -> Self {
        part.map(Into::into).unwrap_or_default()
    }
}

impl<T: Into<Markup>> From<Vec<T>> for Markup {
    fn from(parts: Vec<T>) -> Self {
        Self::join(parts)
    }
}

/// Numbers print as they are; one line for each kind beats a generic that would also catch text.
macro_rules! numbers_are_markup {
    ($($number:ty),*) => {$(
        impl From<$number> for Markup {
            fn from(number: $number) -> Self {
                Self(number.to_string())
            }
        }
    )*};
}
numbers_are_markup!(u8, u16, u32, u64, usize, i32, i64);

/// Every component turns into [`Markup`] by its `render`, prints itself, and is safe in askama.
macro_rules! components {
    ($($component:ty),* $(,)?) => {$(
        impl From<$component> for $crate::markup::Markup {
            fn from(component: $component) -> Self {
                component.render()
            }
        }
        impl std::fmt::Display for $component {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.render().as_str())
            }
        }
        impl askama::filters::HtmlSafe for $component {}
    )*};
}
pub(crate) use components;

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not valid in HTML and NUL confuses parsers.
            c if c.is_control() && !matches!(c, '\n' | '\t' | '\r') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// Attributes whose value is an address; a hostile scheme there would run as script.
const ADDRESS_ATTRIBUTES: [&str; 6] = ["href", "src", "action", "formaction", "hx-get", "hx-post"];

/// An address that is safe to follow: relative, http(s), mailto, tel or an inline image; anything else becomes `#`.
pub fn safe_address(address: &str) -> &str {
    let trimmed = address.trim();
    // "//host" would leave for another host under our name.
    let relative = trimmed.starts_with(['/', '?', '#', '.']) && !trimmed.starts_with("//");
    let lower: String = trimmed.chars().take(11).collect::<String>().to_ascii_lowercase();
    let scheme = ["https://", "http://", "mailto:", "tel:", "data:image/"]
        .iter()
        .any(|known| lower.starts_with(known));
    let bare = !trimmed.contains(':') && !trimmed.starts_with("//");
    // Browsers drop control characters inside a scheme and read a backslash as a slash.
    let plain = !trimmed.contains('\\') && !trimmed.chars().any(char::is_control);
    if plain && (relative || scheme || bare) { trimmed } else { "#" }
}

/// Elements without a closing tag.
const VOID: [&str; 7] = ["input", "img", "br", "hr", "meta", "link", "wbr"];

/// Starts an element: `el("p").class("muted").child("5 < 6")`.
pub fn el(tag: &'static str) -> Element {
    Element { tag, attributes: String::new(), classes: String::new(), children: Markup::new() }
}

/// An HTML element under construction. Tag and attribute names are constants, values are escaped.
#[derive(Clone, Debug)]
pub struct Element {
    tag: &'static str,
    attributes: String,
    classes: String,
    children: Markup,
}

impl Element {
    /// Adds classes (space separated).
    #[must_use]
    pub fn class(mut self, classes: &str) -> Self {
        if !self.classes.is_empty() && !classes.is_empty() {
            self.classes.push(' ');
        }
        self.classes.push_str(classes);
        self
    }

    /// Adds classes where the condition holds.
    #[must_use]
    pub fn class_if(self, condition: bool, classes: &str) -> Self {
        if condition { self.class(classes) } else { self }
    }

    /// Sets an attribute; an address attribute is made harmless by [`safe_address`].
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let value = if ADDRESS_ATTRIBUTES.contains(&name) { safe_address(value) } else { value };
        self.attributes.push(' ');
        self.attributes.push_str(name);
        self.attributes.push_str("=\"");
        escape_into(&mut self.attributes, value);
        self.attributes.push('"');
        self
    }

    /// Sets an attribute where there is a value.
    #[must_use]
    pub fn attr_opt(self, name: &'static str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Sets an attribute without a value where the condition holds (`required`, `hidden`).
    #[must_use]
    pub fn flag(mut self, name: &'static str, condition: bool) -> Self {
        if condition {
            self.attributes.push(' ');
            self.attributes.push_str(name);
        }
        self
    }

    /// Appends a child; text is escaped.
    #[must_use]
    pub fn child(mut self, child: impl Into<Markup>) -> Self {
        self.children.push(child);
        self
    }

    /// Appends children.
    #[must_use]
    pub fn children<C: Into<Markup>>(mut self, children: impl IntoIterator<Item = C>) -> Self {
        for child in children {
            self.children.push(child);
        }
        self
    }

    fn render(&self) -> Markup {
        let mut out = String::with_capacity(self.children.0.len() + self.attributes.len() + 32);
        // Writing into a String cannot fail.
        let _ = write!(out, "<{}", self.tag);
        if !self.classes.is_empty() {
            out.push_str(" class=\"");
            escape_into(&mut out, &self.classes);
            out.push('"');
        }
        out.push_str(&self.attributes);
        out.push('>');
        if !VOID.contains(&self.tag) {
            out.push_str(&self.children.0);
            let _ = write!(out, "</{}>", self.tag);
        }
        Markup(out)
    }
}

components!(Element);

/// A link. Short for `el("a").attr("href", ..).child(..)`.
pub fn link(href: impl AsRef<str>, words: impl Into<Markup>) -> Markup {
    el("a").attr("href", href).child(words).into()
}
