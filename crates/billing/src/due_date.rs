//! Dates of an invoice in the customer's billing zone.

use calendar::{BillingZone, Instant};
use jiff::{ToSpan, civil::Date};

/// The last day on which the invoice can be paid in time: `net_days` after the local day of issue.
pub fn due_date(issued: Instant, net_days: u16, zone: &BillingZone) -> Date {
    zone.date(issued).saturating_add(i64::from(net_days).days())
}

/// The instant from which the invoice is overdue: the local midnight that ends the due date.
pub fn due_at(issued: Instant, net_days: u16, zone: &BillingZone) -> Instant {
    zone.midnight(due_date(issued, net_days, zone).saturating_add(1.day()))
}

/// First and last local day of a period [start, end), as an invoice prints them.
pub fn period_dates(start: Instant, end: Instant, zone: &BillingZone) -> (Date, Date) {
    let first = zone.date(start);
    let last = zone.date(end.plus_micros(-1));
    (first, last.max(first))
}
