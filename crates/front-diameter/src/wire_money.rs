//! Sums as CC-Money and Cost-Information carry them: digits and an exponent (RFC 8506 8.7, 8.8, 8.22). Knows nothing of prices.

use diameter::credit_control::Money;
use money::{Amount, Currency};

/// The exponent of the unit that we count in: millionths.
const MICROS: i32 = -6;

/// Digits without trailing zeros, and their exponent (RFC 8506 8.8).
pub(crate) fn wire_money(amount: Amount, currency: Currency) -> Money {
    let (digits, exponent) = decimal(amount.micros(), MICROS);
    Money { digits, exponent, currency: Some(u32::from(currency.numeric())) }
}

/// The shortest form of `digits * 10^exponent` with an exponent that is not positive.
pub(crate) const fn decimal(mut digits: i64, mut exponent: i32) -> (i64, i32) {
    while exponent < 0 && digits % 10 == 0 {
        digits /= 10;
        exponent += 1;
    }
    (digits, exponent)
}

/// Millionths of a sum that the network counts; `None` when it is negative, too large or in another currency than ours.
pub(crate) fn micros(money: Money, currency: Currency) -> Option<u64> {
    if money.currency.is_some_and(|code| code != u32::from(currency.numeric())) {
        return None;
    }
    let (digits, shift) = (u64::try_from(money.digits).ok()?, money.exponent.checked_sub(MICROS)?);
    let factor = 10_u64.checked_pow(shift.unsigned_abs());
    if shift < 0 { Some(factor.map_or(0, |factor| digits / factor)) } else { digits.checked_mul(factor?) }
}
