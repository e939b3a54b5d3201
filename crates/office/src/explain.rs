//! Why this amount: the facts kept in a transaction record, retold as a list of sentences.
//!
//! Flows in: a record. Flows out: sentences in the order in which the charge came about. Nothing is computed again here: what is
//! told is what was decided then, with the names of the catalog version of then.

use crate::quantity::quantity;
use crate::{Link, Office, OfficeError, XdrView};
use calendar::{BillingZone, Instant};
use catalog::{CatalogVersion, ProductId, Rate, Snapshot, TariffId, Unit};
use charging::{BucketUse, Explanation};
use money::{Amount, Currency, Price, Rounding};
use rating::{PricedInterval, PricedUse};
use serde::Serialize;

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplanationLine {
    /// The sentence.
    pub text: String,
    /// What it is about.
    pub link: Option<Link>,
}

/// What every sentence needs.
struct Teller<'a> {
    xdr: &'a XdrView,
    catalog: &'a Snapshot,
    currency: Currency,
    zone: BillingZone,
    lines: Vec<ExplanationLine>,
}

/// How a use was priced.
struct Rated<'a> {
    identifier: &'a str,
    node: &'a str,
    product: ProductId,
    tariff: TariffId,
    rate: &'a str,
    version: CatalogVersion,
    buckets: &'a [BucketUse],
    priced: &'a PricedUse,
}

impl Office {
    /// Why a record has the amount it has.
    pub fn explain(&self, xdr: &XdrView) -> Result<Vec<ExplanationLine>, OfficeError> {
        let version = match &xdr.xdr.explanation {
            Explanation::Rated { version, .. } => *version,
            Explanation::Recurring { .. } => self.catalog().version(),
        };
        let catalog = self.catalog_version(version)?;
        let zone = self.engine().look(xdr.xdr.customer, |c| c.map(|c| c.head.zone.clone()))?;
        let zone = zone.and_then(|name| BillingZone::named(&name).ok()).unwrap_or_else(BillingZone::utc);
        let currency = catalog.currency();
        let mut teller = Teller { xdr, catalog: &catalog, currency, zone, lines: Vec::new() };
        match &xdr.xdr.explanation {
            Explanation::Rated { identifier, node, product, tariff, rate, version, buckets, priced } => {
                teller.rated(&Rated {
                    identifier,
                    node,
                    product: *product,
                    tariff: *tariff,
                    rate,
                    version: *version,
                    buckets,
                    priced,
                });
            }
            Explanation::Recurring { product, full_fee, days, of_days, from, to } => {
                teller.recurring(*product, *full_fee, (*days, *of_days), (*from, *to));
            }
        }
        Ok(teller.lines)
    }
}

