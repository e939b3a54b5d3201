//! Volume discounts: which paid units are cheaper, and what a meter costs with its discounts.
//!
//! Units are priced in the order of use; a discount is taken off what the units of its band add to the price, so the price never
//! falls when units grow. The first plan in the order of consumption counts; discounts are not added up.

use crate::apply::Work;
use crate::bucket_use::{self, Found, Wanted};
use crate::state::{Band, PlanUse};
use crate::{Account, Head};
use catalog::PlanKind;
use money::{Amount, MoneyError};
use rating::{PriceRule, price, price_banded};
use smallvec::SmallVec;

/// The discount's counter that is in force for a use.
pub(crate) fn active<'a>(head: &Head, account: &Account, wanted: &Wanted<'a>) -> Option<Found<'a>> {
    let mut plans = bucket_use::plans(wanted);
    let found = plans.find(|(_, plan)| matches!(plan.kind, PlanKind::Discount { .. }))?;
    let mut active = None;
    bucket_use::buckets_of(head, account, wanted, found, |bucket| active = Some(bucket));
    active
}

/// What paid units cost with their discounts. Units behind the last band are at the full price.
pub(crate) fn cost(rule: &PriceRule, rated: u64, bands: &[Band]) -> Result<Amount, MoneyError> {
    if bands.is_empty() {
        return price(rule, rated);
    }
    let known: u64 = bands.iter().fold(0, |sum, band| sum.saturating_add(band.units));
    let rest = (rated.saturating_sub(known), 0);
    price_banded(rule, bands.iter().map(|band| (band.units, band.percent)).chain([rest]))
}

/// The bands of the next `units`, as the counter stands, after `rated` units of the same meter; and the counter afterwards.
pub(crate) fn split(
    found: &Found<'_>,
    rule: &PriceRule,
    rated: u64,
    units: u64,
) -> Result<(SmallVec<[Band; 2]>, u64), MoneyError> {
    let mut bands = SmallVec::new();
    let mut counted = found.bucket.used;
    let PlanKind::Discount { money, steps, .. } = &found.plan.kind else { return Ok((bands, counted)) };
    let (mut so_far, mut left) = (rated, units);
    while left > 0 {
        let percent = steps.iter().rfind(|(from, _)| *from <= counted).map_or(0, |(_, percent)| *percent);
        let room =
            steps.iter().map(|(from, _)| *from).find(|from| *from > counted).map(|next| next - counted);
        let part = match room {
            None => left,
            Some(room) if *money => worth(rule, so_far, left, room)?,
            Some(room) => left.min(room),
        };
        let adds = if *money { value(rule, so_far, part)? } else { part };
        counted = counted.saturating_add(adds);
        so_far = so_far.saturating_add(part);
        left -= part;
        bands.push(Band { plan: Some(found.plan.key), percent, units: part });
    }
    Ok((bands, counted))
}

/// What `more` units add to the full price, in millionths.
fn value(rule: &PriceRule, rated: u64, more: u64) -> Result<u64, MoneyError> {
    let both = price(rule, rated.saturating_add(more))?.minus(price(rule, rated)?)?;
    Ok(u64::try_from(both.micros()).unwrap_or(0))
}

/// The fewest of `most` units that reach `room`; all of them when they do not.
fn worth(rule: &PriceRule, rated: u64, most: u64, room: u64) -> Result<u64, MoneyError> {
    if value(rule, rated, most)? < room {
        return Ok(most);
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if value(rule, rated, middle)? >= room { high = middle } else { low = middle }
    }
    Ok(high)
}

/// Counts paid units that were used: the counter goes up, the meter remembers their bands.
pub(crate) fn count(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    found: &Found<'_>,
    meter: &mut PlanUse,
    (rule, rated, units): (&PriceRule, u64, u64),
) -> Result<(), MoneyError> {
    let (bands, counted) = split(found, rule, rated, units)?;
    if let Some(bucket) = bucket_use::at(work, head, account, found) {
        bucket.used = counted;
    }
    let known: u64 = meter.bands.iter().fold(0, |sum, band| sum.saturating_add(band.units));
    let before = Band { plan: None, percent: 0, units: rated.saturating_sub(known) };
    for band in [before].into_iter().chain(bands).filter(|band| band.units > 0) {
        match meter.bands.last_mut() {
            Some(last) if last.plan == band.plan && last.percent == band.percent => {
                last.units = last.units.saturating_add(band.units);
            }
            _ => meter.bands.push(band),
        }
    }
    Ok(())
}

/// What paid units so far and `units` more will cost, as the counter stands.
pub(crate) fn ahead(
    rule: &PriceRule,
    rated: u64,
    bands: &[Band],
    counter: Option<&Found<'_>>,
    units: u64,
) -> Result<Amount, MoneyError> {
    let Some(found) = counter else { return cost(rule, rated.saturating_add(units), bands) };
    let (more, _) = split(found, rule, rated, units)?;
    let known: u64 = bands.iter().fold(0, |sum, band| sum.saturating_add(band.units));
    let before = (rated.saturating_sub(known), 0);
    let so_far = bands.iter().map(|band| (band.units, band.percent)).chain([before]);
    price_banded(rule, so_far.chain(more.iter().map(|band| (band.units, band.percent))))
}

/// The most units whose cost stays within a budget; the cost never falls when units grow.
pub(crate) fn affordable(most: u64, budget: Amount, cost: impl Fn(u64) -> Result<Amount, MoneyError>) -> u64 {
    let fits = |units| cost(units).is_ok_and(|cost| cost <= budget);
    if most == 0 || fits(most) {
        return most;
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}
