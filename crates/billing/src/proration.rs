//! Which local days of a period a product was held, so that every day is paid once.
//!
//! Rules, by local calendar days (hours and clock changes do not count):
//! - the day on which holding began counts, the day on which it ended does not;
//! - held at the period's end counts to the period's end;
//! - begun and ended on one day counts that day, once;
//! - a day claimed twice in a row of holdings (one main product replaced by another, an add-on taken away and added again)
//!   belongs to the later one.

use calendar::{BillingZone, Instant};
use charging::Head;
use jiff::{ToSpan, civil::Date};

/// Local days [first, end) that are billed, and how many days a whole period has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BilledDays {
    first: Date,
    end: Date,
    whole: u32,
}

/// Held from (inclusive) to (exclusive).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding {
    pub from: Instant,
    pub to: Option<Instant>,
}

/// Days [first, end) of one holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    pub first: Date,
    pub end: Date,
}

impl Days {
    pub fn count(self) -> u32 {
        days(self.first, self.end)
    }
}

fn days(first: Date, end: Date) -> u32 {
    let span = first.until(end).map_or(0, |span| span.get_days());
    u32::try_from(span).unwrap_or(0)
}

impl BilledDays {
    /// The open period of a customer. Who signed up inside a period is billed from that day on, but the fee is for the whole
    /// calendar period.
    pub fn of_open_period(head: &Head, zone: &BillingZone) -> Self {
        let (first, end) = (zone.date(head.period_start), zone.date(head.period_end));
        let calendar_start = head.period.start_of(head.period_end.plus_micros(-1), zone);
        let whole = days(zone.date(calendar_start).min(first), end);
        Self { first, end, whole }
    }

    /// Days of a whole period.
    pub fn whole(&self) -> u32 {
        self.whole
    }

    /// Days of each holding inside the period; `holdings` follow each other in time.
    pub fn held(&self, holdings: &[Holding], zone: &BillingZone) -> Vec<Days> {
        let began: Vec<Date> = holdings.iter().map(|holding| zone.date(holding.from)).collect();
        let next = began.iter().skip(1).copied().map(Some).chain([None]);
        let rows = holdings.iter().zip(&began).zip(next);
        rows.map(|((holding, began), next)| {
            let ended = holding.to.map_or(self.end, |to| zone.date(to).max(began.saturating_add(1.day())));
            let end = next.map_or(ended, |next| ended.min(next)).min(self.end);
            let first = (*began).max(self.first);
            Days { first, end: end.max(first) }
        })
        .collect()
    }
}
