//! Refusals: results, not errors. Each has a stable code that maps to a Result-Code, an HTTP problem and a page of the guide.

use money::Amount;
use serde::{Deserialize, Serialize};

/// Why a command was not carried out. Nothing was changed, except used units of a refused session step, which are charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// No such customer.
    #[error("there is no such customer")]
    UnknownCustomer,
    /// The customer exists already.
    #[error("the customer exists already")]
    CustomerExists,
    /// No such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// Customer closed.
    #[error("the customer is terminated")]
    CustomerTerminated,
    /// Customer suspended for an overdue invoice.
    #[error("the customer is suspended: an invoice is overdue")]
    CustomerSuspended,
    /// Customer blocked by staff.
    #[error("the customer is blocked")]
    CustomerBlocked,
    /// Account closed.
    #[error("the account is terminated")]
    AccountTerminated,
    /// Account blocked by staff.
    #[error("the account is blocked")]
    AccountBlocked,
    /// No rating entry, or a forbidden destination.
    #[error("the account's products do not include this service or destination")]
    NotAllowed,
    /// Not enough money.
    #[error("available funds are {available}, needed are {needed}")]
    InsufficientFunds {
        /// Available funds.
        available: Amount,
        /// Price.
        needed: Amount,
    },
    /// A quota that blocks is used up.
    #[error("the included units are used up")]
    QuotaUsedUp,
    /// No such session.
    #[error("there is no such session")]
    UnknownSession,
    /// The session ended before.
    #[error("the session has ended")]
    SessionEnded,
    /// The same key came with other content.
    #[error("this key was used before with a different request")]
    KeyReused,
    /// No such product, or not of the right kind, or held already.
    #[error("this product cannot be assigned: {0}")]
    ProductNotAssignable(String),
    /// No such add-on assignment.
    #[error("the account does not have this add-on")]
    UnknownAddOn,
    /// A sum that makes no sense here.
    #[error("the amount must be more than zero")]
    AmountNotPositive,
    /// Currency differs from the catalog's.
    #[error("the catalog's prices are in {0}")]
    WrongCurrency(String),
    /// A limit of the program was reached.
    #[error("too many {0}")]
    TooMany(String),
    /// The period was closed already.
    #[error("the billing period is closed already")]
    PeriodClosed,
    /// The state changed since the fees were computed.
    #[error("the customer changed meanwhile; compute again")]
    Stale,
    /// An absurd number: would overflow.
    #[error("the numbers are too large to be charged")]
    OutOfRange,
}

impl Refusal {
    /// The stable code, as in the guide.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownCustomer => "CHG-001",
            Self::CustomerExists => "CHG-002",
            Self::UnknownAccount => "CHG-003",
            Self::CustomerTerminated => "CHG-004",
            Self::CustomerSuspended => "CHG-005",
            Self::CustomerBlocked => "CHG-006",
            Self::AccountTerminated => "CHG-007",
            Self::AccountBlocked => "CHG-008",
            Self::NotAllowed => "CHG-009",
            Self::InsufficientFunds { .. } => "CHG-010",
            Self::QuotaUsedUp => "CHG-011",
            Self::UnknownSession => "CHG-012",
            Self::SessionEnded => "CHG-013",
            Self::KeyReused => "CHG-014",
            Self::ProductNotAssignable(_) => "CHG-015",
            Self::UnknownAddOn => "CHG-016",
            Self::AmountNotPositive => "CHG-017",
            Self::WrongCurrency(_) => "CHG-018",
            Self::TooMany(_) => "CHG-019",
            Self::PeriodClosed => "CHG-020",
            Self::Stale => "CHG-021",
            Self::OutOfRange => "CHG-022",
        }
    }
}
