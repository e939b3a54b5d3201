//! May an account use a service now, and with which attributes?

use crate::apply::{Decision, Work};
use crate::bucket_use::{self, Cover, Wanted};
use crate::dialing::Dialler;
use crate::funds::{may_begin, purse, standing};
use crate::holdings::Holdings;
use crate::quota_left::quota_left;
use crate::{AccessReply, Account, Authorize, Customer, Head, Refusal, Reply, policy, wallet_money};
use calendar::Seconds;
use catalog::{Access, DayPart, RateQuery, WhenExhausted};
use money::Amount;
use rating::price;

/// How far ahead a change by schedule is looked for.
const SCHEDULE_REACH: Seconds = Seconds(31 * 86_400);

/// Answers with the first reason against it, if any, and with the service's attributes in either case.
pub(crate) fn authorize(work: &Work<'_>, customer: &Customer, ask: &Authorize) -> Decision {
    let account = customer.account(ask.account).ok_or(Refusal::UnknownAccount)?;
    let (head, catalog) = (&customer.head, work.context.catalog);
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
        zone: &head.zone,
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
    let short = || no_units(work, head, account, &wanted, &cover, needed()?);
    let times = (work.now(), SCHEDULE_REACH);
    let (access, changes_at) = policy::access(catalog, head, &holdings, ask.service, times);
    let allowed = allowed && access != Access::Blocked;
    let refusal =
        standing(head, account).or_else(|| (!allowed).then_some(Refusal::NotAllowed)).or_else(short);
    let instead = (cover.limited || access == Access::Limited, access == Access::Turbo);
    let policy = policy::resolve(catalog, head, account, &holdings, ask.service, instead);
    let ends_use = |cover: &Cover<'_>| {
        let short = || no_units(work, head, account, &wanted, cover, needed()?);
        cover.beyond == WhenExhausted::Block || short().is_some()
    };
    let unit = catalog.service_by_id(ask.service).filter(|_| refusal.is_none()).map(|service| service.unit);
    let quota = unit.and_then(|unit| quota_left(head, account, &wanted, unit, ends_use));
    Ok(Reply::Access(AccessReply { refusal, policy, changes_at, quota }))
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
