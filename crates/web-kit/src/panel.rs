//! The parts pages are made of: heads, cards, lists of facts, tabs, menus, timelines, empty states, page links.
//! Text and markup in, markup out. Must not know: what they are about.

use crate::icon::Icon;
use crate::markup::{Element, Markup, components, el};

/// The head of a page: where it is, what it is, what can be done.
#[derive(Clone, Debug, Default)]
pub struct PageHead {
    crumbs: Vec<(String, String)>,
    title: Markup,
    beside: Markup,
    subtitle: Markup,
    actions: Markup,
    facts: Vec<(String, Markup)>,
}

impl PageHead {
    /// With the page's one `h1`.
    pub fn new(title: impl Into<Markup>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A step of the breadcrumb, outermost first.
    #[must_use]
    pub fn crumb(mut self, words: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((words.into(), href.into()));
        self
    }

    /// Beside the title: status chips.
    #[must_use]
    pub fn beside(mut self, part: impl Into<Markup>) -> Self {
        self.beside.push(part);
        self
    }

    /// A quiet line below the title.
    #[must_use]
    pub fn subtitle(mut self, words: impl Into<Markup>) -> Self {
        self.subtitle.push(words);
        self
    }

    /// A button or link at the right.
    #[must_use]
    pub fn action(mut self, action: impl Into<Markup>) -> Self {
        self.actions.push(action);
        self
    }

    /// A figure of the persistent header (available funds, owed, next bill).
    #[must_use]
    pub fn fact(mut self, label: impl Into<String>, value: impl Into<Markup>) -> Self {
        self.facts.push((label.into(), value.into()));
        self
    }

    fn render(&self) -> Markup {
        let crumbs = (!self.crumbs.is_empty()).then(|| {
            el("nav").class("crumbs").attr("aria-label", "Breadcrumb").child(el("ol").children(
                self.crumbs.iter().map(|(words, href)| el("li").child(crate::markup::link(href, words))),
            ))
        });
        let subtitle = (!self.subtitle.is_empty()).then(|| el("p").class("subtitle").child(&self.subtitle));
        let actions = (!self.actions.is_empty()).then(|| el("div").class("actions").child(&self.actions));
        let facts =
            (!self.facts.is_empty()).then(|| {
                el("dl").class("facts").children(self.facts.iter().map(|(label, value)| {
                    el("div").child(el("dt").child(label)).child(el("dd").child(value))
                }))
            });
        el("header")
            .class("page-head")
            .child(crumbs)
            .child(
                el("div")
                    .class("page-title")
                    .child(
                        el("div")
                            .child(
                                el("div")
                                    .class("title-line")
                                    .child(el("h1").child(&self.title))
                                    .child(&self.beside),
                            )
                            .child(subtitle),
                    )
                    .child(actions),
            )
            .child(facts)
            .into()
    }
}

/// A card: a titled part of a page.
#[derive(Clone, Debug)]
pub struct Card {
    title: Option<String>,
    action: Markup,
    body: Markup,
    flush: bool,
}

impl Card {
    /// With an `h2`.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), action: Markup::new(), body: Markup::new(), flush: false }
    }

    /// Without a title.
    pub fn bare() -> Self {
        Self { title: None, action: Markup::new(), body: Markup::new(), flush: false }
    }

    /// A link or button at the right of the title.
    #[must_use]
    pub fn action(mut self, action: impl Into<Markup>) -> Self {
        self.action.push(action);
        self
    }

    /// Adds content.
    #[must_use]
    pub fn child(mut self, part: impl Into<Markup>) -> Self {
        self.body.push(part);
        self
    }

    /// The content (a table, a list) reaches the card's edges.
    #[must_use]
    pub fn flush(mut self) -> Self {
        self.flush = true;
        self
    }

    fn render(&self) -> Markup {
        let head = self
            .title
            .as_ref()
            .map(|title| el("div").class("card-head").child(el("h2").child(title)).child(&self.action));
        el("section")
            .class("card")
            .class_if(self.flush, "flush")
            .child(head)
            .child(el("div").class("card-body").child(&self.body))
            .into()
    }
}

/// Facts as label and value pairs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    rows: Vec<(Markup, Markup)>,
}

impl Facts {
    /// No facts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact; an empty value shows a dash.
    #[must_use]
    pub fn fact(mut self, label: impl Into<Markup>, value: impl Into<Markup>) -> Self {
        self.rows.push((label.into(), value.into()));
        self
    }

    fn render(&self) -> Markup {
        el("dl")
            .class("definitions")
            .children(self.rows.iter().map(|(label, value)| {
                let value = if value.is_empty() {
                    el("span").class("faint-ink").child("–").into()
                } else {
                    value.clone()
                };
                el("div").child(el("dt").child(label)).child(el("dd").child(value))
            }))
            .into()
    }
}

/// What a place is for and the first step, where there is nothing yet.
#[derive(Clone, Debug)]
pub struct EmptyState {
    icon: Icon,
    title: String,
    words: Markup,
    step: Markup,
}

impl EmptyState {
    /// `title` says what is not there yet, `words` what the place is for.
    pub fn new(icon: Icon, title: impl Into<String>, words: impl Into<Markup>) -> Self {
        Self { icon, title: title.into(), words: words.into(), step: Markup::new() }
    }

    /// The first step: a button or link.
    #[must_use]
    pub fn step(mut self, step: impl Into<Markup>) -> Self {
        self.step.push(step);
        self
    }

