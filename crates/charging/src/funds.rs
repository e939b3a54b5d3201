//! Money in and out by hand, limits, and the announcement of funds running out or coming back.

use crate::apply::{Decision, Work};
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{Adjust, Customer, EventKind, Head, Pay, Payment, Refusal, Reply, collection};
use money::Amount;

/// Books a payment, pays invoices with it, oldest first, and lifts a suspension when none is overdue any more.
pub(crate) fn pay(work: &mut Work<'_>, customer: &mut Customer, pay: &Pay) -> Decision {
    if !pay.amount.is_positive() {
        return Err(Refusal::AmountNotPositive.into());
    }
    let head = &mut customer.head;
    let entry = work.book(head, LedgerCode::Payment, LedgerSide::Cash, pay.amount, None, pay.note.clone())?;
    let detail = format!("{} {}", pay.amount.text(head.currency.exponent()), head.currency);
    work.event(head, EventKind::PaymentReceived, None, detail);
    collection::allocate(work, head, pay.amount);
    collection::resume_if_settled(work, head);
    Ok(Reply::Done(entry))
}

/// Credits or charges by hand. A credit pays invoices like a payment.
pub(crate) fn adjust(work: &mut Work<'_>, customer: &mut Customer, adjust: &Adjust) -> Decision {
    if adjust.amount.is_zero() {
        return Err(Refusal::AmountNotPositive.into());
    }
    let head = &mut customer.head;
    let credit = adjust.amount.is_positive();
    if !credit {
        bearable(head, adjust.amount.negated()?)?;
    }
    let code = if credit { LedgerCode::ManualCredit } else { LedgerCode::ManualCharge };
    let entry = work.book(head, code, LedgerSide::Adjustment, adjust.amount, None, adjust.note.clone())?;
    let detail =
        format!("{} {}: {}", adjust.amount.text(head.currency.exponent()), head.currency, adjust.note);
    work.event(head, EventKind::BalanceAdjusted, None, detail);
    if credit {
        collection::allocate(work, head, adjust.amount);
        collection::resume_if_settled(work, head);
    }
    Ok(Reply::Done(entry))
}

/// Changes the credit limit. Prepaid customers keep 0.
pub(crate) fn set_credit_limit(
    work: &mut Work<'_>,
    customer: &mut Customer,
    limit: Option<Amount>,
) -> Decision {
    if limit.is_some_and(Amount::is_negative) {
        return Err(Refusal::AmountNotPositive.into());
    }
    let head = &mut customer.head;
    let limit = if head.payment == Payment::Prepaid { Some(Amount::ZERO) } else { limit };
    head.credit_limit = limit;
    let detail = limit.map_or_else(|| "no limit".to_owned(), |l| format!("{l} {}", head.currency));
    work.event(head, EventKind::CreditLimitChanged, None, detail);
    Ok(Reply::Done(None))
}

/// Money that can still be locked or charged before a sum leaves its range, whatever the credit limit. Never negative: all
/// that is locked can be charged at any time, so ending a session never fails.
pub(crate) fn headroom(head: &Head) -> Amount {
    let of_balance = head.balance.saturating_plus(Amount::MAX);
    let of_unbilled = Amount::MAX.saturating_minus(head.unbilled);
    of_balance.min(of_unbilled).saturating_minus(head.reserved).max(Amount::ZERO)
}

/// Refuses absurd sums before anything is changed.
pub(crate) fn bearable(head: &Head, more: Amount) -> Result<(), Refusal> {
    if more <= headroom(head) { Ok(()) } else { Err(Refusal::OutOfRange) }
}

/// Whether there is any money left to spend. Locked funds count, since they may come back.
fn funded(head: &Head) -> bool {
    head.credit_limit.is_none_or(|limit| head.balance.saturating_plus(limit).is_positive())
}

/// Sends one event at each crossing of zero, in both directions, never twice for one crossing.
pub(crate) fn announce_crossing(head: &mut Head, work: &mut Work<'_>) {
    let now_funded = funded(head);
    if now_funded != head.funded {
        head.funded = now_funded;
        let kind = if now_funded { EventKind::FundsAvailable } else { EventKind::FundsExhausted };
        work.event(head, kind, None, "");
    }
}

/// The first reason why nothing may be used now, if any.
pub(crate) fn standing(head: &Head, account: &crate::Account) -> Option<Refusal> {
    let reasons = [
        (head.terminated_at.is_some(), Refusal::CustomerTerminated),
        (account.terminated_at.is_some(), Refusal::AccountTerminated),
        (head.blocked, Refusal::CustomerBlocked),
        (account.blocked, Refusal::AccountBlocked),
        (head.suspended_at.is_some(), Refusal::CustomerSuspended),
    ];
    reasons.into_iter().find_map(|(holds, refusal)| holds.then_some(refusal))
}
