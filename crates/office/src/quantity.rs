//! Units of use in words: `12 min 5 s`, `10 MB`, `3 purchases`.

use catalog::Unit;
use money::Amount;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// Decimal places of money that a network counted itself.
const MONEY_PLACES: u8 = 2;

/// A number of units for people. Volumes count in powers of two, as networks do; what is no whole number of them shows two
/// decimal places, cut off, and the exact number of octets.
pub fn quantity(units: u64, unit: Unit) -> String {
    match unit {
        Unit::Octet => octets(units),
        Unit::Second => seconds(units),
        Unit::Message => counted(units, "message"),
        Unit::Event => counted(units, "purchase"),
        Unit::Money => Amount::from_micros(i64::try_from(units).unwrap_or(i64::MAX)).text(MONEY_PLACES),
    }
}

fn counted(units: u64, word: &str) -> String {
    let plural = if units == 1 { "" } else { "s" };
    format!("{} {word}{plural}", grouped(units))
}

fn octets(octets: u64) -> String {
    let (size, name) = match octets {
        GIB.. => (GIB, "GB"),
        MIB.. => (MIB, "MB"),
        KIB.. => (KIB, "kB"),
        _ => return counted(octets, "octet"),
    };
    let (whole, rest) = (octets / size, octets % size);
    if rest == 0 {
        return format!("{} {name}", grouped(whole));
    }
    // rest < 2^30, so the product fits.
    let hundredths = rest * 100 / size;
    format!("{}.{hundredths:02} {name} ({} octets)", grouped(whole), grouped(octets))
}

fn seconds(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, rest) => format!("{rest} s"),
        (minutes, 0) => format!("{} min", grouped(minutes)),
        (minutes, rest) => format!("{} min {rest} s", grouped(minutes)),
    }
}

/// Thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
