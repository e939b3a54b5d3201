//! Direct debit: one purchase or event, charged at once or refused.

use crate::apply::{Decision, Stop, Work};
use crate::bucket_use::{self, Cover, UNITS_MOST, Wanted};
use crate::dialing::{Called, Dialler};
use crate::funds::{bearable, may_begin, purse, standing};
use crate::holdings::Holdings;
use crate::ledger::LedgerCode;
use crate::state::account_mut;
use crate::{
    Account, Charged, Context, Customer, Debit, DebitReply, Dialled, EventKind, Explanation, Head, PlanUse,
    Refusal, Reply, Source, Told, Xdr, XdrKind, add_on, discount, lot, price_switch, wallet_money,
};
use calendar::{Instant, Seconds};
use catalog::{ProductId, RateChoice, RateQuery, WhenExhausted, matched_destination};
use money::Amount;
use rating::{PriceRule, PricedUse, price_explained, whole_use};
use std::borrow::Cow;

/// How long a purchase number is remembered: outside systems send their purchases again with a monthly file.
const PURCHASES_KEPT: Seconds = Seconds(40 * 24 * 3_600);

/// Charges a purchase. The same reference is charged once: a repetition gets the first answer, marked as repeated.
pub(crate) fn debit(work: &mut Work<'_>, customer: &mut Customer, debit: &Debit) -> Decision {
    let key: Option<Box<str>> = debit.reference.as_ref().map(|r| format!("purchase:{r}").into_boxed_str());
    if let Some(applied) = key.as_ref().and_then(|key| customer.applied.get(key))
        && applied.until > work.now()
        && let Reply::Debited(first) = &applied.reply
    {
        let told = applied.told.clone();
        return Ok(Reply::Debited(DebitReply { repeated: true, told, ..first.clone() }));
    }
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    if let Some(refusal) = standing(&customer.head, account) {
        return Err(refusal.into());
    }
    let (xdr, told) = charge(work, customer, debit)?;
    let reply = DebitReply {
        xdr: xdr.id,
        account: debit.account,
        amount: xdr.amount,
        available: purse(&customer.head, customer.account(debit.account)).available(work.now()),
        repeated: false,
        told,
    };
    let detail = format!(
        "{} {} {}",
        debit.description,
        xdr.amount.text(customer.head.currency.exponent()),
        customer.head.currency
    );
    work.event(&mut customer.head, EventKind::PurchaseCharged, Some(debit.account), detail);
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
        access_code: &debit.access_code,
        destination: &debit.destination,
        at: debit.at.min(context.now),
        zone,
    };
    let choice = context.catalog.rate(&query).ok_or(Refusal::NotAllowed)?;
    if choice.rate.forbidden { Err(Refusal::NotAllowed) } else { Ok(choice) }
}

/// What a purchase costs, before anything is changed.
struct Quoted<'a> {
    choice: RateChoice<'a>,
    wanted: Wanted<'a>,
    rule: PriceRule,
    cover: Cover<'a>,
    priced: PricedUse,
    /// Left to the purse: discounts taken off, and what wallets pay.
    needed: Amount,
}

fn quote<'a>(
    context: Context<'a>,
    head: &Head,
    account: &Account,
    holdings: &'a Holdings,
    debit: &'a Debit,
) -> Result<Quoted<'a>, Stop> {
    if debit.units == 0 || debit.units > UNITS_MOST {
        return Err(Refusal::OutOfRange.into());
    }
    let choice = find_rate(&context, &holdings.products, debit, head.zone.name())?;
    let wanted = Wanted {
        access_code: &debit.access_code,
        catalog: context.catalog,
        holdings,
        service: debit.service,
        destination: &debit.destination,
        part: choice.day_part,
        now: context.now,
    };
    let cover = bucket_use::find(head, account, &wanted, &[], debit.units);
    let unit = context.catalog.service_by_id(debit.service).map(|service| service.unit);
    let span = (&*debit.destination, debit.at.min(context.now), head.zone.name());
    let mut rule = whole_use(context.catalog, &choice.found, span, (debit.units, cover.units(), unit));
    rule.draw(|| lot::of(head.id, debit.reference.as_deref(), span.1));
    if cover.left > 0 && cover.beyond == WhenExhausted::Block {
        return Err(Refusal::QuotaUsedUp.into());
    }
    let priced = price_explained(&rule, cover.left)?;
    let counter = discount::active(head, account, &wanted);
    let cost = discount::ahead(&rule, 0, &[], counter.as_ref(), cover.left)?;
    let by_wallets = wallet_money::free(&wallet_money::find(head, account, &wanted)).min(cost);
    Ok(Quoted { choice, wanted, rule, cover, priced, needed: cost.minus(by_wallets)? })
}

/// The purchase with the number that is called, and how that came about.
fn called<'d>(dialler: Dialler<'_>, debit: &'d Debit) -> (Cow<'d, Debit>, Option<Box<Dialled>>) {
    let Called { number, dialled } = dialler.called(&debit.destination);
    let same = *number == *debit.destination;
    let destination = || number.into_owned().into_boxed_str();
    let debit = if same {
        Cow::Borrowed(debit)
    } else {
        Cow::Owned(Debit { destination: destination(), ..debit.clone() })
    };
    (debit, dialled)
}

