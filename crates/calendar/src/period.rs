//! Billing periods: half-open spans of whole local days, [start, end).

use crate::{BillingZone, Instant};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// First day of the second half of a month.
const SECOND_HALF: i8 = 16;

/// How often a customer is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingPeriod {
    /// One local day.
    Daily,
    /// Monday to Sunday.
    Weekly,
    /// A calendar month.
    Monthly,
    /// From the 1st to the 15th and from the 16th to the end of the month.
    HalfMonthly,
}

impl BillingPeriod {
    /// The boundary that ends the period containing `at`: local midnight, always later than `at`.
    pub fn end_after(self, at: Instant, zone: &BillingZone) -> Instant {
        let next = self.first_day(zone.date(at)).and_then(|day| self.step(day));
        next.map_or(Instant::from_micros(i64::MAX), |day| zone.midnight(day))
    }

    /// The boundary that starts the period containing `at` (at or before it).
    pub fn start_of(self, at: Instant, zone: &BillingZone) -> Instant {
        self.first_day(zone.date(at)).map_or(at, |day| zone.midnight(day))
    }

    /// The local midnight so many whole periods after the day of `from`; half a month counts as 15 days, two as a month.
    pub fn run_on(self, from: Instant, count: u16, zone: &BillingZone) -> Instant {
        let (day, count) = (zone.date(from), i64::from(count));
        let end = match self {
            Self::Daily => day.checked_add(count.days()),
            Self::Weekly => day.checked_add(count.weeks()),
            Self::Monthly => day.checked_add(count.months()),
            Self::HalfMonthly => day.checked_add((count / 2).months().days(count % 2 * 15)),
        };
        end.map_or(Instant::from_micros(i64::MAX), |day| zone.midnight(day))
    }

    fn first_day(self, date: Date) -> Option<Date> {
        match self {
            Self::Daily => Some(date),
            Self::Weekly => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(back.days()).ok()
            }
            Self::Monthly => Some(date.first_of_month()),
            Self::HalfMonthly if date.day() >= SECOND_HALF => date.with().day(SECOND_HALF).build().ok(),
            Self::HalfMonthly => Some(date.first_of_month()),
        }
    }

    fn step(self, day: Date) -> Option<Date> {
        match self {
            Self::Daily => day.checked_add(1.day()).ok(),
            Self::Weekly => day.checked_add(7.days()).ok(),
            Self::Monthly => day.checked_add(1.month()).ok(),
            Self::HalfMonthly if day.day() >= SECOND_HALF => day.first_of_month().checked_add(1.month()).ok(),
            Self::HalfMonthly => day.with().day(SECOND_HALF).build().ok(),
        }
    }
}

/// Whole local days from the day of `from` to the day of `to` (0 when not later). Daylight saving does not count.
pub fn days_between(from: Instant, to: Instant, zone: &BillingZone) -> u32 {
    let span = zone.date(from).until(zone.date(to)).map(|s| s.get_days()).unwrap_or(0);
    u32::try_from(span).unwrap_or(0)
}
