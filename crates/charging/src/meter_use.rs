//! One meter of a session: counting use, granting quota, and turning it into an xDR at the end.
//!
//! While a session runs its cost is locked, not booked: `reserved` = price of what was used and granted beyond buckets. The
//! charge is rounded and booked once, when the meter is closed.

use crate::apply::{Stop, Work};
use crate::bucket_use::{self, Cover, UNITS_MOST, Wanted};
use crate::dialing::{Called, Dialler};
use crate::funds::{self, headroom, purse};
use crate::holdings::Holdings;
use crate::ledger::LedgerCode;
use crate::price_switch::{self, Switch};
use crate::{
    Account, Asked, Dialled, Explanation, Head, Meter, PlanUse, Refusal, SessionKey, Source, UnitOutcome,
    UnitReport, Used, Xdr, XdrKind, add_on, discount, lot, policy, quota, wallet_money,
};
use calendar::{Instant, Seconds};
use catalog::{
    Access, CatalogVersion, DayPart, FinalAction, GrantMode, GrantPolicy, RateChoice, RateQuery, ServiceId,
    Unit, matched_destination,
};
use money::{Amount, MoneyError};
use rating::{PriceRule, affordable, price, price_explained};

/// The parts of a customer that a meter touches, and what it needs to know.
pub(crate) struct Bench<'a, 'w, 'c> {
    pub work: &'w mut Work<'c>,
    pub head: &'a mut Head,
    pub account: &'a mut Account,
    pub holdings: &'a Holdings,
    pub node: &'a str,
    /// When it was used, as the node says.
    pub at: Instant,
    /// The session, whose name decides surcharges by chance.
    pub session: &'a SessionKey,
}

