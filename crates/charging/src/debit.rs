//! Direct debit: one purchase or event, charged at once or refused.

use crate::apply::{Decision, Work};
use crate::bucket_use::{self, Wanted};
use crate::funds::{bearable, standing};
use crate::ledger::LedgerCode;
use crate::meter_use::UNITS_MOST;
use crate::{
    Account, BucketUse, Context, Customer, Debit, DebitReply, EventKind, Explanation, Refusal, Reply, Xdr,
    XdrKind,
};
use calendar::Seconds;
use catalog::{ProductId, RateChoice, RateQuery};
use money::Amount;
use rating::{PriceRule, price, price_explained};

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
    let now = work.now();
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    if let Some(refusal) = standing(&customer.head, account) {
        return Err(refusal.into());
    }
    if debit.units == 0 || debit.units > UNITS_MOST {
        return Err(Refusal::OutOfRange.into());
    }
    let products = account.products_in_order(now, work.context.catalog);
    let (xdr, changed) = charge(work, customer, debit, &products)?;
    let reply = DebitReply {
        xdr: xdr.id,
        account: debit.account,
        amount: xdr.amount,
        available: customer.head.available(),
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
) -> Result<RateChoice<'a>, Refusal> {
    let query = RateQuery {
        products,
        service: debit.service,
        node: &debit.node,
        access_code: "",
        destination: &debit.destination,
    };
    let choice = context.catalog.rate(&query).ok_or(Refusal::NotAllowed)?;
    if choice.rate.forbidden { Err(Refusal::NotAllowed) } else { Ok(choice) }
}

/// Prices, checks funds, books. Nothing is changed before the funds are known to suffice.
fn charge(
    work: &mut Work<'_>,
    customer: &mut Customer,
    debit: &Debit,
    products: &[ProductId],
) -> Result<(Xdr, bool), crate::apply::Stop> {
    let context = work.context;
    let choice = find_rate(&context, products, debit)?;
    let rule = PriceRule::from(&choice);
    let Customer { head, accounts, .. } = customer;
    let account = accounts.iter_mut().find(|a| a.id == debit.account).ok_or(Refusal::UnknownAccount)?;
    let wanted = Wanted {
        catalog: context.catalog,
        products,
        service: debit.service,
        destination: &debit.destination,
        period_number: head.period_number,
    };
    let mut trial = account.clone();
    let taken = bucket_use::take(&mut trial, &wanted, debit.units);
    let covered: u64 = taken.iter().map(|(_, units)| units).sum();
    if covered < debit.units && bucket_use::blocks_beyond(&wanted) {
        return Err(Refusal::QuotaUsedUp.into());
    }
    let priced = price_explained(&rule, debit.units - covered)?;
    let (needed, available) = (priced.amount, head.available());
    if needed.is_positive() && needed > available {
        return Err(Refusal::InsufficientFunds { available, needed }.into());
    }
    bearable(head, needed)?;
    *account = trial;
    for key in bucket_use::exhausted(account, context.catalog, &taken) {
        let name = context.catalog.quota(key).map_or_else(String::new, |q| q.name.clone());
        work.event(head, EventKind::QuotaExhausted, Some(account.id), name);
    }
    let id = head.next_row();
    let xdr = Xdr {
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
            identifier: debit.identifier.clone().into_string(),
            node: debit.node.clone().into_string(),
            product: choice.product.id,
            tariff: choice.tariff.id,
            rate: choice.rate.destination.clone(),
            version: context.catalog.version(),
            buckets: taken.iter().map(|(quota, units)| BucketUse { quota: *quota, units: *units }).collect(),
            priced,
        },
    };
    work.charge(head, LedgerCode::Purchase, &xdr)?;
    Ok((xdr, !taken.is_empty()))
}

/// What `units` of a service would cost this account now, quotas left aside.
pub fn enquire(account: &Account, debit: &Debit, context: Context<'_>) -> Result<Amount, Refusal> {
    let products = account.products_in_order(context.now, context.catalog);
    let choice = find_rate(&context, &products, debit)?;
    price(&PriceRule::from(&choice), debit.units).map_err(|_| Refusal::OutOfRange)
}
