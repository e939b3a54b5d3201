//! Which local days of a span something was held, so that every day counts once.
//!
//! Rules, by local calendar days (hours and clock changes do not count):
//! - the day on which holding began counts, the day on which it ended does not;
//! - held at the span's end counts to the span's end;
//! - begun and ended on one day counts that day, once;
//! - a day claimed twice in a row of holdings (one main product replaced by another, an add-on taken away and added again)
//!   belongs to the later one.

use crate::{BillingZone, Instant};
use jiff::{ToSpan, civil::Date};

/// Local days [first, end).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// First day.
    pub first: Date,
    /// The day after the last one; not before `first`.
    pub end: Date,
}

impl DaySpan {
    /// The local days from the day of one instant to the day before another's.
    pub fn between(from: Instant, to: Instant, zone: &BillingZone) -> Self {
        let first = zone.date(from);
        Self { first, end: zone.date(to).max(first) }
    }

    /// How many days.
    pub fn count(self) -> u32 {
        let days = self.first.until(self.end).map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or(0)
    }

    /// The days that are in both; none when there are none.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        let first = self.first.max(other.first);
        Self { first, end: self.end.min(other.end).max(first) }
    }

    /// From the local midnight that begins the first day to the one that ends the last.
    pub fn instants(self, zone: &BillingZone) -> (Instant, Instant) {
        (zone.midnight(self.first), zone.midnight(self.end))
    }
}

/// Days of each holding, from (inclusive) to (exclusive), inside a span of days; `holdings` follow each other in time.
pub fn held_days(
    holdings: &[(Instant, Option<Instant>)],
    within: DaySpan,
    zone: &BillingZone,
) -> Vec<DaySpan> {
    let began: Vec<Date> = holdings.iter().map(|(from, _)| zone.date(*from)).collect();
    let next = began.iter().skip(1).copied().map(Some).chain([None]);
    let rows = holdings.iter().zip(&began).zip(next);
    rows.map(|(((_, to), began), next)| {
        let ended = to.map_or(within.end, |to| zone.date(to).max(began.saturating_add(1.day())));
        let end = next.map_or(ended, |next| ended.min(next)).max(*began);
        DaySpan { first: *began, end }.within(within)
    })
    .collect()
}
