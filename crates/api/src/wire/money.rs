//! Payments, corrections and the ledger.

use crate::wire::{Id, Money, Time, currency};
use ::money::{Currency, Quote};
use office::{Booked, ForeignMoney, LedgerRow, NewPayment, OfficeError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A payment. One in another currency is booked in the customer's by the rate it names, or by the kept exchange rates.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentBody {
    /// Account with a balance of its own; the customer's balance without it.
    pub account: Option<Id>,
    /// How much, in `currency`; more than zero.
    pub amount: Money,
    /// What was paid; the customer's currency without it.
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// Units of the customer's currency for one of `currency`, as decimal text; by the kept exchange rates without it.
    #[schema(example = "1.0825")]
    pub rate: Option<String>,
    /// Whose rate, and of when; needed with `rate`, and kept in the ledger.
    #[schema(example = "ECB 2026-06-01")]
    pub rate_source: Option<String>,
    /// Words for people: method and number.
    #[serde(default)]
    #[schema(example = "bank transfer 2026-07-16")]
    pub note: String,
}

/// A correction by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentBody {
    /// Account with a balance of its own; the customer's balance without it.
    pub account: Option<Id>,
    /// Positive = credit, negative = charge.
    pub amount: Money,
    /// A gift, booked apart from corrections; never a charge.
    #[serde(default)]
    pub promotional: bool,
    /// Why; the customer sees it.
    #[schema(example = "outage on 3 June")]
    pub note: String,
}

impl PaymentBody {
    /// The payment of a customer who has this currency.
    pub(crate) fn payment(self, own: Currency) -> Result<NewPayment, OfficeError> {
        let foreign = match (&self.currency, self.rate) {
            (Some(code), Some(rate)) => {
                let quote = Quote::parse(&rate)
                    .map_err(|_| OfficeError::field("rate", "is a number above 0, such as 1.0825"))?;
                let source = self.rate_source.unwrap_or_default();
                Some(ForeignMoney { currency: currency(code)?, rate: Some(quote), source })
            }
            (Some(code), None) => {
                let (currency, rate, source) = (currency(code)?, None, String::new());
                (currency != own).then_some(ForeignMoney { currency, rate, source })
            }
            (None, Some(_)) => return Err(OfficeError::field("currency", "is needed with a rate")),
            (None, None) => None,
        };
        let account = self.account.map(Id::row);
        Ok(NewPayment { account, amount: self.amount.amount(), foreign, note: self.note })
    }
}

/// A movement of money that was booked, and how the balance stands: the customer's, or the account's own that was named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookedBody {
    /// The ledger entry.
    pub id: Option<Id>,
    /// How much.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Money held with us; negative = owed.
    pub balance: Money,
    /// Available funds; null = no limit.
    pub available: Option<Money>,
    /// Sum of the customer's unpaid invoices; zero for an own balance.
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
