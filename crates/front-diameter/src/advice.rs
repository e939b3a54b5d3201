//! Advice of charge for clients that ask for it (AoC-Request-Type, TS 32.280): what the use has cost so far, and the price of what comes
//! next. Told as far as it is exact: a price by formula is not told, and free units, least and greatest charges are not part of it.

use crate::wire_money::{decimal, wire_money};
use catalog::{Snapshot, Unit};
use charging::{Meter, Reply, Session, UnitOutcome};
use diameter::credit_control::{
    Advice, AdviceWanted, CHARGED_FOR_SETUP, CHARGED_FOR_USE, RateElement, Tariff,
};
use money::{Amount, Currency, Percent, Price};

/// The exponent of a price: billionths.
const NANOS: i32 = -9;
/// The exponent of a percentage as a share: millionths.
const SHARE: i32 = -6;

/// What the request wanted, as the session (none for an event) is after it.
pub(crate) fn advice(
    wanted: AdviceWanted,
    (session, reply): (Option<&Session>, &Reply),
    (cost, currency): (Option<Amount>, Currency),
    catalog: &Snapshot,
) -> Option<Advice> {
    let advice = Advice {
        cost: cost.filter(|_| wanted.cost).map(|cost| wire_money(cost, currency)),
        tariff: session
            .filter(|_| wanted.tariff)
            .and_then(|session| tariff(session, reply, currency, catalog)),
    };
    (!advice.is_empty()).then_some(advice)
}

/// Of the first rating group that was answered.
fn tariff(session: &Session, reply: &Reply, currency: Currency, catalog: &Snapshot) -> Option<Tariff> {
    let Reply::Session(reply) = reply else { return None };
    let unit = reply.units.first()?;
    let same = |meter: &&Meter| {
        meter.rating_group == unit.rating_group && meter.service_identifier == unit.service_identifier
    };
    let meter = session.meters.iter().rfind(same)?;
    let changes_at = match &unit.outcome {
        UnitOutcome::Granted { tariff_change, .. } => tariff_change.map(calendar::Instant::unix_seconds),
        _ => None,
    };
    let (elements, surcharge) = elements(meter, unit_type(catalog.service_by_id(meter.service)?.unit))?;
    let scale = decimal(Percent::WHOLE.units().saturating_add(surcharge.units()), SHARE);
    let currency = u32::from(currency.numeric());
    Some(Tariff { currency, scale: (surcharge != Percent::ZERO).then_some(scale), elements, changes_at })
}

/// The fee of the beginning while nothing was paid for, and the price of the units that come next.
fn elements(meter: &Meter, unit_type: i32) -> Option<(Vec<RateElement>, Percent)> {
    let (rule, paid) = (&meter.rule, meter.rated());
    let more = rule.more.as_deref();
    if more.is_some_and(|more| !more.formula.is_empty()) {
        return None;
    }
    let changed = more.and_then(|more| more.later.last());
    let (price, per) = match changed {
        Some(later) => (later.price, later.per),
        None if paid < rule.first_interval => (rule.first_price, rule.per),
        None => (rule.next_price, rule.per),
    };
    let cost = |price: Price| decimal(price.nanos(), NANOS);
    let mut elements = Vec::new();
    if paid == 0 && rule.connect_fee != Price::ZERO {
        let fee = cost(rule.connect_fee);
        elements.push(RateElement { unit_type, reason: CHARGED_FOR_SETUP, units: None, cost: fee });
    }
    let units = Some((i64::try_from(per).ok()?, 0));
    elements.push(RateElement { unit_type, reason: CHARGED_FOR_USE, units, cost: cost(price) });
    Some((elements, more.map_or(Percent::ZERO, |more| more.surcharge)))
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
