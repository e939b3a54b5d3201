//! Dates from which prices hold, as operators write them.

use calendar::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant written `2026-06-01T00:00:00Z`; a plain `2026-06-01` is that day's start in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectiveDate(pub Instant);

impl EffectiveDate {
    /// Reads a date, or a date with time and offset.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Instant::parse(text).or_else(|| Instant::parse(&format!("{text}T00:00:00Z"))).map(Self)
    }
}

impl Serialize for EffectiveDate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(&self.0) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for EffectiveDate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return Instant::deserialize(from).map(Self);
        }
        let text = String::deserialize(from)?;
        let wrong = || format!("\"{text}\" is not a date such as 2026-06-01 or 2026-06-01T00:00:00Z");
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(wrong()))
    }
}
