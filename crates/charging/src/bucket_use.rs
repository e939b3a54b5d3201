//! Which buckets cover a use, in the order of consumption: quotas of add-ons by precedence, then earliest expiry, then those of the
//! main product, then wallets; and taking or locking their units.
//!
//! Looking changes nothing, so a refusal after a look leaves no trace; taking makes the buckets that have no row yet.

use crate::apply::Work;
use crate::holdings::{Holding, Holdings, NEVER};
use crate::state::{Spent, Taken};
use crate::{Account, Bucket, EventKind, Head, add_on, renewal};
use calendar::Instant;
use catalog::{DayPart, Plan, PlanKind, ServiceId, Snapshot, WhenExhausted};
use smallvec::SmallVec;
use std::cmp::Reverse;

/// Wallets come after the quotas of add-ons (their precedence) and of the main product (-1).
const WALLET_RANK: i16 = -2;

/// More units than any real report or plan: 9 PB, or 285 million years.
pub(crate) const UNITS_MOST: u64 = 1 << 53;

/// What is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub catalog: &'a Snapshot,
    pub holdings: &'a Holdings,
    pub service: ServiceId,
    pub access_code: &'a str,
    pub destination: &'a str,
    pub part: DayPart,
    pub now: Instant,
}

impl Wanted<'_> {
    /// Whether the account has any plan for the service at all.
    pub fn any_plan(&self) -> bool {
        let some = |holding: &Holding| !self.catalog.plans(holding.product, self.service).is_empty();
        self.holdings.list.iter().any(some)
    }
}

/// A bucket with the plan it belongs to, as it was found; its id is 0 while it has no row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub bucket: Bucket,
    pub plan: &'a Plan,
    pub holding: &'a Holding,
    rank: i16,
}

/// What is to be taken from one bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub found: Found<'a>,
    /// In units of the service.
    pub units: u64,
    /// In units of the bucket.
    takes: u64,
}

/// What covers a use.
#[derive(Debug, Default)]
pub(crate) struct Cover<'a> {
    pub parts: SmallVec<[Part<'a>; 2]>,
    /// Units that nothing covers.
    pub left: u64,
    /// What is said for use beyond the plans: the strictest of them.
    pub beyond: WhenExhausted,
    /// Some of it is beyond a quota that limits.
    pub limited: bool,
    /// Taking the parts leaves something that plans give: units that nobody has locked, or those behind a quota that limits.
    pub goes_on: bool,
    /// Taking the parts leaves nothing in any plan for this use.
    uses_up: bool,
    /// When the next quota for this use comes anew.
    renews: Option<Instant>,
}

impl Cover<'_> {
    /// Units covered.
    pub fn units(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.units))
    }

    /// The earliest end among the buckets it takes from.
    pub fn ends(&self) -> Instant {
        self.parts.iter().map(|part| part.found.bucket.ends).min().unwrap_or(NEVER)
    }

    /// The same, or when the next quota for this use comes anew.
    pub fn ends_or_renews(&self) -> Instant {
        self.ends().min(self.renews.unwrap_or(NEVER))
    }
}

/// Units of a bucket for `units` of the service, a started one counted full.
fn weight(plan: &Plan, units: u64) -> u128 {
    match plan.kind {
        PlanKind::Wallet { takes, per, .. } => {
            (u128::from(units) * u128::from(takes)).div_ceil(u128::from(per.max(1)))
        }
        _ => u128::from(units),
    }
}

impl Found<'_> {
    /// How many units of the service `content` of this bucket covers, after `before` units that the same meter took from it.
    fn covers(&self, content: u64, before: u64) -> u64 {
        let PlanKind::Wallet { takes, per, .. } = self.plan.kind else { return content };
        let paid_for = weight(self.plan, before) + u128::from(content);
        let most = paid_for * u128::from(per) / u128::from(takes.max(1));
        u64::try_from(most.saturating_sub(u128::from(before))).unwrap_or(u64::MAX)
    }

    /// Units of the bucket for `more` units of the service, after `before`.
    fn takes(&self, before: u64, more: u64) -> u64 {
        let both = before.saturating_add(more);
        u64::try_from(weight(self.plan, both) - weight(self.plan, before)).unwrap_or(u64::MAX)
    }
}

/// Every bucket of a plan that an account may draw on now, those without a row too.
pub(crate) fn buckets_of<'a>(
    head: &Head,
    account: &Account,
    wanted: &Wanted<'a>,
    (holding, plan): (&'a Holding, &'a Plan),
    mut each: impl FnMut(Found<'a>),
) {
    let parted = matches!(plan.kind, PlanKind::Quota { parted: true, .. });
    let part = if parted { wanted.part } else { DayPart::Peak };
    let source = renewal::source(plan, holding);
    let shelf = if plan.shared { &head.shared } else { &account.buckets };
    let ours = |bucket: &Bucket| bucket.plan == plan.key && bucket.source == source && bucket.part == part;
    let rank = if matches!(plan.kind, PlanKind::Wallet { .. }) { WALLET_RANK } else { holding.rank };
    for bucket in shelf.iter().filter(|bucket| ours(bucket) && bucket.ends > wanted.now) {
        each(Found { bucket: *bucket, plan, holding, rank });
    }
    if !matches!(plan.kind, PlanKind::Wallet { .. }) {
        let made = shelf.iter().filter(|bucket| ours(bucket));
        for bucket in renewal::unmade(head, holding, plan, part, wanted.now, made) {
            each(Found { bucket, plan, holding, rank });
        }
    }
}

