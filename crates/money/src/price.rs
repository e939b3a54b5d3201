//! Prices as exact decimals with nine places: fine enough for a price per megabyte of a bulk tariff.

use crate::{MoneyError, decimal};
use std::fmt;

/// Billionths of a currency unit per whatever the rate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

const PLACES: u8 = 9;

impl Price {
    /// Free.
    pub const ZERO: Self = Self(0);

    /// From billionths.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// In billionths.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads `0.01`; at most nine decimal places.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal::read(text, PLACES).map(Self)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::write(self.0, PLACES, 2))
    }
}

decimal::text_or_integer!(Price);