impl<'a, 'c> Bench<'a, '_, 'c> {
    fn wanted<'b>(
        &self,
        service: ServiceId,
        (access_code, destination): (&'b str, &'b str),
        part: DayPart,
    ) -> Wanted<'b>
    where
        'a: 'b,
        'c: 'b,
    {
        Wanted {
            catalog: self.work.context.catalog,
            holdings: self.holdings,
            service,
            access_code,
            destination,
            part,
            now: self.work.now(),
        }
    }

    pub fn dialler(&self, service: ServiceId) -> Dialler<'_> {
        let (catalog, holdings) = (self.work.context.catalog, self.holdings);
        Dialler { catalog, head: self.head, account: self.account, holdings, service }
    }

    /// A new meter with the price that holds now, and how the number that it prices came about.
    pub fn open(&self, report: &UnitReport) -> Result<(Meter, Option<Box<Dialled>>), Refusal> {
        let Called { number, dialled } = self.dialler(report.service).called(&report.destination);
        let query = RateQuery {
            products: &self.holdings.products,
            service: report.service,
            node: self.node,
            access_code: &report.access_code,
            destination: &number,
            at: self.at,
            zone: self.head.zone.name(),
        };
        let choice = self.work.context.catalog.rate(&query).ok_or(Refusal::NotAllowed)?;
        if choice.rate.forbidden {
            return Err(Refusal::NotAllowed);
        }
        let mut meter = begun(report, &number, &choice, (self.at, self.work.context.catalog.version()));
        self.decide_chances(&mut meter.rule);
        Ok((meter, dialled))
    }

    /// Decides the surcharges by chance of this session.
    fn decide_chances(&self, rule: &mut PriceRule) {
        rule.draw(|| lot::of_session(self.head.id, self.session));
    }

    /// Whether the purse that pays has reached its spending cap.
    pub fn is_capped(&self) -> bool {
        purse(self.head, Some(self.account)).cap_reached(self.work.now())
    }

    /// Why a meter may not begin now, if anything keeps it.
    pub fn may_begin(&self, meter: &Meter) -> Result<Result<(), Refusal>, MoneyError> {
        let least = price(&meter.rule, 1)?;
        Ok(funds::may_begin(self.head, self.account, least, self.work.now()))
    }

    /// What the meter costs at most after these uses; refuses use that could not be priced, before anything is changed.
    pub fn cost_after(&self, meter: &Meter, uses: impl Iterator<Item = Used>) -> Result<Amount, Stop> {
        let used = uses.fold(meter.used, |so_far, used| so_far.saturating_add(fresh(so_far, used)));
        if used > UNITS_MOST {
            return Err(Refusal::OutOfRange.into());
        }
        // Discounts and wallets only make it less; each of several prices is for a part of it.
        let paid = used - meter.covered().min(used);
        let mut cost = price(&meter.rule, paid)?;
        for switch in
            price_switch::since_counted(self.work.context.catalog, meter, self.at, self.head.zone.name())
        {
            let mut rule = meter.rule.clone();
            rule.change(meter.rated(), switch.rule);
            cost = cost.plus(price(&rule, paid)?)?;
        }
        Ok(cost)
    }

    /// Counts use, each part at the price of its time. Ends the current grant.
    pub fn count(&mut self, meter: &mut Meter, used: Used) -> Result<(), Stop> {
        let catalog = self.work.context.catalog;
        let mut left = fresh(meter.used, used);
        meter.granted = 0;
        self.unlock(meter);
        let switches = price_switch::since_counted(catalog, meter, self.at, self.head.zone.name());
        let parts = price_switch::cut(catalog, meter, used, left, &switches);
        if !switches.is_empty() {
            self.work.effects.changes.session(self.session);
        }
        for (switch, before) in switches.into_iter().zip(parts) {
            self.count_part(meter, before)?;
            left -= before;
            meter.rule.change(meter.rated(), switch.rule);
            self.decide_chances(&mut meter.rule);
            meter.part = switch.part;
            meter.changes.push(switch.at);
        }
        self.count_part(meter, left)?;
        meter.counted_at = meter.counted_at.max(self.at);
        self.draw(meter)?;
        let cost = meter.cost()?.saturating_minus(meter.drawn());
        self.lock(meter, cost)
    }

    /// Counts use at one price: units of plans first, the rest to be paid, by wallets before the purse.
    fn count_part(&mut self, meter: &mut Meter, more: u64) -> Result<(), Stop> {
        if more == 0 {
            return Ok(());
        }
        add_on::begin_rated(self.work, self.head, self.account, self.holdings, meter.product);
        let mut plans = meter.plans.take();
        let wanted = self.wanted(meter.service, (&meter.access_code, &meter.destination), meter.part);
        if wanted.any_plan() {
            let plans = plans.get_or_insert_default();
            let rated = meter.used.saturating_sub(plans.covered());
            let cover = bucket_use::find(self.head, self.account, &wanted, &plans.covered_by, more);
            let (work, head, account) = (&mut *self.work, &mut *self.head, &mut *self.account);
            bucket_use::take(work, head, account, &cover, meter.service, &mut plans.covered_by);
            if cover.left > 0
                && let Some(found) = discount::active(head, account, &wanted)
            {
                let paid = (&meter.rule, rated, cover.left);
                discount::count(work, head, account, &found, plans, paid)?;
            }
        }
        meter.plans = plans.filter(|plans| **plans != PlanUse::default());
        meter.used = meter.used.saturating_add(more);
        Ok(())
    }

    /// Gives back what the running grant holds in plans.
    fn unlock(&mut self, meter: &mut Meter) {
        if let Some(plans) = meter.plans.as_mut().filter(|plans| !plans.locked.is_empty()) {
            bucket_use::release(self.work, self.head, self.account, &plans.locked);
            plans.locked.clear();
        }
    }

    /// Lets wallets pay what the meter's cost has risen.
    fn draw(&mut self, meter: &mut Meter) -> Result<(), Stop> {
        let wanted = self.wanted(meter.service, (&meter.access_code, &meter.destination), meter.part);
        if !wanted.any_plan() {
            return Ok(());
        }
        let due = meter.cost()?.saturating_minus(meter.drawn());
        if due.is_positive() {
            let mut plans = meter.plans.take().unwrap_or_default();
            let drawn = &mut plans.drawn;
            wallet_money::draw(self.work, self.head, self.account, &wanted, due, drawn);
            meter.plans = Some(plans).filter(|plans| **plans != PlanUse::default());
        }
        Ok(())
    }

    /// Grants what was asked as far as plans, funds and the tariff go. What may run into another price is locked at the dearer one.
    pub fn grant(&mut self, meter: &mut Meter, asked: Asked) -> Result<UnitOutcome, Stop> {
        let catalog = self.work.context.catalog;
        let service = catalog.service_by_id(meter.service);
        let mut policy = service.map_or_else(GrantPolicy::default, |s| s.grant);
        let Some(wish) = quota::wish(&policy, asked, meter.used == 0) else { return Ok(UnitOutcome::Noted) };
        if self.access(meter.service, &mut policy) == Access::Blocked {
            return Ok(UnitOutcome::Refused(Refusal::NotAllowed));
        }
        let room = meter.rule.most_units().map_or(u64::MAX, |most| most.saturating_sub(meter.rated()));
        let room = room.min(UNITS_MOST.saturating_sub(meter.used));
        if room == 0 {
            return Ok(UnitOutcome::Refused(Refusal::SessionTooLong));
        }
        let wish = wish.min(room);
        let reach = (self.at, policy.validity, wish);
        let ahead = price_switch::ahead(catalog, meter, reach, self.head.zone.name());
        let usual = ahead.as_ref().map(|switch| dearer(meter, switch, wish)).transpose()?.flatten();
        let usual = usual.map(|dearer| std::mem::replace(&mut meter.rule, dearer));
        let outcome = self.grant_any(meter, &policy, (wish, quota::look(&policy, wish).min(room)));
        if let Some(usual) = usual {
            meter.rule = usual;
        }
        let mut outcome = outcome?;
        if let UnitOutcome::Granted { units, last, tariff_change, .. } = &mut outcome {
            *tariff_change = ahead.map(|switch| switch.at);
            if *units >= room {
                last.get_or_insert(FinalAction::Terminate);
            }
        }
        Ok(outcome)
    }

    /// The access by schedule; a grant is valid until it changes, so that the network asks again then.
    fn access(&self, service: ServiceId, policy: &mut GrantPolicy) -> Access {
        let (now, catalog) = (self.work.now(), self.work.context.catalog);
        let reach = if policy.validity == 0 { price_switch::REACH.0 } else { policy.validity.into() };
        let span = (now, Seconds(reach));
        let (access, change) = policy::access(catalog, self.head, self.holdings, service, span);
        let left = change.and_then(|at| u32::try_from(at.since(now).0.max(1)).ok());
        policy.validity = left.unwrap_or(policy.validity);
        access
    }

    /// `aim` = the wish, and how far to look for what may follow it ([`quota::look`]).
    fn grant_any(
        &mut self,
        meter: &mut Meter,
        policy: &GrantPolicy,
        aim: (u64, u64),
    ) -> Result<UnitOutcome, Stop> {
        let destination = std::mem::take(&mut meter.destination);
        let access_code = std::mem::take(&mut meter.access_code);
        let wanted = self.wanted(meter.service, (&access_code, &destination), meter.part);
        let outcome = if wanted.any_plan() {
            self.grant_with_plans(meter, &wanted, policy, aim)
        } else {
            self.grant_paid(meter, &wanted, policy, aim)
        };
        (meter.access_code, meter.destination) = (access_code, destination);
        outcome
    }

    /// The simple case: money pays for everything.
    fn grant_paid(
        &mut self,
        meter: &mut Meter,
        wanted: &Wanted<'_>,
        policy: &GrantPolicy,
        (wish, look): (u64, u64),
    ) -> Result<UnitOutcome, Stop> {
        let rated = meter.rated();
        let budget = self.budget(meter);
        let most = if meter.plans.is_none() {
            affordable(&meter.rule, rated, look, budget)
        } else {
            discount::affordable(look, budget, |units| meter.cost_of(rated.saturating_add(units)))
        };
        let units = quota::worthwhile(policy, wish, most.min(wish));
        if units == 0 {
            return Ok(self.poor(meter, policy));
        }
        if policy.mode == GrantMode::Reserve {
            let cost = meter.cost_of(rated.saturating_add(units))?.saturating_minus(meter.drawn());
            self.lock(meter, cost)?;
        }
        meter.granted = units;
        Ok(self.granted(wanted, units, policy, (most < look, &Cover::default())))
    }

    /// Plans first, then wallets, then money.
    fn grant_with_plans(
        &mut self,
        meter: &mut Meter,
        wanted: &Wanted<'_>,
        policy: &GrantPolicy,
        (wish, look): (u64, u64),
    ) -> Result<UnitOutcome, Stop> {
        let mut plans = meter.plans.take().unwrap_or_default();
        let cover = bucket_use::find(self.head, self.account, wanted, &plans.covered_by, wish);
        let (rule, rated) = (meter.rule.clone(), meter.used.saturating_sub(plans.covered()));
        let counter = discount::active(self.head, self.account, wanted);
        let bands = std::mem::take(&mut plans.bands);
        let ahead = |units: u64| discount::ahead(&rule, rated, &bands, counter.as_ref(), units);
        let wallets = wallet_money::find(self.head, self.account, wanted);
        let budget =
            self.budget(meter).saturating_plus(plans.drawn()).saturating_plus(wallet_money::free(&wallets));
        let blocks = cover.beyond == catalog::WhenExhausted::Block;
        // Behind what is left in plans nothing need be looked for.
        let behind = if cover.goes_on { 0 } else { look - wish };
        let looked = cover.left.saturating_add(behind);
        let most = if blocks { 0 } else { discount::affordable(looked, budget, ahead) };
        let paid = quota::worthwhile(policy, cover.left, most.min(cover.left));
        let cost = ahead(paid)?.saturating_minus(plans.drawn());
        let units = cover.units().saturating_add(paid);
        if units > 0 && policy.mode == GrantMode::Reserve {
            let (work, head, account) = (&mut *self.work, &mut *self.head, &mut *self.account);
            bucket_use::lock(work, head, account, &cover, &mut plans.locked);
            let more = cost.saturating_minus(meter.reserved);
            let by_wallets = wallet_money::lock(work, head, account, &wallets, more, &mut plans.locked);
            self.lock(meter, cost.saturating_minus(by_wallets))?;
        }
        plans.bands = bands;
        meter.plans = Some(plans).filter(|plans| **plans != PlanUse::default());
        if units == 0 {
            return if blocks {
                Ok(UnitOutcome::Refused(Refusal::QuotaUsedUp))
            } else {
                Ok(self.poor(meter, policy))
            };
        }
        meter.granted = units;
        let last = units < wish || !cover.goes_on && (blocks || most < looked);
        Ok(self.granted(wanted, units, policy, (last, &cover)))
    }

    /// `last` = nothing could be granted after it, as things stand.
    fn granted(
        &self,
        wanted: &Wanted<'_>,
        units: u64,
        policy: &GrantPolicy,
        (last, cover): (bool, &Cover<'_>),
    ) -> UnitOutcome {
        let ends = if last { cover.ends_or_renews() } else { cover.ends() };
        let catalog = self.work.context.catalog;
        let place = (wanted.service, wanted.destination);
        let action = || policy::final_action(catalog, self.head, self.account, self.holdings, place);
        UnitOutcome::Granted {
            units,
            last: last.then(action),
            validity: quota::validity(policy, ends, self.work.now()),
            threshold: quota::threshold(policy, units),
            holding: policy.holding,
            tariff_change: None,
        }
    }

    /// What this meter has locked already is part of its budget: the rest of a paid interval needs no further money, and neither
    /// does a free service.
    fn budget(&self, meter: &Meter) -> Amount {
        let more = self.available().max(Amount::ZERO).min(headroom(self.head, Some(self.account)));
        meter.reserved.saturating_plus(more)
    }

    fn poor(&self, meter: &Meter, policy: &GrantPolicy) -> UnitOutcome {
        let least = meter.rated().saturating_add(policy.least_units);
        let locked = meter.reserved.saturating_plus(meter.drawn());
        // An absurd price is out of reach, too.
        let needed = meter.cost_of(least).unwrap_or(Amount::MAX).saturating_minus(locked);
        UnitOutcome::Refused(Refusal::InsufficientFunds { available: self.available(), needed })
    }

    /// Funds of the purse that pays.
    fn available(&self) -> Amount {
        purse(self.head, Some(self.account)).available(self.work.now())
    }

    /// Sets the meter's locked money to `cost`.
    fn lock(&mut self, meter: &mut Meter, cost: Amount) -> Result<(), Stop> {
        funds::lock(self.work, self.head, self.account, meter.reserved, cost)?;
        meter.reserved = cost;
        Ok(())
    }

    /// Closes the meter: unlocks, charges once, writes the xDR; none where it costs nothing and need not tell (`tells`).
    pub fn close(
        &mut self,
        (position, mut meter): (usize, Meter),
        session: &crate::Session,
        tells: bool,
    ) -> Result<Option<Xdr>, Stop> {
        self.unlock(&mut meter);
        let priced = price_explained(&meter.rule, meter.rated())?;
        let amount = meter.cost()?.minus(meter.drawn())?;
        self.lock(&mut meter, Amount::ZERO)?;
        if !tells && amount.is_zero() {
            return Ok(None);
        }
        let catalog = self.work.context.catalog;
        let unit = catalog.service_by_id(meter.service).map(|s| s.unit);
        let id = self.head.next_row();
        let source = Source {
            identifier: session.identifier.clone().into_string(),
            node: self.node.to_owned(),
            access_code: meter.access_code.into(),
        };
        let (place, span) = ((meter.service, &*meter.destination), (session.started_at, meter.used));
        let lot = || lot::of_session(self.head.id, &session.key);
        let cost = price_switch::cost(catalog, &source, place, span, lot);
        let plans = meter.plans.map(|plans| *plans).unwrap_or_default();
        let mut xdr = Xdr {
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
            destination: meter.destination.into(),
            description: String::new(),
            reference: Some(session.key.shown()),
            amount,
            explanation: Explanation::Rated {
                source,
                product: meter.product,
                tariff: meter.tariff,
                rate: meter.rate.into(),
                version: meter.version,
                buckets: plans.covered_by.iter().map(Into::into).collect(),
                priced: Box::new(priced),
                discounts: plans.bands,
                wallets: plans.drawn.iter().map(Into::into).collect(),
                changes: meter.changes,
                cost,
                dialled: session.dialled(position).cloned().map(Box::new),
            },
        };
        self.work.charge(self.head, Some(self.account), LedgerCode::Usage, &mut xdr)?;
        Ok(Some(xdr))
    }
}