/// Plans of the account's products for this service, access code and destination, in the order of the products; a shared one once.
pub(crate) fn plans<'a>(wanted: &Wanted<'a>) -> impl Iterator<Item = (&'a Holding, &'a Plan)> {
    let Wanted { catalog, holdings, service, access_code, destination, .. } = *wanted;
    let of = move |(position, holding): (usize, &'a Holding)| {
        let mut before = holdings.list.iter().take(position);
        let again = before.any(|other| other.product == holding.product);
        let plans = catalog.plans(holding.product, service).iter();
        plans.filter(move |plan| !(again && plan.shared)).map(move |plan| (holding, plan))
    };
    let all = holdings.list.iter().enumerate().flat_map(of);
    all.filter(move |(_, plan)| plan.is_for(access_code) && catalog.covers(plan, destination))
}

/// The order of consumption.
pub(crate) fn in_order(candidates: &mut [Found<'_>]) {
    candidates.sort_by_key(|found| (Reverse(found.rank), found.bucket.ends, found.bucket.renews));
}

/// Looks for `units`; `already` is what the same meter took before.
pub(crate) fn find<'a>(
    head: &Head,
    account: &Account,
    wanted: &Wanted<'a>,
    already: &[Taken],
    units: u64,
) -> Cover<'a> {
    let mut cover = Cover { left: units, ..Cover::default() };
    let mut candidates: SmallVec<[Found<'a>; 4]> = SmallVec::new();
    let mut money_left = false;
    for (holding, plan) in plans(wanted) {
        match &plan.kind {
            PlanKind::Quota { when_exhausted, .. } => cover.beyond = cover.beyond.max(*when_exhausted),
            PlanKind::Wallet { money: false, .. } => {}
            PlanKind::Wallet { .. } => {
                let look = |found: Found<'_>| money_left |= found.bucket.unused() > 0;
                buckets_of(head, account, wanted, (holding, plan), look);
                continue;
            }
            PlanKind::Discount { .. } => continue,
        }
        buckets_of(head, account, wanted, (holding, plan), |found| candidates.push(found));
    }
    if candidates.is_empty() {
        return cover;
    }
    in_order(&mut candidates);
    let before = |found: &Found<'_>| {
        let mine = already.iter().find(|taken| taken.bucket == found.bucket.id);
        mine.map_or(0, |taken| taken.units)
    };
    cover.uses_up = !money_left;
    for found in &candidates {
        let before = before(found);
        let part = found.covers(found.bucket.free(), before).min(cover.left);
        let takes = found.takes(before, part);
        let renews = Some(found.bucket.renews).filter(|at| *at > wanted.now && *at < NEVER);
        cover.renews = [cover.renews, renews].into_iter().flatten().min();
        cover.uses_up &= found.covers(found.bucket.unused().saturating_sub(takes), before + part) == 0;
        cover.goes_on |= found.covers(found.bucket.free().saturating_sub(takes), before + part) > 0;
        if part > 0 {
            cover.left -= part;
            cover.parts.push(Part { found: *found, units: part, takes });
        }
    }
    cover.uses_up &= !cover.parts.is_empty();
    if !cover.goes_on && cover.beyond == WhenExhausted::Limited {
        go_on_limited(&mut cover, &candidates, wanted.now);
    }
    cover
}

/// The rest, if there is one, is counted in a quota that limits, beyond its size.
fn go_on_limited<'a>(cover: &mut Cover<'a>, candidates: &[Found<'a>], now: Instant) {
    let limits = |found: &&Found<'a>| {
        let PlanKind::Quota { when_exhausted, .. } = found.plan.kind else { return false };
        when_exhausted == WhenExhausted::Limited && found.bucket.renews > now
    };
    let Some(found) = candidates.iter().rfind(limits) else { return };
    cover.goes_on = true;
    let units = std::mem::take(&mut cover.left);
    if units == 0 {
        return;
    }
    cover.limited = true;
    let same = |part: &&mut Part<'a>| part.found.bucket == found.bucket;
    match cover.parts.iter_mut().find(same) {
        Some(part) => {
            part.units = part.units.saturating_add(units);
            part.takes = part.takes.saturating_add(units);
        }
        None => cover.parts.push(Part { found: *found, units, takes: units }),
    }
}

