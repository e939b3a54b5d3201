//! The end of a billing period: cut here, in the order of the customer's commands, and charge the recurring fees.

use crate::apply::{Decision, Work};
use crate::fees::{bears, charge_fee};
use crate::{Account, AddOnPhase, ClosePeriod, Customer, EventKind, Fee, FeeWhy, Refusal, Reply};
use catalog::ProductId;
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
    bears(head, &close.fees)?;
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
    head.suspensions.retain(|(_, to)| *to > end);
    // Spans that ended before the new period are billed now and no longer needed.
    for account in &mut customer.accounts {
        let (products, add_ons) = (account.products.len(), account.add_ons.len());
        account.products.retain(|span| span.to.is_none_or(|to| to > end));
        // An end that was not announced yet stays until it was.
        account
            .add_ons
            .retain(|add_on| add_on.to.is_none_or(|to| to > end) || add_on.phase != AddOnPhase::Over);
        let marked = carry_on(account, &close.fees);
        if marked || account.products.len() != products || account.add_ons.len() != add_ons {
            work.effects.changes.account(account.id);
        }
    }
    Ok(Reply::Done(None))
}

/// What was charged ahead for the closed period is done with; what is now charged ahead is for the new one.
fn carry_on(account: &mut Account, fees: &[Fee]) -> bool {
    let before = account.fees.clone();
    let done: Vec<ProductId> = before.iter().filter(|mark| mark.ahead.is_some()).map(|m| m.product).collect();
    for product in done {
        account.mark_fee(product, |mark| mark.ahead = None);
    }
    let id = account.id;
    for fee in fees.iter().filter(|fee| fee.account == id && fee.why == FeeWhy::Ahead) {
        account.note_fee(fee);
    }
    account.fees != before
}
