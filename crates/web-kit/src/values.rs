//! How values look: money, instants, octets, durations, counts. One way on every screen, tabular numerals, a real minus.
//!
//! Integers in, [`Markup`] out; no binary float touches them. Must not know: where the values come from, the clock
//! (a caller that wants "3 min ago" passes `now`).

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::markup::{Markup, components, el};

/// Millionths in one currency unit: the scale of every amount (design 3.2).
const MILLIONTHS: u64 = 1_000_000;
/// Decimal places that a millionth needs.
const SCALE: usize = 6;
/// U+2212: stands on the line of the digits, unlike a hyphen.
pub const MINUS: char = '\u{2212}';

/// An amount of money. `money(-12_500_000, "USD", 2)` reads `−12.50 USD`.
///
/// `amount` in millionths of the unit, `exponent` the currency's decimal places (ISO 4217). Digits beyond the exponent
/// are shown, never rounded away (a rate of 0.015 stays 0.015).
pub fn money(amount: i64, currency: &str, exponent: u8) -> Money {
    Money { amount, currency: currency.to_owned(), exponent, signed: false, tone: false }
}

/// See [`money`].
#[derive(Clone, Debug)]
pub struct Money {
    amount: i64,
    currency: String,
    exponent: u8,
    signed: bool,
    tone: bool,
}

impl Money {
    /// Shows a plus before amounts above zero (movements rather than states).
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.signed = true;
        self
    }

    /// Colours amounts below zero (the minus already says it).
    #[must_use]
    pub fn toned(mut self) -> Self {
        self.tone = true;
        self
    }

    /// The digits with sign and grouping, without the code: for titles, e-mails and tests.
    pub fn digits(&self) -> String {
        let sign = match self.amount.signum() {
            -1 => MINUS.to_string(),
            1 if self.signed => "+".to_owned(),
            _ => String::new(),
        };
        format!("{sign}{}", unsigned_decimal(self.amount.unsigned_abs(), self.exponent, true))
    }

    fn render(&self) -> Markup {
        let minus = if self.amount < 0 { "-" } else { "" };
        let exact = unsigned_decimal(self.amount.unsigned_abs(), self.exponent, false);
        el("data")
            .class("money")
            .class_if(self.tone && self.amount < 0, "bad-ink")
            .attr("value", format!("{minus}{exact}"))
            .child(self.digits())
            .child(el("span").class("cur").child(format!("\u{a0}{}", self.currency)))
            .into()
    }
}

