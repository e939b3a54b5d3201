//! Credit limits (permanent and temporary), warning thresholds, the daily spending cap; own balances of accounts; and the one
//! place where crossings are announced: one event per crossing in each direction.
//!
//! A temporary limit counts by the clock of the command that asks, so it ends at its instant even when nobody has looked; the
//! row is tidied and announced by the next command, at the latest by [`crate::Command::Lapse`] at [`crate::Head::next_due`].

use crate::add_on;
use crate::apply::{Decision, Posting, Stop, Work};
use crate::funds::{bearable, own_account, own_of, purse_mut, said};
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{
    Account, AccountId, Customer, DailyCap, EventKind, Guard, Head, LimitChange, Payment, Purse, Refusal,
    Reply, Share, Warning,
};
use calendar::{BillingPeriod, Instant};
use money::Amount;

/// Thresholds of one purse.
const WARNINGS_MOST: usize = 8;
/// Ten times the limit: what a raise or threshold may be at most.
const PERCENT_MOST: u16 = 1_000;

/// Changes one limit of the customer's purse or of an account's own.
pub(crate) fn set_limit(
    work: &mut Work<'_>,
    customer: &mut Customer,
    account: Option<AccountId>,
    change: &LimitChange,
) -> Decision {
    let own = own_account(customer, account)?;
    check(change, work.now())?;
    let head = &mut customer.head;
    let midnight = next_midnight(head, work.now());
    let prepaid = own.is_none() && head.payment == Payment::Prepaid;
    let purse = purse_mut(head, own_of(&mut customer.accounts, own));
    let capped = purse.guard.as_ref().and_then(|guard| guard.cap).is_some_and(|cap| cap.reached);
    if let LimitChange::Credit(limit) = change {
        purse.credit_limit = if prepaid { Some(Amount::ZERO) } else { *limit };
    } else {
        let mut guard = purse.guard.take().unwrap_or_default();
        guard.change(change, midnight);
        purse.guard = (*guard != Guard::default()).then_some(guard);
    }
    let limit = purse.limit(work.now());
    work.touched(own);
    if capped && *change == LimitChange::DailyCap(None) {
        work.event(&mut customer.head, EventKind::SpendingCapCleared, own, "");
    }
    if matches!(change, LimitChange::Credit(_) | LimitChange::Temporary(_)) {
        let head = &mut customer.head;
        let detail = limit.map_or_else(|| "no limit".to_owned(), |limit| said(head, limit));
        work.event(head, EventKind::CreditLimitChanged, own, detail);
    }
    work.effects.changes.head = true;
    Ok(Reply::Done(None))
}

fn check(change: &LimitChange, now: Instant) -> Result<(), Refusal> {
    let fine = |share: &Share| match share {
        Share::Amount(amount) if amount.is_negative() => Err(Refusal::AmountNotPositive),
        Share::Percent(percent) if *percent > PERCENT_MOST => Err(Refusal::OutOfRange),
        _ => Ok(()),
    };
    match change {
        LimitChange::Credit(Some(amount)) | LimitChange::DailyCap(Some(amount)) => {
            fine(&Share::Amount(*amount))
        }
        LimitChange::Temporary(Some(raised)) if raised.until <= now => Err(Refusal::AlreadyOver),
        LimitChange::Temporary(Some(raised)) => fine(&raised.raise),
        LimitChange::Warnings(at) if at.len() > WARNINGS_MOST => {
            Err(Refusal::TooMany("warning thresholds".to_owned()))
        }
        LimitChange::Warnings(at) => at.iter().try_for_each(fine),
        _ => Ok(()),
    }
}

impl Guard {
    fn change(&mut self, change: &LimitChange, midnight: Instant) {
        match change {
            LimitChange::Credit(_) => {}
            LimitChange::Temporary(raised) => self.raised = *raised,
            LimitChange::Warnings(at) => {
                let known = std::mem::take(&mut self.warnings);
                let crossed = |at: &Share| known.iter().any(|warning| warning.at == *at && warning.crossed);
                for at in at {
                    if !self.warnings.iter().any(|warning| warning.at == *at) {
                        self.warnings.push(Warning { at: *at, crossed: crossed(at) });
                    }
                }
            }
            LimitChange::DailyCap(most) => {
                let fresh =
                    DailyCap { most: Amount::ZERO, spent: Amount::ZERO, day_ends: midnight, reached: false };
                self.cap = most.map(|most| DailyCap { most, ..self.cap.unwrap_or(fresh) });
            }
        }
    }
}

