//! Independent books of units: what every bucket gave is what sessions and xDRs say they took, and nothing is given twice.

use calendar::Instant;
use catalog::{Plan, PlanKey, PlanKind, Snapshot, WhenExhausted};
use charging::{Bucket, Context, Customer, Effects, Explanation, PlanUse, Session};
use std::collections::BTreeMap;

/// Units by bucket and by plan, over the customer's whole life.
#[derive(Default)]
pub struct PlanBooks {
    /// What each bucket has used now.
    used: BTreeMap<u32, u64>,
    /// Units that buckets of a plan gave.
    given: BTreeMap<PlanKey, i128>,
    /// Units that xDRs say plans covered.
    covered: BTreeMap<PlanKey, i128>,
    /// Millionths that xDRs say wallets paid.
    paid: BTreeMap<PlanKey, i128>,
    /// Units that xDRs say were priced at a discount's counter.
    discounted: BTreeMap<PlanKey, i128>,
}

fn buckets(customer: &Customer) -> impl Iterator<Item = &Bucket> {
    customer.accounts.iter().flat_map(|a| &a.buckets).chain(&customer.head.shared)
}

fn meters(customer: &Customer) -> impl Iterator<Item = (&Session, &PlanUse)> {
    let all = customer.sessions.values().flat_map(|s| s.meters.iter().map(move |m| (s, m)));
    all.filter_map(|(session, meter)| Some((session, meter.plans.as_deref()?)))
}

impl PlanBooks {
    pub fn check(&mut self, customer: &Customer, effects: &Effects, context: Context<'_>) {
        locks_add_up(customer);
        for bucket in buckets(customer) {
            never_more_than_there_is(bucket, context.now, context.catalog);
            let before = self.used.insert(bucket.id, bucket.used).unwrap_or_default();
            // A wallet that was filled counts from nothing again.
            let more = bucket.used.checked_sub(before).unwrap_or(bucket.used);
            *self.given.entry(bucket.plan).or_default() += i128::from(more);
        }
        for xdr in &effects.xdrs {
            let Explanation::Rated { buckets, discounts, wallets, .. } = &xdr.explanation else { continue };
            buckets.iter().for_each(|u| *self.covered.entry(u.plan).or_default() += i128::from(u.units));
            wallets
                .iter()
                .for_each(|u| *self.paid.entry(u.plan).or_default() += i128::from(u.amount.micros()));
            for band in discounts.iter().filter_map(|b| Some((b.plan?, b.units))) {
                *self.discounted.entry(band.0).or_default() += i128::from(band.1);
            }
        }
        self.used_is_taken(customer, context.catalog);
    }

    /// What buckets of a plan gave = what open meters and xDRs took. Nothing is used without being named, nor named twice.
    fn used_is_taken(&self, customer: &Customer, catalog: &Snapshot) {
        let (mut covered, mut paid, mut discounted) =
            (self.covered.clone(), self.paid.clone(), self.discounted.clone());
        for (_, plans) in meters(customer) {
            plans.covered_by.iter().for_each(|t| *covered.entry(t.plan).or_default() += i128::from(t.units));
            plans.drawn.iter().for_each(|t| *paid.entry(t.plan).or_default() += i128::from(t.units));
            for band in plans.bands.iter().filter_map(|b| Some((b.plan?, b.units))) {
                *discounted.entry(band.0).or_default() += i128::from(band.1);
            }
        }
        for (key, given) in &self.given {
            let kind = &catalog.plan(*key).unwrap().1.kind;
            let taken = match kind {
                PlanKind::Wallet { money: true, .. } => paid.get(key),
                PlanKind::Discount { money: false, .. } => discounted.get(key),
                PlanKind::Quota { .. } | PlanKind::Wallet { takes: 1, per: 1, .. } => covered.get(key),
                // Weights round up and money at full price is not kept: not comparable.
                _ => continue,
            };
            assert_eq!(*given, taken.copied().unwrap_or_default(), "plan {key:?} gave what was taken of it");
        }
    }
}

/// What a bucket has reserved is what open sessions hold of it.
fn locks_add_up(customer: &Customer) {
    let mut locked: BTreeMap<u32, u64> = BTreeMap::new();
    for (session, plans) in meters(customer) {
        let account = customer.account(session.account).unwrap();
        for lock in &plans.locked {
            *locked.entry(lock.bucket).or_default() += lock.units;
            let mine = account.buckets.iter().chain(&customer.head.shared).any(|b| b.id == lock.bucket);
            assert!(mine, "a lock names a bucket that exists: {lock:?}");
        }
        assert!(!plans.covered_by.iter().any(|t| t.units == 0), "nothing taken is not named");
    }
    for bucket in buckets(customer) {
        let held = locked.get(&bucket.id).copied().unwrap_or_default();
        assert_eq!(bucket.reserved, held, "bucket reserved = sum of sessions: {bucket:?}");
    }
    for meter in customer.sessions.values().flat_map(|s| &s.meters) {
        assert!(meter.covered() <= meter.used, "no more is covered than used");
    }
}

/// Used and reserved together stay within what was given, unless use goes on beyond a quota that limits.
fn never_more_than_there_is(bucket: &Bucket, now: Instant, catalog: &Snapshot) {
    let (_, plan): (_, &Plan) = catalog.plan(bucket.plan).unwrap();
    let goes_on = matches!(
        plan.kind,
        PlanKind::Quota { when_exhausted: WhenExhausted::Limited, .. } | PlanKind::Discount { .. }
    );
    let spoken_for = bucket.used.checked_add(bucket.reserved).unwrap();
    assert!(goes_on || bucket.ends <= now || spoken_for <= bucket.size, "given twice: {bucket:?}");
}