fn unsigned_decimal(amount: u64, exponent: u8, group: bool) -> String {
    let whole = (amount / MILLIONTHS).to_string();
    let fraction = format!("{:06}", amount % MILLIONTHS);
    let keep = usize::from(exponent).min(SCALE).max(fraction.trim_end_matches('0').len());
    let whole = if group { grouped(&whole) } else { whole };
    match fraction.get(..keep) {
        Some(digits) if !digits.is_empty() => format!("{whole}.{digits}"),
        _ => whole,
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with grouping: `10,482,113`.
pub fn count(number: u64) -> Markup {
    el("span").class("num").child(grouped(&number.to_string())).into()
}

/// How much of an instant is shown; the exact one is always in the title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Day,
    Minute,
    Second,
    Clock,
}

/// An instant in the viewer's zone, the exact UTC instant on hover: `1 Jun 2026, 14:05`.
///
/// `micros` since 1970 UTC; `zone` an IANA name. An unknown zone is shown in UTC and says so.
pub fn instant(micros: i64, zone: &str) -> Instant {
    Instant { micros, zone: zone.to_owned(), precision: Precision::Minute, now: None }
}

/// A day in the viewer's zone: `1 Jun 2026`.
pub fn day(micros: i64, zone: &str) -> Instant {
    Instant { micros, zone: zone.to_owned(), precision: Precision::Day, now: None }
}

/// See [`instant`].
#[derive(Clone, Debug)]
pub struct Instant {
    micros: i64,
    zone: String,
    precision: Precision,
    now: Option<i64>,
}

impl Instant {
    /// Shows seconds.
    #[must_use]
    pub fn seconds(mut self) -> Self {
        self.precision = Precision::Second;
        self
    }

    /// Shows the time of day alone, to the millisecond: lists of what happened within minutes.
    #[must_use]
    pub fn clock(mut self) -> Self {
        self.precision = Precision::Clock;
        self
    }

    /// Shows the distance to `now` in micros (`3 min ago`, `in 2 d`) instead; the title keeps the exact instant.
    #[must_use]
    pub fn ago(mut self, now: i64) -> Self {
        self.now = Some(now);
        self
    }

    /// The words alone.
    pub fn words(&self) -> String {
        match (self.now, self.local()) {
            (Some(now), _) => distance(self.micros, now),
            (None, Some((local, suffix))) => {
                let pattern = match self.precision {
                    Precision::Day => "%-d %b %Y",
                    Precision::Minute => "%-d %b %Y, %H:%M",
                    Precision::Second => "%-d %b %Y, %H:%M:%S",
                    Precision::Clock => "%H:%M:%S%.3f",
                };
                format!("{}{suffix}", local.strftime(pattern))
            }
            (None, None) => "out of range".to_owned(),
        }
    }

    fn local(&self) -> Option<(Zoned, &'static str)> {
        let stamp = Timestamp::from_microsecond(self.micros).ok()?;
        Some(match TimeZone::get(&self.zone) {
            Ok(zone) => (stamp.to_zoned(zone), ""),
            Err(_) => (stamp.to_zoned(TimeZone::UTC), " UTC"),
        })
    }

    fn render(&self) -> Markup {
        let exact =
            Timestamp::from_microsecond(self.micros).map(|stamp| stamp.to_string()).unwrap_or_default();
        el("time").class("num").attr("datetime", &exact).attr("title", &exact).child(self.words()).into()
    }
}

fn distance(then: i64, now: i64) -> String {
    let gap = now.saturating_sub(then);
    let words = short_duration(gap.unsigned_abs() / 1_000_000);
    match gap {
        0..1_000_000 => "now".to_owned(),
        1_000_000.. => format!("{words} ago"),
        _ => format!("in {words}"),
    }
}

/// The largest unit only: `3 min`, `2 h`, `5 d`.
fn short_duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A duration in words: `45 s`, `12 min 5 s`, `3 h 07 min`, `2 d 4 h`; the exact seconds on hover.
pub fn seconds(total: u64) -> Markup {
    let words = match total {
        0..60 => format!("{total} s"),
        60..3600 if total.is_multiple_of(60) => format!("{} min", total / 60),
        60..3600 => format!("{} min {} s", total / 60, total % 60),
        3600..86_400 => format!("{} h {:02} min", total / 3600, total % 3600 / 60),
        _ => format!("{} d {} h", total / 86_400, total % 86_400 / 3600),
    };
    measured(&format!("{} seconds", grouped(&total.to_string())), words)
}

/// Octets in decimal units with three significant digits (`1.25 GB`); the exact number on hover.
pub fn octets(total: u64) -> Markup {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    measured(&format!("{} octets", grouped(&total.to_string())), scaled(total, 1000, &UNITS))
}

/// Octets in binary units (`1.25 GiB`): for tariffs whose unit is 1024-based.
pub fn octets_binary(total: u64) -> Markup {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    measured(&format!("{} octets", grouped(&total.to_string())), scaled(total, 1024, &UNITS))
}

/// Bits per second (`10 Mbps`).
pub fn bits_per_second(rate: u64) -> Markup {
    const UNITS: [&str; 7] = ["bps", "kbps", "Mbps", "Gbps", "Tbps", "Pbps", "Ebps"];
    measured(&format!("{} bits per second", grouped(&rate.to_string())), scaled(rate, 1000, &UNITS))
}

fn measured(exact: &str, words: String) -> Markup {
    el("span").class("num").attr("title", exact).child(words).into()
}

fn scaled(total: u64, step: u64, units: &[&str]) -> String {
    let mut divisor: u64 = 1;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    while total / divisor >= step
        && let Some(next) = units.next()
    {
        divisor = divisor.saturating_mul(step);
        unit = next;
    }
    let hundredths = u128::from(total) * 100 / u128::from(divisor);
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let number = match whole {
        _ if rest == 0 => whole.to_string(),
        0..10 => format!("{whole}.{rest:02}").trim_end_matches('0').to_owned(),
        10..100 if rest >= 10 => format!("{whole}.{}", rest / 10),
        _ => whole.to_string(),
    };
    format!("{number}\u{a0}{unit}")
}

/// An identifier (IMSI, MAC, order number) in tabular type with a copy button where scripts run.
pub fn copyable(text: &str) -> Markup {
    el("span")
        .class("copyable")
        .child(el("code").child(text))
        .child(
            el("button")
                .class("icon-button needs-js")
                .attr("type", "button")
                .attr("data-copy", text)
                .attr("aria-label", format!("Copy {text}"))
                .child(crate::icon::Icon::Copy),
        )
        .into()
}

components!(Money, Instant);
