//! Wall-clock time in a billing zone, cut into stretches in which the clock runs evenly.
//!
//! Inside a [`Stretch`] local time = UTC + a fixed offset, so that hours of the day are plain arithmetic; daylight saving is what
//! happens between two stretches.

use crate::{BillingZone, Instant};
use jiff::tz::TimeZone;

/// A span of time in which the zone's clocks are not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Seconds that local time is ahead of UTC.
    pub offset: i32,
    /// The clocks change then (the end of time when they never do).
    pub until: Instant,
}

/// What a wall clock and a wall calendar show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Year.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 = Monday to 6 = Sunday.
    pub weekday: u8,
    /// Minutes since local midnight as the clock shows them, 0 to 1439.
    pub minute: u16,
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;
const DAYS_PER_ERA: i64 = 146_097;
const SECONDS_PER_DAY: i64 = 86_400;
/// 1970-01-01 was a Thursday.
const EPOCH_WEEKDAY: i64 = 3;

impl LocalTime {
    /// From seconds since 1970-01-01T00:00:00 local time (Unix seconds + offset). The Gregorian calendar counted in eras of 400
    /// years from 1 March, so that a leap day is the last of its year.
    pub fn of_local_seconds(seconds: i64) -> Self {
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        let shifted = days + DAYS_TO_EPOCH;
        let (era, day_of_era) = (shifted.div_euclid(DAYS_PER_ERA), shifted.rem_euclid(DAYS_PER_ERA));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            // Instants span 600,000 years; nobody's calendar does.
            year: i16::try_from(year).unwrap_or(i16::MAX),
            month: month as u8,
            day: (day_of_year - (153 * from_march + 2) / 5 + 1) as u8,
            weekday: (days + EPOCH_WEEKDAY).rem_euclid(7) as u8,
            minute: (seconds.rem_euclid(SECONDS_PER_DAY) / 60) as u16,
        }
    }
}

/// Stretches are worked out beforehand between 2000 and 2100, others when they are asked for.
const KNOWN_FROM: Instant = Instant::from_unix_seconds(946_684_800);
const KNOWN_UNTIL: Instant = Instant::from_unix_seconds(4_102_444_800);

impl Stretch {
    fn at(zone: &TimeZone, at: Instant) -> Self {
        let change = at.to_jiff().and_then(|at| zone.following(at).next());
        let until = change.map_or(Instant::from_micros(i64::MAX), |c| Instant::from_jiff(c.timestamp()));
        Self { offset: at.to_jiff().map_or(0, |at| zone.to_offset(at).seconds()), until }
    }

    /// The stretches of a zone from the one that contains the year 2000 on.
    pub(crate) fn all_of(zone: &TimeZone) -> Box<[Self]> {
        let first = Self::at(zone, KNOWN_FROM);
        let next = |last: &Self| (last.until < KNOWN_UNTIL).then(|| Self::at(zone, last.until));
        std::iter::successors(Some(first), next).collect()
    }
}

impl BillingZone {
    /// The stretch that contains `at`.
    pub fn stretch(&self, at: Instant) -> Stretch {
        let position = self.stretches().partition_point(|stretch| stretch.until <= at);
        let known = self.stretches().get(position).filter(|_| at >= KNOWN_FROM);
        known.copied().unwrap_or_else(|| Stretch::at(self.jiff(), at))
    }
}

impl Stretch {
    /// Seconds since 1970-01-01T00:00:00 local time at an instant of this stretch.
    pub fn local_seconds(&self, at: Instant) -> i64 {
        at.unix_seconds().saturating_add(i64::from(self.offset))
    }
}
