//! How long a call may last: the seconds that plans, wallets and money together buy at its price, for a device that is told once, when it
//! asks whether somebody may call, and never asks again. Nothing is locked for it. Whoever is told of a time has money for all of it,
//! also when he is answered a while later, when prices change on the way, or when what covers him ends meanwhile.
//!
//! It is made of what sizes grants: the same cover, discounts, wallets and budget. Must not know: protocols, devices.

use crate::bucket_use::{self, Cover, Wanted};
use crate::funds::{headroom, purse};
use crate::holdings::{Holdings, NEVER};
use crate::{Account, Head, Meter, Taken, discount, price_switch, wallet_money};
use calendar::{Instant, Seconds};
use catalog::{AtSwitch, PlanKind, Service, Snapshot, Unit, WhenExhausted};
use money::Amount;
use rating::{PriceRule, price};

/// The longest time that is told and looked for: nobody talks for longer, and timers of devices do not go on without end.
pub(crate) const CALL_MOST: u64 = 86_400;
/// A call may be answered so much later than it was asked for, and be reported so much later than it ended.
pub(crate) const ANSWERED_WITHIN: Seconds = Seconds(120);
/// Ends of buckets that one call may pass.
const ENDS_MOST: usize = 8;

/// Whether a use is a call: sold by time, to somewhere.
pub(crate) fn is_call(service: Option<&Service>, destination: &str) -> bool {
    !destination.is_empty() && service.is_some_and(|service| service.unit == Unit::Second)
}

/// A call that is to begin, or one that runs and has counted all its time so far.
pub(crate) struct Call<'a> {
    pub catalog: &'a Snapshot,
    pub head: &'a Head,
    pub account: &'a Account,
    pub meter: &'a Meter,
    pub now: Instant,
    /// It begins by then.
    pub within: Seconds,
}

/// What is found when plans are looked at as of some instant.
struct Sized {
    units: u64,
    /// Something ends it; else it goes on as long as it likes.
    ends: bool,
    /// When the next of the plans that count for it ends.
    plans_end: Instant,
}

impl Call<'_> {
    /// Seconds that may still be used, [`CALL_MOST`] at most; `None` = nothing ends it.
    pub fn time_left(&self) -> Option<u64> {
        let overdrawn = purse(self.head, Some(self.account)).available(self.now).is_negative();
        if overdrawn && self.meter.reserved.is_positive() {
            return Some(0);
        }
        let (mut sure, mut as_of) = (0, self.now);
        for _ in 0..ENDS_MOST {
            let sized = self.sized(as_of);
            if !sized.ends {
                return None;
            }
            // What covers it must be there when it is reported.
            let until = self.since_within(sized.plans_end);
            if sized.units <= until {
                return Some(sized.units.max(sure));
            }
            sure = until.max(sure);
            if sized.units < sized.plans_end.since(self.now).0 {
                return Some(sure);
            }
            as_of = sized.plans_end;
        }
        Some(sure)
    }

    /// Seconds of the call until `at`, if it begins as late as it may.
    fn since_within(&self, at: Instant) -> u64 {
        at.since(self.now).0.saturating_sub(self.within.0)
    }

    /// With the plans as they stand at an instant.
    fn sized(&self, as_of: Instant) -> Sized {
        let (catalog, head, account, meter) = (self.catalog, self.head, self.account, self.meter);
        let holdings = Holdings::of(account, as_of, catalog);
        let wanted = Wanted {
            catalog,
            holdings: &holdings,
            service: meter.service,
            access_code: &meter.access_code,
            destination: &meter.destination,
            part: meter.part,
            now: as_of,
        };
        let room = meter.rule.most_units().map(|most| most.saturating_sub(meter.rated()));
        let most = room.map_or(CALL_MOST, |room| room.min(CALL_MOST));
        let plans = meter.plans.as_deref();
        let taken: &[Taken] = plans.map_or(&[], |plans| &plans.covered_by);
        let cover = bucket_use::find(head, account, &wanted, taken, most);
        let covered = self.covered(&cover);
        let rule = self.rule(covered);
        let counter = discount::active(head, account, &wanted);
        let bands = plans.map_or(&[][..], |plans| &plans.bands);
        let cost = |units: u64| discount::ahead(&rule, meter.rated(), bands, counter.as_ref(), units);
        let wallets = wallet_money::find(head, account, &wanted);
        let locked = meter.reserved.saturating_plus(meter.drawn());
        let purse = purse(head, Some(account));
        let more = purse.available(self.now).max(Amount::ZERO).min(headroom(head, Some(account)));
        let budget = locked.saturating_plus(more).saturating_plus(wallet_money::free(&wallets));
        let blocks = cover.beyond == WhenExhausted::Block;
        let paid = if blocks { 0 } else { discount::affordable(most - covered, budget, cost) };
        let is_free =
            || cover.beyond == WhenExhausted::Limited || cost(CALL_MOST).is_ok_and(|cost| cost <= locked);
        let pays_without_end = purse.limit(self.now).is_none() && paid == most - covered;
        let ends = room.is_some() || blocks || !(pays_without_end || is_free());
        let plans_end = wallets.iter().chain(&counter).map(|found| found.bucket.ends).min();
        Sized { units: covered + paid, ends, plans_end: plans_end.unwrap_or(NEVER).min(cover.ends()) }
    }

    /// Units that plans cover for sure: what counts at this time of day alone, up to the next one.
    fn covered(&self, cover: &Cover<'_>) -> u64 {
        let parted = |kind: &PlanKind| matches!(kind, PlanKind::Quota { parted: true, .. });
        let apart = cover.parts.iter().any(|part| parted(&part.found.plan.kind));
        let switch = || self.switches().into_iter().find(|switch| switch.part != self.meter.part);
        let until = if apart { switch() } else { None };
        until.map_or(cover.units(), |switch| cover.units().min(self.since_within(switch.at)))
    }

    fn switches(&self) -> Vec<price_switch::Switch> {
        price_switch::within(self.catalog, self.meter, (self.now, CALL_MOST), &self.head.zone)
    }

    /// The price with its changes on the way, behind so many units that plans cover: dearer ones as early as they can come, cheaper
    /// ones as late.
    fn rule(&self, covered: u64) -> PriceRule {
        let mut rule = self.meter.rule.clone();
        let per_report = price_switch::at_switch(self.catalog, self.meter.tariff) == AtSwitch::PerReport;
        for switch in self.switches() {
            let changed = |at: u64| {
                let mut changed = rule.clone();
                let used = self.meter.rated().saturating_add(at.saturating_sub(covered));
                changed.change(used, switch.rule.clone());
                changed
            };
            let early = changed(self.since_within(switch.at));
            // Without a report at the switch a whole call has the price of its beginning.
            let late = if per_report { rule.clone() } else { changed(switch.at.since(self.now).0) };
            rule = dearer(early, late, self.meter.rated());
        }
        rule
    }
}

/// The one of two prices by which a whole call costs more.
pub(crate) fn dearer(one: PriceRule, other: PriceRule, rated: u64) -> PriceRule {
    let whole = |rule: &PriceRule| price(rule, rated.saturating_add(CALL_MOST)).unwrap_or(Amount::MAX);
    if whole(&one) >= whole(&other) { one } else { other }
}
