//! Status chips: few shapes, always with the word, so that colour is never the only carrier. Must not know: whose status.

use crate::markup::{Markup, components, el};

/// What a status means for the reader; each tone has its own shape and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Off, ended, draft: hollow ring.
    Neutral,
    /// Working, paid, done: disc.
    Good,
    /// Under way, waiting for somebody else: half disc.
    Busy,
    /// Needs attention soon: triangle.
    Warn,
    /// Failed, blocked, overdue: square.
    Bad,
}

impl Tone {
    /// The class suffix in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A chip with shape and word: `chip(Tone::Good, "Active")`.
pub fn chip(tone: Tone, word: impl Into<Markup>) -> Markup {
    el("span").class("chip").class(tone.name()).child(el("span").class("shape")).child(word).into()
}

/// A chip whose tone follows from the product's own status words (`active`, `past_due`, `dead letter`...);
/// an unknown word is neutral. The word is shown with a capital and without underscores.
pub fn status(word: &str) -> Markup {
    let spaced = word.replace('_', " ");
    let mut letters = spaced.chars();
    let shown = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    chip(tone_of(&spaced.to_lowercase()), shown)
}

fn tone_of(word: &str) -> Tone {
    match word {
        "active" | "online" | "open" | "paid" | "delivered" | "done" | "up" | "verified" | "succeeded"
        | "accepted" | "approved" | "enabled" | "published" | "healthy" | "charged" | "posted"
        | "connected" | "completed" => Tone::Good,
        "pending" | "queued" | "sending" | "running" | "retrying" | "waiting" | "in progress"
        | "scheduled" | "processing" | "new" | "reserved" | "documented" | "previewed" | "issued"
        | "sent" => Tone::Busy,
        "due" | "overdue soon" | "parked" | "partial" | "partly paid" | "assumed" | "degraded"
        | "suspended" | "reseller stopped" | "hotlined" | "expiring" | "warning" | "skipped" | "limited" => {
            Tone::Warn
        }
        "overdue" | "past due" | "failed" | "dead" | "dead letter" | "rejected" | "refused" | "blocked"
        | "down" | "error" | "stopped" | "unreachable" => Tone::Bad,
        _ => Tone::Neutral,
    }
}

/// A plain label without a shape: kinds, tags, services.
pub fn tag(word: impl Into<Markup>) -> Markup {
    el("span").class("tag").child(word).into()
}

/// A message above the page after an action; announced to screen readers.
#[derive(Clone, Debug)]
pub struct Flash {
    tone: Tone,
    words: Markup,
}

impl Flash {
    /// It worked; say what happened in the past tense.
    pub fn done(words: impl Into<Markup>) -> Self {
        Self { tone: Tone::Good, words: words.into() }
    }

    /// Worth knowing.
    pub fn note(words: impl Into<Markup>) -> Self {
        Self { tone: Tone::Busy, words: words.into() }
    }

    /// Needs attention.
    pub fn warn(words: impl Into<Markup>) -> Self {
        Self { tone: Tone::Warn, words: words.into() }
    }

    /// It did not work; say what to do.
    pub fn bad(words: impl Into<Markup>) -> Self {
        Self { tone: Tone::Bad, words: words.into() }
    }

    fn render(&self) -> Markup {
        let role = if self.tone == Tone::Bad { "alert" } else { "status" };
        let icon = match self.tone {
            Tone::Good => crate::icon::Icon::Check,
            Tone::Busy | Tone::Neutral => crate::icon::Icon::Info,
            Tone::Warn | Tone::Bad => crate::icon::Icon::Alert,
        };
        el("div")
            .class("flash")
            .class(self.tone.name())
            .attr("role", role)
            .child(icon)
            .child(el("div").child(&self.words))
            .into()
    }
}

components!(Flash);
