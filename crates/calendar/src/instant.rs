//! A point in time as it is stored everywhere: microseconds since 1970-01-01 UTC.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;

/// A span in whole seconds, as networks report and grant time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

/// Microseconds since 1970-01-01T00:00:00Z. The only form in which time is kept or sent between rooms.
///
/// Kept so that all zeros is no instant: an `Option` of it takes no more room, and customers have many. Its order is theirs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Instant(NonZeroU64);

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Turns the order of signed numbers into that of unsigned ones; what would become zero is no instant.
const SIGN: u64 = 1 << 63;

impl Instant {
    /// From microseconds since the Unix epoch; `i64::MIN` is taken for the microsecond after it.
    pub const fn from_micros(micros: i64) -> Self {
        match NonZeroU64::new(micros as u64 ^ SIGN) {
            Some(kept) => Self(kept),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// From whole seconds since the Unix epoch (RADIUS `Event-Timestamp`).
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        (self.0.get() ^ SIGN) as i64
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.as_micros().div_euclid(MICROS_PER_SECOND)
    }

    /// This instant moved forward; saturates at the end of time.
    #[must_use]
    pub const fn plus(self, span: Seconds) -> Self {
        let seconds = if span.0 > i64::MAX as u64 { i64::MAX } else { span.0 as i64 };
        self.plus_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// This instant moved by signed microseconds; saturates.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.as_micros().saturating_add(micros))
    }

    /// This instant moved back; saturates.
    #[must_use]
    pub const fn minus(self, span: Seconds) -> Self {
        let seconds = if span.0 > i64::MAX as u64 { i64::MAX } else { span.0 as i64 };
        Self::from_micros(self.as_micros().saturating_sub(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Whole seconds from `earlier` to here, 0 when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Seconds {
        let micros = self.as_micros().saturating_sub(earlier.as_micros());
        if micros <= 0 { Seconds(0) } else { Seconds((micros / MICROS_PER_SECOND) as u64) }
    }

    /// The same instant as jiff sees it; `None` outside jiff's range (years -9999 to 9999).
    pub fn to_jiff(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(self.as_micros()).ok()
    }

    /// From jiff, nanoseconds dropped.
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_micros(at.as_microsecond())
    }

    /// Reads RFC 3339 text such as `2026-06-01T00:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(Self::from_jiff)
    }
}

impl Default for Instant {
    /// The Unix epoch.
    fn default() -> Self {
        Self::from_micros(0)
    }
}

impl From<i64> for Instant {
    fn from(micros: i64) -> Self {
        Self::from_micros(micros)
    }
}

impl From<Instant> for i64 {
    fn from(at: Instant) -> Self {
        at.as_micros()
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Some(at) => write!(f, "{at}"),
            None => write!(f, "@{}us", self.as_micros()),
        }
    }
}
