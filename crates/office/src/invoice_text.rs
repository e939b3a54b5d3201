//! Sums, days and spans in words, as invoices print them. Must not know: customers, the clock.

use calendar::{BillingZone, Instant};
use jiff::civil::Date;
use money::Amount;

const MINUS: char = '\u{2212}';

/// `1,234.50`, negative with a real minus; at least `places` decimal places.
pub(crate) fn money_text(amount: Amount, places: u8) -> String {
    let plain = amount.text(places);
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => (Some(MINUS), rest),
        None => (None, plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text: String = sign.into_iter().collect();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// `1 July 2026`.
pub(crate) fn day_text(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// `20 June 2026 20:31` there.
pub(crate) fn moment_text(at: Instant, zone: &BillingZone) -> String {
    match at.to_jiff() {
        Some(at) => zone.jiff().to_datetime(at).strftime("%-d %B %Y %H:%M").to_string(),
        None => at.to_string(),
    }
}

/// First and last day, the year only where it is needed: (`1 June`, `30 June 2026`).
pub(crate) fn days_pair(first: Date, last: Date) -> (String, String) {
    let from =
        if first.year() == last.year() { first.strftime("%-d %B").to_string() } else { day_text(first) };
    (from, day_text(last))
}

/// `1 – 30 June 2026`, `5 June – 4 July 2026`, `20 June 2026`.
pub(crate) fn days_text(first: Date, last: Date) -> String {
    if first == last {
        return day_text(first);
    }
    if (first.year(), first.month()) == (last.year(), last.month()) {
        return format!("{} – {}", first.day(), day_text(last));
    }
    let (from, to) = days_pair(first, last);
    format!("{from} – {to}")
}