/// Makes an account pay from a balance of its own. Nothing may be running on it, since that is locked in the customer's purse.
pub(crate) fn open_balance(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    credit_limit: Option<Amount>,
) -> Decision {
    if credit_limit.is_some_and(Amount::is_negative) {
        return Err(Refusal::AmountNotPositive.into());
    }
    let running = customer.open_sessions().any(|session| session.account == id);
    let account = customer.accounts.iter_mut().find(|a| a.id == id).ok_or(Refusal::UnknownAccount)?;
    if account.terminated_at.is_some() {
        return Err(Refusal::AccountTerminated.into());
    }
    if account.purse.is_some() || running {
        return Err(Refusal::BalanceNotOpened.into());
    }
    account.purse = Some(Box::new(Purse::new(credit_limit, customer.head.rows)));
    work.touched(Some(id));
    work.effects.changes.head = true;
    Ok(Reply::Done(None))
}

/// Moves money from the customer's balance to an account's own (positive), or back (negative), as far as it is there.
pub(crate) fn transfer(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    amount: Amount,
) -> Decision {
    own_account(customer, Some(id))?;
    let now = work.now();
    let head = &customer.head;
    let from =
        if amount.is_positive() { &head.purse } else { crate::funds::purse(head, customer.account(id)) };
    let (available, needed) =
        (from.available(now), if amount.is_positive() { amount } else { amount.negated()? });
    if !needed.is_positive() {
        return Err(Refusal::AmountNotPositive.into());
    }
    if available < needed {
        return Err(Refusal::InsufficientFunds { available, needed }.into());
    }
    Ok(Reply::Done(move_to_account(work, customer, id, amount)?))
}

/// The movement itself: one entry, both sides are balances.
pub(crate) fn move_to_account(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    amount: Amount,
) -> Result<Option<crate::RowId>, Stop> {
    // What sessions have locked can still be charged to the purse that gives.
    let (giver, sum) =
        if amount.is_negative() { (customer.account(id), amount.negated()?) } else { (None, amount) };
    bearable(&customer.head, giver, sum)?;
    let Customer { head, accounts, .. } = customer;
    let Some(purse) = own_of(accounts, Some(id)).and_then(|account| account.purse.as_deref_mut()) else {
        return Ok(None);
    };
    if amount.is_zero() {
        return Ok(None);
    }
    let (from, to) = (head.purse.balance.minus(amount)?, purse.balance.plus(amount)?);
    (head.purse.balance, purse.balance) = (from, to);
    work.touched(Some(id));
    let (code, other) = (LedgerCode::Transfer, LedgerSide::CustomerBalance);
    let posting = Posting { code, other, reference: None, note: String::new() };
    Ok(Some(work.enter(head, Some(id), posting, amount)?))
}

/// Counts a charge into the day's spending.
pub(crate) fn spend(head: &mut Head, account: Option<&mut Account>, amount: Amount, now: Instant) {
    let capped = |purse: &Purse| purse.guard.as_ref().is_some_and(|guard| guard.cap.is_some());
    if amount.is_zero() || !capped(crate::funds::purse(head, account.as_deref())) {
        return;
    }
    let midnight = next_midnight(head, now);
    let purse = purse_mut(head, account);
    let Some(cap) = purse.guard.as_mut().and_then(|guard| guard.cap.as_mut()) else { return };
    if now >= cap.day_ends {
        (cap.spent, cap.day_ends) = (Amount::ZERO, midnight);
    }
    cap.spent = cap.spent.saturating_plus(amount);
}

fn next_midnight(head: &Head, now: Instant) -> Instant {
    BillingPeriod::Daily.end_after(now, &head.zone)
}

