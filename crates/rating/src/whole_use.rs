//! The price of a use whose beginning and length are known: a call in a file, a purchase, what a call has cost a reseller or us.

use crate::PriceRule;
use calendar::{Instant, Seconds};
use catalog::{AtSwitch, Snapshot, TariffRate, Unit};

/// Price changes within one use that are looked at; 400 days of three a day.
const CHANGES_MOST: usize = 1_200;

/// The rule for `units` used from `at` on, where `found` is the tariff's rate at that instant; the first `covered` of them are not
/// paid by it. Time is split at the price changes on its way when the tariff says so; everything else has the price of its beginning.
pub fn whole_use(
    catalog: &Snapshot,
    found: &TariffRate<'_>,
    (destination, at, zone): (&str, Instant, &str),
    (units, covered, unit): (u64, u64, Option<Unit>),
) -> PriceRule {
    let mut rule = PriceRule::from(found);
    if found.tariff.at_switch != AtSwitch::Split || unit != Some(Unit::Second) {
        return rule;
    }
    let span = (at, at.plus(Seconds(units)));
    for (change, next) in catalog.price_changes(*found, destination, span, zone).take(CHANGES_MOST) {
        rule.change(change.since(at).0.saturating_sub(covered), (&next).into());
    }
    rule
}
