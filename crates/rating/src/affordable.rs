//! How many more units a sum of money can pay for.

use crate::{PriceRule, price};
use money::Amount;

/// The largest `n <= most` with `price(used + n) <= budget`; 0 when not even one unit fits. The budget is the whole
/// money for used and further units together.
pub fn affordable(rule: &PriceRule, used: u64, most: u64, budget: Amount) -> u64 {
    let fits = |n: u64| {
        let units = used.checked_add(n);
        units.is_some_and(|units| price(rule, units).is_ok_and(|cost| cost <= budget))
    };
    if fits(most) {
        return most;
    }
    // Price never falls when units grow, so the answer is found by halving: fits(low) and not fits(high) hold throughout.
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}
