//! Why the office did not do something, in words a person can act on. Every error has a stable code.

use charging::Refusal;
use engine::EngineError;
use store::StoreError;

/// One field of a request that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Path of the field, such as `account.identifiers[0].value`.
    pub field: String,
    /// What is wrong and how to mend it.
    pub reason: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// Why a use case was not carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfficeError {
    /// The core said no.
    #[error("{0}")]
    Refused(Refusal),
    /// The request cannot be understood or accepted as it is.
    #[error("{}", fields(.0))]
    Invalid(Vec<FieldError>),
    /// No such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for: `customer`, `account`, `node`.
        what: &'static str,
        /// Under which name or number.
        id: String,
    },
    /// Taken, or changed meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// Not allowed to this actor.
    #[error("{0}")]
    Denied(String),
    /// Too much waits; ask again.
    #[error("the system is busy; try again")]
    Busy,
    /// The database cannot be used.
    #[error("{0}")]
    Store(String),
}

fn fields(errors: &[FieldError]) -> String {
    let lines: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.reason)).collect();
    lines.join("; ")
}

impl OfficeError {
    /// The stable code, as in the guide: `OFF-001`, or the core's own (`CHG-010`).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Invalid(_) => "OFF-001",
            Self::NotFound { .. } => "OFF-002",
            Self::Conflict(_) => "OFF-003",
            Self::Denied(_) => "OFF-004",
            Self::Busy => "OFF-005",
            Self::Store(_) => "OFF-006",
        }
    }

    /// One field that cannot be accepted.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, reason)])
    }

    /// Something that is not there.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl From<Refusal> for OfficeError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownCustomer => Self::NotFound { what: "customer", id: String::new() },
            other => Self::Refused(other),
        }
    }
}

impl From<StoreError> for OfficeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<EngineError> for OfficeError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Busy => Self::Busy,
            other => Self::Store(other.to_string()),
        }
    }
}
