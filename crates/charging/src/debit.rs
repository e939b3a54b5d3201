//! Direct debit: one purchase or event, charged at once or refused.

use crate::apply::{Decision, Work};
use crate::bucket_use::{self, Wanted};
use crate::funds::{bearable, may_begin, purse, standing};
use crate::ledger::LedgerCode;
use crate::meter_use::UNITS_MOST;
use crate::{
    Account, BucketUse, Charged, Context, Customer, Debit, DebitReply, EventKind, Explanation, Refusal,
    Reply, Source, Xdr, XdrKind,
};
use calendar::{Instant, Seconds};
use catalog::{ProductId, RateChoice, RateQuery, matched_destination};
use money::Amount;
use rating::{PriceRule, PricedUse, price_explained};

/// How long a purchase number is remembered: outside systems send their purchases again with a monthly file.
const PURCHASES_KEPT: Seconds = Seconds(40 * 24 * 3_600);

/// Charges a purchase. The same reference is charged once: a repetition gets the first answer, marked as repeated.
pub(crate) fn debit(work: &mut Work<'_>, customer: &mut Customer, debit: &Debit) -> Decision {
    let key: Option<Box<str>> = debit.reference.as_ref().map(|r| format!("purchase:{r}").into_boxed_str());
    if let Some(applied) = key.as_ref().and_then(|key| customer.applied.get(key))
        && applied.until > work.now()
        && let Reply::Debited(first) = &applied.reply
    {
        return Ok(Reply::Debited(DebitReply { repeated: true, ..first.clone() }));
    }
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    if let Some(refusal) = standing(&customer.head, account) {
        return Err(refusal.into());
    }
    let (xdr, changed) = charge(work, customer, debit)?;
    let reply = DebitReply {
        xdr: xdr.id,
        account: debit.account,
        amount: xdr.amount,
        available: purse(&customer.head, customer.account(debit.account)).available(work.now()),
        repeated: false,
    };
    let detail = format!(
        "{} {} {}",
        debit.description,
        xdr.amount.text(customer.head.currency.exponent()),
        customer.head.currency
    );
    work.event(&mut customer.head, EventKind::PurchaseCharged, Some(debit.account), detail);
    if changed {
        work.effects.changes.account(debit.account);
    }
    work.effects.xdrs.push(xdr);
    if let Some(key) = key {
        work.remember(customer, key, 0, Reply::Debited(reply.clone()), PURCHASES_KEPT);
    }
    Ok(Reply::Debited(reply))
}

fn find_rate<'a>(
    context: &Context<'a>,
    products: &[ProductId],
    debit: &Debit,
    zone: &str,
) -> Result<RateChoice<'a>, Refusal> {
    let query = RateQuery {
        products,
        service: debit.service,
        node: &debit.node,
        access_code: "",
        destination: &debit.destination,
        at: debit.at.min(context.now),
        zone,
    };
    let choice = context.catalog.rate(&query).ok_or(Refusal::NotAllowed)?;
    if choice.rate.forbidden { Err(Refusal::NotAllowed) } else { Ok(choice) }
}

/// What a purchase costs, with the account as it would be afterwards.
struct Quoted<'a> {
    choice: RateChoice<'a>,
    taken: bucket_use::Taken,
    after: Account,
    priced: PricedUse,
}

fn quote<'a>(
    context: Context<'a>,
    customer: &Customer,
    account: &Account,
    debit: &Debit,
) -> Result<Quoted<'a>, crate::apply::Stop> {
    if debit.units == 0 || debit.units > UNITS_MOST {
        return Err(Refusal::OutOfRange.into());
    }
    let products = account.products_in_order(context.now, context.catalog);
    let choice = find_rate(&context, &products, debit, &customer.head.zone)?;
    let wanted = Wanted {
        catalog: context.catalog,
        products: &products,
        service: debit.service,
        destination: &debit.destination,
        period_number: customer.head.period_number,
    };
    let mut after = account.clone();
    let taken = bucket_use::take(&mut after, &wanted, debit.units);
    let covered: u64 = taken.iter().map(|(_, units)| units).sum();
    if covered < debit.units && bucket_use::blocks_beyond(&wanted) {
        return Err(Refusal::QuotaUsedUp.into());
    }
    let priced = price_explained(&PriceRule::from(&choice), debit.units - covered)?;
    Ok(Quoted { choice, taken, after, priced })
}

