//! What is left of an account's quotas and wallets now, and in which order they are used, for showing: the buckets that use would
//! draw on, those without a row too.

use crate::bucket_use::{Found, Wanted, buckets_of, in_order};
use crate::holdings::{Holdings, NEVER};
use crate::{Account, Head};
use calendar::Instant;
use catalog::{DayPart, PlanKey, PlanKind, Renewal, ServiceId, Snapshot, WhenExhausted};

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
    /// Of what is neither used nor granted, this much is of earlier periods or was given beside the period's own.
    pub kept: u64,
    /// What is kept is lost from then on, the first of it; of units that never come anew, all of them. `None` = else.
    pub ends: Option<Instant>,
    /// All accounts of the customer that hold the product draw on it.
    pub shared: bool,
}

/// One wallet of a product that the account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalletContent {
    /// Which wallet.
    pub plan: PlanKey,
    /// It holds millionths of the currency unit instead of units.
    pub money: bool,
    /// What is in it and not granted.
    pub free: u64,
    /// Granted to running sessions.
    pub reserved: u64,
    /// What is left is lost then; `None` = it is empty.
    pub ends: Option<Instant>,
    /// All accounts of the customer that hold the product draw on it.
    pub shared: bool,
}

/// A portion of units or wallet money that use draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// Of which plan.
    pub plan: PlanKey,
    /// Times of day it counts.
    pub part: DayPart,
    /// Neither used nor granted.
    pub free: u64,
    /// What is unused is lost then; `None` = while the product is held, or once its first use has begun it.
    pub ends: Option<Instant>,
    /// It stayed from an earlier period or was given beside the period's own.
    pub kept: bool,
}

/// The quotas of an account in the order of its products.
pub fn allowances(head: &Head, account: &Account, catalog: &Snapshot, now: Instant) -> Vec<Allowance> {
    let holdings = Holdings::of(account, now, catalog);
    let mut found: Vec<Allowance> = Vec::new();
    for holding in &holdings.list {
        for (service, plan) in catalog.plans_of(holding.product) {
            let PlanKind::Quota { parted, when_exhausted, renewal, .. } = plan.kind else { continue };
            let shared = plan.shared && found.iter().any(|known| known.plan == plan.key);
            let pooled = catalog.plan(plan.key).is_some_and(|(first, _)| first != service);
            if shared || pooled {
                continue;
            }
            let parts = [DayPart::Peak, DayPart::First, DayPart::Second];
            for part in parts.into_iter().take(if parted { parts.len() } else { 1 }) {
                let wanted = Wanted {
                    catalog,
                    holdings: &holdings,
                    service,
                    access_code: "",
                    destination: "",
                    part,
                    now,
                };
                let mut sum = Allowance {
                    plan: plan.key,
                    service,
                    part,
                    when_exhausted,
                    size: 0,
                    used: 0,
                    reserved: 0,
                    renews: None,
                    kept: 0,
                    ends: None,
                    shared: plan.shared,
                };
                buckets_of(head, account, &wanted, (holding, plan), |one| {
                    sum.size = sum.size.saturating_add(one.bucket.size);
                    sum.used = sum.used.saturating_add(one.bucket.used);
                    sum.reserved = sum.reserved.saturating_add(one.bucket.reserved);
                    let once = renewal == Renewal::Once;
                    let renews = Some(one.bucket.renews).filter(|at| !once && *at > now && *at < NEVER);
                    sum.renews = sum.renews.max(renews);
                    let kept = is_kept(&one, now);
                    if kept {
                        sum.kept = sum.kept.saturating_add(one.bucket.free());
                    }
                    if (kept || once) && one.bucket.free() > 0 {
                        sum.ends = [sum.ends, ends_of(&one)].into_iter().flatten().min();
                    }
                });
                found.push(sum);
            }
        }
    }
    found
}

/// What a period's own bucket is not: it renews later than now.
fn is_kept(found: &Found<'_>, now: Instant) -> bool {
    found.bucket.renews <= now
}

/// When what is unused of it is lost; nothing is said while its add-on waits for its first use.
fn ends_of(found: &Found<'_>) -> Option<Instant> {
    bounded(found.bucket.ends).filter(|_| !found.holding.waits)
}

fn bounded(at: Instant) -> Option<Instant> {
    Some(at).filter(|at| *at < NEVER)
}

/// The wallets of an account, filled or not, in the order of its products.
pub fn wallets(head: &Head, account: &Account, catalog: &Snapshot, now: Instant) -> Vec<WalletContent> {
    let holdings = Holdings::of(account, now, catalog);
    let mut found: Vec<(u32, WalletContent)> = Vec::new();
    for holding in &holdings.list {
        for (service, plan) in catalog.plans_of(holding.product) {
            let PlanKind::Wallet { money, .. } = plan.kind else { continue };
            let source = if plan.shared { 0 } else { holding.source };
            // A wallet for several services is there once for each.
            if found.iter().any(|(of, known)| *of == source && known.plan == plan.key) {
                continue;
            }
            let part = DayPart::Peak;
            let wanted =
                Wanted { catalog, holdings: &holdings, service, access_code: "", destination: "", part, now };
            let (plan_key, shared) = (plan.key, plan.shared);
            let mut sum = WalletContent { plan: plan_key, money, free: 0, reserved: 0, ends: None, shared };
            buckets_of(head, account, &wanted, (holding, plan), |one| {
                sum.free = sum.free.saturating_add(one.bucket.free());
                sum.reserved = sum.reserved.saturating_add(one.bucket.reserved);
                sum.ends = sum.ends.max(bounded(one.bucket.ends));
            });
            found.push((source, sum));
        }
    }
    found.into_iter().map(|(_, content)| content).collect()
}

/// What use of a service draws on, first to last, before money; whatever the destination.
pub fn portions(
    head: &Head,
    account: &Account,
    service: ServiceId,
    catalog: &Snapshot,
    now: Instant,
) -> Vec<Portion> {
    let holdings = Holdings::of(account, now, catalog);
    let (mut units, mut money): (Vec<Found<'_>>, Vec<Found<'_>>) = Default::default();
    let mut shared = Vec::new();
    for holding in &holdings.list {
        for plan in catalog.plans(holding.product, service) {
            if matches!(plan.kind, PlanKind::Discount { .. }) || (plan.shared && shared.contains(&plan.key)) {
                continue;
            }
            if plan.shared {
                shared.push(plan.key);
            }
            let parts: &[DayPart] = match plan.kind {
                PlanKind::Quota { parted: true, .. } => &[DayPart::Peak, DayPart::First, DayPart::Second],
                _ => &[DayPart::Peak],
            };
            let into = if matches!(plan.kind, PlanKind::Wallet { money: true, .. }) {
                &mut money
            } else {
                &mut units
            };
            for part in parts {
                let wanted = Wanted {
                    catalog,
                    holdings: &holdings,
                    service,
                    access_code: "",
                    destination: "",
                    part: *part,
                    now,
                };
                buckets_of(head, account, &wanted, (holding, plan), |found| into.push(found));
            }
        }
    }
    in_order(&mut units);
    in_order(&mut money);
    let filled = units.iter().chain(&money).filter(|found| found.bucket.free() > 0);
    let portion = |found: &Found<'_>| Portion {
        plan: found.plan.key,
        part: found.bucket.part,
        free: found.bucket.free(),
        ends: ends_of(found),
        kept: is_kept(found, now),
    };
    filled.map(portion).collect()
}
