//! Making good for a fault: the fee of some days (SAT-10: a day without Internet by our fault).

use crate::apply::{Decision, Posting, Work};
use crate::funds::said;
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{Customer, EventKind, FreeDays, Refusal, Reply, collection};
use calendar::days_between;
use money::{Exact, Rounding};

/// Credits the fee of some days of the open period. The fee itself is charged as usual.
pub(crate) fn free_days(work: &mut Work<'_>, customer: &mut Customer, free: &FreeDays) -> Decision {
    let account = customer.account(free.account).ok_or(Refusal::UnknownAccount)?;
    let now = work.now();
    let held = account.product(now) == Some(free.product)
        || account.add_ons_at(now).any(|add_on| add_on.product == free.product);
    let fee =
        work.context.catalog.product_by_id(free.product).and_then(|product| product.subscription.as_ref());
    let Some(fee) = fee.filter(|_| held) else {
        let reason = "the account does not hold it, or it has no fee";
        return Err(Refusal::ProductNotAssignable(reason.to_owned()).into());
    };
    let head = &mut customer.head;
    let whole = days_between(head.period_start, head.period_end, &head.zone);
    if free.days == 0 || u32::from(free.days) > whole {
        return Err(Refusal::OutOfRange.into());
    }
    let share = Exact::from_amount(fee.fee).share(u64::from(free.days), u64::from(whole))?;
    let amount = share.round(head.currency.exponent(), Rounding::HalfAwayFromZero)?;
    let note = format!("{} free days of {}: {}", free.days, fee.name, free.note);
    let posting = Posting {
        code: LedgerCode::Compensation,
        other: LedgerSide::Promotion,
        reference: None,
        note: note.clone(),
    };
    let entry = work.book(head, None, posting, amount)?;
    work.event(
        head,
        EventKind::CompensationGiven,
        Some(free.account),
        format!("{}: {note}", said(head, amount)),
    );
    collection::settle_with(work, head, amount);
    Ok(Reply::Done(entry))
}