/// Checks funds and books. Nothing is changed before the funds are known to suffice.
fn charge(
    work: &mut Work<'_>,
    customer: &mut Customer,
    debit: &Debit,
) -> Result<(Xdr, bool), crate::apply::Stop> {
    let context = work.context;
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    let Quoted { choice, taken, after, priced } = quote(context, customer, account, debit)?;
    let (needed, available) = (priced.amount, purse(&customer.head, Some(account)).available(context.now));
    may_begin(&customer.head, account, needed, context.now)?;
    if needed.is_positive() && needed > available {
        return Err(Refusal::InsufficientFunds { available, needed }.into());
    }
    bearable(&customer.head, Some(account), needed)?;
    let Customer { head, accounts, .. } = customer;
    let account = accounts.iter_mut().find(|a| a.id == debit.account).ok_or(Refusal::UnknownAccount)?;
    *account = after;
    for key in bucket_use::exhausted(account, context.catalog, &taken) {
        let name = context.catalog.quota(key).map_or_else(String::new, |q| q.name.clone());
        work.event(head, EventKind::QuotaExhausted, Some(account.id), name);
    }
    let id = head.next_row();
    let mut xdr = Xdr {
        id,
        customer: head.id,
        account: Some(account.id),
        kind: XdrKind::Event,
        service: Some(debit.service),
        product: Some(choice.product.id),
        period_number: head.period_number,
        started_at: debit.at.min(work.now()),
        ended_at: debit.at.min(work.now()),
        posted_at: work.now(),
        units: debit.units,
        unit: context.catalog.service_by_id(debit.service).map(|s| s.unit),
        destination: debit.destination.clone().into_string(),
        description: debit.description.clone(),
        reference: debit.reference.as_deref().map(str::to_owned),
        amount: needed,
        explanation: Explanation::Rated {
            source: Source {
                identifier: debit.identifier.clone().into_string(),
                node: debit.node.clone().into_string(),
                access_code: String::new(),
            },
            product: choice.product.id,
            tariff: choice.tariff.id,
            rate: matched_destination(&debit.destination, choice.matched).to_owned(),
            version: context.catalog.version(),
            buckets: taken.iter().map(|(quota, units)| BucketUse { quota: *quota, units: *units }).collect(),
            priced,
        },
    };
    work.charge(head, Some(account), LedgerCode::Purchase, &mut xdr)?;
    Ok((xdr, !taken.is_empty()))
}

/// The charge of a purchase number that is still remembered.
pub(crate) fn remembered(customer: &Customer, reference: &str, now: Instant) -> Result<Charged, Refusal> {
    let applied = customer.applied.get(format!("purchase:{reference}").as_str());
    let applied = applied.filter(|applied| applied.until > now);
    let Some((applied, Reply::Debited(first))) = applied.map(|applied| (applied, &applied.reply)) else {
        return Err(Refusal::UnknownReference);
    };
    let purse = customer.account(first.account).and_then(|account| account.purse.as_ref());
    Ok(Charged {
        xdr: first.xdr,
        kind: XdrKind::Event,
        account: Some(first.account),
        own: purse.is_some_and(|purse| first.xdr.counter() > purse.since),
        amount: first.amount,
        posted_at: applied.until.minus(PURCHASES_KEPT),
    })
}

/// Answer to a question about money that changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enquiry {
    /// What it would cost now: quotas are used first.
    pub amount: Amount,
    /// Funds of the purse that would pay.
    pub available: Amount,
    /// Whether they suffice.
    pub enough: bool,
}

/// What a purchase would cost this account now: the price enquiry of RFC 8506 6.1. Funds and spending caps do not refuse.
pub fn enquire(customer: &Customer, debit: &Debit, context: Context<'_>) -> Result<Enquiry, Refusal> {
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    let quoted = quote(context, customer, account, debit).map_err(|stop| match stop {
        crate::apply::Stop::Refused(refusal) => refusal,
        crate::apply::Stop::Broken(_) => Refusal::OutOfRange,
    })?;
    check_balance(customer, debit.account, quoted.priced.amount, context.now)
}

/// Whether this account could pay a sum now: the balance check of RFC 8506 6.2.
pub fn check_balance(
    customer: &Customer,
    account: crate::AccountId,
    amount: Amount,
    now: Instant,
) -> Result<Enquiry, Refusal> {
    let account = customer.account(account).ok_or(Refusal::UnknownAccount)?;
    if amount.is_negative() {
        return Err(Refusal::AmountNotPositive);
    }
    let available = purse(&customer.head, Some(account)).available(now);
    let enough = standing(&customer.head, account).is_none() && (amount.is_zero() || amount <= available);
    Ok(Enquiry { amount, available, enough })
}
