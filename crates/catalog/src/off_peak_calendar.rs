//! Compiled off-peak periods: which prices hold at a moment, and when that changes next.
//!
//! Where nothing but hours and weekdays counts, as with most tariffs, a week is worked out beforehand.

use crate::{Catalog, DayPart, HolidayCalendar, TimeWindow};
use calendar::{BillingZone, Instant, LocalTime};

/// The off-peak periods of one tariff, or one of a schedule.
#[derive(Debug)]
pub(crate) struct OffPeakCalendar {
    first: Vec<Window>,
    second: Vec<Window>,
    /// Minutes of the day at which a window may open or close, ascending; midnight is one of them.
    boundaries: Vec<u16>,
    /// Where dates do not count: the minutes of the week at which another period begins, ascending.
    week: Option<Vec<(u16, DayPart)>>,
}

/// One window: a set of minutes, weekdays, days, months, and perhaps holidays.
#[derive(Debug)]
pub(crate) struct Window {
    hours: Vec<(u16, u16)>,
    weekdays: u32,
    days: u32,
    months: u32,
    holidays: Option<Holidays>,
}

#[derive(Debug)]
struct Holidays {
    /// Days of each month, every year.
    yearly: [u32; 12],
    /// Year, month, day; ascending.
    dates: Vec<(i16, u8, u8)>,
}

const MINUTES_PER_DAY: u16 = 24 * 60;
const SECONDS_PER_DAY: i64 = 86_400;
const SECONDS_PER_WEEK: i64 = 7 * SECONDS_PER_DAY;
/// The first Monday of 1970.
const MONDAY: i64 = 4 * SECONDS_PER_DAY;
/// No price change is looked for further ahead.
const DAYS_AHEAD_MOST: i64 = 400;

impl OffPeakCalendar {
    /// The calendar of up to two periods by code, such as a tariff's; `None` when there are none (or they do not exist, which validation
    /// tells).
    pub fn of_periods(codes: &[String], catalog: &Catalog) -> Option<Self> {
        let windows = |position: usize| -> Vec<Window> {
            let period = codes.get(position);
            let period = period.and_then(|code| catalog.off_peak_periods.iter().find(|p| p.code == *code));
            let windows = period.map_or(&[][..], |p| &p.when);
            windows.iter().filter_map(|w| Window::compile(w, &catalog.holidays).ok()).collect()
        };
        let (first, second) = (windows(0), windows(1));
        if first.is_empty() && second.is_empty() {
            return None;
        }
        let ends =
            first.iter().chain(&second).flat_map(|w| w.hours.iter().flat_map(|(from, to)| [*from, *to]));
        let mut boundaries: Vec<u16> = ends.chain([0]).filter(|minute| *minute < MINUTES_PER_DAY).collect();
        boundaries.sort_unstable();
        boundaries.dedup();
        let dated = first.iter().chain(&second).any(Window::is_dated);
        let mut calendar = Self { first, second, boundaries, week: None };
        calendar.week = (!dated).then(|| calendar.usual_week());
        Some(calendar)
    }

    /// The changes of any week, when all are alike. The last one of a week holds into the next.
    fn usual_week(&self) -> Vec<(u16, DayPart)> {
        let days = 0..7;
        let minutes = days.flat_map(|day| self.boundaries.iter().map(move |m| day * MINUTES_PER_DAY + m));
        let part = |minute: u16| self.part_by_windows(MONDAY + i64::from(minute) * 60);
        let mut week: Vec<(u16, DayPart)> = minutes.map(|minute| (minute, part(minute))).collect();
        week.dedup_by_key(|(_, part)| *part);
        if week.len() > 1 && week.first().map(|(_, part)| part) == week.last().map(|(_, part)| part) {
            week.remove(0);
        }
        week
    }

    /// The period that holds when clocks show this, in seconds since 1970-01-01T00:00:00 local time.
    pub fn day_part(&self, local: i64) -> DayPart {
        let Some(week) = &self.week else { return self.part_by_windows(local) };
        let minute = (local - MONDAY).rem_euclid(SECONDS_PER_WEEK) / 60;
        let begun = week.iter().rev().find(|(from, _)| i64::from(*from) <= minute);
        begun.or(week.last()).map_or(DayPart::Peak, |(_, part)| *part)
    }

