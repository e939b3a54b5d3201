//! Periods of plans: which bucket counts now, which earlier ones still have units, and how large a new one is.
//!
//! Buckets are made when something is taken from them. A period without a bucket was not touched: its units are all there.

use crate::holdings::{Holding, NEVER};
use crate::{Bucket, Head};
use calendar::{BillingPeriod, BillingZone, Instant, days_between};
use catalog::{DayPart, Plan, PlanKind, ProductId, Renewal, Snapshot};
use smallvec::SmallVec;

/// Where one period of a plan begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    start: Instant,
    end: Instant,
}

/// The buckets of a plan that have no row yet, as they would be made now. `id` is given when they are.
pub(crate) fn unmade<'a>(
    head: &Head,
    holding: &Holding,
    plan: &Plan,
    part: DayPart,
    now: Instant,
    made: impl Iterator<Item = &'a Bucket>,
) -> SmallVec<[Bucket; 1]> {
    let mut missing = SmallVec::new();
    let blank = Bucket {
        id: 0,
        plan: plan.key,
        source: source(plan, holding),
        part,
        warned: 0,
        renews: holding.to,
        ends: holding.to,
        size: 0,
        used: 0,
        reserved: 0,
    };
    let mut known: SmallVec<[Instant; 4]> = SmallVec::new();
    for bucket in made {
        if bucket.renews > now {
            return missing; // the present period has its bucket, and the earlier ones got theirs with it
        }
        known.push(bucket.renews);
    }
    match &plan.kind {
        PlanKind::Quota { units, renewal, rollovers, prorate_first, .. } => {
            let size = units.get(part as usize).copied().unwrap_or(0);
            let Some(period) = renewal.period(head.period) else {
                missing.push(Bucket { size, ..blank });
                return missing;
            };
            let zone = head.zone;
            let mut window = present(head, *renewal, period, now, &zone);
            for _ in 0..=*rollovers {
                let ends = (0..*rollovers).fold(window.end, |end, _| period.end_after(end, &zone));
                if !known.contains(&window.end) && ends > now && window.end > holding.from {
                    let size =
                        if *prorate_first { prorated(size, holding.from, window, &zone) } else { size };
                    let ends = ends.min(holding.to);
                    missing.push(Bucket { size, renews: window.end, ends, ..blank });
                }
                if window.start <= holding.from {
                    break;
                }
                let before = period.start_of(window.start.plus_micros(-1), &zone);
                window = Window { start: before, end: window.start };
            }
        }
        PlanKind::Discount { renewal, .. } => {
            let period = renewal.period(head.period);
            let end =
                period.map_or(holding.to, |period| present(head, *renewal, period, now, &head.zone).end);
            missing.push(Bucket { size: u64::MAX, renews: end, ends: end, ..blank });
        }
        PlanKind::Wallet { .. } => missing.push(Bucket { renews: NEVER, ..blank }),
    }
    missing
}

/// Which assignment's bucket a holder draws on.
pub(crate) fn source(plan: &Plan, holding: &Holding) -> u32 {
    if plan.shared { 0 } else { holding.source }
}

/// The period that contains `now`. The customer's own one is cut by a command, so it may be over already and not yet closed.
fn present(head: &Head, renewal: Renewal, period: BillingPeriod, now: Instant, zone: &BillingZone) -> Window {
    match renewal {
        Renewal::BillingPeriod if now < head.period_end && head.period_start <= now => {
            Window { start: head.period_start, end: head.period_end }
        }
        Renewal::BillingPeriod if now >= head.period_end => {
            Window { start: head.period_end, end: period.end_after(now, zone) }
        }
        _ => Window { start: period.start_of(now, zone), end: period.end_after(now, zone) },
    }
}

/// Units for the days left of the period in which the product came; a started unit counts full.
fn prorated(size: u64, from: Instant, window: Window, zone: &BillingZone) -> u64 {
    let (left, all) = (days_between(from, window.end, zone), days_between(window.start, window.end, zone));
    if from <= window.start || all == 0 || left >= all {
        return size;
    }
    let part = (u128::from(size) * u128::from(left)).div_ceil(u128::from(all));
    u64::try_from(part).unwrap_or(size)
}

/// Another main product: units rolled over from earlier periods move when it has the same quota (name, service, destinations and
/// renewal); the rest stays behind.
pub(crate) fn carry_over<'b>(
    buckets: impl Iterator<Item = &'b mut Bucket>,
    (old, new): (ProductId, ProductId),
    now: Instant,
    catalog: &Snapshot,
) {
    for bucket in buckets.filter(|b| b.plan.product == old && b.source == 0 && b.renews <= now) {
        let Some((service, before)) = catalog.plan(bucket.plan) else { continue };
        let same = |plan: &&Plan| {
            plan.name == before.name && plan.same_destinations(before) && alike(&plan.kind, &before.kind)
        };
        if let Some(plan) = catalog.plans(new, service).iter().find(same) {
            bucket.plan = plan.key;
        }
    }
}

fn alike(one: &PlanKind, other: &PlanKind) -> bool {
    match (one, other) {
        (
            PlanKind::Quota { renewal, parted, .. },
            PlanKind::Quota { renewal: other_renewal, parted: other_parted, .. },
        ) => renewal == other_renewal && parted == other_parted,
        _ => false,
    }
}