    fn render(&self) -> Markup {
        el("div")
            .class("empty")
            .child(el("span").class("empty-icon").child(self.icon))
            .child(el("p").class("empty-title").child(&self.title))
            .child(el("p").child(&self.words))
            .child((!self.step.is_empty()).then(|| el("div").class("empty-step").child(&self.step)))
            .into()
    }
}

/// Tabs between the pages of one thing: (words, href, current).
pub fn tabs<'a>(label: &str, tabs: impl IntoIterator<Item = (&'a str, &'a str, bool)>) -> Markup {
    el("nav")
        .class("tabs")
        .attr("aria-label", label)
        .children(tabs.into_iter().map(|(words, href, current)| {
            el("a").attr("href", href).attr_opt("aria-current", current.then_some("page")).child(words)
        }))
        .into()
}

/// A menu that opens below its button; `items` are links, forms, `el("hr")`.
pub fn menu(button: impl Into<Markup>, items: impl Into<Markup>) -> Markup {
    el("details")
        .class("menu")
        .child(el("summary").class("button quiet").child(button))
        .child(el("div").class("menu-items").child(items))
        .into()
}

/// Links to the page before and the page after; nothing where there is neither.
pub fn pages(previous: Option<String>, next: Option<String>) -> Markup {
    if previous.is_none() && next.is_none() {
        return Markup::new();
    }
    let step = |href: Option<String>, rel: &'static str, words: &'static str| -> Element {
        match href {
            Some(href) => el("a").class("button").attr("rel", rel).attr("href", href).child(words),
            None => el("span").class("button").attr("aria-disabled", "true").child(words),
        }
    };
    el("nav")
        .class("pages")
        .attr("aria-label", "Pages")
        .child(step(previous, "prev", "Previous"))
        .child(step(next, "next", "Next"))
        .into()
}

/// One feed of what happened: money, network, service, messages, staff.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    entries: Vec<Markup>,
}

impl Timeline {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry: what kind, what happened, when (an [`crate::instant`]), details below.
    #[must_use]
    pub fn entry(
        mut self,
        icon: Icon,
        what: impl Into<Markup>,
        when: impl Into<Markup>,
        details: impl Into<Markup>,
    ) -> Self {
        let details = details.into();
        let below = (!details.is_empty()).then(|| el("div").class("muted-ink").child(details));
        self.entries.push(
            el("li")
                .child(el("span").class("entry-icon").child(icon))
                .child(el("div").child(el("div").child(what)).child(below))
                .child(el("div").class("when").child(when))
                .into(),
        );
        self
    }

    fn render(&self) -> Markup {
        el("ol").class("timeline").children(&self.entries).into()
    }
}

/// The sentence list of "Why this amount": each step with its sentence and, where there is one, its result.
#[derive(Clone, Debug, Default)]
pub struct Reasons {
    steps: Vec<(Markup, Markup)>,
    outcome: Markup,
}

impl Reasons {
    /// No steps yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step: the sentence (may hold links) and what it led to (may be empty).
    #[must_use]
    pub fn step(mut self, sentence: impl Into<Markup>, result: impl Into<Markup>) -> Self {
        self.steps.push((sentence.into(), result.into()));
        self
    }

    /// The amount at the end.
    #[must_use]
    pub fn outcome(mut self, amount: impl Into<Markup>) -> Self {
        self.outcome = amount.into();
        self
    }

    fn render(&self) -> Markup {
        let steps = self.steps.iter().map(|(sentence, result)| {
            el("li").child(el("span").child(sentence)).child(el("span").class("result").child(result))
        });
        let outcome = (!self.outcome.is_empty())
            .then(|| el("p").class("outcome").child(el("span").child("Amount")).child(&self.outcome));
        Markup::new().with(el("ol").class("reasons").children(steps)).with(outcome)
    }
}

/// A link that opens its page in the side drawer where scripts run, and as a plain page where not.
pub fn drawer_link(href: &str, words: impl Into<Markup>) -> Markup {
    el("a").attr("href", href).attr("data-drawer", "").child(words).into()
}

/// A part that fetches itself again: `url` answers the same part (same `id`, with `live` around it).
///
/// Pauses while the page is in the background and reloads the page where the session has ended.
pub fn live(id: &str, url: &str, every_seconds: u16, body: impl Into<Markup>) -> Markup {
    el("div")
        .attr("id", id)
        .attr("hx-get", url)
        .attr("hx-trigger", format!("every {every_seconds}s"))
        .attr("hx-swap", "outerHTML")
        .attr("data-live", "")
        .child(body)
        .into()
}

/// How far long work is: done of total, with words; a way to stop goes beside it.
pub fn progress(done: u64, total: u64, words: impl Into<Markup>) -> Markup {
    el("div")
        .class("progress")
        .child(el("progress").attr("max", total.max(1).to_string()).attr("value", done.to_string()))
        .child(el("span").class("muted-ink").child(words))
        .into()
}

/// Parts side by side where there is room: two thirds and one third.
pub fn split(main: impl Into<Markup>, side: impl Into<Markup>) -> Markup {
    el("div")
        .class("split")
        .child(el("div").class("stack").child(main))
        .child(el("aside").class("stack").child(side))
        .into()
}

/// Parts below each other with even space.
pub fn stack(parts: impl Into<Markup>) -> Markup {
    el("div").class("stack").child(parts).into()
}

components!(PageHead, Card, Facts, EmptyState, Timeline, Reasons);
