//! What can go wrong with a document, in words for the person who edits the template or runs the bills.

use std::fmt;

/// Why a document could not be made. [`DocumentError::code`] is stable and is shown to users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The template (or the logo that it places) is wrong; at least one problem, in the order found.
    #[error("the template can't be set: {}", first(.0))]
    Template(Vec<TemplateProblem>),
    /// A part of the input is larger than it may be.
    #[error("{what} is too large: {found}, at most {limit}")]
    TooLarge {
        /// The part as a path, for example `customer.name`.
        what: String,
        /// How large it is, in the unit of the limit.
        found: usize,
        /// How large it may be.
        limit: usize,
    },
    /// A field holds something it can't hold.
    #[error("{field} is invalid: {reason}")]
    Invalid {
        /// The field as a path.
        field: String,
        /// What is expected.
        reason: String,
    },
    /// The typesetter itself failed; the input is not known to be wrong.
    #[error("the typesetter failed: {0}")]
    Typesetter(String),
}

impl DocumentError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Template(_) => "DOC-001",
            Self::TooLarge { .. } => "DOC-002",
            Self::Invalid { .. } => "DOC-003",
            Self::Typesetter(_) => "DOC-004",
        }
    }
}

/// One thing that typst found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateProblem {
    /// What is wrong.
    pub message: String,
    /// What may help, possibly nothing.
    pub hints: Vec<String>,
    /// Where in the template: line and column, both from 1. None when the problem has no place in it.
    pub position: Option<(usize, usize)>,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.position {
            write!(out, "line {line}, column {column}: ")?;
        }
        out.write_str(&self.message)?;
        for hint in &self.hints {
            write!(out, " (hint: {hint})")?;
        }
        Ok(())
    }
}

fn first(problems: &[TemplateProblem]) -> String {
    match problems {
        [] => "no reason given".to_owned(),
        [only] => only.to_string(),
        [first, more @ ..] => format!("{first} (and {} more)", more.len()),
    }
}