/// The bucket behind a find, made when it has no row yet.
pub(crate) fn at<'b>(
    work: &mut Work<'_>,
    head: &'b mut Head,
    account: &'b mut Account,
    found: &Found<'_>,
) -> Option<&'b mut Bucket> {
    if found.plan.shared {
        work.effects.changes.head = true;
    } else {
        work.effects.changes.account(account.id);
    }
    if found.holding.waits {
        add_on::begin(work, head, account, found.holding);
    }
    if found.bucket.id == 0 {
        work.effects.changes.head = true;
        let id = head.next_row().counter();
        if found.bucket.renews < found.bucket.ends {
            // What is left of it goes on beyond its period, and ends by the clock.
            add_on::due_at(head, found.bucket.ends);
        }
        let shelf = if found.plan.shared { &mut head.shared } else { &mut account.buckets };
        let now = work.now();
        // What has ended and holds nothing makes room; wallets stay until their end was announced, and all where the clock is about to.
        let announced = head.plans_due.is_none_or(|due| due > now);
        shelf.retain(|bucket| {
            bucket.ends > now || bucket.reserved > 0 || bucket.renews == NEVER || !announced
        });
        shelf.push(Bucket { id, ..found.bucket });
        return shelf.last_mut();
    }
    let shelf = if found.plan.shared { &mut head.shared } else { &mut account.buckets };
    shelf.iter_mut().find(|bucket| bucket.id == found.bucket.id)
}

/// Uses what was found; `into` adds up what the meter took, by bucket.
pub(crate) fn take(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    cover: &Cover<'_>,
    service: ServiceId,
    into: &mut Vec<Taken>,
) {
    let mut warnings: SmallVec<[(&str, u8); 1]> = SmallVec::new();
    for part in &cover.parts {
        let Some(bucket) = at(work, head, account, &part.found) else { continue };
        bucket.used = bucket.used.saturating_add(part.takes);
        let (id, plan) = (bucket.id, part.found.plan);
        if let Some(percent) = newly_warned(bucket, &plan.warn_percent) {
            warnings.push((&plan.name, percent));
        }
        add_up(into, Taken { bucket: id, plan: plan.key, units: part.units });
    }
    for (name, percent) in warnings {
        work.event(head, EventKind::QuotaWarning, Some(account.id), format!("{name}: {percent} %"));
    }
    if let Some(last) = cover.parts.last().filter(|_| cover.uses_up) {
        let until = cover.renews.unwrap_or(NEVER);
        announce_spent(
            work,
            head,
            account,
            last.found.plan,
            Spent { service, until, shared: last.found.plan.shared },
        );
    }
}

/// Tells that the last unit of the last plan for a service is used, and keeps in mind to tell when there are units again. What
/// accounts share runs out for all of them: the event names none.
pub(crate) fn announce_spent(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    plan: &Plan,
    spent: Spent,
) {
    work.event(head, EventKind::QuotaExhausted, spent.of(account.id), plan.name.as_str());
    account.spent.retain(|other| other.service != spent.service);
    account.spent.push(spent);
    work.effects.changes.account(account.id);
    add_on::due_at(head, spent.until);
}

/// Adds to what a meter took from a bucket, for the plan that the bucket has now.
pub(crate) fn add_up(sum: &mut Vec<Taken>, more: Taken) {
    match sum.iter_mut().find(|taken| (taken.bucket, taken.plan) == (more.bucket, more.plan)) {
        Some(taken) => taken.units = taken.units.saturating_add(more.units),
        None => sum.push(more),
    }
}

/// The highest warning threshold that the bucket has just passed.
pub(crate) fn newly_warned(bucket: &mut Bucket, percents: &[u8]) -> Option<u8> {
    let (used, size) = (u128::from(bucket.used) * 100, u128::from(bucket.size));
    let passed = percents.iter().filter(|percent| used >= size * u128::from(**percent)).count();
    if passed <= usize::from(bucket.warned) {
        return None;
    }
    bucket.warned = u8::try_from(passed).unwrap_or(u8::MAX);
    percents.get(passed - 1).copied()
}

/// Locks what was found for a grant.
pub(crate) fn lock(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    cover: &Cover<'_>,
    into: &mut Vec<Taken>,
) {
    for part in &cover.parts {
        let Some(bucket) = at(work, head, account, &part.found) else { continue };
        bucket.reserved = bucket.reserved.saturating_add(part.takes);
        into.push(Taken { bucket: bucket.id, plan: part.found.plan.key, units: part.takes });
    }
}

/// Gives locked units back.
pub(crate) fn release(work: &mut Work<'_>, head: &mut Head, account: &mut Account, locked: &[Taken]) {
    for taken in locked {
        let own = account.buckets.iter_mut().find(|bucket| bucket.id == taken.bucket);
        if own.is_some() {
            work.effects.changes.account(account.id);
        } else {
            work.effects.changes.head = true;
        }
        if let Some(bucket) = own.or_else(|| head.shared.iter_mut().find(|b| b.id == taken.bucket)) {
            bucket.reserved = bucket.reserved.saturating_sub(taken.units);
        }
    }
}
