//! Off-peak periods and holiday calendars, as operators write them.
//!
//! Hours are half-open and may run over midnight (`18:00-06:00`); weekdays, days and months include both ends and may wrap (`sat-mon`,
//! `dec-feb`). Each condition looks at the wall clock of the moment alone: `fri` with `18:00-06:00` holds on Friday before six and from
//! eighteen, not on Saturday morning.

use serde::{Deserialize, Serialize};

/// A named part of the week or year, used by tariffs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffPeakPeriod {
    /// Short name used by tariffs.
    pub code: String,
    /// What people read.
    pub name: String,
    /// It holds when one of these does.
    pub when: Vec<TimeWindow>,
}

/// Conditions that hold together; one that is left out always holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeWindow {
    /// Hours of the day, such as `18:00-06:00` or `0-6,20-24`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Days of the week, such as `sat-sun` or `mon,wed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<String>,
    /// Days of the month, such as `1-5,31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// Months, such as `dec-feb` or `7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<String>,
    /// Code of a holiday calendar: only on its days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays: Option<String>,
}

/// A list of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayCalendar {
    /// Short name used by off-peak periods.
    pub code: String,
    /// What people read.
    pub name: String,
    /// `2026-11-26` once, or `12-25` every year.
    pub days: Vec<String>,
}