    fn part_by_windows(&self, local: i64) -> DayPart {
        let local = LocalTime::of_local_seconds(local);
        let holds = |windows: &[Window]| windows.iter().any(|window| window.holds(local));
        if holds(&self.first) {
            DayPart::First
        } else if holds(&self.second) {
            DayPart::Second
        } else {
            DayPart::Peak
        }
    }

    /// The first instant after `at` and before `until` at which another period than `now` holds, and which. Between two changes of
    /// the clocks only boundaries of windows can matter; where clocks are changed the new time is looked at.
    pub fn next_change(
        &self,
        (at, now): (Instant, DayPart),
        zone: &BillingZone,
        until: Instant,
    ) -> Option<(Instant, DayPart)> {
        let until =
            until.min(Instant::from_unix_seconds(at.unix_seconds() + DAYS_AHEAD_MOST * SECONDS_PER_DAY));
        let mut stretch = zone.stretch(at);
        let mut from = at;
        while from < until {
            let offset = i64::from(stretch.offset);
            let end = stretch.until.min(until);
            let mut local = from.unix_seconds() + offset;
            loop {
                local = self.next_boundary(local);
                let instant = Instant::from_unix_seconds(local - offset);
                if instant >= end {
                    break;
                }
                let part = self.day_part(local);
                if part != now {
                    return Some((instant, part));
                }
            }
            if end >= until {
                break;
            }
            (stretch, from) = (zone.stretch(end), end);
            let part = self.day_part(stretch.local_seconds(end));
            if part != now {
                return Some((end, part));
            }
        }
        None
    }

    /// The next boundary after a local second.
    fn next_boundary(&self, local: i64) -> i64 {
        // With a week worked out only its changes count.
        let length = if self.week.is_some() { SECONDS_PER_WEEK } else { SECONDS_PER_DAY };
        let second = (local - MONDAY).rem_euclid(length);
        let is_later = |minute: &u16| i64::from(*minute) * 60 > second;
        let later = match &self.week {
            Some(week) => week.iter().map(|(minute, _)| *minute).find(is_later),
            None => self.boundaries.iter().copied().find(is_later),
        };
        local - second + later.map_or(length, |minute| i64::from(minute) * 60)
    }
}

impl Window {
    /// Reads a window; the error names the field and says what is wrong.
    pub fn compile(
        window: &TimeWindow,
        calendars: &[HolidayCalendar],
    ) -> Result<Self, (&'static str, String)> {
        let hours = match window.hours.as_deref() {
            None => vec![(0, MINUTES_PER_DAY)],
            Some(text) => hours(text).map_err(|reason| ("hours", reason))?,
        };
        let set = |field, text: &Option<String>, names: &[&str], first, last| match text.as_deref() {
            None => Ok(u32::MAX),
            Some(text) => day_set(text, names, first, last).map_err(|reason| (field, reason)),
        };
        let holidays = match window.holidays.as_deref() {
            None => None,
            Some(code) => {
                let found = calendars.iter().find(|c| c.code == code);
                let found = found
                    .ok_or_else(|| ("holidays", format!("holiday calendar \"{code}\" does not exist")))?;
                // A calendar with bad days has its own problem told.
                Some(Holidays::compile(found).unwrap_or(Holidays { yearly: [0; 12], dates: Vec::new() }))
            }
        };
        Ok(Self {
            hours,
            weekdays: set("weekdays", &window.weekdays, WEEKDAYS, 0, 6)?,
            days: set("days", &window.days, &[], 1, 31)?,
            months: set("months", &window.months, MONTHS, 1, 12)?,
            holidays,
        })
    }

    /// Whether it depends on more than hours and weekdays.
    fn is_dated(&self) -> bool {
        self.days != u32::MAX || self.months != u32::MAX || self.holidays.is_some()
    }

