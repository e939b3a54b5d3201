//! What a session must have cost, by the sentence that a customer reads: one cent for each started megabyte.
//!
//! On purpose written anew and without the rating code: a checker that shares code with what it checks finds nothing.

use money::Amount;

/// Octets of one megabyte as the sample tariff counts them.
pub const MEGABYTE: u64 = 1_048_576;
/// One cent, in millionths of a dollar.
const CENT: u64 = 10_000;

/// The charge for a session that used so many octets in all.
#[must_use]
pub fn of_session(octets: u64) -> Amount {
    let started = octets / MEGABYTE + u64::from(!octets.is_multiple_of(MEGABYTE));
    Amount::from_micros(i64::try_from(started.saturating_mul(CENT)).unwrap_or(i64::MAX))
}
