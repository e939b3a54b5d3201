//! Money given back, and own balances of accounts.

use crate::http::problem::Problem;
use crate::wire::{Id, Money};
use ::money::Currency;
use calendar::Instant;
use charging::Purse;
use office::{NewRefund, Refunded, RefundedCharge};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Money back for one charge, named by its xDR or by its purchase number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundBody {
    /// The charge, by its xDR.
    pub xdr: Option<Id>,
    /// The charge, by the purchase number of the asking system.
    #[schema(example = "VOD-2026-000123")]
    pub reference: Option<String>,
    /// How much; all that is left of it without it.
    pub amount: Option<Money>,
    /// Why; the customer sees it.
    #[schema(example = "the film stopped half way")]
    pub note: String,
}

impl RefundBody {
    pub(crate) fn refund(self) -> Result<NewRefund, Problem> {
        let of = match (self.xdr, self.reference) {
            (Some(xdr), None) => RefundedCharge::Xdr(xdr.row()),
            (None, Some(reference)) => RefundedCharge::Reference(reference),
            (Some(_), Some(_)) => return Err(Problem::field("xdr", "give xdr or reference, not both")),
            (None, None) => return Err(Problem::field("xdr", "give xdr or reference: which charge?")),
        };
        Ok(NewRefund { of, amount: self.amount.map(Money::amount), note: self.note })
    }
}

/// What was given back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundedBody {
    /// xDR of the refund.
    pub xdr: Id,
    /// xDR of the charge.
    pub of: Id,
    /// Given back now.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// The charge, corrections included.
    pub charged: Money,
    /// Given back of it in all.
    pub returned: Money,
    /// What can still be given back.
    pub left: Money,
    /// Available funds of the customer afterwards; null = no limit.
    pub available: Option<Money>,
}

impl From<Refunded> for RefundedBody {
    fn from(made: Refunded) -> Self {
        let money = |amount| Money::of(amount, made.currency);
        Self {
            xdr: made.xdr.into(),
            of: made.of.into(),
            amount: money(made.amount),
            currency: made.currency.code().to_owned(),
            charged: money(made.so_far.rated),
            returned: money(made.so_far.returned),
            left: money(made.so_far.left()),
            available: Money::limited(made.available, made.currency),
        }
    }
}

/// Days of the open period whose fee is given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreeDaysBody {
    /// Code of the product with the fee; the account holds it.
    #[schema(example = "homeconnect-plus")]
    pub product: String,
    /// How many days, at most those of the period.
    #[schema(example = 1, minimum = 1)]
    pub days: u16,
    /// Why; the customer sees it.
    #[schema(example = "outage on 3 June")]
    pub note: String,
}

/// A balance of its own for an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenBalanceBody {
    /// How far it may go below zero; null = no limit.
    #[serde(deserialize_with = "said")]
    #[schema(required)]
    pub credit_limit: Option<Money>,
}

/// A field that may be null, but not left out: no limit must be said.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Money>, D::Error> {
    Option::deserialize(from)
}

/// Money to move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferBody {
    /// Positive = from the customer's balance to the account's own, negative = back.
    pub amount: Money,
}

/// The balance of its own that an account pays from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnBalanceBody {
    /// Money held; negative = owed.
    pub balance: Money,
    /// How far it may go below zero now; null = no limit.
    pub credit_limit: Option<Money>,
    /// Locked for running sessions.
    pub reserved: Money,
    /// Available funds; null = no limit.
    pub available: Option<Money>,
}

impl OwnBalanceBody {
    pub(crate) fn of(purse: &Purse, currency: Currency, now: Instant) -> Self {
        Self {
            balance: Money::of(purse.balance, currency),
            credit_limit: purse.limit(now).map(|limit| Money::of(limit, currency)),
            reserved: Money::of(purse.reserved, currency),
            available: Money::limited(purse.available(now), currency),
        }
    }
}
