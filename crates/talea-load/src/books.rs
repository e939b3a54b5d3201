//! Comparing the books of a stopped server with what was sent and answered.

use crate::LoadError;
use crate::expected_amount;
use charging::CustomerId;
use money::Amount;
use std::collections::BTreeMap;
use store::{MeteredUse, Store};

/// Octets that were answered by session (= customer), from 1.
pub type Answered = BTreeMap<u32, u64>;

/// How the books compare; all must be 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// Sum over all customers of how far the balance is from what it must be, millionths.
    pub balance_difference: u64,
    /// Sum over all customers of how far the units of the transaction records are from what was answered.
    pub unit_difference: u64,
    /// Sessions that do not have exactly one transaction record, and customers whose funds are still reserved.
    pub unfinished: u64,
    /// Findings of the store's own verification.
    pub verify_differences: u64,
}

impl Comparison {
    /// Whether everything agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares everybody's with what must be there: sessions of customers in `answered` have ended, all others used
/// nothing.
///
/// # Errors
/// The books cannot be read.
pub fn compare(store: &Store, answered: &Answered) -> Result<Comparison, LoadError> {
    let mut comparison =
        Comparison { verify_differences: store.verify()?.differences.len() as u64, ..Comparison::default() };
    let metered: BTreeMap<CustomerId, MeteredUse> =
        store.metered_use()?.into_iter().map(|metered| (metered.customer, metered)).collect();
    let mut missing = answered.clone();
    for (customer, balance, reserved) in store.balances()? {
        let octets = missing.remove(&customer.0);
        let expected = octets.map_or(Amount::ZERO, expected_amount::of_session);
        // Charges make the balance negative: balance + expected = 0.
        comparison.balance_difference += balance.saturating_plus(expected).micros().unsigned_abs();
        let metered = metered.get(&customer);
        let units = metered.map_or(0, |metered| metered.units);
        comparison.unit_difference += units.abs_diff(octets.unwrap_or(0));
        let records = metered.map_or(0, |metered| metered.records);
        comparison.unfinished += u64::from(records != u64::from(octets.is_some()));
        comparison.unfinished += u64::from(!reserved.is_zero());
    }
    // Customers who are not in the books at all.
    for octets in missing.into_values() {
        comparison.balance_difference += expected_amount::of_session(octets).micros().unsigned_abs();
        comparison.unit_difference += octets;
        comparison.unfinished += 1;
    }
    Ok(comparison)
}
