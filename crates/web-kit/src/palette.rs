//! Search results: the same groups on the search page and in the palette that `/` or Ctrl-K opens.
//!
//! The portal answers `GET {base}/search?q=...`; where [`Partial`] holds it answers [`results`] alone. Must not know: what
//! is searched.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use crate::icon::Icon;
use crate::markup::{Markup, components, el};

/// Most results one group shows; a group that found more links to its list.
pub const GROUP_LIMIT: usize = 8;

/// Results of one kind ("Customers", "Invoices", "Actions").
#[derive(Clone, Debug)]
pub struct ResultGroup {
    title: String,
    items: Vec<Markup>,
}

impl ResultGroup {
    /// An empty group.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), items: Vec::new() }
    }

    /// Adds a result: what it is, a quiet detail, where it leads. Beyond a fixed number of results it is dropped.
    #[must_use]
    pub fn item(
        mut self,
        icon: Icon,
        words: impl Into<Markup>,
        detail: impl Into<Markup>,
        href: &str,
    ) -> Self {
        if self.items.len() < GROUP_LIMIT {
            self.items.push(
                el("li")
                    .child(
                        el("a")
                            .attr("href", href)
                            .attr("data-result", "")
                            .child(icon)
                            .child(el("span").class("result-words").child(words))
                            .child(el("span").class("result-detail").child(detail)),
                    )
                    .into(),
            );
        }
        self
    }

    /// How many results it holds.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True where nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn render(&self) -> Markup {
        if self.is_empty() {
            return Markup::new();
        }
        el("section")
            .class("result-group")
            .child(el("h2").child(&self.title))
            .child(el("ul").children(&self.items))
            .into()
    }
}

/// All groups, or a sentence that says what can be searched.
pub fn results(query: &str, groups: impl IntoIterator<Item = ResultGroup>) -> Markup {
    let found = Markup::join(groups);
    if !found.is_empty() {
        return el("div").class("results").child(found).into();
    }
    let words = if query.trim().is_empty() {
        "Search by name, account, MSISDN, IMSI, ICCID, MAC, IP, serial, invoice number, voucher or e-mail."
            .to_owned()
    } else {
        format!("Nothing found for “{}”. Try a whole number, or the beginning of a name.", query.trim())
    };
    el("div").class("results").child(el("p").class("no-results").child(words)).into()
}

/// True where only a part of a page is wanted: `?partial=1` (palette, drawer) or an htmx request. An axum extractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial(pub bool);

impl Partial {
    /// What a request asks for.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "partial=1"));
        Self(asked || headers.contains_key("hx-request"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Partial {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

components!(ResultGroup);
