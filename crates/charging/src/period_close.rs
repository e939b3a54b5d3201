//! The end of a billing period: cut here, in the order of the customer's commands, and charge the recurring fees.

use crate::apply::{Decision, Work};
use crate::funds::bearable;
use crate::ledger::LedgerCode;
use crate::{
    AddOnPhase, ClosePeriod, Customer, EventKind, Explanation, Fee, Head, Refusal, Reply, Xdr, XdrKind,
};
use money::Amount;

/// Charges the fees, which are always the customer's own, into the closing period and opens the next one. Only the state the fees were computed from is closed.
pub(crate) fn close_period(work: &mut Work<'_>, customer: &mut Customer, close: &ClosePeriod) -> Decision {
    let head = &mut customer.head;
    if head.period_number != close.period_number {
        return Err(Refusal::PeriodClosed.into());
    }
    if head.fee_basis != close.fee_basis {
        return Err(Refusal::Stale.into());
    }
    if close.fees.iter().any(|fee| fee.amount.is_negative()) {
        return Err(Refusal::AmountNotPositive.into());
    }
    // Sums are checked before the first fee is booked.
    let total = close.fees.iter().try_fold(Amount::ZERO, |sum, fee| sum.plus(fee.amount))?;
    bearable(head, None, total)?;
    for fee in &close.fees {
        charge_fee(work, head, fee)?;
    }
    let end = head.period_end;
    work.event(head, EventKind::PeriodClosed, None, format!("period {}", head.period_number));
    head.closed_total = head.unbilled;
    head.unbilled = Amount::ZERO;
    head.period_number += 1;
    head.period_row = head.rows;
    head.period_start = end;
    head.period_end = close.next_end;
    // Spans that ended before the new period are billed now and no longer needed.
    for account in &mut customer.accounts {
        let (products, add_ons) = (account.products.len(), account.add_ons.len());
        account.products.retain(|span| span.to.is_none_or(|to| to > end));
        // An end that was not announced yet stays until it was.
        account
            .add_ons
            .retain(|add_on| add_on.to.is_none_or(|to| to > end) || add_on.phase != AddOnPhase::Over);
        if account.products.len() != products || account.add_ons.len() != add_ons {
            work.effects.changes.account(account.id);
        }
    }
    Ok(Reply::Done(None))
}

fn charge_fee(work: &mut Work<'_>, head: &mut Head, fee: &Fee) -> Result<(), crate::apply::Stop> {
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
        },
    };
    work.charge(head, None, LedgerCode::RecurringFee, &mut xdr)?;
    work.effects.xdrs.push(xdr);
    Ok(())
}
