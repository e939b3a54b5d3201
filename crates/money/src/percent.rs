//! Percentages as exact decimals with four places: surcharges, discounts, commissions.

use crate::{MoneyError, decimal};
use std::fmt;

/// Ten-thousandths of a percent: `12.5` is 125,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(i64);

const PLACES: u8 = 4;

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const WHOLE: Self = Self(1_000_000);

    /// From ten-thousandths of a percent.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// In ten-thousandths of a percent, so that [`Percent::WHOLE`] is a million.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Reads `12.5`; at most four decimal places.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal::read(text, PLACES).map(Self)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::write(self.0, PLACES, 0))
    }
}

decimal::text_or_integer!(Percent);
