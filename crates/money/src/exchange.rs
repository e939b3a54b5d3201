//! Exchange between currencies: exact quotes, one rounding at the end.

use crate::{Amount, Currency, Exact, MoneyError, Rounding, decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// How many units of a currency are one unit of the table's base currency: an exact decimal with twelve places, more than
/// zero. The base itself is quoted at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quote(u64);

const PLACES: u8 = 12;
/// Decimal places of a rate that is shown.
const SHOWN: u8 = 6;

impl Quote {
    /// The base currency's own quote.
    pub const ONE: Self = Self(10u64.pow(PLACES as u32));

    /// Reads `1.0825`; at most twelve decimal places, more than zero.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let scaled = decimal::read(text, PLACES)?;
        let positive = u64::try_from(scaled).ok().filter(|scaled| *scaled > 0);
        positive.map(Self).ok_or_else(|| MoneyError::NotDecimal(text.to_owned()))
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::write(i64::try_from(self.0).unwrap_or(i64::MAX), PLACES, 2))
    }
}

impl Serialize for Quote {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Quote {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            return Self::parse(&text).map_err(serde::de::Error::custom);
        }
        match u64::deserialize(from)? {
            0 => Err(serde::de::Error::custom("a quote is more than zero")),
            scaled => Ok(Self(scaled)),
        }
    }
}

/// A sum of another currency with the quotes that turn it into one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// The foreign sum.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Quote of that currency.
    pub from: Quote,
    /// Quote of the currency it becomes.
    pub to: Quote,
    /// Whose quotes, and of when: `ECB 2026-06-01`.
    pub source: String,
}

impl Exchanged {
    /// The sum in `currency`: exact until it is rounded once, half away from zero, to the places people write.
    pub fn into_currency(&self, currency: Currency) -> Result<Amount, MoneyError> {
        let exact = Exact::from_amount(self.amount).share(self.to.0, self.from.0)?;
        exact.round(currency.exponent(), Rounding::HalfAwayFromZero)
    }
}

impl fmt::Display for Exchanged {
    /// `100.00 EUR at 1.0825, ECB 2026-06-01`; the rate to six places, for reading only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10u128.pow(u32::from(SHOWN));
        let rate = (u128::from(self.to.0) * scale + u128::from(self.from.0) / 2) / u128::from(self.from.0);
        let rate = decimal::write(i64::try_from(rate).unwrap_or(i64::MAX), SHOWN, 2);
        let amount = self.amount.text(self.currency.exponent());
        write!(f, "{amount} {} at {rate}, {}", self.currency, self.source)
    }
}
