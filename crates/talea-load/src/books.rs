//! Comparing the books of a stopped server with what was sent and answered.

use crate::LoadError;
use crate::expected_amount;
use charging::CustomerId;
use money::Amount;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use store::{MeteredUse, Store};

/// Octets that were answered by session, from 1.
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

/// What the books must have of a customer.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    octets: u64,
    amount: Amount,
    records: u64,
}

/// By customer: of each session one, or all of one, whose quota pays for everything.
fn expected(answered: &Answered, hot: bool) -> BTreeMap<u32, Expected> {
    let mut expected = BTreeMap::<u32, Expected>::new();
    for (session, octets) in answered {
        let customer = expected.entry(if hot { 1 } else { *session }).or_default();
        let amount = if hot { Amount::ZERO } else { expected_amount::of_session(*octets) };
        customer.octets += octets;
        customer.amount = customer.amount.saturating_plus(amount);
        customer.records += 1;
    }
    expected
}

/// Compares everybody's with what must be there: sessions in `answered` have ended, each of a customer of its own, or (`hot`) all of the
/// first customer, whose quota pays; all others used nothing. Only customers of `compared` are; the store's own verification is about all.
///
/// # Errors
/// The books cannot be read.
pub fn compare(
    store: &Store,
    answered: &Answered,
    compared: RangeInclusive<u32>,
    hot: bool,
) -> Result<Comparison, LoadError> {
    let mut comparison =
        Comparison { verify_differences: store.verify()?.differences.len() as u64, ..Comparison::default() };
    let metered: BTreeMap<CustomerId, MeteredUse> =
        store.metered_use()?.into_iter().map(|metered| (metered.customer, metered)).collect();
    let mut missing = expected(answered, hot);
    let balances = store.balances()?.into_iter().filter(|(customer, ..)| compared.contains(&customer.0));
    for (customer, balance, reserved) in balances {
        let expected = missing.remove(&customer.0).unwrap_or_default();
        // Charges make the balance negative: balance + expected = 0.
        comparison.balance_difference += balance.saturating_plus(expected.amount).micros().unsigned_abs();
        let metered = metered.get(&customer);
        let units = metered.map_or(0, |metered| metered.units);
        comparison.unit_difference += units.abs_diff(expected.octets);
        let records = metered.map_or(0, |metered| metered.records);
        comparison.unfinished += records.abs_diff(expected.records);
        comparison.unfinished += u64::from(!reserved.is_zero());
    }
    // Customers who are not in the books at all.
    for expected in missing.into_values() {
        comparison.balance_difference += expected.amount.micros().unsigned_abs();
        comparison.unit_difference += expected.octets;
        comparison.unfinished += expected.records;
    }
    Ok(comparison)
}
