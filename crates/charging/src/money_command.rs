//! What the commands about money carry: payments, adjustments, limits, refunds, corrections, compensation.

use crate::{AccountId, ChargeTax, RowId, Share, TemporaryLimit, Xdr, XdrKind};
use calendar::Instant;
use catalog::ProductId;
use money::{Amount, Exchanged};
use serde::{Deserialize, Serialize};

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// Account with a balance of its own; `None` = the customer.
    pub account: Option<AccountId>,
    /// How much; more than zero.
    pub amount: Amount,
    /// What was paid, when that was another currency.
    pub exchanged: Option<Exchanged>,
    /// Words for people: method and number.
    pub note: String,
}

/// A manual correction or a gift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjust {
    /// Account with a balance of its own; `None` = the customer.
    pub account: Option<AccountId>,
    /// Positive = credit, negative = charge.
    pub amount: Amount,
    /// A promotional credit: given away, not a correction.
    pub promotional: bool,
    /// Why; shown to the customer.
    pub note: String,
}

/// A change of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitChange {
    /// The permanent credit limit; `None` = no limit. Prepaid customers keep 0.
    Credit(Option<Amount>),
    /// A higher limit for a while; `None` ends it now.
    Temporary(Option<TemporaryLimit>),
    /// All warning thresholds.
    Warnings(Vec<Share>),
    /// Most that may be spent in a local day; `None` = no cap.
    DailyCap(Option<Amount>),
}

/// A charge as it was booked: what a refund or correction needs of an xDR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// The xDR.
    pub xdr: RowId,
    /// What it is: refunds and corrections are changes of a charge, not charges.
    pub kind: XdrKind,
    /// Who used.
    pub account: Option<AccountId>,
    /// Paid from the account's own balance.
    pub own: bool,
    /// What was charged.
    pub amount: Amount,
    /// Booked then.
    pub posted_at: Instant,
    /// What its invoice added or contained, when it is on one; a refund takes that back, too.
    pub taxes: Vec<ChargeTax>,
}

/// Money back for one charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Which charge.
    pub of: RefundOf,
    /// How much; `None` = all that is left of it.
    pub amount: Option<Amount>,
    /// Why.
    pub note: String,
}

/// How a refund names its charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundOf {
    /// By the purchase number of the outside system, for as long as it is remembered (40 days).
    Reference(Box<str>),
    /// By its xDR, as the tables have it: purchases, sessions, fees.
    Charge(Charged),
}

/// Differences found by one rerating for one customer; at most [`crate::CORRECTIONS_MOST`] at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correct {
    /// Name of the rerating and of the part of it; each is booked once.
    pub rerating: Box<str>,
    /// Charges and what they become.
    pub lines: Vec<Correction>,
}

/// One charge and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The charge.
    pub of: Charged,
    /// What it should have been.
    pub becomes: Amount,
}

/// The fee of some days, given back for a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeDays {
    /// Account that holds the product.
    pub account: AccountId,
    /// Product with a fee.
    pub product: ProductId,
    /// How many days.
    pub days: u16,
    /// Why; shown to the customer.
    pub note: String,
}

impl From<&Xdr> for Charged {
    fn from(xdr: &Xdr) -> Self {
        let own = xdr.account.is_some() && xdr.period_number == crate::NOT_INVOICED;
        Self {
            xdr: xdr.id,
            kind: xdr.kind,
            account: xdr.account,
            own,
            amount: xdr.amount,
            posted_at: xdr.posted_at,
            taxes: Vec::new(),
        }
    }
}
