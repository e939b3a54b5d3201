//! One finding: where, which rule, and what to do about it, printed on one line.
//!
//! Knows nothing of any particular rule.

use std::fmt;

/// Whether a finding stops the check or only shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The check fails.
    Deny,
    /// Shown, not counted against the check.
    Warn,
}

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Whether the check fails because of it.
    pub severity: Severity,
    /// Path from the workspace root, with `/` between its parts.
    pub file: String,
    /// Line in that file, from 1; 1 where the whole file is meant.
    pub line: usize,
    /// Name of the rule, as exceptions name it.
    pub rule: &'static str,
    /// What the rule is about in that file (a function, a dependency); empty where the file itself is.
    pub item: String,
    /// What to do, one sentence.
    pub advice: String,
}

impl Finding {
    /// A finding that fails the check.
    pub fn deny(file: &str, line: usize, rule: &'static str, item: &str, advice: String) -> Self {
        Self { severity: Severity::Deny, file: file.to_owned(), line, rule, item: item.to_owned(), advice }
    }

    /// A finding that is only shown.
    pub fn warn(file: &str, line: usize, rule: &'static str, item: &str, advice: String) -> Self {
        Self { severity: Severity::Warn, ..Self::deny(file, line, rule, item, advice) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.severity {
            Severity::Deny => "",
            Severity::Warn => "warning: ",
        };
        write!(out, "{}:{}: {mark}{}: {}", self.file, self.line, self.rule, self.advice)
    }
}
