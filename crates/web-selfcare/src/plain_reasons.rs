//! Why an amount is what it is, in a subscriber's words: what was used, what of it was included, what the rest costs. No network
//! names, no versions, no technical terms; what stands beside a sentence adds up to the amount.
//!
//! Flows in: a record and the catalog that priced it. Flows out: sentences. Nothing is priced here. Must not know: HTML, the office.

use billing::{InvoiceWords, quantity_text};
use calendar::{BillingZone, Instant};
use catalog::{ProductId, ServiceKind, Snapshot, Unit};
use charging::{BucketUse, Explanation, Xdr};
use money::{Amount, Currency, Price};
use rating::{PricedInterval, PricedUse};

use crate::price_words::each;

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainReason {
    /// For people.
    pub words: String,
    /// What it adds to the amount; `None` where it only tells.
    pub amount: Option<Amount>,
}

/// What every sentence needs.
struct Teller<'a> {
    xdr: &'a Xdr,
    catalog: &'a Snapshot,
    currency: Currency,
    words: InvoiceWords,
    reasons: Vec<PlainReason>,
}

/// The sentences about a record.
pub(crate) fn plain_reasons(xdr: &Xdr, catalog: &Snapshot, zone: &BillingZone) -> Vec<PlainReason> {
    let (currency, words) = (catalog.currency(), InvoiceWords::default());
    let mut teller = Teller { xdr, catalog, currency, words, reasons: Vec::new() };
    match &xdr.explanation {
        Explanation::Rated { product, buckets, priced, .. } => teller.rated(*product, buckets, priced),
        Explanation::Recurring { product, full_fee, days, of_days, from, to } => {
            teller.recurring(*product, *full_fee, (*days, *of_days), &teller.span((*from, *to), zone));
        }
    }
    teller.reasons
}

