//! Exchange rates: the one in force at an instant, with its source, and never a silent change of history.

use calendar::Instant;
use catalog::{DatedQuote, ExchangeProblem, ExchangeTable};
use money::{Amount, Currency, Quote};

fn code(text: &str) -> Currency {
    Currency::parse(text).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn dated(currency: &str, from: &str, quote: &str) -> DatedQuote {
    let source = format!("ECB {}", &from[..10]);
    DatedQuote { currency: code(currency), from: at(from), quote: Quote::parse(quote).unwrap(), source }
}

#[test]
fn a_sum_is_exchanged_by_the_rate_in_force_also_between_two_that_are_not_the_base() {
    let mut table = ExchangeTable::new(code("EUR"));
    table.add(dated("USD", "2026-06-01T00:00:00Z", "1.08")).unwrap();
    table.add(dated("USD", "2026-06-02T00:00:00Z", "1.10")).unwrap();
    table.add(dated("GBP", "2026-06-01T00:00:00Z", "0.88")).unwrap();
    let euros = |day: &str| {
        let amount = Amount::parse("100").unwrap();
        let exchanged = table.exchanged(amount, code("EUR"), code("USD"), at(day)).unwrap();
        (exchanged.into_currency(code("USD")).unwrap().to_string(), exchanged.source)
    };
    assert_eq!(euros("2026-06-01T23:59:59Z"), ("108.00".into(), "ECB 2026-06-01".into()));
    assert_eq!(euros("2026-06-02T00:00:00Z"), ("110.00".into(), "ECB 2026-06-02".into()));
    let pounds = Amount::parse("88").unwrap();
    let cross = table.exchanged(pounds, code("GBP"), code("USD"), at("2026-06-02T12:00:00Z")).unwrap();
    assert_eq!(cross.into_currency(code("USD")).unwrap(), Amount::parse("110").unwrap());
    assert_eq!(cross.source, "ECB 2026-06-01, ECB 2026-06-02");
}

#[test]
fn missing_and_overlapping_rates_are_refused() {
    let mut table = ExchangeTable::new(code("EUR"));
    let first = dated("USD", "2026-06-01T00:00:00Z", "1.08");
    table.add(first.clone()).unwrap();
    table.add(first).unwrap();
    let (currency, from) = (code("USD"), at("2026-06-01T00:00:00Z"));
    let other = dated("USD", "2026-06-01T00:00:00Z", "1.09");
    assert_eq!(table.add(other), Err(ExchangeProblem::Overlaps { currency, from }));
    let base = dated("EUR", "2026-06-01T00:00:00Z", "1");
    assert_eq!(table.add(base), Err(ExchangeProblem::IsBase(code("EUR"))));
    let early = at("2026-05-31T00:00:00Z");
    let missing = table.exchanged(Amount::ZERO, code("EUR"), currency, early);
    assert_eq!(missing, Err(ExchangeProblem::NoQuote { currency, at: early }));
    let unknown = table.exchanged(Amount::ZERO, code("EUR"), code("JPY"), from);
    assert_eq!(unknown, Err(ExchangeProblem::NoQuote { currency: code("JPY"), at: from }));
}
