//! Taxes of a charge that is given back after its invoice, by a refund or a correction: as its invoice added them, they go back. While
//! its period is open nothing is to be done, since its invoice will tax what is left of it; and what a correction charges in addition is
//! taxed by the invoice of the open period.
//!
//! Each tax is rounded for all that was given back so far, so that parts of a charge bring back what the whole would.

use crate::apply::{Stop, Work};
use crate::{ChargeSoFar, Charged, Head, RowId, TaxDue, collection};
use money::{Amount, Exact, MoneyError, Rounding};
use serde::{Deserialize, Serialize};

/// One tax that the invoice of a charge has on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeTax {
    /// Words for people: `VAT`.
    pub name: String,
    /// The tax is so many parts of so many of the charge; the second is not 0.
    pub share: (u64, u64),
    /// Contained in the charge; otherwise it came on top.
    pub included: bool,
}

impl ChargeTax {
    fn of(&self, amount: Amount, places: u8) -> Result<Amount, MoneyError> {
        let (parts, whole) = self.share;
        Exact::from_amount(amount).share(parts, whole.max(1))?.round(places, Rounding::HalfAwayFromZero)
    }
}

/// The taxes that go back when a charge becomes another, negative; none when it rises. Refuses absurd sums before anything is
/// changed.
pub(crate) fn due(
    head: &Head,
    of: &Charged,
    (before, after): (ChargeSoFar, ChargeSoFar),
) -> Result<Vec<TaxDue>, Stop> {
    // What was given back of the charge as its invoice has it; negative where a correction has added more than that.
    let back = |so_far: ChargeSoFar| of.amount.minus(so_far.rated)?.plus(so_far.returned);
    let (before, after) = (back(before)?, back(after)?);
    let invoiced = of.xdr.counter() <= head.period_row && !of.own;
    if !invoiced || after <= before {
        return Ok(Vec::new());
    }
    let places = head.currency.exponent();
    let mut balance = head.purse.balance.plus(after.minus(before)?)?;
    let mut due = Vec::new();
    for tax in &of.taxes {
        let amount = tax.of(before, places)?.minus(tax.of(after, places)?)?;
        balance = balance.minus(amount)?;
        if amount.is_negative() {
            due.push(TaxDue { name: tax.name.clone(), amount, included: tax.included });
        }
    }
    Ok(due)
}

/// Books them: what came on top goes to the balance and pays open invoices; what was contained is ours again, since it is in what is
/// given back.
pub(crate) fn book(work: &mut Work<'_>, head: &mut Head, change: RowId, due: &[TaxDue]) -> Result<(), Stop> {
    for tax in due {
        collection::book_tax(work, head, change, tax)?;
        if !tax.included {
            collection::settle_with(work, head, tax.amount.negated()?);
        }
    }
    Ok(())
}
