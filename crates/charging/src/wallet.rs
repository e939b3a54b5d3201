//! Filling plans by hand: wallets by a top-up that is charged, quotas and wallets by a gift.

use crate::add_on::{announce_units, due_at};
use crate::apply::{Decision, Stop, Work};
use crate::bucket_use::UNITS_MOST;
use crate::funds::{bearable, may_begin, purse};
use crate::holdings::{Holding, Holdings, NEVER};
use crate::ledger::LedgerCode;
use crate::lifecycle::open_account;
use crate::renewal;
use crate::{
    Account, Bucket, Customer, EventKind, Explanation, GrantUnits, Head, Refusal, Reply, TopUp, Xdr, XdrKind,
};
use calendar::{Instant, Seconds};
use catalog::{DayPart, Plan, PlanKey, PlanKind, ServiceId, Snapshot};

/// Fills a wallet by one of its options and takes the price from the balance. The reply is the xDR.
pub(crate) fn top_up(work: &mut Work<'_>, customer: &mut Customer, top_up: &TopUp) -> Decision {
    let (now, catalog) = (work.now(), work.context.catalog);
    let (head, account) = open_account(customer, top_up.account)?;
    let (holding, service, plan) = held_plan(account, top_up.wallet, now, catalog)?;
    let wallet = catalog.wallet(top_up.wallet).ok_or(Refusal::UnknownPlan)?;
    let option = wallet.options.iter().find(|o| o.code == *top_up.option).ok_or(Refusal::UnknownPlan)?;
    let (price, adds) = (option.price, option.adds(wallet.money));
    let available = purse(head, Some(account)).available(now);
    may_begin(head, account, price, now)?;
    if price.is_positive() && price > available {
        return Err(Refusal::InsufficientFunds { available, needed: price }.into());
    }
    bearable(head, Some(account), price)?;
    let until = now.plus(Seconds(u64::from(option.days) * 86_400));
    let until = fill(work, head, account, (&holding, plan), adds, until)?;
    let id = head.next_row();
    let mut xdr = Xdr {
        id,
        customer: head.id,
        account: Some(account.id),
        kind: XdrKind::TopUp,
        service: Some(service),
        product: Some(top_up.wallet.product),
        period_number: head.period_number,
        started_at: now,
        ended_at: until,
        posted_at: now,
        units: adds,
        unit: None,
        destination: String::new(),
        description: format!("{}: {}", plan.name, option.code),
        reference: None,
        amount: price,
        explanation: Explanation::TopUp { plan: plan.key, option: option.code.clone(), adds, until },
    };
    work.charge(head, Some(account), LedgerCode::WalletTopUp, &mut xdr)?;
    work.event(head, EventKind::WalletToppedUp, Some(account.id), xdr.description.clone());
    announce_units(work, head, account, top_up.wallet.product);
    work.effects.xdrs.push(xdr);
    Ok(Reply::Done(Some(id)))
}

/// Gives units of a quota or wallet for nothing: a free day, a promotion.
pub(crate) fn grant_units(work: &mut Work<'_>, customer: &mut Customer, grant: &GrantUnits) -> Decision {
    let (now, catalog) = (work.now(), work.context.catalog);
    let (head, account) = open_account(customer, grant.account)?;
    let (holding, _, plan) = held_plan(account, grant.plan, now, catalog)?;
    if grant.until <= now {
        return Err(Refusal::AlreadyOver.into());
    }
    if grant.units == 0 || grant.units > UNITS_MOST {
        return Err(Refusal::OutOfRange.into());
    }
    fill(work, head, account, (&holding, plan), grant.units, grant.until)?;
    let detail = format!("{}: {} ({})", plan.name, grant.units, grant.note);
    work.event(head, EventKind::UnitsGranted, Some(account.id), detail);
    announce_units(work, head, account, grant.plan.product);
    Ok(Reply::Done(None))
}

/// A quota or wallet of a product that the account holds now.
fn held_plan<'a>(
    account: &Account,
    key: PlanKey,
    now: Instant,
    catalog: &'a Snapshot,
) -> Result<(Holding, ServiceId, &'a Plan), Refusal> {
    let holdings = Holdings::of(account, now, catalog);
    let holding = holdings.list.iter().find(|h| h.product == key.product).ok_or(Refusal::UnknownPlan)?;
    let (service, plan) = catalog.plan(key).ok_or(Refusal::UnknownPlan)?;
    if matches!(plan.kind, PlanKind::Discount { .. }) {
        return Err(Refusal::UnknownPlan);
    }
    Ok((*holding, service, plan))
}

/// Adds to a plan: a wallet's content and life grow, a quota gets a portion of its own beside the period's. Until when it lasts.
fn fill(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    (holding, plan): (&Holding, &Plan),
    adds: u64,
    until: Instant,
) -> Result<Instant, Stop> {
    let now = work.now();
    // An add-on takes its plans with it when it ends; one that has not begun yet does so with its first use.
    let until = if holding.waits { until } else { until.min(holding.to) };
    let source = renewal::source(plan, holding);
    let id = head.rows.checked_add(1).ok_or(Refusal::OutOfRange)?;
    let shelf = if plan.shared { &mut head.shared } else { &mut account.buckets };
    let wallet = matches!(plan.kind, PlanKind::Wallet { .. });
    let known = |bucket: &&mut Bucket| wallet && bucket.plan == plan.key && bucket.source == source;
    let until = match shelf.iter_mut().find(known) {
        Some(bucket) => {
            // Counting begins anew with what is left; of an ended wallet that is only what running sessions hold.
            let left = if bucket.ends > now { bucket.unused() } else { bucket.reserved };
            let size = left.saturating_add(adds);
            if size > UNITS_MOST {
                return Err(Refusal::OutOfRange.into());
            }
            let ends = bucket.ends.max(until);
            *bucket = Bucket { size, ends, used: 0, warned: 0, ..*bucket };
            bucket.ends
        }
        None => {
            // The period's own bucket is the one that renews later than now, so a gift never stands for it.
            let renews = if wallet { NEVER } else { now };
            let part = DayPart::Peak;
            let new = Bucket {
                id,
                plan: plan.key,
                source,
                part,
                warned: 0,
                renews,
                ends: until,
                size: adds,
                used: 0,
                reserved: 0,
            };
            shelf.push(new);
            head.rows = id;
            until
        }
    };
    work.effects.changes.head = true;
    if !plan.shared {
        work.effects.changes.account(account.id);
    }
    due_at(head, until);
    Ok(until)
}
