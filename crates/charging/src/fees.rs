//! Recurring fees in the books: each line an xDR, what was charged ahead remembered, products refused that cannot be paid.

use crate::apply::{Stop, Work};
use crate::fee_lines::{Turn, fees_at_once};
use crate::funds::bearable;
use crate::ledger::LedgerCode;
use crate::{Account, AccountId, Customer, Explanation, Fee, FeeWhy, Head, Refusal, Xdr, XdrKind};
use catalog::ProductId;
use money::Amount;

/// Charges or credits what beginning and ending products cost at once. Always done: an absurd sum waits for the period's end.
pub(crate) fn settle(work: &mut Work<'_>, customer: &mut Customer) -> Result<(), Stop> {
    let (begun, ended) = (std::mem::take(&mut work.begun), std::mem::take(&mut work.ended));
    let zone = customer.head.zone;
    let mut accounts: Vec<AccountId> = begun.iter().chain(&ended).map(|(account, _)| *account).collect();
    accounts.dedup();
    for id in accounts {
        let Customer { head, accounts, .. } = &mut *customer;
        let Some(account) = accounts.iter_mut().find(|account| account.id == id) else { continue };
        let of = |list: &[(AccountId, ProductId)]| -> Vec<ProductId> {
            list.iter().filter(|(account, _)| *account == id).map(|(_, product)| *product).collect()
        };
        let (begun, ended) = (of(&begun), of(&ended));
        let turn = Turn { begun: &begun, ended: &ended, now: work.now() };
        let Ok(fees) = fees_at_once(head, account, turn, work.context.catalog, &zone) else { continue };
        if bears(head, &fees).is_err() {
            continue;
        }
        for fee in &fees {
            charge_fee(work, head, fee)?;
            account.note_fee(fee);
        }
        let bound = bind(work, account, turn);
        if bound || !fees.is_empty() {
            head.fee_basis += 1;
            work.effects.changes.account(id);
        }
    }
    Ok(())
}

/// Remembers since when a minimum period runs, and forgets the ones of products that are gone.
fn bind(work: &Work<'_>, account: &mut Account, turn: Turn<'_>) -> bool {
    let minimum = |product: ProductId| {
        let found = work.context.catalog.product_by_id(product).and_then(|p| p.subscription.as_ref());
        found.is_some_and(|terms| terms.minimum.is_some())
    };
    let mut changed = false;
    for product in turn.begun.iter().chain(turn.ended).copied() {
        let held = account.holds(product, turn.now);
        let begins = held && turn.begun.contains(&product) && minimum(product);
        changed |= account.mark_fee(product, |mark| {
            mark.bound = match mark.bound {
                Some(since) if held => Some(since),
                None if begins => Some(turn.now),
                _ => None,
            };
        });
    }
    changed
}

/// Refuses products that need funds while they are missing; `after` is the account as it would be.
pub(crate) fn affordable(
    work: &Work<'_>,
    head: &Head,
    after: &Account,
    begun: &[ProductId],
    ended: &[ProductId],
) -> Result<(), Refusal> {
    let catalog = work.context.catalog;
    let needs_funds = |product: &ProductId| {
        let terms = catalog.product_by_id(*product).and_then(|p| p.subscription.as_ref());
        terms.is_some_and(|terms| terms.needs_funds)
    };
    if !begun.iter().any(needs_funds) {
        return Ok(());
    }
    let turn = Turn { begun, ended, now: work.now() };
    let fees = fees_at_once(head, after, turn, catalog, &head.zone).map_err(|_| Refusal::OutOfRange)?;
    let needed = fees.iter().fold(Amount::ZERO, |sum, fee| sum.saturating_plus(fee.amount));
    let available = head.purse.available(work.now());
    if needed > available { Err(Refusal::InsufficientFunds { available, needed }) } else { Ok(()) }
}

/// Refuses sums that cannot be booked, and amounts whose sign is not that of their reason, before the first one is booked.
pub(crate) fn bears(head: &Head, fees: &[Fee]) -> Result<(), Stop> {
    let (mut charged, mut credited) = (Amount::ZERO, Amount::ZERO);
    for fee in fees {
        match (fee.amount.is_negative(), fee.why) {
            (true, FeeWhy::Returned | FeeWhy::Suspended) => credited = credited.plus(fee.amount)?,
            (false, _) => charged = charged.plus(fee.amount)?,
            (true, _) => return Err(Refusal::AmountNotPositive.into()),
        }
    }
    bearable(head, None, charged)?;
    head.purse.balance.minus(credited)?;
    head.unbilled.plus(credited)?;
    Ok(())
}

pub(crate) fn charge_fee(work: &mut Work<'_>, head: &mut Head, fee: &Fee) -> Result<(), Stop> {
    let id = head.next_row();
    let mut xdr = Xdr {
        id,
        customer: head.id,
        account: Some(fee.account),
        kind: XdrKind::RecurringFee,
        service: None,
        product: Some(fee.product),
        period_number: head.period_number,
        started_at: fee.span.0,
        ended_at: fee.span.1,
        posted_at: work.now(),
        units: u64::from(fee.days.0),
        unit: None,
        destination: String::new(),
        description: fee.name.clone(),
        reference: None,
        amount: fee.amount,
        explanation: Explanation::Recurring {
            product: fee.product,
            full_fee: fee.full_fee,
            days: fee.days.0,
            of_days: fee.days.1,
            from: fee.span.0,
            to: fee.span.1,
            why: fee.why,
        },
    };
    work.charge(head, None, LedgerCode::RecurringFee, &mut xdr)?;
    work.effects.xdrs.push(xdr);
    Ok(())
}
