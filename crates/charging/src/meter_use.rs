//! One meter of a session: counting use, granting quota, and turning it into an xDR at the end.
//!
//! While a session runs its cost is locked, not booked: `reserved` = price of what was used and granted beyond buckets. The
//! charge is rounded and booked once, when the meter is closed.

use crate::apply::{Stop, Work};
use crate::bucket_use::{self, Wanted};
use crate::funds::headroom;
use crate::ledger::LedgerCode;
use crate::{
    Account, Asked, BucketUse, EventKind, Explanation, Head, Meter, Refusal, UnitOutcome, UnitReport, Used,
    Xdr, XdrKind,
};
use catalog::{GrantPolicy, ProductId, RateQuery, Unit};
use money::Amount;
use rating::{affordable, price, price_explained};

/// More units than any real report: 9 PB, or 285 million years.
pub(crate) const UNITS_MOST: u64 = 1 << 53;

/// The parts of a customer that a meter touches, and what it needs to know.
pub(crate) struct Bench<'a, 'w, 'c> {
    pub work: &'w mut Work<'c>,
    pub head: &'a mut Head,
    pub account: &'a mut Account,
    pub products: &'a [ProductId],
    pub node: &'a str,
}

impl Bench<'_, '_, '_> {
    fn wanted<'b>(&'b self, meter: &'b Meter) -> Wanted<'b> {
        Wanted {
            catalog: self.work.context.catalog,
            products: self.products,
            service: meter.service,
            destination: &meter.destination,
            period_number: self.head.period_number,
        }
    }

    /// A new meter with the price that holds for the whole session.
    pub fn open(&self, report: &UnitReport) -> Result<Meter, Refusal> {
        let query = RateQuery {
            products: self.products,
            service: report.service,
            node: self.node,
            access_code: &report.access_code,
            destination: &report.destination,
        };
        let choice = self.work.context.catalog.rate(&query).ok_or(Refusal::NotAllowed)?;
        if choice.rate.forbidden {
            return Err(Refusal::NotAllowed);
        }
        Ok(Meter {
            rating_group: report.rating_group,
            service_identifier: report.service_identifier,
            service: report.service,
            destination: report.destination.clone(),
            product: choice.product.id,
            tariff: choice.tariff.id,
            rate: choice.rate.destination.as_str().into(),
            version: self.work.context.catalog.version(),
            rule: (&choice).into(),
            used: 0,
            covered: 0,
            covered_by: Vec::new(),
            granted: 0,
            bucket_reserved: Vec::new(),
            reserved: Amount::ZERO,
        })
    }

    /// What the meter costs at most after these uses; refuses use that could not be priced, before anything is changed.
    pub fn cost_after(&self, meter: &Meter, uses: impl Iterator<Item = Used>) -> Result<Amount, Stop> {
        let used = uses.fold(meter.used, |so_far, used| so_far.saturating_add(fresh(so_far, used)));
        if used > UNITS_MOST {
            return Err(Refusal::OutOfRange.into());
        }
        Ok(price(&meter.rule, used - meter.covered.min(used))?)
    }

    /// Counts use: units locked in buckets first, then free bucket units, the rest to be paid. Ends the current grant.
    pub fn count(&mut self, meter: &mut Meter, used: Used) -> Result<(), Stop> {
        let more = fresh(meter.used, used);
        let locked = std::mem::take(&mut meter.bucket_reserved);
        bucket_use::release(self.account, &locked);
        if !locked.is_empty() {
            self.work.effects.changes.account(self.account.id);
        }
        meter.granted = 0;
        if more > 0 {
            let wanted = Wanted {
                catalog: self.work.context.catalog,
                products: self.products,
                service: meter.service,
                destination: &meter.destination,
                period_number: self.head.period_number,
            };
            let taken = bucket_use::take(self.account, &wanted, more);
            let covered: u64 = taken.iter().map(|(_, units)| units).sum();
            meter.used = meter.used.saturating_add(more);
            meter.covered = meter.covered.saturating_add(covered);
            bucket_use::add_up(&mut meter.covered_by, &taken);
            if !taken.is_empty() {
                self.work.effects.changes.account(self.account.id);
                self.announce_exhausted(&taken);
            }
        }
        let cost = price(&meter.rule, meter.rated())?;
        self.lock(meter, cost)
    }

    fn announce_exhausted(&mut self, taken: &[(catalog::QuotaKey, u64)]) {
        let catalog = self.work.context.catalog;
        for key in bucket_use::exhausted(self.account, catalog, taken) {
            let name = catalog.quota(key).map_or_else(String::new, |q| q.name.clone());
            self.work.event(self.head, EventKind::QuotaExhausted, Some(self.account.id), name);
        }
    }

    /// Grants what was asked as far as buckets and funds go.
    pub fn grant(&mut self, meter: &mut Meter, asked: Asked) -> Result<UnitOutcome, Stop> {
        let catalog = self.work.context.catalog;
        let policy = catalog.service_by_id(meter.service).map_or_else(GrantPolicy::default, |s| s.grant);
        let wish = match asked {
            Asked::Nothing => return Ok(UnitOutcome::Noted),
            Asked::Default | Asked::Units(0) => policy.units,
            Asked::Units(units) => units,
        };
        let wish = wish.min(policy.most_units).min(UNITS_MOST.saturating_sub(meter.used));
        let blocks = bucket_use::blocks_beyond(&self.wanted(meter));
        let wanted = Wanted {
            catalog,
            products: self.products,
            service: meter.service,
            destination: &meter.destination,
            period_number: self.head.period_number,
        };
        let locked = bucket_use::reserve(self.account, &wanted, wish);
        let free: u64 = locked.iter().map(|(_, units)| units).sum();
        if !locked.is_empty() {
            self.work.effects.changes.account(self.account.id);
        }
        // What this meter has locked already is part of its budget: the rest of a paid interval needs no further money, and
        // neither does a free service.
        let more = self.head.available().max(Amount::ZERO).min(headroom(self.head));
        let budget = meter.reserved.saturating_plus(more);
        let paid = if blocks { 0 } else { affordable(&meter.rule, meter.rated(), wish - free, budget) };
        meter.bucket_reserved = locked;
        let units = free + paid;
        if units == 0 {
            return Ok(UnitOutcome::Refused(self.nothing_left(meter, blocks)?));
        }
        meter.granted = units;
        let cost = price(&meter.rule, meter.rated() + paid)?;
        self.lock(meter, cost)?;
        Ok(UnitOutcome::Granted {
            units,
            last: units < wish,
            validity: policy.validity,
            // At most 2^53 units times 100: no overflow.
            threshold: units * u64::from(policy.threshold_percent.min(100)) / 100,
            holding: policy.holding,
        })
    }

    fn nothing_left(&self, meter: &Meter, blocks: bool) -> Result<Refusal, Stop> {
        if blocks {
            return Ok(Refusal::QuotaUsedUp);
        }
        let needed = price(&meter.rule, meter.rated() + 1)?.saturating_minus(meter.reserved);
        Ok(Refusal::InsufficientFunds { available: self.head.available(), needed })
    }

    /// Sets the meter's locked money to `cost`.
    fn lock(&mut self, meter: &mut Meter, cost: Amount) -> Result<(), Stop> {
        let others = self.head.reserved.minus(meter.reserved)?;
        self.head.reserved = others.plus(cost)?;
        meter.reserved = cost;
        Ok(())
    }

    /// Closes the meter: unlocks, charges once, writes the xDR.
    pub fn close(&mut self, mut meter: Meter, session: &crate::Session) -> Result<Xdr, Stop> {
        bucket_use::release(self.account, &meter.bucket_reserved);
        if !meter.bucket_reserved.is_empty() {
            self.work.effects.changes.account(self.account.id);
        }
        let priced = price_explained(&meter.rule, meter.rated())?;
        self.lock(&mut meter, Amount::ZERO)?;
        let unit = self.work.context.catalog.service_by_id(meter.service).map(|s| s.unit);
        let id = self.head.next_row();
        let buckets = meter
            .covered_by
            .iter()
            .map(|(quota, units)| BucketUse { quota: *quota, units: *units })
            .collect();
        let xdr = Xdr {
            id,
            customer: self.head.id,
            account: Some(self.account.id),
            kind: XdrKind::Session,
            service: Some(meter.service),
            product: Some(meter.product),
            period_number: self.head.period_number,
            started_at: session.started_at,
            ended_at: self.work.now(),
            posted_at: self.work.now(),
            units: meter.used,
            unit: unit.or(Some(Unit::Event)),
            destination: meter.destination.into_string(),
            description: String::new(),
            reference: Some(session.key.shown()),
            amount: priced.amount,
            explanation: Explanation::Rated {
                identifier: session.identifier.clone().into_string(),
                node: session.node.clone().into_string(),
                product: meter.product,
                tariff: meter.tariff,
                rate: meter.rate.into_string(),
                version: meter.version,
                buckets,
                priced,
            },
        };
        self.work.charge(self.head, LedgerCode::Usage, &xdr)?;
        Ok(xdr)
    }
}

/// Units not counted before.
fn fresh(so_far: u64, used: Used) -> u64 {
    match used {
        Used::None => 0,
        Used::Since(units) => units,
        Used::Total(units) => units.saturating_sub(so_far),
        // Resolved by `session_step::unwrapped` before it comes here, where the session says what came before.
        Used::Wrapped { units, .. } => units.saturating_sub(so_far),
    }
}
