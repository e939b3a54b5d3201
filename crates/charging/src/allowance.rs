//! What is left of an account's quotas now, for showing: the buckets that use would draw on, those without a row too.

use crate::bucket_use::{Wanted, buckets_of};
use crate::holdings::{Holdings, NEVER};
use crate::{Account, Head};
use calendar::Instant;
use catalog::{DayPart, PlanKey, PlanKind, ServiceId, Snapshot, WhenExhausted};

/// One quota of a product that the account holds, with what stayed from earlier periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Which quota.
    pub plan: PlanKey,
    /// What it is for.
    pub service: ServiceId,
    /// Times of day it counts; [`DayPart::Peak`] where they are not counted apart.
    pub part: DayPart,
    /// What follows when it is used up.
    pub when_exhausted: WhenExhausted,
    /// Units given.
    pub size: u64,
    /// Of these used. More than `size` only where the quota limits instead of ending.
    pub used: u64,
    /// Of these granted to running sessions.
    pub reserved: u64,
    /// The units come anew then; `None` = never.
    pub renews: Option<Instant>,
}

/// The quotas of an account in the order of its products.
pub fn allowances(head: &Head, account: &Account, catalog: &Snapshot, now: Instant) -> Vec<Allowance> {
    let holdings = Holdings::of(account, now, catalog);
    let mut found: Vec<Allowance> = Vec::new();
    for holding in &holdings.list {
        for (service, plan) in catalog.plans_of(holding.product) {
            let PlanKind::Quota { parted, when_exhausted, .. } = plan.kind else { continue };
            let shared = plan.shared && found.iter().any(|known| known.plan == plan.key);
            let pooled = catalog.plan(plan.key).is_some_and(|(first, _)| first != service);
            if shared || pooled {
                continue;
            }
            let parts = [DayPart::Peak, DayPart::First, DayPart::Second];
            for part in parts.into_iter().take(if parted { parts.len() } else { 1 }) {
                let wanted = Wanted { catalog, holdings: &holdings, service, destination: "", part, now };
                let mut sum = Allowance {
                    plan: plan.key,
                    service,
                    part,
                    when_exhausted,
                    size: 0,
                    used: 0,
                    reserved: 0,
                    renews: None,
                };
                buckets_of(head, account, &wanted, (holding, plan), |one| {
                    sum.size = sum.size.saturating_add(one.bucket.size);
                    sum.used = sum.used.saturating_add(one.bucket.used);
                    sum.reserved = sum.reserved.saturating_add(one.bucket.reserved);
                    let renews = Some(one.bucket.renews).filter(|at| *at > now && *at < NEVER);
                    sum.renews = sum.renews.max(renews);
                });
                found.push(sum);
            }
        }
    }
    found
}
