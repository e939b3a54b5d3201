//! Amounts, prices, currencies and the one rounding function.
//!
//! An [`Amount`] is an integer number of millionths of a currency unit; a [`Price`] is an exact decimal with nine places;
//! a [`Percent`] has four;
//! an [`Exact`] is a fraction between the two, rounded once by [`Exact::round`].
//! Must not know: what is sold, who pays, time. No binary float appears here.

mod amount;
mod currency;
mod decimal;
mod exact;
mod exchange;
mod percent;
mod price;

pub use amount::Amount;
pub use currency::Currency;
pub use exact::{Exact, Rounding};
pub use exchange::{Exchanged, Quote};
pub use percent::Percent;
pub use price::Price;

/// Why a sum of money cannot be read or computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// A result does not fit 64 bits of millionths.
    #[error("the amount is too large")]
    Overflow,
    /// The text is not a decimal number.
    #[error("\"{0}\" is not a decimal number such as 12.50")]
    NotDecimal(String),
    /// More decimal places than can be kept.
    #[error("\"{text}\" has more than {places} decimal places")]
    TooPrecise {
        /// What was given.
        text: String,
        /// How many are allowed.
        places: u8,
    },
    /// Not a known ISO 4217 code.
    #[error("\"{0}\" is not a currency code such as USD")]
    UnknownCurrency(String),
}
