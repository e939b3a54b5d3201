//! Taking and reserving units of quotas: add-ons by precedence, then the main product (the order of the products given).

use crate::{Account, Bucket};
use catalog::{ProductId, QuotaKey, ServiceId, Snapshot, WhenExhausted};

/// What is looked for.
pub(crate) struct Wanted<'a> {
    pub catalog: &'a Snapshot,
    pub products: &'a [ProductId],
    pub service: ServiceId,
    pub destination: &'a str,
    pub period_number: u32,
}

/// Units by bucket.
pub(crate) type Taken = Vec<(QuotaKey, u64)>;

/// Units of a quota that are neither used in this period nor locked by a running session.
fn free(account: &Account, quota: QuotaKey, period_number: u32, units: u64) -> u64 {
    let Some(bucket) = account.buckets.iter().find(|b| b.quota == quota) else { return units };
    let used = if bucket.period_number == period_number { bucket.used } else { 0 };
    units.saturating_sub(used.saturating_add(bucket.reserved))
}

/// The bucket to take from; made, or begun anew for a new period, only when something is taken.
fn bucket(account: &mut Account, quota: QuotaKey, period_number: u32) -> Option<&mut Bucket> {
    let position = match account.buckets.iter().position(|b| b.quota == quota) {
        Some(position) => position,
        None => {
            account.buckets.push(Bucket { quota, period_number, used: 0, reserved: 0 });
            account.buckets.len() - 1
        }
    };
    let bucket = account.buckets.get_mut(position)?;
    if bucket.period_number != period_number {
        // A new period starts full; what running sessions hold stays reserved.
        *bucket = Bucket { period_number, used: 0, ..*bucket };
    }
    Some(bucket)
}

/// Runs over the buckets that cover the wish, in order, and lets `pick` take from each until `units` are found.
fn walk(
    account: &mut Account,
    wanted: &Wanted<'_>,
    units: u64,
    mut pick: impl FnMut(&mut Bucket, u64),
) -> Taken {
    let mut left = units;
    let mut taken = Taken::new();
    for product in wanted.products {
        for (key, quota) in wanted.catalog.quotas(*product, wanted.service, wanted.destination) {
            if left == 0 {
                return taken;
            }
            let part = free(account, key, wanted.period_number, quota.units).min(left);
            if part == 0 {
                continue;
            }
            let Some(bucket) = bucket(account, key, wanted.period_number) else { continue };
            pick(bucket, part);
            taken.push((key, part));
            left -= part;
        }
    }
    taken
}

/// Whether any unit is left that costs nothing.
pub(crate) fn any_free(account: &Account, wanted: &Wanted<'_>) -> bool {
    wanted.products.iter().any(|product| {
        let mut quotas = wanted.catalog.quotas(*product, wanted.service, wanted.destination);
        quotas.any(|(key, quota)| free(account, key, wanted.period_number, quota.units) > 0)
    })
}

/// Locks up to `units` for a grant.
pub(crate) fn reserve(account: &mut Account, wanted: &Wanted<'_>, units: u64) -> Taken {
    walk(account, wanted, units, |bucket, part| bucket.reserved = bucket.reserved.saturating_add(part))
}

/// Uses up to `units`.
pub(crate) fn take(account: &mut Account, wanted: &Wanted<'_>, units: u64) -> Taken {
    walk(account, wanted, units, |bucket, part| bucket.used = bucket.used.saturating_add(part))
}

/// Gives locked units back.
pub(crate) fn release(account: &mut Account, reserved: &[(QuotaKey, u64)]) {
    for (key, units) in reserved {
        if let Some(bucket) = account.buckets.iter_mut().find(|b| b.quota == *key) {
            bucket.reserved = bucket.reserved.saturating_sub(*units);
        }
    }
}

/// Quotas of `taken` that are used up now.
pub(crate) fn exhausted(account: &Account, catalog: &Snapshot, taken: &[(QuotaKey, u64)]) -> Vec<QuotaKey> {
    let used_up = |key: &QuotaKey| {
        let bucket = account.buckets.iter().find(|b| b.quota == *key);
        let units = catalog.quota(*key).map_or(u64::MAX, |q| q.units);
        bucket.is_some_and(|b| b.used >= units)
    };
    taken.iter().map(|(key, _)| *key).filter(|key| used_up(key)).collect()
}

/// Whether use beyond the quotas is forbidden by one of them.
pub(crate) fn blocks_beyond(wanted: &Wanted<'_>) -> bool {
    wanted.products.iter().any(|product| {
        let mut quotas = wanted.catalog.quotas(*product, wanted.service, wanted.destination);
        quotas.any(|(_, quota)| quota.when_exhausted == WhenExhausted::Block)
    })
}

/// Adds `more` to a list of units by bucket.
pub(crate) fn add_up(sum: &mut Taken, more: &[(QuotaKey, u64)]) {
    for (key, units) in more {
        match sum.iter_mut().find(|(k, _)| k == key) {
            Some((_, total)) => *total = total.saturating_add(*units),
            None => sum.push((*key, *units)),
        }
    }
}
