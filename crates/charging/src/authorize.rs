//! May an account use a service now, and with which attributes?

use crate::allowance::portions;
use crate::apply::{Decision, Work};
use crate::bucket_use::{self, Cover, Wanted};
use crate::call_time::{ANSWERED_WITHIN, Call, is_call};
use crate::dialing::Dialler;
use crate::funds::{may_begin, purse, standing};
use crate::holdings::Holdings;
use crate::meter_use::begun;
use crate::quota_left::quota_left;
use crate::running_calls::Reported;
use crate::{
    AccessReply, Account, Asked, Authorize, Customer, Funds, Head, QuotaLeft, Refusal, Reply, UnitReport,
    Used, policy, wallet_money,
};
use calendar::Seconds;
use catalog::{Access, DayPart, RateChoice, RateQuery, ServiceKind, Snapshot, Unit, WhenExhausted};
use money::Amount;
use rating::{PriceRule, price};

/// How far ahead a change by schedule is looked for.
const SCHEDULE_REACH: Seconds = Seconds(31 * 86_400);

/// Answers with the first reason against it, if any, and with the service's attributes in either case.
pub(crate) fn authorize(work: &Work<'_>, customer: &Customer, ask: &Authorize) -> Decision {
    let catalog = work.context.catalog;
    let service = catalog.service_by_id(ask.service);
    // What is asked for beside running calls must be there beside what they cost.
    let is_call = is_call(service, &ask.destination);
    let reported =
        if is_call { Reported::calls(customer, work.context) } else { Reported::nothing(customer) };
    let (head, account) = (&*reported.head, reported.account(ask.account).ok_or(Refusal::UnknownAccount)?);
    let holdings = Holdings::of(account, work.now(), catalog);
    let dialler = Dialler { catalog, head, account, holdings: &holdings, service: ask.service };
    let number = dialler.called(&ask.destination).number;
    let query = RateQuery {
        products: &holdings.products,
        service: ask.service,
        node: &ask.node,
        access_code: &ask.access_code,
        destination: &number,
        at: work.now(),
        zone: head.zone.name(),
    };
    // Without a rate for "anything" the price depends on the destination: where none is told, only the first use can tell.
    let choice = catalog.rate(&query);
    let is_sold = number.is_empty() || choice.as_ref().is_some_and(|choice| !choice.rate.forbidden);
    let wanted = Wanted {
        catalog,
        holdings: &holdings,
        service: ask.service,
        access_code: &ask.access_code,
        destination: &number,
        part: choice.as_ref().map_or(DayPart::Peak, |choice| choice.day_part),
        now: work.now(),
    };
    let cover = bucket_use::find(head, account, &wanted, &[], 1);
    let allowed = is_sold && catalog.allows(&holdings.products, ask.service);
    let needed = || price(&choice.as_ref()?.into(), 1).ok();
    let short = |cover: &Cover<'_>| no_units(work, head, account, &wanted, cover, needed()?);
    let times = (work.now(), SCHEDULE_REACH);
    let (access, changes_at) = policy::access(catalog, head, &holdings, ask.service, times);
    let allowed = allowed && access != Access::Blocked;
    let unit = service.map(|service| service.unit);
    // Who logs in to call has not said whom: any money or units will do.
    let is_voice = service.is_some_and(|service| service.kind == ServiceKind::Voice);
    let waits = || is_voice && number.is_empty() && has_anything(work, head, account, ask);
    let refusal = standing(head, account)
        .or_else(|| (!allowed).then_some(Refusal::NotAllowed))
        .or_else(|| short(&cover).filter(|_| !waits()));
    let time = || time_left((head, account), (ask, &number), choice.as_ref()?, (catalog, &query));
    let time = if is_call && refusal.is_none() { time() } else { None };
    let available = purse(head, Some(account)).available(work.now());
    let poor = || Refusal::InsufficientFunds { available, needed: needed().unwrap_or(Amount::ZERO) };
    let refusal = refusal.or_else(|| (time == Some(0)).then(poor));
    let instead = (cover.limited || access == Access::Limited, access == Access::Turbo);
    let policy = policy::resolve(catalog, head, account, &holdings, ask.service, instead);
    let ends_use = |cover: &Cover<'_>| cover.beyond == WhenExhausted::Block || short(cover).is_some();
    let unit = unit.filter(|_| refusal.is_none());
    let quota = match unit {
        Some(unit) if is_call => time.map(|units| QuotaLeft { units, unit, ends: None }),
        // How long depends on whom he calls.
        Some(_) if is_voice && number.is_empty() => None,
        Some(unit) => quota_left(head, account, &wanted, unit, ends_use),
        None => None,
    };
    let funds = unit.filter(|unit| *unit == Unit::Second).and_then(|_| funds(work, head, account, &wanted));
    Ok(Reply::Access(AccessReply { refusal, policy, changes_at, quota, funds }))
}

/// Seconds that a call to this number may last, at the price of now or of a moment later, whichever is dearer.
fn time_left(
    (head, account): (&Head, &Account),
    (ask, number): (&Authorize, &str),
    choice: &RateChoice<'_>,
    (catalog, query): (&Snapshot, &RateQuery<'_>),
) -> Option<u64> {
    let now = query.at;
    let report = UnitReport {
        rating_group: None,
        service_identifier: None,
        service: ask.service,
        access_code: ask.access_code.as_ref().into(),
        destination: number.into(),
        used: Used::None,
        asked: Asked::Nothing,
    };
    let meter = &begun(&report, number, choice, (now, catalog.version()));
    let answered = catalog.rate(&RateQuery { at: now.plus(ANSWERED_WITHIN), ..*query });
    let answered = answered.map(|answered| PriceRule::from(&answered)).filter(|rule| *rule != meter.rule);
    let answered = answered.as_ref();
    Call { catalog, head, account, meter, answered, now, within: ANSWERED_WITHIN }.time_left()
}

/// Whether there is money or a unit of any plan for the service, whatever for.
fn has_anything(work: &Work<'_>, head: &Head, account: &Account, ask: &Authorize) -> bool {
    let portions = || portions(head, account, ask.service, work.context.catalog, work.now());
    purse(head, Some(account)).available(work.now()).is_positive() || !portions().is_empty()
}

/// What may be spent, where there is a limit to it.
fn funds(work: &Work<'_>, head: &Head, account: &Account, wanted: &Wanted<'_>) -> Option<Box<Funds>> {
    let purse = purse(head, Some(account));
    purse.limit(work.now())?;
    let in_wallets = wallet_money::free(&wallet_money::find(head, account, wanted));
    let available = purse.available(work.now()).max(Amount::ZERO).saturating_plus(in_wallets);
    Some(Box::new(Funds { available, currency: head.currency }))
}

/// Why not even one unit may be used, when plans and funds do not suffice for it.
fn no_units(
    work: &Work<'_>,
    head: &Head,
    account: &Account,
    wanted: &Wanted<'_>,
    cover: &Cover<'_>,
    needed: Amount,
) -> Option<Refusal> {
    if cover.left == 0 {
        return None;
    }
    if cover.beyond == WhenExhausted::Block {
        return Some(Refusal::QuotaUsedUp);
    }
    if let Err(refusal) = may_begin(head, account, needed, work.now()) {
        return Some(refusal);
    }
    let in_wallets = wallet_money::free(&wallet_money::find(head, account, wanted));
    let available = purse(head, Some(account)).available(work.now());
    let short = needed.is_positive() && available.saturating_plus(in_wallets) < needed;
    short.then_some(Refusal::InsufficientFunds { available, needed })
}
