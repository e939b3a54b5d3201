//! Refunds: money back for one charge, never more than was charged, however many parts and corrections there are.
//!
//! What became of a charge is remembered under its xDR for as long as it may be refunded. A charge of the open period is given
//! back on the same invoice (a negative xDR of that period); one of a closed period goes to the balance and pays open invoices, with
//! its taxes.

use crate::apply::{Decision, Posting, Stop, Work};
use crate::funds::{bearable, own_of, purse, said};
use crate::ledger::{LedgerCode, LedgerSide};
use crate::relay::{self, Message};
use crate::xdr::NOT_INVOICED;
use crate::{
    AccountId, Charged, Customer, EventKind, Explanation, Refund, RefundOf, RefundReply, Refusal, Reply,
    RequestKey, RowId, Xdr, XdrKind, collection, debit, refund_tax,
};
use calendar::{Instant, Seconds};
use money::{Amount, Exact, Rounding};

/// A charge may be refunded or corrected this long.
pub const REFUNDABLE: Seconds = Seconds(400 * 86_400);

/// Gives a charge back, in whole or part.
pub(crate) fn refund(work: &mut Work<'_>, customer: &mut Customer, refund: &Refund) -> Decision {
    let of = match &refund.of {
        RefundOf::Charge(charged) => charged.clone(),
        RefundOf::Reference(reference) => debit::remembered(customer, reference, work.now())?,
    };
    let so_far = so_far(work, customer, &of)?;
    let left = so_far.left();
    let amount = refund.amount.unwrap_or(left);
    if refund.amount.is_some_and(|amount| !amount.is_positive()) {
        return Err(Refusal::AmountNotPositive.into());
    }
    if !left.is_positive() || amount > left {
        return Err(Refusal::RefundTooHigh { left }.into());
    }
    bears(customer, &of, amount.negated()?)?;
    give_back(work, customer, &of, so_far, amount, &refund.note).map(Reply::Refunded)
}

/// The share of a reseller's charge that was given back below: exact when all of it was, rounded down else.
pub(crate) fn of_level(
    work: &mut Work<'_>,
    customer: &mut Customer,
    own: &Charged,
    returned: Amount,
    charged: Amount,
) -> Result<(), Stop> {
    let Ok(so_far) = so_far(work, customer, own) else { return Ok(()) };
    let (part, whole) = (u64::try_from(returned.micros()), u64::try_from(charged.micros()));
    let (Ok(part), Ok(whole @ 1..)) = (part, whole) else { return Ok(()) };
    let share = Exact::from_amount(so_far.rated).share(part.min(whole), whole);
    let Ok(due) = share.and_then(|share| share.round(6, Rounding::TowardZero)) else { return Ok(()) };
    let amount = due.saturating_minus(so_far.returned).min(so_far.left());
    if amount.is_positive() && bears(customer, own, amount.negated()?).is_ok() {
        give_back(work, customer, own, so_far, amount, "given back by the customer's reseller")?;
    }
    Ok(())
}

/// What a charge has become by refunds and corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeSoFar {
    /// As rated, corrections included.
    pub rated: Amount,
    /// Given back.
    pub returned: Amount,
}

impl ChargeSoFar {
    /// What can still be given back.
    pub fn left(self) -> Amount {
        self.rated.saturating_minus(self.returned)
    }
}

fn key(xdr: RowId) -> RequestKey {
    format!("xdr:{}", xdr.counter()).into()
}

pub(crate) fn so_far(work: &Work<'_>, customer: &Customer, of: &Charged) -> Result<ChargeSoFar, Refusal> {
    charge_so_far(customer, of, work.now())
}

/// Looks a charge up; refuses what is nobody's, not his, or too old.
pub fn charge_so_far(customer: &Customer, of: &Charged, now: Instant) -> Result<ChargeSoFar, Refusal> {
    let head = &customer.head;
    let charge = !matches!(of.kind, XdrKind::Refund | XdrKind::Correction) && !of.amount.is_negative();
    let his = of.xdr.customer() == Some(head.id) && of.xdr.counter() <= head.rows;
    if !charge || !his || of.account.is_some_and(|id| customer.account(id).is_none()) {
        return Err(Refusal::UnknownReference);
    }
    if of.posted_at.plus(REFUNDABLE) <= now {
        return Err(Refusal::TooOld);
    }
    Ok(match customer.applied.get(&key(of.xdr)).map(|applied| &applied.reply) {
        Some(Reply::Refunded(so_far)) => ChargeSoFar { rated: so_far.rated, returned: so_far.returned },
        _ => ChargeSoFar { rated: of.amount, returned: Amount::ZERO },
    })
}

