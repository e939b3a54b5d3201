//! Units that end by the clock: wallets, units that were given, what earlier periods left, and what an add-on takes with it.
//!
//! Whether units may be used follows from their times alone. The clock's look ([`crate::Command::Lapse`]) takes what is past its end away
//! and tells it: what was lost, and where nothing else is left for a service, that its units have run out, as after the last use.

use crate::apply::Work;
use crate::bucket_use::{self, Wanted, buckets_of};
use crate::holdings::{Holdings, NEVER};
use crate::{Account, Bucket, EventKind, Head, RareList, Spent};
use calendar::Instant;
use catalog::{DayPart, Plan, PlanKey, PlanKind, RateQuery, ServiceId, Snapshot};

/// What has ended.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Any counter was touched.
    pub changed: bool,
    /// What was lost, for events that name the plan.
    pub lost: Vec<(EventKind, String)>,
    /// Plans that had units until now.
    pub plans: Vec<PlanKey>,
}

/// Takes what is past its end out of use; what running sessions hold stays until they report.
pub(crate) fn end_buckets(buckets: &mut RareList<Bucket>, now: Instant, catalog: &Snapshot) -> Ended {
    let mut ended = Ended::default();
    if buckets.iter().all(|bucket| bucket.ends > now) {
        return ended;
    }
    for bucket in buckets.iter_mut().filter(|bucket| bucket.ends <= now) {
        ended.changed = true;
        let Some((_, plan)) = catalog.plan(bucket.plan) else { continue };
        let kind = match plan.kind {
            PlanKind::Discount { .. } => continue,
            PlanKind::Wallet { .. } => Some(EventKind::WalletExpired),
            // What a period gave comes anew with the next; a rest beyond it was given, or left by an earlier one.
            PlanKind::Quota { .. } => (bucket.renews < bucket.ends).then_some(EventKind::UnitsExpired),
        };
        let kind = kind.filter(|_| bucket.free() > 0);
        ended.lost.extend(kind.map(|kind| (kind, plan.name.clone())));
        ended.plans.push(bucket.plan);
        bucket.size = bucket.used.saturating_add(bucket.reserved);
    }
    buckets.retain(|bucket| bucket.ends > now || bucket.reserved > 0);
    ended
}

/// When the next of what does not come anew ends with something in it.
pub(crate) fn next_end(buckets: &[Bucket], now: Instant) -> Option<Instant> {
    let alone = |bucket: &&Bucket| bucket.renews != bucket.ends || bucket.renews == NEVER;
    let ends = buckets.iter().filter(|bucket| bucket.unused() > 0 && bucket.ends > now).filter(alone);
    ends.map(|bucket| bucket.ends).min()
}

/// Tells of each service that these plans were for and that nothing is left for; once, until there are units again.
pub(crate) fn announce(work: &mut Work<'_>, head: &mut Head, account: &mut Account, gone: &[PlanKey]) {
    let catalog = work.context.catalog;
    if account.terminated_at.is_some() {
        return;
    }
    for key in gone {
        for (service, plan) in catalog.plans_of(key.product).filter(|(_, plan)| plan.key == *key) {
            let is_discount = matches!(plan.kind, PlanKind::Discount { .. });
            if is_discount || account.spent.iter().any(|spent| spent.service == service) {
                continue;
            }
            if let Some(until) = nothing_until(head, account, service, work.now(), catalog) {
                let spent = Spent { service, until, shared: false };
                bucket_use::announce_spent(work, head, account, plan, spent);
            }
        }
    }
}

/// When units of a service come anew, where no plan has any for it now; nothing where some are left, for whatever destination.
fn nothing_until(
    head: &Head,
    account: &Account,
    service: ServiceId,
    now: Instant,
    catalog: &Snapshot,
) -> Option<Instant> {
    let holdings = Holdings::of(account, now, catalog);
    let query = RateQuery {
        products: &holdings.products,
        service,
        node: "",
        access_code: "",
        destination: "",
        at: now,
        zone: head.zone.name(),
    };
    let part = catalog.rate(&query).map_or(DayPart::Peak, |choice| choice.day_part);
    let (access_code, destination) = ("", "");
    let wanted = Wanted { catalog, holdings: &holdings, service, access_code, destination, part, now };
    let (mut left, mut until) = (false, NEVER);
    let gives = |plan: &&Plan| !matches!(plan.kind, PlanKind::Discount { .. });
    for holding in &holdings.list {
        for plan in catalog.plans(holding.product, service).iter().filter(gives) {
            buckets_of(head, account, &wanted, (holding, plan), |found| {
                left |= found.bucket.unused() > 0;
                until = if found.bucket.renews > now { until.min(found.bucket.renews) } else { until };
            });
        }
    }
    (!left).then_some(until)
}
