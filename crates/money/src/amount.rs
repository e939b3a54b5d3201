//! Sums of money that are held, moved and shown.

use crate::{MoneyError, decimal};
use std::fmt;

/// Millionths of a currency unit. Which currency is told by whoever holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

/// Decimal places an amount keeps.
const PLACES: u8 = 6;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest sum that can be held.
    pub const MAX: Self = Self(i64::MAX);

    /// From millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads `12.50`; at most six decimal places.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        decimal::read(text, PLACES).map(Self)
    }

    /// Sum, or [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// Difference, or [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The sum stopped at the ends of the range; for limits and comparisons only, never for balances.
    #[must_use]
    pub const fn saturating_plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference stopped at the ends of the range; for limits and comparisons only, never for balances.
    #[must_use]
    pub const fn saturating_minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The same sum owed the other way round.
    pub fn negated(self) -> Result<Self, MoneyError> {
        self.0.checked_neg().map(Self).ok_or(MoneyError::Overflow)
    }

    /// Less than nothing.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// More than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Text with at least `least` decimal places (a currency's exponent).
    pub fn text(self, least: u8) -> String {
        decimal::write(self.0, PLACES, least)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(2))
    }
}

decimal::text_or_integer!(Amount);