/// Ends what has run out by the clock, in the customer's purse and every account's, and what add-ons and plans do by themselves.
pub(crate) fn lapse(work: &mut Work<'_>, customer: &mut Customer) -> Decision {
    let now = work.now();
    let due = |account: &&Account| {
        account.purse.as_ref().and_then(|purse| purse.lapses_at()).is_some_and(|at| at <= now)
    };
    for id in customer.accounts.iter().filter(due).map(|account| account.id).collect::<Vec<_>>() {
        work.touched(Some(id));
    }
    work.touched(None);
    add_on::lapse(work, customer);
    Ok(Reply::Done(None))
}

/// Announces every crossing since the last command, never twice for one crossing.
pub(crate) fn announce(work: &mut Work<'_>, customer: &mut Customer) {
    let (now, touched) = (work.now(), std::mem::take(&mut work.purses));
    let Customer { head, accounts, .. } = customer;
    let mut news = tidy(&mut head.purse, now, None);
    for id in touched.iter().flatten() {
        let account = accounts.iter_mut().find(|account| account.id == *id);
        if let Some(purse) = account.and_then(|account| account.purse.as_deref_mut()) {
            news.extend(tidy(purse, now, Some(*id)));
            work.effects.changes.account(*id);
        }
    }
    if !touched.is_empty() || !news.is_empty() {
        let owns = accounts.iter().filter_map(|account| account.purse.as_ref()?.lapses_at());
        let lapses_at = owns.chain(head.purse.lapses_at()).min();
        work.effects.changes.head |= lapses_at != head.lapses_at;
        head.lapses_at = lapses_at;
    }
    for (kind, account, detail) in news {
        work.event(head, kind, account, detail);
    }
}

type News = Vec<(EventKind, Option<AccountId>, String)>;

/// Brings the remembered side of every threshold up to now.
fn tidy(purse: &mut Purse, now: Instant, account: Option<AccountId>) -> News {
    let mut news = News::new();
    let ended = |guard: &mut Box<Guard>| guard.raised.take_if(|raised| raised.until <= now);
    if purse.guard.as_mut().and_then(ended).is_some() {
        news.push((EventKind::CreditLimitChanged, account, "the temporary limit ended".to_owned()));
    }
    let funded = purse.unlocked(now).is_positive();
    if funded != purse.funded {
        purse.funded = funded;
        let kind = match (account, funded) {
            (None, true) => EventKind::FundsAvailable,
            (None, false) => EventKind::FundsExhausted,
            (Some(_), true) => EventKind::AccountFundsAvailable,
            (Some(_), false) => EventKind::AccountFundsExhausted,
        };
        news.push((kind, account, String::new()));
    }
    let (balance, limit) = (purse.balance, purse.limit(now));
    let Some(guard) = &mut purse.guard else { return news };
    for warning in &mut guard.warnings {
        let crossed = crosses(warning.at, balance, limit);
        if crossed != warning.crossed {
            warning.crossed = crossed;
            let kind = if crossed { EventKind::CreditWarning } else { EventKind::CreditWarningCleared };
            news.push((kind, account, warning.at.to_string()));
        }
    }
    if let Some(cap) = &mut guard.cap {
        let reached = now < cap.day_ends && cap.spent >= cap.most;
        if reached != cap.reached {
            cap.reached = reached;
            let kind = if reached { EventKind::SpendingCapReached } else { EventKind::SpendingCapCleared };
            news.push((kind, account, cap.most.to_string()));
        }
    }
    if **guard == Guard::default() {
        purse.guard = None;
    }
    news
}

/// Whether a threshold is crossed. Without a limit nothing is.
fn crosses(at: Share, balance: Amount, limit: Option<Amount>) -> bool {
    let Some(limit) = limit else { return false };
    match at {
        Share::Amount(left) => balance.saturating_plus(limit) <= left,
        Share::Percent(percent) => {
            let owed = -i128::from(balance.micros());
            limit.is_positive() && owed * 100 >= i128::from(limit.micros()) * i128::from(percent)
        }
    }
}
