//! The transaction record of every rated thing.

use crate::{AccountId, Cost, CustomerId, Explanation, RowId};
use calendar::Instant;
use catalog::{ProductId, ServiceId, Unit};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};

/// Stands for the billing period of what is on no invoice: paid from an account's own balance, or given back for a period that
/// was closed.
pub const NOT_INVOICED: u32 = 0;

/// What was used or bought, and what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Xdr {
    /// Row id.
    pub id: RowId,
    /// Who pays.
    pub customer: CustomerId,
    /// Who used.
    pub account: Option<AccountId>,
    /// Kind of record.
    pub kind: XdrKind,
    /// Service; `None` for recurring fees.
    pub service: Option<ServiceId>,
    /// Product that decided the price.
    pub product: Option<ProductId>,
    /// Billing period it is invoiced in; [`NOT_INVOICED`] when it is on no invoice.
    pub period_number: u32,
    /// Beginning of the use, or of the days a fee is for.
    pub started_at: Instant,
    /// End of the use, or of the days a fee is for (exclusive).
    pub ended_at: Instant,
    /// Booked then.
    pub posted_at: Instant,
    /// How much was used.
    pub units: u64,
    /// Unit of `units`; `None` for recurring fees (days).
    pub unit: Option<Unit>,
    /// Number, APN or item.
    pub destination: String,
    /// Words for people: `HBO monthly fee`, a film's title.
    pub description: String,
    /// Purchase number of the outside system; charged once only.
    pub reference: Option<String>,
    /// The charge; positive = the customer pays, negative = he gets back.
    pub amount: Amount,
    /// Why this amount.
    pub explanation: Explanation,
}

impl Xdr {
    /// What the use costs us, if that is known.
    pub fn cost(&self) -> Option<&Cost> {
        if let Explanation::Rated { cost, .. } = &self.explanation { cost.as_deref() } else { None }
    }

    /// What is left of the charge after the cost; `None` when there is no cost or it is in another currency than the charge's.
    pub fn margin(&self, currency: Currency) -> Option<Amount> {
        let cost = self.cost().filter(|cost| cost.currency == currency)?;
        self.amount.minus(cost.amount).ok()
    }
}

/// Kinds of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XdrKind {
    /// A network session.
    Session,
    /// A purchase or other single event.
    Event,
    /// A recurring fee.
    RecurringFee,
    /// A charge given back: negative, `reference` names the charge.
    Refund,
    /// The difference found by a rerating, of either sign; `reference` names the charge.
    Correction,
    /// A wallet was filled.
    TopUp,
    /// What a reseller pays for the use of a customer; `reference` names the customer's xDR.
    Wholesale,
}

impl XdrKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Session,
        Self::Event,
        Self::RecurringFee,
        Self::Refund,
        Self::Correction,
        Self::TopUp,
        Self::Wholesale,
    ];

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Event => "event",
            Self::RecurringFee => "recurring_fee",
            Self::Refund => "refund",
            Self::Correction => "correction",
            Self::TopUp => "top_up",
            Self::Wholesale => "wholesale",
        }
    }
}
