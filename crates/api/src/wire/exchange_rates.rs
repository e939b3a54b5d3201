//! The kept exchange rates.

use crate::wire::{Time, shortened};
use ::money::{Currency, Quote};
use office::{ExchangeRateRow, NewExchangeRate, OfficeError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a currency is worth from an instant on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExchangeRateBody {
    /// The currency.
    #[schema(example = "EUR")]
    pub currency: String,
    /// In what it is quoted: the catalog's currency.
    #[schema(example = "USD")]
    pub base: String,
    /// Units of it for one of the base, as decimal text.
    #[schema(example = "0.9238")]
    pub rate: String,
    /// In force from then until a later one.
    pub from: Time,
    /// Who says so, and of when.
    pub source: String,
    /// Entered then.
    pub entered_at: Time,
    /// Entered by.
    pub entered_by: String,
}

impl From<ExchangeRateRow> for ExchangeRateBody {
    fn from(row: ExchangeRateRow) -> Self {
        Self {
            currency: row.currency,
            base: row.base,
            rate: row.quote,
            from: row.from.into(),
            source: row.source,
            entered_at: row.entered_at.into(),
            entered_by: row.entered_by,
        }
    }
}

/// A rate to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExchangeRateBody {
    /// The currency; not the catalog's own.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Units of it for one of the catalog's currency, as decimal text; more than 0.
    #[schema(example = "0.9238")]
    pub rate: String,
    /// In force from then; now without it.
    pub from: Option<Time>,
    /// Who says so, and of when.
    #[schema(example = "ECB 2026-06-01")]
    pub source: String,
}

impl NewExchangeRateBody {
    pub(crate) fn rate(self) -> Result<NewExchangeRate, OfficeError> {
        let quote = Quote::parse(&self.rate)
            .map_err(|_| OfficeError::field("rate", "is a number above 0, such as 0.9238"))?;
        let (currency, from) = (currency(&self.currency)?, self.from.map(|at| at.0));
        Ok(NewExchangeRate { currency, quote, from, source: self.source })
    }
}

/// A currency by its code.
pub(crate) fn currency(code: &str) -> Result<Currency, OfficeError> {
    Currency::parse(code)
        .map_err(|_| OfficeError::field("currency", format!("{} is no currency", shortened(code))))
}
