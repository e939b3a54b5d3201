//! What an add-on costs: per month, and for the days left of the month it is bought in; and what the next bill is expected to be.
//!
//! Both are asked of `billing` with the customer as he would be, so they are the amounts that will be charged if nothing else
//! changes. Must not know: HTML.

use billing::recurring_fees;
use calendar::Instant;
use catalog::{Product, Snapshot};
use charging::{AccountId, AddOn, AddOnPhase, Customer, Fee, RowId};
use money::Amount;
use office::OfficeError;

/// The price of an add-on bought now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstCharge {
    /// Charged at the end of this period.
    pub(crate) amount: Amount,
    /// Days held and days of the period.
    pub(crate) days: (u32, u32),
}

/// The next bill as it would be if nothing else were used or changed.
#[derive(Debug, Clone)]
pub(crate) struct NextBill {
    /// Fees that will be charged at its end.
    pub(crate) fees: Vec<Fee>,
    /// Fees and use so far together.
    pub(crate) expected: Amount,
}

fn fees(customer: &Customer, catalog: &Snapshot) -> Result<Vec<Fee>, OfficeError> {
    recurring_fees(customer, catalog, &customer.head.zone)
        .map_err(|error| OfficeError::Store(format!("fees of the open period: {error}")))
}

/// What the open period will have cost at its end.
pub(crate) fn next_bill(customer: &Customer, catalog: &Snapshot) -> Result<NextBill, OfficeError> {
    let fees = fees(customer, catalog)?;
    let expected = fees.iter().fold(customer.head.unbilled, |sum, fee| sum.saturating_plus(fee.amount));
    Ok(NextBill { fees, expected })
}

/// What an add-on bought now costs for the rest of the period: the difference it makes to the next bill. `None` without a fee.
pub(crate) fn first_charge(
    customer: &Customer,
    catalog: &Snapshot,
    (account, product): (AccountId, &Product),
    now: Instant,
) -> Result<Option<FirstCharge>, OfficeError> {
    let Some(subscription) = &product.subscription else { return Ok(None) };
    let mut would_be = customer.clone();
    if let Some(account) = would_be.accounts.iter_mut().find(|held| held.id == account) {
        let held =
            AddOn { id: RowId(0), product: product.id, from: now, to: None, phase: AddOnPhase::Running };
        account.add_ons.push(AddOn { to: product.lasts.map(|lasting| now.plus(lasting.seconds())), ..held });
    }
    let of_it = |fees: &[Fee]| {
        // What is charged in advance for the next period comes later.
        let of_now = |fee: &&Fee| fee.span.0 < customer.head.period_end;
        let fees = fees.iter().filter(|fee| fee.account == account && fee.product == product.id);
        fees.filter(of_now).fold((Amount::ZERO, 0, 0), |(sum, held, _), fee| {
            (sum.saturating_plus(fee.amount), held + fee.days.0, fee.days.1)
        })
    };
    let (before, held_before, _) = of_it(&fees(customer, catalog)?);
    let (after, held_after, of_days) = of_it(&fees(&would_be, catalog)?);
    let days = (held_after.saturating_sub(held_before), of_days);
    let known = customer.account(account).is_some_and(|held| held.fee_mark(product.id).activated);
    let activation = subscription.activation_fee.filter(|_| !known).unwrap_or_default();
    Ok(Some(FirstCharge { amount: after.saturating_minus(before).saturating_plus(activation), days }))
}
