//! Payments, corrections and the ledger.

use crate::wire::{Id, Money, Time};
use ::money::Currency;
use office::{Booked, LedgerRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentBody {
    /// How much; more than zero.
    pub amount: Money,
    /// Words for people: method and number.
    #[serde(default)]
    #[schema(example = "bank transfer 2026-07-16")]
    pub note: String,
}

/// A correction by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentBody {
    /// Positive = credit, negative = charge.
    pub amount: Money,
    /// Why; the customer sees it.
    #[schema(example = "outage on 3 June")]
    pub note: String,
}

/// A movement of money that was booked, and how the customer stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookedBody {
    /// The ledger entry.
    pub id: Option<Id>,
    /// How much.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Money the customer has with us; negative = he owes.
    pub balance: Money,
    /// Available funds; null = no limit.
    pub available: Option<Money>,
    /// Sum of unpaid invoices.
    pub owed: Money,
}

impl BookedBody {
    pub(crate) fn of(booked: &Booked, amount: ::money::Amount, currency: Currency) -> Self {
        Self {
            id: booked.entry.map(Id::from),
            amount: Money::of(amount, currency),
            currency: currency.code().to_owned(),
            balance: Money::of(booked.balance, currency),
            available: Money::limited(booked.available, currency),
            owed: Money::of(booked.owed, currency),
        }
    }
}

/// A movement of money.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerBody {
    /// Id.
    pub id: Id,
    /// Whose balance.
    pub customer: Id,
    /// Booked then.
    pub at: Time,
    /// `usage`, `purchase`, `recurring_fee`, `payment`, `manual_credit`, `manual_charge`, `promotion`, `compensation`, `voucher`,
    /// `refund`, `correction`, `wallet_top_up`, `wholesale`, `transfer` or `tax`.
    pub code: String,
    /// Side that is debited: `customer_balance`, `account_balance`, `revenue`, `cash`, `adjustment`, `promotion` or `voucher`.
    pub debit: String,
    /// Side that is credited.
    pub credit: String,
    /// How much; more than zero.
    pub amount: Money,
    /// The change of the customer's balance: positive = to him.
    pub to_customer: Money,
    /// xDR or invoice it belongs to.
    pub reference: Option<Id>,
    /// Words for people.
    pub note: String,
}

impl LedgerBody {
    pub(crate) fn of(row: LedgerRow, currency: Currency) -> Self {
        Self {
            id: row.id.into(),
            customer: row.customer.into(),
            at: row.at.into(),
            amount: Money::of(row.amount, currency),
            to_customer: Money::of(row.to_customer(), currency),
            reference: row.reference.map(Id::from),
            code: row.code,
            debit: row.debit,
            credit: row.credit,
            note: row.note,
        }
    }
}
