//! Wallets that hold money: they pay what plans in units leave, before the purse does, and also when the purse is empty.

use crate::apply::Work;
use crate::bucket_use::{self, Found, Wanted, add_up, announce_spent};
use crate::holdings::NEVER;
use crate::state::{Spent, Taken};
use crate::{Account, EventKind, Head};
use catalog::PlanKind;
use money::Amount;
use smallvec::SmallVec;

type Wallets<'a> = SmallVec<[Found<'a>; 2]>;

/// The filled money wallets for a use, the one that ends first at the front.
pub(crate) fn find<'a>(head: &Head, account: &Account, wanted: &Wanted<'a>) -> Wallets<'a> {
    let mut wallets = Wallets::new();
    for (holding, plan) in bucket_use::plans(wanted) {
        if matches!(plan.kind, PlanKind::Wallet { money: true, .. }) {
            bucket_use::buckets_of(head, account, wanted, (holding, plan), |found| wallets.push(found));
        }
    }
    wallets.sort_by_key(|found| found.bucket.ends);
    wallets
}

/// What they can pay.
pub(crate) fn free(wallets: &[Found<'_>]) -> Amount {
    let micros = wallets.iter().fold(0u64, |sum, found| sum.saturating_add(found.bucket.free()));
    Amount::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn parts<'f, 'a>(wallets: &'f [Found<'a>], due: Amount) -> impl Iterator<Item = (&'f Found<'a>, u64)> {
    let mut left = u64::try_from(due.micros()).unwrap_or(0);
    wallets.iter().filter_map(move |found| {
        let part = found.bucket.free().min(left);
        left -= part;
        (part > 0).then_some((found, part))
    })
}

/// Pays up to `due`.
pub(crate) fn draw(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    wanted: &Wanted<'_>,
    due: Amount,
    into: &mut Vec<Taken>,
) {
    let wallets = find(head, account, wanted);
    let mut empty = None;
    for (found, part) in parts(&wallets, due) {
        let Some(bucket) = bucket_use::at(work, head, account, found) else { continue };
        bucket.used = bucket.used.saturating_add(part);
        let (id, left) = (bucket.id, bucket.unused());
        let warning = bucket_use::newly_warned(bucket, &found.plan.warn_percent);
        add_up(into, Taken { bucket: id, plan: found.plan.key, units: part });
        if let Some(percent) = warning {
            let detail = format!("{}: {percent} %", found.plan.name);
            work.event(head, EventKind::QuotaWarning, Some(account.id), detail);
        }
        empty = (left == 0).then_some(found.plan);
    }
    let drained = || find(head, account, wanted).iter().all(|found| found.bucket.unused() == 0);
    if let Some(plan) = empty.filter(|_| drained()) {
        let spent = Spent { service: wanted.service, until: NEVER, shared: plan.shared };
        announce_spent(work, head, account, plan, spent);
    }
}

/// Locks up to `due` for a grant; what was locked.
pub(crate) fn lock(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    wallets: &[Found<'_>],
    due: Amount,
    into: &mut Vec<Taken>,
) -> Amount {
    let mut locked = 0u64;
    for (found, part) in parts(wallets, due) {
        let Some(bucket) = bucket_use::at(work, head, account, found) else { continue };
        bucket.reserved = bucket.reserved.saturating_add(part);
        into.push(Taken { bucket: bucket.id, plan: found.plan.key, units: part });
        locked = locked.saturating_add(part);
    }
    Amount::from_micros(i64::try_from(locked).unwrap_or(i64::MAX))
}