    fn holds(&self, local: LocalTime) -> bool {
        let on = |set: u32, day: u8| set >> day & 1 == 1;
        on(self.weekdays, local.weekday)
            && on(self.days, local.day)
            && on(self.months, local.month)
            && self.hours.iter().any(|(from, to)| (*from..*to).contains(&local.minute))
            && self.holidays.as_ref().is_none_or(|holidays| holidays.hold(local))
    }
}

impl Holidays {
    fn hold(&self, local: LocalTime) -> bool {
        let month = usize::from(local.month).checked_sub(1).and_then(|month| self.yearly.get(month));
        month.is_some_and(|days| days >> local.day & 1 == 1)
            || self.dates.binary_search(&(local.year, local.month, local.day)).is_ok()
    }

    fn compile(calendar: &HolidayCalendar) -> Result<Self, String> {
        let mut holidays = Self { yearly: [0; 12], dates: Vec::new() };
        for text in &calendar.days {
            let wrong = || format!("\"{text}\" is not a day such as 2026-11-26 or 12-25");
            let mut parts = text.trim().rsplit('-').map(|part| part.parse::<u16>().ok());
            let (day, month, year) = (parts.next().flatten(), parts.next().flatten(), parts.next());
            let day =
                day.and_then(|d| u8::try_from(d).ok()).filter(|d| (1..=31).contains(d)).ok_or_else(wrong)?;
            let month = month
                .and_then(|m| u8::try_from(m).ok())
                .filter(|m| (1..=12).contains(m))
                .ok_or_else(wrong)?;
            match year {
                None => {
                    let days = holidays.yearly.get_mut(usize::from(month) - 1).ok_or_else(wrong)?;
                    *days |= 1 << day;
                }
                Some(year) => {
                    let year = year.and_then(|y| i16::try_from(y).ok()).ok_or_else(wrong)?;
                    if parts.next().is_some() {
                        return Err(wrong());
                    }
                    holidays.dates.push((year, month, day));
                }
            }
        }
        holidays.dates.sort_unstable();
        Ok(holidays)
    }
}

/// What is wrong with a holiday calendar, if anything.
pub(crate) fn holiday_problem(calendar: &HolidayCalendar) -> Option<String> {
    Holidays::compile(calendar).err()
}

const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `18:00-06:00,12-13` as half-open ranges of minutes; one that runs over midnight becomes two.
fn hours(text: &str) -> Result<Vec<(u16, u16)>, String> {
    let wrong = || format!("\"{text}\" is not a list of hours such as 18:00-06:00");
    let minute = |text: &str| -> Option<u16> {
        let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour < 24 && minute < 60 || hour == 24 && minute == 0).then_some(hour * 60 + minute)
    };
    let mut ranges = Vec::new();
    for range in text.split(',') {
        let (from, to) = range.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
        if from < to {
            ranges.push((from, to));
        } else if from > to {
            ranges.extend([(from, MINUTES_PER_DAY), (0, to)]);
        } else {
            return Err(format!("\"{}\" is empty; leave hours out for the whole day", range.trim()));
        }
    }
    Ok(ranges)
}

/// `sat-mon,wed` as a set of numbers `first..=last`, counted or named; a range may wrap.
fn day_set(text: &str, names: &[&str], first: u8, last: u8) -> Result<u32, String> {
    let number = |text: &str| -> Result<u8, String> {
        let text = text.trim();
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let named = named.and_then(|n| u8::try_from(n).ok()).map(|n| n + first);
        // Weekdays have names only: whether a week begins on Sunday or Monday is not for us to guess.
        let counted = || text.parse::<u8>().ok().filter(|_| first > 0);
        let number = named.or_else(counted).filter(|n| (first..=last).contains(n));
        number.ok_or_else(|| match names.first() {
            Some(name) => format!("\"{text}\" is not a name such as {name}"),
            None => format!("\"{text}\" is not a number from {first} to {last}"),
        })
    };
    let mut set = 0u32;
    for range in text.split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let (mut day, to) = (number(from)?, number(to)?);
        loop {
            set |= 1 << day;
            if day == to {
                break;
            }
            day = if day == last { first } else { day + 1 };
        }
    }
    Ok(set)
}