/// Remembers what a charge has become.
pub(crate) fn note(work: &mut Work<'_>, customer: &mut Customer, of: &Charged, reply: RefundReply) {
    let until = of.posted_at.plus(REFUNDABLE).since(work.now());
    work.remember(customer, key(of.xdr), 0, Reply::Refunded(reply), Seconds(until.0.saturating_add(1)));
}

fn give_back(
    work: &mut Work<'_>,
    customer: &mut Customer,
    of: &Charged,
    so_far: ChargeSoFar,
    amount: Amount,
    note_text: &str,
) -> Result<RefundReply, Stop> {
    let returned = so_far.returned.plus(amount)?;
    let taxes = refund_tax::due(&customer.head, of, (so_far, ChargeSoFar { returned, ..so_far }))?;
    let explanation =
        Explanation::Refund { of: of.xdr, charged: so_far.rated, returned, note: note_text.to_owned() };
    let description = note_text.to_owned();
    let entry = Amendment { kind: XdrKind::Refund, amount: amount.negated()?, description, explanation };
    let xdr = amend(work, customer, of, entry)?;
    let head = &mut customer.head;
    refund_tax::book(work, head, xdr, &taxes)?;
    let detail = format!("{} {}", said(head, amount), note_text);
    work.event(head, EventKind::ChargeRefunded, of.account, detail);
    let message = Message::Refund { xdr: of.xdr, returned, charged: so_far.rated };
    relay::send_to_charged(work, head, of.xdr, xdr, message);
    let available = customer.head.purse.available(work.now());
    let reply = RefundReply { xdr, of: of.xdr, amount, rated: so_far.rated, returned, available };
    note(work, customer, of, reply.clone());
    Ok(reply)
}

/// A later change of a charge: refund or correction.
pub(crate) struct Amendment {
    pub(crate) kind: XdrKind,
    /// What the customer pays in addition; negative = he gets back.
    pub(crate) amount: Amount,
    pub(crate) description: String,
    pub(crate) explanation: Explanation,
}

/// The account whose own balance paid a charge, if one did.
fn payer(customer: &Customer, of: &Charged) -> Option<AccountId> {
    let account = of.account.filter(|_| of.own).and_then(|id| customer.account(id))?;
    account.purse.as_ref().map(|_| account.id)
}

/// Refuses absurd sums before anything is changed; `amount` is what the customer pays in addition.
pub(crate) fn bears(customer: &Customer, of: &Charged, amount: Amount) -> Result<(), Refusal> {
    let account = payer(customer, of).and_then(|id| customer.account(id));
    if amount.is_positive() {
        return bearable(&customer.head, account, amount);
    }
    let balance = purse(&customer.head, account).balance;
    balance.minus(amount).map(drop).map_err(|_| Refusal::OutOfRange)
}

/// Books the change where the charge was booked; its xDR.
pub(crate) fn amend(
    work: &mut Work<'_>,
    customer: &mut Customer,
    of: &Charged,
    Amendment { kind, amount, description, explanation }: Amendment,
) -> Result<RowId, Stop> {
    let own = payer(customer, of);
    let head = &mut customer.head;
    let open = of.xdr.counter() > head.period_row;
    // On the invoice of the open period: its own charges, and what is charged in addition.
    let invoiced = own.is_none() && (open || amount.is_positive());
    let unbilled = if invoiced { head.unbilled.plus(amount)? } else { head.unbilled };
    let id = head.next_row();
    let code = if kind == XdrKind::Refund { LedgerCode::Refund } else { LedgerCode::Correction };
    let posting =
        Posting { code, other: LedgerSide::Revenue, reference: Some(id), note: description.clone() };
    let account = own_of(&mut customer.accounts, own);
    work.book(head, account, posting, amount.negated()?)?;
    head.unbilled = unbilled;
    work.effects.xdrs.push(Xdr {
        id,
        customer: head.id,
        account: of.account,
        kind,
        service: None,
        product: None,
        period_number: if invoiced { head.period_number } else { NOT_INVOICED },
        started_at: work.now(),
        ended_at: work.now(),
        posted_at: work.now(),
        units: 0,
        unit: None,
        destination: String::new(),
        description,
        reference: Some(of.xdr.to_string()),
        amount,
        explanation,
    });
    if !invoiced && own.is_none() {
        collection::settle_with(work, head, amount.negated()?);
    }
    Ok(id)
}
