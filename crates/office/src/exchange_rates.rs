//! The kept table of exchange rates: what payments in other currencies are booked by unless they name a rate.
//!
//! Rates are quoted against the catalog's currency, so two kept rates tell what any two currencies are worth to each other. The
//! history does not change: a wrong rate is followed by a right one.

use crate::{Actor, Office, OfficeError, Page, Permission, page_limit};
use calendar::{Instant, Seconds};
use catalog::{DatedQuote, ExchangeTable};
use money::{Amount, Currency, Exchanged, Quote};
use store::ExchangeRateRow;

/// Longest name of who says what a currency is worth.
const SOURCE_MOST: usize = 60;
/// A rate may be entered so long before it is in force.
const AHEAD_MOST: Seconds = Seconds(366 * 24 * 3_600);

/// Another currency and its rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignMoney {
    /// The currency that was paid.
    pub currency: Currency,
    /// Units of the customer's currency for one of it; `None` = by the kept rates.
    pub rate: Option<Quote>,
    /// Whose rate, and of when: `ECB 2026-06-01`; with a rate only.
    pub source: String,
}

/// A rate to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExchangeRate {
    /// The currency.
    pub currency: Currency,
    /// Units of it for one of the catalog's currency.
    pub quote: Quote,
    /// In force from then; `None` = now.
    pub from: Option<Instant>,
    /// Who says so, and of when: `ECB 2026-06-01`.
    pub source: String,
}

impl Office {
    /// Kept rates, newest first.
    pub fn exchange_rates(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<ExchangeRateRow>, OfficeError> {
        let unknown = || OfficeError::field("cursor", "is not a cursor of this list");
        let read = |cursor: &str| {
            let (at, currency) = cursor.split_once('.')?;
            Some((Instant::from_micros(at.parse().ok()?), currency.to_owned()))
        };
        let after = cursor.map(|cursor| read(cursor).ok_or_else(unknown)).transpose()?;
        let after = after.as_ref().map(|(at, currency)| (*at, currency.as_str()));
        let (base, limit) = (self.catalog().currency(), page_limit(limit));
        let rows = self.store().exchange_rates(base.code(), after, limit + 1)?;
        Ok(Page::from_surplus(rows, limit, |row| format!("{}.{}", row.from.as_micros(), row.currency)))
    }

    /// Keeps a rate. The same one again is taken; another one from the same instant is refused.
    pub fn keep_exchange_rate(
        &self,
        actor: &Actor,
        new: NewExchangeRate,
    ) -> Result<ExchangeRateRow, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let (base, now) = (self.catalog().currency(), self.now());
        if new.currency == base {
            return Err(OfficeError::field("currency", format!("{base} is what the others are quoted in")));
        }
        let source = checked_source(&new.source, "source")?;
        let from = new.from.unwrap_or(now);
        if from > now.plus(AHEAD_MOST) {
            return Err(OfficeError::field("from", "is more than a year ahead"));
        }
        let row = ExchangeRateRow {
            base: base.code().to_owned(),
            currency: new.currency.code().to_owned(),
            from,
            quote: new.quote.to_string(),
            source,
            entered_at: now,
            entered_by: actor.text(),
        };
        let kept = self.store().add_exchange_rate(row.clone())?;
        if (&kept.quote, &kept.source) != (&row.quote, &row.source) {
            let reason = format!("{} is kept from then, by {}: enter a later one", kept.quote, kept.source);
            return Err(OfficeError::field("from", reason));
        }
        if kept == row {
            let words = format!("{} for one {base} from {from}, {}", row.quote, row.source);
            self.note(actor, "exchange-rate/kept", &row.currency, &words)?;
        }
        Ok(kept)
    }

    /// A foreign sum with its rate, and what it is in `own`: by the rate that is named, else by the kept ones in force now.
    pub fn exchange(
        &self,
        amount: Amount,
        ForeignMoney { currency, rate, source }: ForeignMoney,
        own: Currency,
    ) -> Result<(Exchanged, Amount), OfficeError> {
        if currency == own {
            let reason = format!("{own} is the customer's own: it needs no rate");
            return Err(OfficeError::field("currency", reason));
        }
        let exchanged = match rate {
            Some(rate) => {
                let source = checked_source(&source, "rate_source")?;
                Exchanged { amount, currency, from: Quote::ONE, to: rate, source }
            }
            None => self.by_kept_rates(amount, currency, own)?,
        };
        match exchanged.into_currency(own) {
            Ok(own) if own.is_positive() => Ok((exchanged, own)),
            Ok(_) => Err(OfficeError::field("amount", format!("is nothing in {own} at this rate"))),
            Err(_) => Err(OfficeError::field("rate", "makes a sum that is too large")),
        }
    }

    fn by_kept_rates(
        &self,
        amount: Amount,
        currency: Currency,
        own: Currency,
    ) -> Result<Exchanged, OfficeError> {
        let (base, now) = (self.catalog().currency(), self.now());
        let mut table = ExchangeTable::new(base);
        for currency in [currency, own].into_iter().filter(|currency| *currency != base) {
            let kept = self.store().exchange_rate(base.code(), currency.code(), now)?;
            let quote = kept.as_ref().and_then(|kept| Quote::parse(&kept.quote).ok());
            if let (Some(kept), Some(quote)) = (kept, quote) {
                let quote = DatedQuote { currency, from: kept.from, quote, source: kept.source };
                // One row for each of two currencies: nothing overlaps, and none is the base.
                let _ = table.add(quote);
            }
        }
        table.exchanged(amount, currency, own, now).map_err(|problem| {
            OfficeError::field("rate", format!("{problem}: name one, or keep it among the exchange rates"))
        })
    }
}

fn checked_source(source: &str, field: &str) -> Result<String, OfficeError> {
    let source = source.trim();
    if source.is_empty() || source.chars().count() > SOURCE_MOST || source.chars().any(char::is_control) {
        let reason = format!("say whose rate it is, and of when, in at most {SOURCE_MOST} characters");
        return Err(OfficeError::field(field, reason));
    }
    Ok(source.to_owned())
}