/// Checks funds and books; the xDR, and what the answer tells. Nothing is changed before the funds are known to suffice.
fn charge(
    work: &mut Work<'_>,
    customer: &mut Customer,
    debit: &Debit,
) -> Result<(Xdr, Option<Box<Told>>), Stop> {
    let context = work.context;
    let Customer { head, accounts, .. } = customer;
    let account = account_mut(accounts, debit.account).ok_or(Refusal::UnknownAccount)?;
    let holdings = Holdings::of(account, context.now, context.catalog);
    let service = debit.service;
    let dialler = Dialler { catalog: context.catalog, head, account, holdings: &holdings, service };
    let (debit, dialled) = called(dialler, debit);
    let debit = &*debit;
    let told = dialled.as_ref().map(|_| {
        let (number, provision) =
            (debit.destination.clone(), dialler.answers().and_then(|said| said.provision));
        Box::new(Told { number: Some(number), provision, raise: None })
    });
    let quoted = quote(context, head, account, &holdings, debit)?;
    let Quoted { choice, wanted, rule, cover, priced, needed } = quoted;
    let available = purse(head, Some(account)).available(context.now);
    may_begin(head, account, needed, context.now)?;
    if needed.is_positive() && needed > available {
        return Err(Refusal::InsufficientFunds { available, needed }.into());
    }
    bearable(head, Some(account), needed)?;
    let mut plans = PlanUse::default();
    add_on::begin_rated(work, head, account, &holdings, choice.product.id);
    bucket_use::take(work, head, account, &cover, debit.service, &mut plans.covered_by);
    if let Some(found) = discount::active(head, account, &wanted) {
        discount::count(work, head, account, &found, &mut plans, (&rule, 0, cover.left))?;
    }
    let cost = discount::cost(&rule, cover.left, &plans.bands)?;
    wallet_money::draw(work, head, account, &wanted, cost, &mut plans.drawn);
    let id = head.next_row();
    let source = Source {
        identifier: debit.identifier.clone().into_string(),
        node: debit.node.clone().into_string(),
        access_code: debit.access_code.clone().into_string(),
    };
    let (place, at) = ((debit.service, &*debit.destination), debit.at.min(work.now()));
    let lot = || lot::of(head.id, debit.reference.as_deref(), at);
    let our_cost = price_switch::cost(context.catalog, &source, place, (at, debit.units), lot);
    let mut xdr = Xdr {
        id,
        customer: head.id,
        account: Some(account.id),
        kind: XdrKind::Event,
        service: Some(debit.service),
        product: Some(choice.product.id),
        period_number: head.period_number,
        started_at: at,
        ended_at: at,
        posted_at: work.now(),
        units: debit.units,
        unit: context.catalog.service_by_id(debit.service).map(|s| s.unit),
        destination: debit.destination.clone().into_string(),
        description: debit.description.clone(),
        reference: debit.reference.as_deref().map(str::to_owned),
        amount: needed,
        explanation: Explanation::Rated {
            source,
            product: choice.product.id,
            tariff: choice.tariff.id,
            rate: matched_destination(&debit.destination, choice.matched).to_owned(),
            version: context.catalog.version(),
            buckets: plans.covered_by.iter().map(Into::into).collect(),
            priced: Box::new(priced),
            discounts: plans.bands,
            wallets: plans.drawn.iter().map(Into::into).collect(),
            changes: Vec::new(),
            cost: our_cost,
            dialled,
        },
    };
    work.charge(head, Some(account), LedgerCode::Purchase, &mut xdr)?;
    Ok((xdr, told))
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
        taxes: Vec::new(),
    })
}

/// Answer to a question about money that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquiry {
    /// What it would cost now: quotas are used first.
    pub amount: Amount,
    /// Funds of the purse that would pay.
    pub available: Amount,
    /// Whether they suffice.
    pub enough: bool,
    /// The number that was priced instead of the dialled one, and how it came about.
    pub called: Option<(Box<str>, Box<Dialled>)>,
}

/// What a purchase would cost this account now: the price enquiry of RFC 8506 6.1. Funds and spending caps do not refuse.
pub fn enquire(customer: &Customer, debit: &Debit, context: Context<'_>) -> Result<Enquiry, Refusal> {
    let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
    let holdings = Holdings::of(account, context.now, context.catalog);
    let (head, catalog, service) = (&customer.head, context.catalog, debit.service);
    let (debit, dialled) = called(Dialler { catalog, head, account, holdings: &holdings, service }, debit);
    let quoted = quote(context, head, account, &holdings, &debit).map_err(|stop| match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Broken(_) => Refusal::OutOfRange,
    })?;
    let found = check_balance(customer, debit.account, quoted.needed, context.now)?;
    Ok(Enquiry { called: dialled.map(|dialled| (debit.destination.clone(), dialled)), ..found })
}

/// The rule by which a purchase would be priced now.
pub fn price_rule(customer: &Customer, debit: &Debit, context: Context<'_>) -> Option<PriceRule> {
    let account = customer.account(debit.account)?;
    let holdings = Holdings::of(account, context.now, context.catalog);
    let (head, catalog, service) = (&customer.head, context.catalog, debit.service);
    let (debit, _) = called(Dialler { catalog, head, account, holdings: &holdings, service }, debit);
    let choice = find_rate(&context, &holdings.products, &debit, head.zone.name()).ok()?;
    Some(PriceRule::from(&choice))
}

/// Units of the first interval of the rate that would price a purchase, where it is priced by intervals of more than one.
pub fn tariff_interval(customer: &Customer, debit: &Debit, context: Context<'_>) -> Option<u64> {
    price_rule(customer, debit, context).map(|rule| rule.first_interval).filter(|units| *units > 1)
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
    Ok(Enquiry { amount, available, enough, called: None })
}
