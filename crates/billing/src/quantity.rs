//! Units in words for invoices: `12 min 5 s`, `1.5 GB`, `3 events`. Whole numbers only; no binary float.

use crate::InvoiceWords;
use catalog::Unit;
use money::Amount;

/// Octets of a kilobyte, and of each larger unit in terms of the one before: the megabyte that tariffs price.
const STEP: u128 = 1_024;
/// Decimal places of money that a network counted itself.
const MONEY_PLACES: u8 = 2;
const SECONDS_PER_MINUTE: u64 = 60;

/// So many units in words; volumes are rounded to a tenth, half up.
pub fn quantity_text(units: u64, unit: Unit, words: &InvoiceWords) -> String {
    match unit {
        Unit::Second => duration(units, words),
        Unit::Octet => volume(units, words),
        Unit::Message => words.counted(units, &words.message, &words.messages),
        Unit::Event => words.counted(units, &words.event, &words.events),
        Unit::Money => Amount::from_micros(i64::try_from(units).unwrap_or(i64::MAX)).text(MONEY_PLACES),
    }
}

/// `20 of 30 days`, or `30 days` for a whole period.
pub fn days_text(held: u64, whole: u64, words: &InvoiceWords) -> String {
    let all = words.counted(whole, &words.day, &words.days);
    if held == whole {
        return all;
    }
    words.part_of_days.replace("{held}", &held.to_string()).replace("{whole}", &all)
}

fn duration(seconds: u64, words: &InvoiceWords) -> String {
    let (minutes, rest) = (seconds / SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE);
    let minutes_text = words.counted(minutes, &words.minutes, &words.minutes);
    let rest_text = words.counted(rest, &words.seconds, &words.seconds);
    match (minutes, rest) {
        (0, _) => rest_text,
        (_, 0) => minutes_text,
        _ => format!("{minutes_text} {rest_text}"),
    }
}

fn volume(octets: u64, words: &InvoiceWords) -> String {
    let mut units = words.volume_units.split(' ');
    let smallest = units.next().unwrap_or_default();
    let mut shown = words.counted(octets, smallest, smallest);
    let octets = u128::from(octets);
    let mut size = STEP;
    for name in units {
        if octets < STEP {
            break;
        }
        let tenths = (octets * 10 + size / 2) / size;
        let whole = words.grouped(&(tenths / 10).to_string());
        shown = match tenths % 10 {
            0 => format!("{whole} {name}"),
            tenth => format!("{whole}{}{tenth} {name}", words.decimal_mark),
        };
        if tenths < STEP * 10 {
            break;
        }
        size *= STEP;
    }
    shown
}
