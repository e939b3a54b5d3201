//! The customer's billing time zone: where his midnight is.

use crate::{Instant, Stretch};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A time zone by IANA name, from the bundled database (never the system's zone files).
#[derive(Debug, Clone)]
pub struct BillingZone {
    zone: TimeZone,
    /// Even stretches of its clocks, ascending, without gaps.
    pub(crate) stretches: Arc<[Stretch]>,
}

/// Zones met so far, by their own names: the database is the same for the whole life of the program, and zones are asked for with
/// every price that depends on the time of day.
static KNOWN: LazyLock<RwLock<HashMap<String, BillingZone>>> = LazyLock::new(RwLock::default);

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
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(known.clone());
        }
        let zone = TimeZone::get(name).map_err(|_| ZoneError::Unknown(name.to_owned()))?;
        let stretches = Stretch::all_of(&zone);
        let found = Self { zone, stretches };
        if found.name() == name {
            KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), found.clone());
        }
        Ok(found)
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { zone: TimeZone::UTC, stretches: Arc::new([]) }
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The civil date here at that instant.
    pub fn date(&self, at: Instant) -> Date {
        let at = at.to_jiff().unwrap_or(jiff::Timestamp::MAX);
        self.zone.to_datetime(at).date()
    }

    /// The instant at which `date` starts here (the first existing moment where midnight is skipped).
    pub fn midnight(&self, date: Date) -> Instant {
        let zoned = date.to_zoned(self.zone.clone());
        zoned.map(|z| Instant::from_jiff(z.timestamp())).unwrap_or(Instant::from_micros(i64::MAX))
    }

    /// `2026-06-01 14:05:09` here.
    pub fn local_text(&self, at: Instant) -> String {
        match at.to_jiff() {
            Some(at) => self.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            None => at.to_string(),
        }
    }

    /// The jiff zone, for formatting in leaves.
    pub fn jiff(&self) -> &TimeZone {
        &self.zone
    }
}
