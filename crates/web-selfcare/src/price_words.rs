//! What use costs in a few words: `USD 0.05 per minute`, from the tariff that a product names for a service.
//!
//! Flows in: the published catalog. Flows out: words; nothing is priced here. Must not know: customers, HTML.

use catalog::{Product, Rate, Service, Snapshot, Tariff, Unit};
use money::{Currency, Price};

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
    tariff_words(tariff, service.unit, catalog.currency())
}

fn tariff_words(tariff: &Tariff, unit: Unit, currency: Currency) -> Option<PriceWords> {
    let allowed: Vec<&Rate> = tariff.rates.iter().filter(|rate| !rate.forbidden).collect();
    let usual = allowed.iter().find(|rate| rate.destination == ANY).or_else(|| allowed.first())?;
    let same = |rate: &&Rate| {
        (rate.first_price, rate.next_price(), rate.per, rate.connect_fee)
            == (usual.first_price, usual.next_price(), usual.per, usual.connect_fee)
    };
    if !allowed.iter().all(same) {
        return Some(PriceWords::Priced(tariff.name.clone()));
    }
    let free = [usual.first_price, usual.next_price(), usual.connect_fee].iter().all(|p| *p == Price::ZERO);
    if free {
        return Some(PriceWords::Included);
    }
    if usual.first_price != usual.next_price() || usual.connect_fee != Price::ZERO {
        return Some(PriceWords::Priced(tariff.name.clone()));
    }
    Some(PriceWords::Priced(format!("{currency} {} {}", usual.first_price, each(usual.per, unit))))
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
