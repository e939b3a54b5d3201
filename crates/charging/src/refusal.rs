//! Refusals: results, not errors. Each has a stable code that maps to a Result-Code, an HTTP problem and a page of the guide.

use crate::ResellerStop;
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
    /// The tariff ends the session here.
    #[error("the tariff ends the session here")]
    SessionTooLong,
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
    /// Customer, product, tariff, voucher in different currencies; which one it is.
    #[error("the currency here is {0}")]
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
    /// The reseller above may not serve.
    #[error("the reseller {0}")]
    ResellerStopped(ResellerStop),
    /// The account pays from the customer's balance.
    #[error("the account has no balance of its own")]
    NoOwnBalance,
    /// The account has one already, or something is running on it.
    #[error("a balance of its own can be opened once, and only while the account has no session")]
    BalanceNotOpened,
    /// The day's spending cap is reached.
    #[error("the spending cap of the day is reached")]
    SpendingCapReached,
    /// An end that lies in the past.
    #[error("it would end before it begins")]
    AlreadyOver,
    /// A refund or correction of something that was not charged to him.
    #[error("nothing was charged under this reference")]
    UnknownReference,
    /// More back than was charged.
    #[error("of this charge {left} is left to be given back")]
    RefundTooHigh {
        /// What is left of the charge.
        left: Amount,
    },
    /// A charge or claim too old to be changed.
    #[error("it is too old to be changed")]
    TooOld,
    /// The sum in the customer's currency is not what the quotes give.
    #[error("by these exchange rates the amount is {0}")]
    ExchangeWrong(Amount),
    /// No such voucher.
    #[error("there is no such voucher")]
    UnknownVoucher,
    /// Redeemed, or claimed by somebody else.
    #[error("the voucher was used")]
    VoucherUsed,
    /// Past its date.
    #[error("the voucher has expired")]
    VoucherExpired,
    /// A message for a reseller came to a customer who is none.
    #[error("the customer is not a reseller")]
    NotReseller,
    /// A customer above himself, or a reseller that would move.
    #[error("the chain of resellers would be a circle, or longer than 16")]
    CyclicChain,
    /// A message came before the one it follows; the shell sends them in order.
    #[error("an earlier message has not arrived yet")]
    OutOfOrder,
    /// An add-on that clashes with another one; may be accepted.
    #[error("this add-on clashes with another product: {0}")]
    AddOnConflict(String),
    /// No such quota, wallet or top-up option of a product that the account holds.
    #[error("the account has no such quota, wallet or option")]
    UnknownPlan,
    /// No such customer class.
    #[error("there is no such customer class")]
    UnknownClass,
    /// An absurd number: would overflow.
    #[error("the numbers are too large to be charged")]
    OutOfRange,
    /// Taken back by staff.
    #[error("the voucher was revoked")]
    VoucherRevoked,
    /// No such dialing rules.
    #[error("there are no such dialing rules")]
    UnknownDialingRules,
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
            Self::ResellerStopped(_) => "CHG-040",
            Self::NoOwnBalance => "CHG-041",
            Self::BalanceNotOpened => "CHG-042",
            Self::SpendingCapReached => "CHG-043",
            Self::AlreadyOver => "CHG-044",
            Self::UnknownReference => "CHG-045",
            Self::RefundTooHigh { .. } => "CHG-046",
            Self::TooOld => "CHG-047",
            Self::ExchangeWrong(_) => "CHG-048",
            Self::UnknownVoucher => "CHG-049",
            Self::VoucherUsed => "CHG-050",
            Self::VoucherExpired => "CHG-051",
            Self::NotReseller => "CHG-052",
            Self::CyclicChain => "CHG-053",
            Self::OutOfOrder => "CHG-054",
            Self::VoucherRevoked => "CHG-056",
            Self::AddOnConflict(_) => "CHG-060",
            Self::UnknownPlan => "CHG-061",
            Self::UnknownClass => "CHG-062",
            Self::UnknownDialingRules => "CHG-063",
            Self::SessionTooLong => "CHG-070",
        }
    }
}
