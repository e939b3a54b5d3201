//! The Time type: 32-bit seconds since 1900 that wrap in 2036 (RFC 6733 4.3.1, RFC 5905 6).

/// Seconds from 1900-01-01 to 1970-01-01.
const EPOCH_OFFSET: i64 = 2_208_988_800;
/// Seconds of one era of 32 bits.
const ERA: i64 = 1 << 32;
const DAY: i64 = 86_400;

/// Unix seconds of a wire value: with the top bit it is 1968 to 2036, without it the era after that.
#[must_use]
pub const fn unix_from_wire(wire: u32) -> i64 {
    let era = if wire & 0x8000_0000 == 0 { ERA } else { 0 };
    wire as i64 + era - EPOCH_OFFSET
}

/// The wire value of Unix seconds between 1968 and 2104; outside it wraps, as the type does.
#[must_use]
pub const fn wire_from_unix(unix_seconds: i64) -> u32 {
    unix_seconds.wrapping_add(EPOCH_OFFSET).rem_euclid(ERA) as u32
}

/// `2026-06-01 12:00:00Z`, for traces.
#[must_use]
pub fn to_text(unix_seconds: i64) -> String {
    let (days, second) = (unix_seconds.div_euclid(DAY), unix_seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// Gregorian date of a day number since 1970, counted in years that begin in March so that leap days come last.
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (cycle, of_cycle) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_cycle = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = cycle * 400 + year_of_cycle + (month <= 2) as i64;
    (year, month, day)
}
