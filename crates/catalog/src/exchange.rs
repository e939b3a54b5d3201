//! Exchange rates by date, each with its source. They change daily, so they are no part of a published catalog; what a rate was
//! used for keeps the rate.

use calendar::Instant;
use money::{Amount, Currency, Exchanged, Quote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One quote of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedQuote {
    /// The currency.
    pub currency: Currency,
    /// In force from then until a later one.
    pub from: Instant,
    /// Units of it for one unit of the base.
    pub quote: Quote,
    /// Who says so: `ECB 2026-06-01`.
    pub source: String,
}

/// Quotes of currencies against one base, with their history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeTable {
    base: Currency,
    quotes: BTreeMap<(u16, Instant), DatedQuote>,
}

/// Why currencies cannot be exchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeProblem {
    /// No quote is in force at that time.
    #[error("there is no exchange rate of {currency} in force at {at}")]
    NoQuote {
        /// Which currency.
        currency: Currency,
        /// When.
        at: Instant,
    },
    /// The history does not change: another quote is in force from the same instant.
    #[error("there is another exchange rate of {currency} from {from}")]
    Overlaps {
        /// Which currency.
        currency: Currency,
        /// From when.
        from: Instant,
    },
    /// The base is always quoted at 1.
    #[error("{0} is the base of the exchange rates")]
    IsBase(Currency),
}

impl ExchangeTable {
    /// No quotes yet.
    pub fn new(base: Currency) -> Self {
        Self { base, quotes: BTreeMap::new() }
    }

    /// Adds a quote. The same one again is taken; another one from the same instant is refused.
    pub fn add(&mut self, quote: DatedQuote) -> Result<(), ExchangeProblem> {
        if quote.currency == self.base {
            return Err(ExchangeProblem::IsBase(self.base));
        }
        let (currency, from) = (quote.currency, quote.from);
        let known = self.quotes.entry((currency.numeric(), from)).or_insert_with(|| quote.clone());
        if *known == quote { Ok(()) } else { Err(ExchangeProblem::Overlaps { currency, from }) }
    }

    /// A foreign sum with the quotes in force at that time, ready to be turned into `to`.
    pub fn exchanged(
        &self,
        amount: Amount,
        currency: Currency,
        to: Currency,
        at: Instant,
    ) -> Result<Exchanged, ExchangeProblem> {
        let (from, to) = (self.quote(currency, at)?, self.quote(to, at)?);
        // The base needs no source: the other one's tells both.
        let sources = [&from.1, &to.1].into_iter().flatten();
        let source = sources.copied().collect::<Vec<&str>>().join(", ");
        Ok(Exchanged { amount, currency, from: from.0, to: to.0, source })
    }

    fn quote(&self, currency: Currency, at: Instant) -> Result<(Quote, Option<&str>), ExchangeProblem> {
        if currency == self.base {
            return Ok((Quote::ONE, None));
        }
        let beginning = (currency.numeric(), Instant::from_micros(i64::MIN));
        let newest = self.quotes.range(beginning..=(currency.numeric(), at)).next_back();
        let (_, dated) = newest.ok_or(ExchangeProblem::NoQuote { currency, at })?;
        Ok((dated.quote, Some(dated.source.as_str())))
    }
}
