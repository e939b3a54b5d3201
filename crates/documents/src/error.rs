//! What can go wrong with a document, in words for the person who edits the style or runs the bills.

/// Why a document could not be made. [`DocumentError::code`] is stable and is shown to users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A part of the input is larger than it may be.
    #[error("{what} is too large: {found}, at most {limit}")]
    TooLarge {
        /// The part as a path, for example `customer.name` or `style.logo`.
        what: String,
        /// How large it is, in the unit of the limit.
        found: usize,
        /// How large it may be.
        limit: usize,
    },
    /// A field holds something it can't hold.
    #[error("{field} is invalid: {reason}")]
    Invalid {
        /// The field as a path, for example `dated` or `style.labels.page`.
        field: String,
        /// What is expected.
        reason: String,
    },
    /// The drawing itself failed; the input is not known to be wrong.
    #[error("the document can't be drawn: {0}")]
    Drawing(String),
}

impl DocumentError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "DOC-001",
            Self::Invalid { .. } => "DOC-002",
            Self::Drawing(_) => "DOC-003",
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }
}
