//! Money in and out by hand, and the question which purse pays and how much it still bears.

use crate::apply::{Decision, Posting, Stop, Work};
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{Account, AccountId, Adjust, Customer, EventKind, Head, Pay, Purse, Refusal, Reply, collection};
use calendar::Instant;
use money::Amount;

/// Books a payment. One to the customer pays invoices, oldest first, and lifts a suspension when none is overdue any more.
pub(crate) fn pay(work: &mut Work<'_>, customer: &mut Customer, pay: &Pay) -> Decision {
    if !pay.amount.is_positive() {
        return Err(Refusal::AmountNotPositive.into());
    }
    let mut note = pay.note.clone();
    if let Some(exchanged) = &pay.exchanged {
        let expected = exchanged.into_currency(customer.head.currency)?;
        if expected != pay.amount {
            return Err(Refusal::ExchangeWrong(expected).into());
        }
        note = format!("{note} ({exchanged})");
    }
    let own = own_account(customer, pay.account)?;
    let posting = Posting { code: LedgerCode::Payment, other: LedgerSide::Cash, reference: None, note };
    let entry = work.book(&mut customer.head, own_of(&mut customer.accounts, own), posting, pay.amount)?;
    let head = &mut customer.head;
    work.event(head, EventKind::PaymentReceived, own, said(head, pay.amount));
    if own.is_none() {
        collection::settle_with(work, head, pay.amount);
    }
    Ok(Reply::Done(entry))
}

/// Credits or charges by hand. A credit pays invoices like a payment.
pub(crate) fn adjust(work: &mut Work<'_>, customer: &mut Customer, adjust: &Adjust) -> Decision {
    if adjust.amount.is_zero() || adjust.promotional && adjust.amount.is_negative() {
        return Err(Refusal::AmountNotPositive.into());
    }
    let own = own_account(customer, adjust.account)?;
    let credit = adjust.amount.is_positive();
    if !credit {
        let account = own_of(&mut customer.accounts, own);
        bearable(&customer.head, account.as_deref(), adjust.amount.negated()?)?;
    }
    let (code, other) = match (adjust.promotional, credit) {
        (true, _) => (LedgerCode::Promotion, LedgerSide::Promotion),
        (false, true) => (LedgerCode::ManualCredit, LedgerSide::Adjustment),
        (false, false) => (LedgerCode::ManualCharge, LedgerSide::Adjustment),
    };
    let posting = Posting { code, other, reference: None, note: adjust.note.clone() };
    let entry = work.book(&mut customer.head, own_of(&mut customer.accounts, own), posting, adjust.amount)?;
    let head = &mut customer.head;
    let detail = format!("{}: {}", said(head, adjust.amount), adjust.note);
    work.event(head, EventKind::BalanceAdjusted, own, detail);
    if credit && own.is_none() {
        collection::settle_with(work, head, adjust.amount);
    }
    Ok(Reply::Done(entry))
}

/// `12.50 USD`.
pub(crate) fn said(head: &Head, amount: Amount) -> String {
    format!("{} {}", amount.text(head.currency.exponent()), head.currency)
}

/// The named account, refused unless it has a balance of its own; `None` names the customer's balance.
pub(crate) fn own_account(
    customer: &Customer,
    account: Option<AccountId>,
) -> Result<Option<AccountId>, Refusal> {
    let Some(id) = account else { return Ok(None) };
    let account = customer.account(id).ok_or(Refusal::UnknownAccount)?;
    if account.purse.is_some() { Ok(Some(id)) } else { Err(Refusal::NoOwnBalance) }
}

/// That account for changing.
pub(crate) fn own_of(accounts: &mut [Account], id: Option<AccountId>) -> Option<&mut Account> {
    accounts.iter_mut().find(|account| Some(account.id) == id)
}

/// The purse that pays for an account: its own, else the customer's.
pub(crate) fn purse<'a>(head: &'a Head, account: Option<&'a Account>) -> &'a Purse {
    account.and_then(|account| account.purse.as_deref()).unwrap_or(&head.purse)
}

/// The same for changing.
pub(crate) fn purse_mut<'a>(head: &'a mut Head, account: Option<&'a mut Account>) -> &'a mut Purse {
    match account.and_then(|account| account.purse.as_deref_mut()) {
        Some(own) => own,
        None => &mut head.purse,
    }
}

/// Changes what a meter has locked in its purse from `was` to `becomes`.
pub(crate) fn lock(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    was: Amount,
    becomes: Amount,
) -> Result<(), Stop> {
    if was == becomes {
        return Ok(());
    }
    if account.purse.is_some() {
        work.effects.changes.account(account.id);
    }
    let purse = purse_mut(head, Some(account));
    purse.reserved = purse.reserved.minus(was)?.plus(becomes)?;
    Ok(())
}

/// Money that can still be locked or charged before a sum leaves its range, whatever the credit limit. Never negative: all
/// that is locked can be charged at any time, so ending a session never fails.
pub(crate) fn headroom(head: &Head, account: Option<&Account>) -> Amount {
    let purse = purse(head, account);
    let of_balance = purse.balance.saturating_plus(Amount::MAX);
    let of_unbilled = Amount::MAX.saturating_minus(head.unbilled);
    of_balance.min(of_unbilled).saturating_minus(purse.reserved).max(Amount::ZERO)
}

/// Refuses absurd sums before anything is changed.
pub(crate) fn bearable(head: &Head, account: Option<&Account>, more: Amount) -> Result<(), Refusal> {
    if more <= headroom(head, account) { Ok(()) } else { Err(Refusal::OutOfRange) }
}

/// The first reason why nothing may be used now, if any.
pub(crate) fn standing(head: &Head, account: &Account) -> Option<Refusal> {
    let reasons = [
        (head.terminated_at.is_some(), Refusal::CustomerTerminated),
        (account.terminated_at.is_some(), Refusal::AccountTerminated),
        (head.blocked, Refusal::CustomerBlocked),
        (account.blocked, Refusal::AccountBlocked),
    ];
    let own = reasons.into_iter().find_map(|(holds, refusal)| holds.then_some(refusal));
    // A suspended customer may be at the portal, but not one of a stopped reseller.
    let stopped = || head.chain.as_ref()?.stopped().map(Refusal::ResellerStopped);
    own.or_else(stopped).or_else(|| head.suspended_at.map(|_| Refusal::CustomerSuspended))
}

/// Why something that costs money may not begin now: the day's spending cap is reached.
pub(crate) fn may_begin(head: &Head, account: &Account, cost: Amount, now: Instant) -> Result<(), Refusal> {
    let reached = cost.is_positive() && purse(head, Some(account)).cap_reached(now);
    if reached { Err(Refusal::SpendingCapReached) } else { Ok(()) }
}
