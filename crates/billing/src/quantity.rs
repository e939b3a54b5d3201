//! Units in words for invoices and screens: `12 min 5 s`, `1.5 GB`, `3 events`. Whole numbers only; no binary float.

use catalog::Unit;

/// Octets of a kilobyte, and of each larger unit in terms of the one before: the megabyte that tariffs price.
const STEP: u128 = 1_024;
const SIZES: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
const SECONDS_PER_MINUTE: u64 = 60;

/// So many units in words; volumes are rounded to a tenth, half up.
pub fn quantity_text(units: u64, unit: Unit) -> String {
    match unit {
        Unit::Second => duration(units),
        Unit::Octet => volume(units),
        Unit::Message => counted(units, "message", "messages"),
        Unit::Event => counted(units, "event", "events"),
    }
}

/// `20 of 30 days`, or `30 days` for a whole period.
pub fn days_text(held: u64, whole: u64) -> String {
    if held == whole {
        counted(held, "day", "days")
    } else {
        format!("{held} of {}", counted(whole, "day", "days"))
    }
}

/// `1 session`, `1,204 sessions`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(u128::from(number)), if number == 1 { one } else { many })
}

fn duration(seconds: u64) -> String {
    let (minutes, rest) = (seconds / SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE);
    match (minutes, rest) {
        (0, rest) => format!("{rest} s"),
        (minutes, 0) => format!("{} min", grouped(u128::from(minutes))),
        (minutes, rest) => format!("{} min {rest} s", grouped(u128::from(minutes))),
    }
}

fn volume(octets: u64) -> String {
    if u128::from(octets) < STEP {
        return counted(octets, "byte", "bytes");
    }
    let octets = u128::from(octets);
    let mut size = STEP;
    let mut shown = String::new();
    for name in SIZES {
        let tenths = (octets * 10 + size / 2) / size;
        shown = match tenths % 10 {
            0 => format!("{} {name}", grouped(tenths / 10)),
            tenth => format!("{}.{tenth} {name}", grouped(tenths / 10)),
        };
        if tenths < STEP * 10 {
            break;
        }
        size *= STEP;
    }
    shown
}

/// Digits in groups of three.
fn grouped(number: u128) -> String {
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
