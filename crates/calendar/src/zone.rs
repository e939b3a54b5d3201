//! The customer's billing time zone: where his midnight is.

use crate::{Instant, Stretch};
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

/// A time zone by IANA name, from the bundled database (never the system's zone files).
/// Written as its name, which must be known where it is read.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct BillingZone(&'static Known);

struct Known {
    /// As the database writes it.
    name: String,
    zone: TimeZone,
    /// Even stretches of its clocks, ascending, without gaps.
    stretches: Box<[Stretch]>,
}

/// Zones met so far, by their own names: the database is the same for the whole life of the program and has some hundred, and zones
/// are asked for with every price that depends on the time of day.
static KNOWN: LazyLock<RwLock<HashMap<&'static str, &'static Known>>> = LazyLock::new(RwLock::default);

thread_local! {
    /// The zone asked for last: most customers of an operator live in one.
    static LAST: Cell<Option<&'static Known>> = const { Cell::new(None) };
}

const UTC: &str = "UTC";

/// Why a zone cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The name is not in the IANA database.
    #[error("time zone \"{0}\" is not known; use an IANA name such as \"Europe/Madrid\"")]
    Unknown(String),
}

impl BillingZone {
    /// Finds a zone by IANA name.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        if let Some(last) = LAST.get().filter(|last| last.name == name) {
            return Ok(Self(last));
        }
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        let known = match known {
            Some(known) => known,
            None => Known::learn(TimeZone::get(name).map_err(|_| ZoneError::Unknown(name.to_owned()))?),
        };
        LAST.set(Some(known));
        Ok(Self(known))
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self::named(UTC).unwrap_or_else(|_| Self(Known::learn(TimeZone::UTC)))
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    pub(crate) fn stretches(&self) -> &[Stretch] {
        &self.0.stretches
    }

    /// The civil date here at that instant.
    pub fn date(&self, at: Instant) -> Date {
        let at = at.to_jiff().unwrap_or(jiff::Timestamp::MAX);
        self.0.zone.to_datetime(at).date()
    }

    /// The instant at which `date` starts here (the first existing moment where midnight is skipped).
    pub fn midnight(&self, date: Date) -> Instant {
        let zoned = date.to_zoned(self.0.zone.clone());
        zoned.map(|z| Instant::from_jiff(z.timestamp())).unwrap_or(Instant::from_micros(i64::MAX))
    }

    /// `2026-06-01 14:05:09` here.
    pub fn local_text(&self, at: Instant) -> String {
        match at.to_jiff() {
            Some(at) => self.0.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            None => at.to_string(),
        }
    }

    /// The jiff zone, for formatting in leaves.
    pub fn jiff(&self) -> &TimeZone {
        &self.0.zone
    }
}

impl fmt::Debug for BillingZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Two are the same when their names are.
impl PartialEq for BillingZone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for BillingZone {}

impl TryFrom<String> for BillingZone {
    type Error = ZoneError;

    fn try_from(name: String) -> Result<Self, ZoneError> {
        Self::named(&name)
    }
}

impl From<BillingZone> for &'static str {
    fn from(zone: BillingZone) -> Self {
        zone.name()
    }
}

impl Known {
    /// Keeps a zone for ever, once under its own name, whatever it was asked for by.
    fn learn(zone: TimeZone) -> &'static Self {
        let name = zone.iana_name().unwrap_or(UTC).to_owned();
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&*name) {
            return known;
        }
        let stretches = Stretch::all_of(&zone);
        let learnt: &'static Self = Box::leak(Box::new(Self { name, zone, stretches }));
        known.insert(&learnt.name, learnt);
        learnt
    }
}
