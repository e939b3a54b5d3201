//! Double entry: every movement of money has a debit side and a credit side.

use crate::{AccountId, CustomerId, RowId};
use calendar::Instant;
use money::Amount;
use serde::{Deserialize, Serialize};

/// One movement of money. The amount is positive; the sides tell the direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Row id.
    pub id: RowId,
    /// Whose balance is on one of the sides.
    pub customer: CustomerId,
    /// Whose own balance is on one of the sides, for [`LedgerSide::AccountBalance`].
    pub account: Option<AccountId>,
    /// When it was booked.
    pub at: Instant,
    /// What kind of movement.
    pub code: LedgerCode,
    /// Side that is debited.
    pub debit: LedgerSide,
    /// Side that is credited.
    pub credit: LedgerSide,
    /// How much; more than zero.
    pub amount: Amount,
    /// xDR or invoice it belongs to.
    pub reference: Option<RowId>,
    /// Words for people: a payment's number, a reason.
    pub note: String,
}

/// Where money stands. Crediting the balance raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerSide {
    /// The customer's balance with us.
    CustomerBalance,
    /// The own balance of one of his accounts.
    AccountBalance,
    /// What we earned.
    Revenue,
    /// Money that came in.
    Cash,
    /// Given or taken by hand.
    Adjustment,
    /// Given away: promotions, compensation.
    Promotion,
    /// Vouchers sold earlier.
    Voucher,
    /// What we owe the state.
    Tax,
}

/// Kinds of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerCode {
    /// Use of a service.
    Usage,
    /// A one-off purchase.
    Purchase,
    /// A recurring fee.
    RecurringFee,
    /// A payment by the customer.
    Payment,
    /// A manual credit.
    ManualCredit,
    /// A manual charge.
    ManualCharge,
    /// A promotional credit.
    Promotion,
    /// Free days for a fault.
    Compensation,
    /// A voucher.
    Voucher,
    /// A charge given back, in whole or part.
    Refund,
    /// The difference found by a rerating.
    Correction,
    /// A wallet was filled.
    WalletTopUp,
    /// What a reseller pays for the use of his customers.
    Wholesale,
    /// From the customer's balance to an account's own, or back.
    Transfer,
    /// A tax of an invoice.
    Tax,
}

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// The name in tables and the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The value of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

named!(LedgerSide {
    CustomerBalance = "customer_balance", AccountBalance = "account_balance", Revenue = "revenue", Cash = "cash",
    Adjustment = "adjustment", Promotion = "promotion", Voucher = "voucher",
    Tax = "tax",
});
named!(LedgerCode {
    Usage = "usage", Purchase = "purchase", RecurringFee = "recurring_fee", Payment = "payment",
    ManualCredit = "manual_credit", ManualCharge = "manual_charge", Promotion = "promotion",
    Compensation = "compensation", Voucher = "voucher", Refund = "refund", Correction = "correction",
    WalletTopUp = "wallet_top_up", Wholesale = "wholesale", Transfer = "transfer",
    Tax = "tax",
});
