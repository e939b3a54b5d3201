//! A charge before rounding: an exact fraction of billionths.

use crate::{Amount, MoneyError, Percent, Price};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// `numerator / denominator` billionths of a currency unit, kept exact until [`Exact::round`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    numerator: i128,
    denominator: u64,
}

/// How a charge is brought to the tariff's precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// 1.214 -> 1.22; the field's usual default.
    #[default]
    AwayFromZero,
    /// 1.215 -> 1.22, 1.214 -> 1.21.
    HalfAwayFromZero,
    /// 1.225 -> 1.22, 1.235 -> 1.24.
    HalfEven,
    /// 1.219 -> 1.21.
    TowardZero,
}

impl Rounding {
    /// Whether what is left over makes one step more: whether anything is left, how that compares with half a step, and whether the
    /// whole steps are odd.
    const fn goes_up(self, is_left: bool, half: Ordering, is_odd: bool) -> bool {
        match self {
            Self::TowardZero => false,
            Self::AwayFromZero => is_left,
            Self::HalfAwayFromZero => half.is_ge(),
            Self::HalfEven => half.is_gt() || half.is_eq() && is_odd,
        }
    }
}

const NANOS_PER_MICRO: i64 = 1_000;
/// Millionths of a unit in the last place, by the number of places.
const MICROS_OF_PLACE: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `price` times `units`, where the price is for `per` units. A `per` of 0 counts as 1.
    pub fn of(price: Price, units: u64, per: u64) -> Self {
        // 63 bits x 64 bits fits 127 bits.
        Self { numerator: i128::from(price.nanos()) * i128::from(units), denominator: per.max(1) }
    }

    /// An amount as a fraction.
    pub fn from_amount(amount: Amount) -> Self {
        Self { numerator: i128::from(amount.micros()) * i128::from(NANOS_PER_MICRO), denominator: 1 }
    }

    /// Exact sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.numerator == 0 {
            return Ok(other);
        }
        if self.denominator == other.denominator {
            let numerator = self.numerator.checked_add(other.numerator).ok_or(MoneyError::Overflow)?;
            return Ok(Self { numerator, denominator: self.denominator });
        }
        // Over the least common denominator: prices per minute and per second stay small fractions.
        let common = common_divisor(self.denominator, other.denominator);
        let (of_left, of_right) = (other.denominator / common, self.denominator / common);
        let left = self.numerator.checked_mul(i128::from(of_left)).ok_or(MoneyError::Overflow)?;
        let right = other.numerator.checked_mul(i128::from(of_right)).ok_or(MoneyError::Overflow)?;
        let numerator = left.checked_add(right).ok_or(MoneyError::Overflow)?;
        let denominator = self.denominator.checked_mul(of_left).ok_or(MoneyError::Overflow)?;
        Ok(Self { numerator, denominator })
    }

    /// Exact difference.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        let numerator = other.numerator.checked_neg().ok_or(MoneyError::Overflow)?;
        self.plus(Self { numerator, ..other })
    }

    /// This sum in percent of itself: 10 percent of 2.00 is 0.20. A negative percentage counts as none.
    pub fn percent(self, percent: Percent) -> Result<Self, MoneyError> {
        let (part, whole) = (percent.units().max(0).unsigned_abs(), Percent::WHOLE.units().unsigned_abs());
        let common = common_divisor(part, whole);
        self.share(part / common, whole / common)
    }

    /// How this compares with `price` for one unit.
    pub fn compare(self, price: Price) -> Result<Ordering, MoneyError> {
        let other = i128::from(price.nanos()).checked_mul(i128::from(self.denominator));
        other.map(|other| self.numerator.cmp(&other)).ok_or(MoneyError::Overflow)
    }

    /// A share `part / whole` of this sum (proration by days). A `whole` of 0 counts as 1.
    pub fn share(self, part: u64, whole: u64) -> Result<Self, MoneyError> {
        let numerator = self.numerator.checked_mul(i128::from(part)).ok_or(MoneyError::Overflow)?;
        let denominator = self.denominator.checked_mul(whole.max(1)).ok_or(MoneyError::Overflow)?;
        Ok(Self { numerator, denominator })
    }

    /// The one rounding function: to `places` decimal places (at most six), once per xDR.
    pub fn round(self, places: u8, rounding: Rounding) -> Result<Amount, MoneyError> {
        let step_micros = MICROS_OF_PLACE.get(usize::from(places)).copied().unwrap_or(1);
        if let Some(micros) = self.round_short(step_micros, rounding) {
            return Ok(Amount::from_micros(micros));
        }
        // A million times a thousand times 64 bits fits 127 bits.
        let step = i128::from(step_micros * NANOS_PER_MICRO) * i128::from(self.denominator);
        let (whole, rest) = (self.numerator / step, self.numerator % step);
        let half = rest.unsigned_abs().cmp(&(step.unsigned_abs() - rest.unsigned_abs()));
        let up = rounding.goes_up(rest != 0, half, whole % 2 != 0);
        let steps = if up { whole + self.numerator.signum() } else { whole };
        let micros = i64::try_from(steps).ok().and_then(|steps| steps.checked_mul(step_micros));
        micros.map(Amount::from_micros).ok_or(MoneyError::Overflow)
    }

    /// The same of sums that fit 64 bits, as nearly all do: the processor works with them many times faster.
    fn round_short(self, step_micros: i64, rounding: Rounding) -> Option<i64> {
        let number = i64::try_from(self.numerator).ok()?;
        let step = i64::try_from(self.denominator).ok()?.checked_mul(step_micros * NANOS_PER_MICRO)?;
        let (whole, rest) = (number.checked_div(step)?, number.checked_rem(step)?);
        let half = rest.unsigned_abs().cmp(&(step.unsigned_abs() - rest.unsigned_abs()));
        let up = rounding.goes_up(rest != 0, half, whole % 2 != 0);
        (whole + if up { number.signum() } else { 0 }).checked_mul(step_micros)
    }
}

/// The greatest common divisor; 1 when both are 0.
fn common_divisor(one: u64, other: u64) -> u64 {
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
