//! What use costs in a few words: `USD 0.05 per minute`, from the tariff that a product names for a service.
//!
//! Flows in: the published catalog. Flows out: words; nothing is priced here. Must not know: customers, HTML.

use catalog::{Product, Rate, Service, Snapshot, Tariff, Unit};
use money::{Currency, Percent, Price};

/// The destination that stands for every other.
const ANY: &str = "*";

/// How a service is priced for a product, apart from included units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PriceWords {
    /// Costs nothing more.
    Included,
    /// Costs this.
    Priced(String),
}

/// The price of a service under a product; `None` where the product does not allow it or allows it on certain nodes only.
pub(crate) fn price_words(catalog: &Snapshot, product: &Product, service: &Service) -> Option<PriceWords> {
    let anywhere = |entry: &&catalog::RatingEntry| {
        entry.service == service.code && entry.node.is_none() && entry.access_code.is_none()
    };
    let entry = product.rating.iter().find(anywhere)?;
    let tariff = catalog.catalog().tariffs.iter().find(|tariff| tariff.code == entry.tariff)?;
    tariff_words(tariff, service.unit, tariff.currency.unwrap_or(catalog.currency()))
}

fn tariff_words(tariff: &Tariff, unit: Unit, currency: Currency) -> Option<PriceWords> {
    let by_name = || Some(PriceWords::Priced(tariff.name.clone()));
    if !tariff.rate_sheet.is_empty() {
        return by_name();
    }
    let allowed: Vec<&Rate> =
        tariff.rates.iter().filter(|rate| !rate.forbidden && !rate.discontinued).collect();
    let usual = allowed.iter().find(|rate| is_any(rate)).or_else(|| allowed.first())?;
    let fee = |rate: &Rate| rate.connect_fee.unwrap_or(tariff.connect_fee);
    let same = |rate: &&Rate| {
        (rate.first_price, rate.next_price(), rate.per, fee(rate))
            == (usual.first_price, usual.next_price(), usual.per, fee(usual))
    };
    if !allowed.iter().all(same) || allowed.iter().any(|rate| says_more(rate)) {
        return by_name();
    }
    let free = [usual.first_price, usual.next_price(), fee(usual)].iter().all(|p| *p == Price::ZERO);
    if free {
        return Some(PriceWords::Included);
    }
    let plain = usual.first_price == usual.next_price() && fee(usual) == Price::ZERO;
    if !plain || tariff.free_units > 0 {
        return by_name();
    }
    Some(PriceWords::Priced(format!("{currency} {} {}", usual.first_price, each(usual.per, unit))))
}

fn is_any(rate: &Rate) -> bool {
    rate.group.is_none() && rate.destination == ANY
}

/// Whether a rate cannot be said as one price: it changes with the time, or has further terms.
fn says_more(rate: &Rate) -> bool {
    !rate.formula.is_empty()
        || !rate.off_peak.is_empty()
        || rate.effective_from.is_some()
        || rate.effective_until.is_some()
        || rate.surcharge != Percent::ZERO
        || rate.minimum != Price::ZERO
        || rate.maximum.is_some()
}

/// `per minute`, `per MB`, `each`, `per 100 MB`.
pub(crate) fn each(per: u64, unit: Unit) -> String {
    if per == 1 && matches!(unit, Unit::Event | Unit::Message) {
        return "each".to_owned();
    }
    if per == 60 && unit == Unit::Second {
        return "per minute".to_owned();
    }
    let words = office::quantity(per, unit);
    format!("per {}", words.strip_prefix("1 ").unwrap_or(&words))
}