/// A meter that has counted nothing, for a number at its price.
pub(crate) fn begun(
    report: &UnitReport,
    number: &str,
    choice: &RateChoice<'_>,
    (at, version): (Instant, CatalogVersion),
) -> Meter {
    Meter {
        rating_group: report.rating_group,
        service_identifier: report.service_identifier,
        service: report.service,
        access_code: report.access_code.clone(),
        destination: number.into(),
        product: choice.product.id,
        tariff: choice.tariff.id,
        rate: matched_destination(number, choice.matched).into(),
        version,
        rule: PriceRule::from(choice),
        part: choice.day_part,
        changes: Vec::new(),
        counted_at: at,
        used: 0,
        granted: 0,
        plans: None,
        reserved: Amount::ZERO,
    }
}

/// The meter's rule after a switch, where the wished units cost more by it.
fn dearer(meter: &Meter, switch: &Switch, wish: u64) -> Result<Option<PriceRule>, MoneyError> {
    let (mut rule, units) = (meter.rule.clone(), meter.rated().saturating_add(wish));
    rule.change(meter.rated(), switch.rule.clone());
    Ok((price(&rule, units)? > price(&meter.rule, units)?).then_some(rule))
}

/// Units not counted before.
fn fresh(so_far: u64, used: Used) -> u64 {
    match used {
        Used::None => 0,
        Used::Since(units) => units,
        Used::Parted { before, after } => before.saturating_add(after),
        Used::Total(units) => units.saturating_sub(so_far),
        // Resolved by `session_counters` before they come here, where the session says what came before.
        Used::Wrapped { units, .. } => units.saturating_sub(so_far),
        Used::Elapsed => 0,
        // Resolved by `session_parts::resolve`, where the session says what its parts have counted.
        Used::Part { total, .. } => total.saturating_sub(so_far),
    }
}
