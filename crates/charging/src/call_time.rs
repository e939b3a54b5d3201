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
use money::{Amount, MoneyError};
use rating::{PriceRule, price};
use smallvec::SmallVec;

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
    /// Its price if it is answered as late as it may, where that is another one.
    pub answered: Option<&'a PriceRule>,
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
        let (mut sure, mut as_of) = (0, self.now);
        for _ in 0..ENDS_MOST {
            let sized = self.sized(as_of);
            if !sized.ends {
                return None;
            }
            // What covers it must be there when it is reported.
            let until = self.since_within(sized.plans_end).saturating_sub(1);
            if sized.units <= until {
                return Some(sized.units.max(sure));
            }
            sure = until.max(sure);
            // What plans leave to be paid never costs more with them than without: the money is looked at alone where they end too soon.
            if sure > 0 && sized.units < sized.plans_end.since(self.now).0 {
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
        let rules = self.rules(covered);
        let counter = discount::active(head, account, &wanted);
        let bands = plans.map_or(&[][..], |plans| &plans.bands);
        let cost = |units: u64| {
            let costs =
                rules.iter().map(|rule| discount::ahead(rule, meter.rated(), bands, counter.as_ref(), units));
            costs.reduce(|one, other| Ok(one?.max(other?))).unwrap_or(Err(MoneyError::Overflow))
        };
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
        price_switch::within(self.catalog, self.meter, (self.now, CALL_MOST), self.head.zone.name())
    }

    /// The prices that it may have, behind so many units that plans cover: with the changes on its way as early as they can come, as
    /// late, and with each as it is dearer.
    fn rules(&self, covered: u64) -> SmallVec<[PriceRule; 1]> {
        let switches = self.switches();
        let begins = [Some(&self.meter.rule), self.answered].into_iter().flatten();
        if switches.is_empty() {
            return begins.cloned().collect();
        }
        begins.flat_map(|begin| self.changed(begin, &switches, covered)).collect()
    }

    fn changed(&self, begin: &PriceRule, switches: &[price_switch::Switch], covered: u64) -> [PriceRule; 3] {
        let rated = self.meter.rated();
        let changed = |rule: &PriceRule, switch: &price_switch::Switch, at: u64| {
            let mut changed = rule.clone();
            changed.change(rated.saturating_add(at.saturating_sub(covered)), switch.rule.clone());
            changed
        };
        let per_report = price_switch::at_switch(self.catalog, self.meter.tariff) == AtSwitch::PerReport;
        let early = |rule: &PriceRule, switch| changed(rule, switch, self.since_within(switch.at));
        let late = |rule: &PriceRule, switch: &price_switch::Switch| {
            // Without a report at the switch a whole call has the price of its beginning.
            if per_report { rule.clone() } else { changed(rule, switch, switch.at.since(self.now).0) }
        };
        let whole = |rule: &PriceRule| price(rule, rated.saturating_add(CALL_MOST)).unwrap_or(Amount::MAX);
        let dearer =
            |one: PriceRule, other: PriceRule| if whole(&one) >= whole(&other) { one } else { other };
        switches.iter().fold([(); 3].map(|()| begin.clone()), |[first, last, most], switch| {
            [early(&first, switch), late(&last, switch), dearer(early(&most, switch), late(&most, switch))]
        })
    }
}
