//! How much is granted at a time (TS 32.299 6.5): the service's policy against the wish of the network.

use crate::Asked;
use calendar::{Instant, Seconds};
use catalog::GrantPolicy;

/// Units to aim at; `None` when nothing is asked. `first` = the meter was never granted anything.
pub(crate) fn wish(policy: &GrantPolicy, asked: Asked, first: bool) -> Option<u64> {
    let usual = || policy.first_units.filter(|_| first).unwrap_or(policy.units);
    let units = match asked {
        Asked::Nothing => return None,
        Asked::Default | Asked::Units(0) => usual(),
        Asked::Units(units) => units,
    };
    Some(units.min(policy.most_units))
}

/// Units to look for: the wish and the least grant behind it, so that one look tells whether the grant is the last one, also where
/// it fits exactly (DIA-05): a network that hears it only when it asks again has nowhere to send the subscriber meanwhile.
pub(crate) fn look(policy: &GrantPolicy, wish: u64) -> u64 {
    wish.saturating_add(policy.least_units.max(1))
}

/// What of the units that funds can buy is worth granting: a trickle below the policy's least is not.
pub(crate) fn worthwhile(policy: &GrantPolicy, wanted: u64, affordable: u64) -> u64 {
    if affordable < wanted && affordable < policy.least_units { 0 } else { affordable }
}

/// `Validity-Time` in seconds: never beyond the end of what was granted, so that the network asks again when it ends.
pub(crate) fn validity(policy: &GrantPolicy, ends: Instant, now: Instant) -> u32 {
    let Seconds(left) = ends.since(now);
    u32::try_from(left.max(1)).map_or(policy.validity, |left| policy.validity.min(left))
}

/// Units left in the grant when the network asks again.
pub(crate) fn threshold(policy: &GrantPolicy, units: u64) -> u64 {
    let part = u128::from(units) * u128::from(policy.threshold_percent.min(100)) / 100;
    u64::try_from(part).unwrap_or(units)
}
