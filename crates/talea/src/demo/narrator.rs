//! Tells the story while it happens: what was sent, what came back, what it cost, and whether it held.

use crate::console::{colour, say};
use serde::Serialize;

/// One step of the story.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// From 1.
    pub number: usize,
    /// What it shows.
    pub title: String,
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// Whether every check held.
    pub held: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// Kind.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// Kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Went out over a socket.
    Sent,
    /// Came back.
    Received,
    /// Money that moved.
    Cost,
    /// A check that held.
    Held,
    /// A check that failed.
    Failed,
}

/// Collects and prints.
#[derive(Debug)]
pub struct Narrator {
    quiet: bool,
    steps: Vec<Step>,
}

impl Narrator {
    /// Prints as it goes, unless `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, steps: Vec::new() }
    }

    /// A new step.
    pub fn begin(&mut self, title: &str) {
        let number = self.steps.len() + 1;
        if !self.quiet {
            let (bold, plain) = (colour("\x1b[1m"), colour("\x1b[0m"));
            say(format_args!("\n{bold}{number}. {title}{plain}"));
        }
        self.steps.push(Step { number, title: title.to_owned(), facts: Vec::new(), held: true });
    }

    fn fact(&mut self, kind: Kind, text: String) {
        if !self.quiet {
            let (shade, mark) = match kind {
                Kind::Sent => ("\x1b[36m", "  ->"),
                Kind::Received => ("\x1b[36m", "  <-"),
                Kind::Cost => ("\x1b[33m", "   $"),
                Kind::Held => ("\x1b[32m", "  ok"),
                Kind::Failed => ("\x1b[31m", "  NO"),
            };
            say(format_args!("{}{mark}{} {text}", colour(shade), colour("\x1b[0m")));
        }
        if let Some(step) = self.steps.last_mut() {
            step.held &= kind != Kind::Failed;
            step.facts.push(Fact { kind, text });
        }
    }

    /// Something was sent.
    pub fn sent(&mut self, text: impl Into<String>) {
        self.fact(Kind::Sent, text.into());
    }

    /// Something came back.
    pub fn received(&mut self, text: impl Into<String>) {
        self.fact(Kind::Received, text.into());
    }

    /// Money moved.
    pub fn cost(&mut self, text: impl Into<String>) {
        self.fact(Kind::Cost, text.into());
    }

    /// Checks something.
    pub fn check(&mut self, what: impl Into<String>, holds: bool) {
        self.fact(if holds { Kind::Held } else { Kind::Failed }, what.into());
    }

    /// Checks that two things are the same, and shows both when they are not.
    pub fn same<T: PartialEq + std::fmt::Display>(&mut self, what: &str, found: T, expected: T) {
        if found == expected {
            self.check(format!("{what}: {found}"), true);
        } else {
            self.check(format!("{what}: found {found}, expected {expected}"), false);
        }
    }

    /// A step broke off.
    pub fn broke(&mut self, reason: impl Into<String>) {
        self.fact(Kind::Failed, reason.into());
    }

    /// Everything told so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether every step held.
    pub fn all_held(&self) -> bool {
        self.steps.iter().all(|step| step.held)
    }
}
