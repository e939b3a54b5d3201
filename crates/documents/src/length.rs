//! Lengths in thousandths of a point, as integers: layouts come out the same on every machine. Only at the edge to the
//! file format, here, they become the floating point numbers that PDF operators take.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// Thousandths of a point in a hundred millimetres (72 points an inch).
const PER_100_MM: i64 = 283_465;
/// Thousandths of a point in a point.
const PER_POINT: f32 = 1_000.0;
const CHANNEL_MAX: f32 = 255.0;

/// A length, or a distance from the upper left corner of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length(i64);

impl Length {
    pub(crate) const ZERO: Self = Self(0);

    /// Tenths of a millimetre.
    pub(crate) const fn mm10(tenths: i64) -> Self {
        Self(tenths * PER_100_MM / 1_000)
    }

    /// Tenths of a point.
    pub(crate) const fn pt10(tenths: i64) -> Self {
        Self(tenths * 100)
    }

    /// This length times `numerator / denominator`, rounded down.
    pub(crate) fn scaled(self, numerator: i64, denominator: i64) -> Self {
        Self((self.0 * numerator).div_euclid(denominator.max(1)))
    }

    /// A percentage of this length.
    pub(crate) fn percent(self, percent: i64) -> Self {
        self.scaled(percent, 100)
    }

    /// Half of it.
    pub(crate) fn halves(self) -> Self {
        Self(self.0 / 2)
    }

    /// Points, for a PDF operator.
    pub(crate) fn points(self) -> f32 {
        quotient(self.0, PER_POINT)
    }
}

/// A colour channel as PDF operators take it, 0 to 1.
pub(crate) fn channel(value: u8) -> f32 {
    quotient(i64::from(value), CHANNEL_MAX)
}

/// Thousandths of an em as a PDF operand.
pub(crate) fn operand(value: i64) -> f32 {
    value as f32
}

#[expect(clippy::float_arithmetic, reason = "PDF operands are floating point; nothing is laid out with them")]
fn quotient(value: i64, divisor: f32) -> f32 {
    operand(value) / divisor
}

impl Add for Length {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Length {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Length {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Length {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<i64> for Length {
    type Output = Self;
    fn mul(self, factor: i64) -> Self {
        Self(self.0 * factor)
    }
}

impl Sum for Length {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        Self(lengths.map(|length| length.0).sum())
    }
}
