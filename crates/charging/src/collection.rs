//! Invoices waiting for money: allocation of payments, overdue, suspension, resumption.

use crate::apply::{Decision, Posting, Stop, Work};
use crate::funds::bearable;
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{
    Customer, EventKind, Head, LedgerEntry, OpenInvoice, PostInvoice, Refusal, Reply, RowId, TaxDue,
};
use money::Amount;

/// Stands in [`Head::closed_total`] once the invoice was posted; no invoice has this total.
pub const INVOICED: Amount = Amount::from_micros(i64::MIN);

/// Records an issued invoice. What the balance already covers is paid at once. An invoice of a period is posted once.
pub(crate) fn post_invoice(work: &mut Work<'_>, customer: &mut Customer, invoice: &PostInvoice) -> Decision {
    let head = &mut customer.head;
    let closed_last = invoice.period_number.checked_add(1) == Some(head.period_number);
    if !closed_last || head.period_number == 1 || invoice.total != head.closed_total {
        return Err(Refusal::Stale.into());
    }
    let (owed, back) = on_top(&invoice.taxes)?;
    let gross = invoice.total.plus(owed)?.plus(back)?;
    bearable(head, None, owed)?;
    head.purse.balance.minus(back)?;
    // balance = credit - open invoices - this invoice - charges since; what credit there is pays this invoice at once.
    let spoken_for = head.unbilled.saturating_plus(head.owed()).saturating_plus(invoice.total);
    let credit = head.purse.balance.saturating_plus(spoken_for).max(Amount::ZERO);
    let amount_due = gross.saturating_minus(credit).max(Amount::ZERO);
    head.closed_total = INVOICED;
    let id = head.next_row();
    for tax in &invoice.taxes {
        book_tax(work, head, id, tax)?;
    }
    work.event(head, EventKind::InvoiceIssued, None, invoice.number.clone());
    if amount_due.is_positive() {
        let number = invoice.number.as_str().into();
        head.open_invoices.push(OpenInvoice { id, number, due_at: invoice.due_at, amount_due });
    } else {
        work.event(head, EventKind::InvoicePaid, None, invoice.number.clone());
        // What an invoice gives back pays others.
        settle_with(work, head, Amount::ZERO.saturating_minus(gross).max(Amount::ZERO));
    }
    Ok(Reply::Done(Some(id)))
}

/// The taxes on top that are owed, and those that give back (negative): they are booked one by one, so each sum alone must be bearable.
fn on_top(taxes: &[TaxDue]) -> Result<(Amount, Amount), Stop> {
    let (mut owed, mut back) = (Amount::ZERO, Amount::ZERO);
    for tax in taxes {
        tax.amount.negated()?;
        let sum = if tax.amount.is_negative() { &mut back } else { &mut owed };
        if !tax.included {
            *sum = sum.plus(tax.amount)?;
        }
    }
    Ok((owed, back))
}

/// A tax of an invoice, or a negative one of a refund: one on top is owed by the customer; one that is contained moves from what we earned to what we owe the state.
pub(crate) fn book_tax(
    work: &mut Work<'_>,
    head: &mut Head,
    invoice: RowId,
    tax: &TaxDue,
) -> Result<(), Stop> {
    let (code, reference, note) = (LedgerCode::Tax, Some(invoice), tax.name.clone());
    if !tax.included {
        let posting = Posting { code, other: LedgerSide::Tax, reference, note };
        return work.book(head, None, posting, tax.amount.negated()?).map(drop);
    }
    if tax.amount.is_zero() {
        return Ok(());
    }
    let (debit, credit, amount) = if tax.amount.is_positive() {
        (LedgerSide::Revenue, LedgerSide::Tax, tax.amount)
    } else {
        (LedgerSide::Tax, LedgerSide::Revenue, tax.amount.negated()?)
    };
    let (id, customer, at) = (head.next_row(), head.id, work.now());
    let entry = LedgerEntry { id, customer, account: None, at, code, debit, credit, amount, reference, note };
    work.effects.ledger.push(entry);
    Ok(())
}

/// What money that came in does: it pays open invoices, and lifts a suspension when none is overdue any more.
pub(crate) fn settle_with(work: &mut Work<'_>, head: &mut Head, money: Amount) {
    allocate(work, head, money);
    resume_if_settled(work, head);
}

/// Pays open invoices with `money`, oldest first.
fn allocate(work: &mut Work<'_>, head: &mut Head, money: Amount) {
    let mut left = money;
    for invoice in &mut head.open_invoices {
        let part = left.min(invoice.amount_due);
        invoice.amount_due = invoice.amount_due.saturating_minus(part);
        left = left.saturating_minus(part);
    }
    let paid = head.open_invoices.iter().filter(|i| i.amount_due.is_zero());
    let paid: Vec<String> = paid.map(|i| i.number.to_string()).collect();
    head.open_invoices.retain(|i| !i.amount_due.is_zero());
    for number in paid {
        work.event(head, EventKind::InvoicePaid, None, number);
    }
}

/// Suspends when an invoice is past its due date.
pub(crate) fn collect(work: &mut Work<'_>, customer: &mut Customer) -> Decision {
    let now = work.now();
    let head = &mut customer.head;
    let overdue = head.open_invoices.iter().find(|i| i.due_at <= now).map(|i| (i.id, i.number.to_string()));
    let Some((invoice, number)) = overdue else { return Ok(Reply::Done(None)) };
    if head.suspended_at.is_some() || head.terminated_at.is_some() {
        return Ok(Reply::Done(None));
    }
    head.suspended_at = Some(now);
    work.event(head, EventKind::InvoiceOverdue, None, number);
    work.event(head, EventKind::CustomerSuspended, None, "invoice overdue");
    Ok(Reply::Done(Some(invoice)))
}

/// Lifts a suspension when no invoice is overdue any more.
fn resume_if_settled(work: &mut Work<'_>, head: &mut Head) {
    let now = work.now();
    let overdue = head.open_invoices.iter().any(|i| i.due_at <= now);
    if let Some(since) = head.suspended_at.filter(|_| head.terminated_at.is_none() && !overdue) {
        head.suspended_at = None;
        head.suspensions.push((since, now));
        work.event(head, EventKind::CustomerResumed, None, "");
    }
}
