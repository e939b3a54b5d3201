//! What decides surcharges that only some uses pay: a number that a use has for ever, made of what its record says. Priced again, by
//! another report, a repetition or a rerating, it draws the same.

use crate::{CustomerId, SessionKey, Xdr};
use calendar::Instant;

/// The lot of a use known by a reference, or by its beginning where it has none.
pub(crate) fn of(customer: CustomerId, reference: Option<&str>, started_at: Instant) -> u64 {
    // FNV-1a: the same in every release, and nobody gains by choosing his references.
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let beginning = if reference.is_none() { started_at.as_micros().cast_unsigned() } else { 0 };
    let numbers = [u64::from(customer.0), beginning].into_iter().flat_map(u64::to_le_bytes);
    let octets = numbers.chain(reference.unwrap_or_default().bytes());
    octets.fold(BASIS, |digest, octet| (digest ^ u64::from(octet)).wrapping_mul(PRIME))
}

/// The lot of a network session; its records have the shown name as reference.
pub(crate) fn of_session(customer: CustomerId, key: &SessionKey) -> u64 {
    of(customer, Some(&key.shown()), Instant::default())
}

/// The lot that decided a record.
pub(crate) fn of_record(xdr: &Xdr) -> u64 {
    of(xdr.customer, xdr.reference.as_deref(), xdr.started_at)
}
