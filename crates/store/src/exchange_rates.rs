//! The kept exchange rates: a history that only grows.

use crate::db::{self, OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;

/// What one currency is worth from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRateRow {
    /// Code of the currency in which others are quoted.
    pub base: String,
    /// Code of the quoted currency.
    pub currency: String,
    /// In force from then until a later one.
    pub from: Instant,
    /// Units of the currency for one of the base, decimal text.
    pub quote: String,
    /// Who says so, and of when.
    pub source: String,
    /// Entered then.
    pub entered_at: Instant,
    /// Entered by.
    pub entered_by: String,
}

const RATE: &str = "SELECT base, currency, from_at, quote, source, entered_at, entered_by FROM exchange_rate WHERE base = ?1";

fn rate_row(row: &Row<'_>) -> db::Result<ExchangeRateRow> {
    Ok(ExchangeRateRow {
        base: row.get(0)?,
        currency: row.get(1)?,
        from: Instant::from_micros(row.get(2)?),
        quote: row.get(3)?,
        source: row.get(4)?,
        entered_at: Instant::from_micros(row.get(5)?),
        entered_by: row.get(6)?,
    })
}

impl Store {
    /// Adds a rate; the one that is kept for this currency from this instant, which is another one when there was one before.
    pub fn add_exchange_rate(&self, rate: ExchangeRateRow) -> Result<ExchangeRateRow, StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO exchange_rate (base, currency, from_at, quote, source, entered_at, entered_by) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (base, currency, from_at) DO NOTHING",
                params![
                    rate.base,
                    rate.currency,
                    rate.from.as_micros(),
                    rate.quote,
                    rate.source,
                    rate.entered_at.as_micros(),
                    rate.entered_by
                ],
            )?;
            let mut statement =
                transaction.prepare_cached(&format!("{RATE} AND currency = ?2 AND from_at = ?3"))?;
            let kept = params![rate.base, rate.currency, rate.from.as_micros()];
            Ok(statement.query_row(kept, rate_row)?)
        })
    }

    /// The rate of a currency in force at an instant.
    pub fn exchange_rate(
        &self,
        base: &str,
        currency: &str,
        at: Instant,
    ) -> Result<Option<ExchangeRateRow>, StoreError> {
        self.read(|connection| {
            let newest = format!("{RATE} AND currency = ?2 AND from_at <= ?3 ORDER BY from_at DESC LIMIT 1");
            let mut statement = connection.prepare_cached(&newest)?;
            Ok(statement.query_row(params![base, currency, at.as_micros()], rate_row).optional()?)
        })
    }

    /// Rates in this base, newest first; of one instant by currency. `after` is the last row of the page before.
    pub fn exchange_rates(
        &self,
        base: &str,
        after: Option<(Instant, &str)>,
        most: usize,
    ) -> Result<Vec<ExchangeRateRow>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (at, currency) = after.map_or((i64::MAX, ""), |(at, currency)| (at.as_micros(), currency));
        self.read(|connection| {
            let page = format!(
                "{RATE} AND (from_at < ?2 OR (from_at = ?2 AND currency > ?3)) \
                 ORDER BY from_at DESC, currency LIMIT ?4"
            );
            let mut statement = connection.prepare_cached(&page)?;
            let rows = statement.query_map(params![base, at, currency, most], rate_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
