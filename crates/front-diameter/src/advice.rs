//! Advice of charge for clients that ask for it (AoC-Request-Type, TS 32.280): what the use has cost so far, and the price of what comes
//! next, now and behind the next change of price. Told as far as it is exact: free units, least and greatest charges are not part of it, and a price by formula
//! is told unless a share of the sum or a lot belongs to it.

use crate::wire_money::{decimal, wire_money};
use catalog::{FormulaStep, Service, Snapshot, Unit};
use charging::{Debit, Meter, PriceRule, Reply, Session, UnitOutcome};
use diameter::credit_control::{
    Advice, AdviceWanted, CHARGED_FOR_SETUP, CHARGED_FOR_USE, Prices, RateElement, Tariff,
};
use money::{Amount, Currency, Percent, Price};

/// The exponent of a price: billionths.
const NANOS: i32 = -9;
/// The exponent of a percentage as a share: millionths.
const SHARE: i32 = -6;

/// What it is about.
pub(crate) enum About<'a> {
    /// A session as it is after the request.
    Session(&'a Session, &'a Reply),
    /// An event, and the rule that prices it.
    Event(&'a Debit, Option<PriceRule>),
    /// Neither.
    Nothing,
}

/// What the request wanted.
pub(crate) fn advice(
    wanted: AdviceWanted,
    about: &About<'_>,
    (cost, currency): (Option<Amount>, Currency),
    (catalog, zone): (&Snapshot, &str),
) -> Option<Advice> {
    let tariff = || match about {
        About::Session(session, Reply::Session(reply)) => {
            let unit = reply.units.first()?;
            let same = |meter: &&Meter| {
                meter.rating_group == unit.rating_group && meter.service_identifier == unit.service_identifier
            };
            let changes_at = match &unit.outcome {
                UnitOutcome::Granted { tariff_change, .. } => *tariff_change,
                _ => None,
            };
            tariff(session.meters.iter().rfind(same)?, changes_at, currency, (catalog, zone))
        }
        About::Event(debit, Some(rule)) => {
            // Which events a lot hits is not known beforehand.
            let lot = |step: &FormulaStep| matches!(step, FormulaStep::Chance(_));
            if rule.more.as_deref().is_some_and(|more| more.formula.iter().any(lot)) {
                return None;
            }
            let current = prices(rule, 0, catalog.service_by_id(debit.service)?, currency)?;
            Some(Tariff { current, changes_at: None, next: None })
        }
        _ => None,
    };
    let cost = cost.filter(|_| wanted.cost).map(|cost| wire_money(cost, currency));
    let tariff = if wanted.tariff { tariff() } else { None };
    let advice = Advice { cost, increment: None, tariff };
    (!advice.is_empty()).then_some(advice)
}

/// The prices of a meter now, and from the change on.
fn tariff(
    meter: &Meter,
    changes_at: Option<calendar::Instant>,
    currency: Currency,
    (catalog, zone): (&Snapshot, &str),
) -> Option<Tariff> {
    let service = catalog.service_by_id(meter.service)?;
    let current = prices(&meter.rule, meter.rated(), service, currency)?;
    let next = changes_at.and_then(|at| {
        let rate = catalog.tariff_rate(meter.tariff, &meter.destination, at, zone)?;
        let mut rule = meter.rule.clone();
        rule.change(meter.rated(), (&rate).into());
        prices(&rule, meter.rated(), service, currency)
    });
    Some(Tariff { current, changes_at: changes_at.map(calendar::Instant::unix_seconds), next })
}

/// What is paid once while nothing was used, and the price of the units that come next.
fn prices(rule: &PriceRule, paid: u64, service: &Service, currency: Currency) -> Option<Prices> {
    let more = rule.more.as_deref();
    let formula = more.map_or(&[][..], |more| &more.formula);
    let (price, per, once) = if formula.is_empty() {
        let changed = more.and_then(|more| more.later.last());
        let (price, per) = match changed {
            Some(later) => (later.price, later.per),
            None if paid < rule.first_interval => (rule.first_price, rule.per),
            None => (rule.next_price, rule.per),
        };
        (price, per, vec![rule.connect_fee])
    } else {
        let free = more.map_or(0, |more| more.free_units);
        of_formula(rule, formula, paid.saturating_sub(free))?
    };
    let unit_type = unit_type(service.unit);
    let cost = |price: Price| decimal(price.nanos(), NANOS);
    let setup = once.into_iter().filter(|fee| paid == 0 && *fee != Price::ZERO);
    let setup =
        setup.map(|fee| RateElement { unit_type, reason: CHARGED_FOR_SETUP, units: None, cost: cost(fee) });
    let units = Some((i64::try_from(per).ok()?, 0));
    let of_use = RateElement { unit_type, reason: CHARGED_FOR_USE, units, cost: cost(price) };
    let surcharge = more.map_or(Percent::ZERO, |more| more.surcharge);
    let scale = decimal(Percent::WHOLE.units().saturating_add(surcharge.units()), SHARE);
    Some(Prices {
        currency: u32::from(currency.numeric()),
        scale: (surcharge != Percent::ZERO).then_some(scale),
        elements: setup.chain([of_use]).collect(),
    })
}

/// The price of the interval that comes next, and what every use pays once: sums before the first interval and behind the last one. Nothing
/// where a share of the sum so far belongs to it, or the use ends here.
fn of_formula(rule: &PriceRule, steps: &[FormulaStep], paid: u64) -> Option<(Price, u64, Vec<Price>)> {
    let is_interval = |step: &FormulaStep| matches!(step, FormulaStep::Interval(_));
    let (first, last) = (steps.iter().position(is_interval)?, steps.iter().rposition(is_interval)?);
    let (mut now, mut done, mut once) = (None, 0_u64, Vec::new());
    for (position, step) in steps.iter().enumerate() {
        let is_outside = position < first || position > last;
        match step {
            FormulaStep::Interval(interval) => {
                let count = interval.count.unwrap_or(u64::MAX);
                done = done.saturating_add(interval.units.saturating_mul(count));
                now = now.or((paid < done).then_some(interval.price));
            }
            FormulaStep::Fixed(price) if is_outside => once.push(*price),
            FormulaStep::ConnectFee if is_outside => once.push(rule.connect_fee),
            FormulaStep::Chance(chance) if is_outside => once.push(chance.price.unwrap_or(rule.connect_fee)),
            FormulaStep::Percent(_) => return None,
            _ => {}
        }
    }
    Some((now?, rule.per, once))
}

/// CC-Unit-Type (RFC 8506 8.32).
const fn unit_type(unit: Unit) -> i32 {
    match unit {
        Unit::Second => 0,
        Unit::Money => 1,
        Unit::Octet => 2,
        Unit::Message | Unit::Event => 5,
    }
}

#[cfg(test)]
mod tests;