impl Teller<'_> {
    fn say(&mut self, text: String, link: Option<Link>) {
        self.lines.push(ExplanationLine { text, link });
    }

    fn money(&self, amount: Amount) -> String {
        format!("{} {}", amount.text(self.currency.exponent()), self.currency)
    }

    fn price(&self, price: Price, per: u64) -> String {
        format!("{price} {} per {}", self.currency, self.units(per))
    }

    fn units(&self, units: u64) -> String {
        quantity(units, self.xdr.xdr.unit.unwrap_or(Unit::Event))
    }

    fn product(&mut self, id: ProductId, words: &str) {
        let product = self.catalog.product_by_id(id);
        let name = product.map_or_else(|| id.to_string(), |p| p.name.clone());
        let link = product.map(|p| Link::Product { code: p.code.clone() });
        self.say(format!("Product: {name}, {words}."), link);
    }

    fn rated(&mut self, rated: &Rated<'_>) {
        let owner = self
            .xdr
            .xdr
            .account
            .map(|account| Link::Account { number: self.xdr.customer_number.clone(), account });
        self.say(format!("Found by {}, reported by {}.", rated.identifier, rated.node), owner);
        self.product(rated.product, &format!("as published in catalog version {}", rated.version));
        let tariff = self.catalog.tariff_by_id(rated.tariff);
        let service = self.xdr.service.as_ref().map_or("", |s| s.name.as_str());
        let tariff_name = tariff.map_or_else(|| rated.tariff.to_string(), |t| t.name.clone());
        let link = tariff.map(|t| Link::Tariff { code: t.code.clone() });
        self.say(format!("Rating entry: {service} is priced by the tariff \"{tariff_name}\"."), link.clone());
        let rate = tariff.and_then(|t| t.rates.iter().find(|r| r.destination == rated.rate));
        let text = self.rate(rated.rate, rate);
        self.say(text, link);
        for interval in &rated.priced.intervals {
            self.interval(interval);
        }
        if rated.priced.connect_fee != Price::ZERO {
            let text = format!("Connect fee: {} {}, once.", rated.priced.connect_fee, self.currency);
            self.say(text, None);
        }
        if rated.priced.intervals.is_empty() {
            self.say("Intervals: none, nothing was left to be paid.".to_owned(), None);
        }
        self.buckets(rated);
        let rounding = rounding(rated.priced.rounding);
        let unrounded = self.money(rated.priced.unrounded);
        let text =
            format!("Rounding: {unrounded}, once, to {} decimal places, {rounding}.", rated.priced.places);
        self.say(text, None);
        self.amount();
    }

    fn rate(&self, destination: &str, rate: Option<&Rate>) -> String {
        let named = rate.map_or("", |r| r.name.as_str());
        let place = match (destination, named) {
            ("*", "") => "every destination".to_owned(),
            (destination, "") => format!("destination {destination}"),
            ("*", named) => named.to_owned(),
            (destination, named) => format!("{named} ({destination})"),
        };
        let asked = &self.xdr.xdr.destination;
        let asked = if asked.is_empty() { String::new() } else { format!(" for {asked}") };
        let Some(rate) = rate else { return format!("Rate: {place}{asked}.") };
        let first = self.price(rate.first_price, rate.per);
        let (interval, next) = (self.units(rate.first_interval), self.units(rate.next_interval()));
        let same = rate.next_price() == rate.first_price && rate.next_interval() == rate.first_interval;
        let price = if same {
            format!("{first}, for each started {interval}")
        } else {
            let beyond = self.price(rate.next_price(), rate.per);
            format!("{first} for the first {interval}, then {beyond} for each started {next}")
        };
        format!("Rate: {place}{asked}: {price}.")
    }

    fn interval(&mut self, interval: &PricedInterval) {
        let PricedInterval { count, units, price, per, amount } = interval;
        let (size, price, amount) = (self.units(*units), self.price(*price, *per), self.money(*amount));
        let text = format!("Intervals: {count} started of {size} at {price} = {amount}.");
        self.say(text, None);
    }

    fn buckets(&mut self, rated: &Rated<'_>) {
        let covered: u64 = rated.buckets.iter().map(|b| b.units).fold(0, u64::saturating_add);
        let used = self.units(self.xdr.xdr.units);
        if rated.buckets.is_empty() {
            return self.say(format!("Buckets used: none, all of {used} is paid with money."), None);
        }
        for bucket in rated.buckets {
            let quota = self.catalog.quota(bucket.quota).map_or("a quota", |q| q.name.as_str()).to_owned();
            let product = self.catalog.product_by_id(bucket.quota.product);
            let of = product.map_or_else(String::new, |p| format!(" of {}", p.name));
            let link = product.map(|p| Link::Product { code: p.code.clone() });
            let units = self.units(bucket.units);
            self.say(format!("Buckets used: {quota}{of} covered {units} of {used}."), link);
        }
        let left = self.xdr.xdr.units.saturating_sub(covered);
        if left > 0 {
            let text = format!("Left to be paid with money: {}.", self.units(left));
            self.say(text, None);
        }
    }

    fn recurring(
        &mut self,
        product: ProductId,
        full_fee: Amount,
        (days, of_days): (u32, u32),
        (from, to): (Instant, Instant),
    ) {
        let label = self.xdr.account_label.clone();
        let owner = self
            .xdr
            .xdr
            .account
            .map(|account| Link::Account { number: self.xdr.customer_number.clone(), account });
        self.say(format!("Recurring fee of account {label}."), owner);
        let held = self.catalog.product_by_id(product).and_then(|p| p.subscription.as_ref());
        let words = held.map_or("with a monthly fee", |s| s.name.as_str()).to_owned();
        self.product(product, &words);
        let text = format!("Fee of the whole period: {}.", self.money(full_fee));
        self.say(text, None);
        let (from, last) = (self.zone.date(from), self.zone.date(to.plus_micros(-1)));
        let text = format!("Held from {from} to {last}: {days} of {of_days} days of the period.");
        self.say(text, None);
        if days < of_days {
            let text = format!("Rounding: {} x {days} / {of_days}, once.", self.money(full_fee));
            self.say(text, None);
        }
        self.amount();
    }

    fn amount(&mut self) {
        let text = format!("Amount: {}.", self.money(self.xdr.xdr.amount));
        self.say(text, None);
    }
}

const fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::AwayFromZero => "up",
        Rounding::HalfAwayFromZero => "halves up",
        Rounding::HalfEven => "halves to the even digit",
        Rounding::TowardZero => "down",
    }
}
