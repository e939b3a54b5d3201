//! Prices that change while something is used: which units of a report belong to which price, what is told to the network
//! beforehand (Tariff-Time-Change, TS 32.299 7.2), and what the use costs us.
//!
//! A session stays with its tariff; at a switch the catalog of the day says what that tariff costs from then on.

use crate::{Meter, Source, Used};
use calendar::{Instant, Seconds};
use catalog::{AtSwitch, DayPart, ProductId, RateQuery, ServiceId, Snapshot, TariffId, TariffRate, Unit};
use money::{Amount, Currency};
use rating::{PriceRule, price, whole_use};
use serde::{Deserialize, Serialize};

/// Switches between two reports that are looked at: a month of three a day.
const SWITCHES_MOST: usize = 100;
/// How far ahead a grant without validity time is taken to reach.
pub(crate) const REACH: Seconds = Seconds(24 * 3_600);

/// Another price from an instant on.
pub(crate) struct Switch {
    pub at: Instant,
    pub rule: PriceRule,
    pub part: DayPart,
}

impl From<(Instant, TariffRate<'_>)> for Switch {
    fn from((at, rate): (Instant, TariffRate<'_>)) -> Self {
        Self { at, rule: (&rate).into(), part: rate.day_part }
    }
}

/// The switches of a meter's price after `from` and before `until`.
fn switches(catalog: &Snapshot, meter: &Meter, (from, until): (Instant, Instant), zone: &str) -> Vec<Switch> {
    let switches = at_switch(catalog, meter.tariff) != AtSwitch::Keep;
    let found = switches.then(|| catalog.tariff_rate(meter.tariff, &meter.destination, from, zone)).flatten();
    let Some(found) = found else { return Vec::new() };
    let changes = catalog.price_changes(found, &meter.destination, (from, until), zone);
    changes.take(SWITCHES_MOST).map(Switch::from).collect()
}

pub(crate) fn at_switch(catalog: &Snapshot, tariff: TariffId) -> AtSwitch {
    catalog.tariff_by_id(tariff).map_or(AtSwitch::Keep, |tariff| tariff.at_switch)
}

/// The switches in so many seconds after an instant.
pub(crate) fn within(
    catalog: &Snapshot,
    meter: &Meter,
    (from, seconds): (Instant, u64),
    zone: &str,
) -> Vec<Switch> {
    switches(catalog, meter, (from, from.plus(Seconds(seconds))), zone)
}

/// The switches since a meter was counted last, up to and with `at`.
pub(crate) fn since_counted(catalog: &Snapshot, meter: &Meter, at: Instant, zone: &str) -> Vec<Switch> {
    switches(catalog, meter, (meter.counted_at, at.plus_micros(1)), zone)
}

/// Cuts the units of a report at its switches: so many before each one.
pub(crate) fn cut(catalog: &Snapshot, meter: &Meter, used: Used, more: u64, switches: &[Switch]) -> Vec<u64> {
    if switches.is_empty() {
        return Vec::new();
    }
    let split = at_switch(catalog, meter.tariff) == AtSwitch::Split;
    let unit = catalog.service_by_id(meter.service).map(|service| service.unit);
    let (mut left, mut from) = (more, meter.counted_at);
    let mut after = if let Used::Parted { after, .. } = used { Some(after) } else { None };
    let mut before = |switch: &Switch| {
        let part = match after.take() {
            Some(after) if split => left.saturating_sub(after),
            None if split && unit == Some(Unit::Second) => left.min(switch.at.since(from).0),
            _ => left,
        };
        (left, from) = (left - part, switch.at);
        part
    };
    switches.iter().map(&mut before).collect()
}

/// The switch that a grant of `units` may run into, where the network is told of it: use is split there.
pub(crate) fn ahead(
    catalog: &Snapshot,
    meter: &Meter,
    (at, validity, units): (Instant, u32, u64),
    zone: &str,
) -> Option<Switch> {
    if at_switch(catalog, meter.tariff) != AtSwitch::Split {
        return None;
    }
    let second = catalog.service_by_id(meter.service).is_some_and(|service| service.unit == Unit::Second);
    let reach = match validity {
        _ if second => Seconds(units),
        0 => REACH,
        validity => Seconds(u64::from(validity)),
    };
    switches(catalog, meter, (at, at.plus(reach)), zone).into_iter().next()
}

/// What a use costs us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Code of the connection that carried it.
    pub connection: String,
    /// Tariff of its vendor.
    pub tariff: TariffId,
    /// The cost.
    pub amount: Amount,
    /// Currency of the cost.
    pub currency: Currency,
}

/// The cost of a whole use, if a connection carried it and its vendor has a rate. `lot` decides the vendor's surcharges by chance.
pub(crate) fn cost(
    catalog: &Snapshot,
    source: &Source,
    (service, destination): (ServiceId, &str),
    (at, units): (Instant, u64),
    lot: impl FnOnce() -> u64,
) -> Option<Box<Cost>> {
    const NO_PRODUCTS: &[ProductId] = &[];
    let query = RateQuery {
        products: NO_PRODUCTS,
        service,
        node: &source.node,
        access_code: &source.access_code,
        destination,
        at,
        zone: "UTC",
    };
    let found = catalog.cost(&query)?;
    let unit = catalog.service_by_id(service).map(|service| service.unit);
    let mut rule = whole_use(catalog, &found.rate, (destination, at, found.zone), (units, 0, unit));
    rule.draw(lot);
    let amount = price(&rule, units).ok()?;
    let (connection, currency) = (found.connection.code.clone(), found.rate.currency);
    Some(Box::new(Cost { connection, tariff: found.rate.tariff.id, amount, currency }))
}