impl Teller<'_> {
    fn say(&mut self, words: String, amount: Option<Amount>) {
        self.reasons.push(PlainReason { words, amount });
    }

    fn money(&self, amount: Amount) -> String {
        format!("{} {}", self.currency, self.words.money(amount, self.currency.exponent()))
    }

    fn units(&self, units: u64) -> String {
        match self.xdr.unit {
            Some(Unit::Event) | None => format!("{units}"),
            Some(unit) => quantity_text(units, unit, &self.words),
        }
    }

    fn product(&self, id: ProductId) -> String {
        self.catalog.product_by_id(id).map_or_else(|| "your product".to_owned(), |p| p.name.clone())
    }

    fn span(&self, (from, to): (Instant, Instant), zone: &BillingZone) -> String {
        let (first, last) = billing::period_dates(from, to, zone);
        self.words.date_range(first, last)
    }

    fn rated(&mut self, product: ProductId, buckets: &[BucketUse], priced: &PricedUse) {
        let used = self.used();
        self.say(used, None);
        let covered = buckets.iter().map(|bucket| bucket.units).fold(0, u64::saturating_add);
        for bucket in buckets {
            let words = self.included(bucket);
            self.say(words, Some(Amount::ZERO));
        }
        let rest = self.xdr.units.saturating_sub(covered);
        if rest == 0 {
            return;
        }
        let free =
            priced.connect_fee == Price::ZERO && priced.intervals.iter().all(|run| run.price == Price::ZERO);
        if free {
            let what = if covered > 0 { "The rest" } else { "It" };
            let words = format!("{what} is included in {} at no further charge.", self.product(product));
            return self.say(words, Some(Amount::ZERO));
        }
        if covered > 0 {
            let words = format!("Beyond what is included: {}.", self.units(rest));
            self.say(words, None);
        }
        if priced.connect_fee != Price::ZERO {
            let words = format!("For the connection, once: {} {}.", self.currency, priced.connect_fee);
            self.say(words, None);
        }
        let runs = merged(&priced.intervals);
        let sum = runs.iter().fold(Amount::ZERO, |sum, run| sum.saturating_plus(run.amount));
        // Parts are shown beside their sentences only where they add up to the amount.
        let exact = priced.connect_fee == Price::ZERO && sum == self.xdr.amount;
        let charged = runs.iter().map(|run| run.count.saturating_mul(run.units)).fold(0, u64::saturating_add);
        for (place, run) in runs.iter().enumerate() {
            let words = self.price(run, charged > rest && place + 1 == runs.len());
            self.say(words, exact.then_some(run.amount));
        }
        if priced.unrounded != self.xdr.amount {
            let words = format!("Rounded to {}.", self.money(self.xdr.amount));
            self.say(words, None);
        }
    }

    fn used(&self) -> String {
        let service = self.xdr.service.and_then(|id| self.catalog.service_by_id(id));
        let (to, said) = (self.xdr.destination.as_str(), self.xdr.description.as_str());
        let units = self.units(self.xdr.units);
        match (service.map(|service| service.kind), self.xdr.unit) {
            (_, Some(Unit::Event)) => {
                let item = if said.is_empty() { service.map_or("", |s| s.name.as_str()) } else { said };
                let times = if self.xdr.units == 1 { String::new() } else { format!("{units} × ") };
                format!("You bought {times}{item}.")
            }
            (Some(ServiceKind::Voice), _) if to.is_empty() => format!("Your call took {units}."),
            (Some(ServiceKind::Voice), _) => format!("Your call to {to} took {units}."),
            (Some(ServiceKind::Message), _) if !to.is_empty() => format!("You sent {units} to {to}."),
            (Some(ServiceKind::Message), _) => format!("You sent {units}."),
            (Some(_), _) => format!("You used {units}."),
            (None, _) => format!("You used {units} of a service that is no longer offered."),
        }
    }

    fn included(&self, bucket: &BucketUse) -> String {
        let quota = self.catalog.quota(bucket.quota).map_or("your included units", |q| q.name.as_str());
        let of = self.product(bucket.quota.product);
        if bucket.units == self.xdr.units {
            return format!("All of it was included: {quota} of {of}.");
        }
        format!("Included in {quota} of {of}: {}.", self.units(bucket.units))
    }

    /// `Price: USD 3.99.`, `3 × USD 0.10.`, `6 MB at USD 0.01 per MB; each MB that is begun counts in full.`
    fn price(&self, run: &PricedInterval, rounded_up: bool) -> String {
        let unit = self.xdr.unit.unwrap_or(Unit::Event);
        let price = format!("{} {}", self.currency, run.price);
        if run.units == 1 && run.per == 1 && matches!(unit, Unit::Event | Unit::Message) {
            return if run.count == 1 {
                format!("Price: {price}.")
            } else {
                format!("{} × {price}.", run.count)
            };
        }
        let charged = self.units(run.count.saturating_mul(run.units));
        let begun = each(run.units, unit);
        let begun = begun.strip_prefix("per ").filter(|_| rounded_up);
        let note = begun.map_or_else(String::new, |one| format!("; each {one} that is begun counts in full"));
        format!("{charged} at {price} {}{note}.", each(run.per, unit))
    }

    fn recurring(&mut self, product: ProductId, full_fee: Amount, (days, of_days): (u32, u32), span: &str) {
        let name = self.product(product);
        let whole = format!("{name} costs {} for a whole period.", self.money(full_fee));
        if days >= of_days {
            self.say(format!("{name} for the whole period, {span}."), Some(self.xdr.amount));
            return;
        }
        self.say(whole, None);
        let words = format!("You had it on {days} of {of_days} days, {span}, so only these are charged.");
        self.say(words, Some(self.xdr.amount));
    }
}

/// Runs at one price, one after the other, as one.
fn merged(runs: &[PricedInterval]) -> Vec<PricedInterval> {
    let mut merged: Vec<PricedInterval> = Vec::new();
    for run in runs {
        match merged.last_mut() {
            Some(last) if (last.units, last.price, last.per) == (run.units, run.price, run.per) => {
                last.count = last.count.saturating_add(run.count);
                last.amount = last.amount.saturating_plus(run.amount);
            }
            _ => merged.push(run.clone()),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
