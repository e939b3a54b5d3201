//! Volume discounts: units in bands of different discounts, priced in the order of use.

use crate::PriceRule;
use crate::interval::exact;
use money::{Amount, Exact, MoneyError};

/// The charge for bands of (units, percent taken off), rounded once. From each band's part of the price its percentage is taken
/// off, so the charge never falls when units are added.
pub fn price_banded(
    rule: &PriceRule,
    bands: impl IntoIterator<Item = (u64, u8)>,
) -> Result<Amount, MoneyError> {
    let (mut units, mut full, mut sum) = (0u64, Exact::ZERO, Exact::ZERO);
    for (more, percent) in bands {
        units = units.saturating_add(more);
        let next = exact(rule, units, |_| ())?;
        let part = next.minus(full)?.share(u64::from(100u8.saturating_sub(percent)), 100)?;
        sum = sum.plus(part)?;
        full = next;
    }
    sum.round(rule.places, rule.rounding)
}
