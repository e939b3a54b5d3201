//! Why this amount: the facts kept in a transaction record, retold as a list of sentences.
//!
//! Flows in: a record. Flows out: sentences in the order in which the charge came about. Nothing is computed again here: what is
//! told is what was decided then, with the names of the catalog version of then.

use crate::quantity::quantity;
use crate::{Link, Office, OfficeError, XdrView};
use calendar::{BillingZone, Instant};
use catalog::{
    CatalogVersion, PlanKey, ProductId, Snapshot, TariffId, TariffRate, Unit, matched_destination,
};
use charging::{Band, BucketUse, Customer, Difference, Explanation, FeeWhy, RowId, Source, WalletUse};
use money::{Amount, Currency, Price, Rounding};
use rating::{PriceAddition, PriceRule, PricedInterval, PricedUse};
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
    source: &'a Source,
    product: ProductId,
    tariff: TariffId,
    rate: &'a str,
    version: CatalogVersion,
    buckets: &'a [BucketUse],
    priced: &'a PricedUse,
    discounts: &'a [Band],
    wallets: &'a [WalletUse],
    changes: &'a [Instant],
}

impl Office {
    /// Why a record has the amount it has.
    pub fn explain(&self, xdr: &XdrView) -> Result<Vec<ExplanationLine>, OfficeError> {
        let version = match &xdr.xdr.explanation {
            Explanation::Rated { version, .. } | Explanation::Unpriced { version, .. } => *version,
            _ => self.catalog().version(),
        };
        self.told(xdr, &*self.catalog_version(version)?)
    }

    /// Why a record would have another amount under a rerating.
    pub(crate) fn explain_rerated(
        &self,
        xdr: &XdrView,
        catalog: &Snapshot,
        difference: &Difference,
    ) -> Result<Vec<ExplanationLine>, OfficeError> {
        let mut anew = xdr.clone();
        anew.xdr.amount = difference.becomes;
        let source = xdr.xdr.explanation.source().cloned().unwrap_or_default();
        let dialled = xdr.xdr.explanation.dialled().cloned().map(Box::new);
        let (buckets, discounts, wallets) = match &xdr.xdr.explanation {
            Explanation::Rated { buckets, discounts, wallets, .. } => {
                (buckets.clone(), discounts.clone(), wallets.clone())
            }
            _ => Default::default(),
        };
        let (product, tariff, rate) = difference.by.clone();
        anew.xdr.explanation = Explanation::Rated {
            source,
            product,
            tariff,
            rate,
            version: catalog.version(),
            buckets,
            priced: Box::new(difference.priced.clone()),
            discounts,
            wallets,
            changes: Vec::new(),
            cost: None,
            dialled,
        };
        self.told(&anew, catalog)
    }

    fn told(&self, xdr: &XdrView, catalog: &Snapshot) -> Result<Vec<ExplanationLine>, OfficeError> {
        let look = |c: Option<&Customer>| c.map(|c| (c.head.zone, c.head.currency));
        let (zone, currency) = self.engine().look(xdr.xdr.customer, look)?.unzip();
        let zone = zone.unwrap_or_else(BillingZone::utc);
        let currency = currency.unwrap_or(catalog.currency());
        let mut teller = Teller { xdr, catalog, currency, zone, lines: Vec::new() };
        match &xdr.xdr.explanation {
            Explanation::Rated {
                source,
                product,
                tariff,
                rate,
                version,
                buckets,
                priced,
                discounts,
                wallets,
                changes,
                ..
            } => {
                teller.rated(&Rated {
                    source,
                    product: *product,
                    tariff: *tariff,
                    rate,
                    version: *version,
                    buckets,
                    priced,
                    discounts,
                    wallets,
                    changes,
                });
            }
            Explanation::Unpriced { source, version } => teller.unpriced(source, *version),
            Explanation::TopUp { plan, option, adds, until } => teller.top_up(*plan, option, *adds, *until),
            Explanation::Refund { of, charged, returned, note } => {
                teller.refund(*of, (*charged, *returned), note);
            }
            Explanation::Correction { of, was, becomes, rerating } => {
                teller.correction(*of, (*was, *becomes), rerating);
            }
            Explanation::Recurring { product, full_fee, days, of_days, from, to, why } => {
                teller.recurring(*product, *full_fee, (*days, *of_days), (*from, *to), *why);
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

    fn owner(&self) -> Option<Link> {
        let number = self.xdr.customer_number.clone();
        self.xdr.xdr.account.map(|account| Link::Account { number, account })
    }

    fn source(&mut self, source: &Source) {
        self.say(format!("Found by {}, reported by {}.", source.identifier, source.node), self.owner());
    }

    /// How the number that was priced came about.
    fn dialled(&mut self) {
        let Some(dialled) = self.xdr.xdr.explanation.dialled() else { return };
        let rules = self.catalog.dialing_rules(&dialled.rules);
        let rules = rules.map_or(dialled.rules.as_str(), |rules| rules.name.as_str());
        let (number, rule, called) = (&dialled.number, &dialled.rule, &self.xdr.xdr.destination);
        let text = format!("Dialled: {number}; the rule \"{rule}\" of \"{rules}\" made it {called}.");
        self.say(text, None);
    }

    fn rated(&mut self, rated: &Rated<'_>) {
        self.source(rated.source);
        self.dialled();
        self.product(rated.product, &format!("as published in catalog version {}", rated.version));
        let tariff = self.catalog.tariff_by_id(rated.tariff);
        let service = self.xdr.service.as_ref().map_or("", |s| s.name.as_str());
        let tariff_name = tariff.map_or_else(|| rated.tariff.to_string(), |t| t.name.clone());
        let link = tariff.map(|t| Link::Tariff { code: t.code.clone() });
        self.say(format!("Rating entry: {service} is priced by the tariff \"{tariff_name}\"."), link.clone());
        // The row that was in force then, also one of a group or sheet.
        let (asked, at) = (&self.xdr.xdr.destination, self.xdr.xdr.started_at);
        let row = self.catalog.tariff_rate(rated.tariff, asked, at, self.zone.name());
        let row = row.filter(|row| matched_destination(asked, row.matched) == rated.rate);
        let text = self.rate(rated, row);
        self.say(text, link);
        for at in rated.changes {
            let text = format!("Price changed at {} while it was used.", self.zone.local_text(*at));
            self.say(text, None);
        }
        self.priced(rated.priced);
        self.buckets(rated);
        self.full_price(rated.priced);
        self.discounts(rated.discounts);
        for WalletUse { plan, amount } in rated.wallets {
            let (name, link) = self.plan(*plan);
            let text = format!("Paid by the wallet {name}: {}.", self.money(*amount));
            self.say(text, link);
        }
        self.amount();
    }

    fn priced(&mut self, priced: &PricedUse) {
        if priced.free_units > 0 {
            let text = format!("Free at the beginning: {}.", self.units(priced.free_units));
            self.say(text, None);
        }
        for interval in &priced.intervals {
            self.interval(interval);
        }
        if priced.connect_fee != Price::ZERO {
            let text = format!("Connect fee: {} {}, once.", priced.connect_fee, self.currency);
            self.say(text, None);
        }
        for addition in &priced.additions {
            let text = match addition {
                PriceAddition::Fixed(price) => format!("Fixed sum: {price} {}.", self.currency),
                PriceAddition::Surcharge { percent, amount } => {
                    format!("Surcharge: {percent} % = {}.", self.money(*amount))
                }
                PriceAddition::Minimum(price) => format!("At least {price} {} is charged.", self.currency),
                PriceAddition::Chance { percent, price: Price::ZERO } => {
                    format!("Surcharge of {percent} % of uses: not drawn.")
                }
                PriceAddition::Chance { percent, price } => {
                    format!("Surcharge of {percent} % of uses, drawn: {price} {}.", self.currency)
                }
                PriceAddition::Maximum(price) => format!("At most {price} {} is charged.", self.currency),
            };
            self.say(text, None);
        }
        if priced.intervals.is_empty() {
            self.say("Intervals: none, nothing was left to be paid.".to_owned(), None);
        }
    }

    fn full_price(&mut self, priced: &PricedUse) {
        let (unrounded, rounding) = (self.money(priced.unrounded), rounding(priced.rounding));
        let text = format!("Rounding: {unrounded}, once, to {} decimal places, {rounding}.", priced.places);
        self.say(text, None);
    }

    fn discounts(&mut self, bands: &[Band]) {
        for Band { plan, percent, units } in bands.iter().filter(|band| band.percent > 0) {
            let (name, link) = plan.map_or_else(Default::default, |plan| self.plan(plan));
            let text = format!("Discount: {name}, {percent} % off the price of {}.", self.units(*units));
            self.say(text, link);
        }
    }

    /// What people read for a quota, discount or wallet, and its product.
    fn plan(&self, key: PlanKey) -> (String, Option<Link>) {
        let name = self.catalog.plan(key).map_or("a plan", |(_, plan)| plan.name.as_str());
        let product = self.catalog.product_by_id(key.product);
        let of = product.map_or_else(String::new, |p| format!(" of {}", p.name));
        (format!("{name}{of}"), product.map(|p| Link::Product { code: p.code.clone() }))
    }

    fn unpriced(&mut self, source: &Source, version: CatalogVersion) {
        self.source(source);
        let text = format!(
            "Catalog version {version} has no price for this here: nothing is charged until it is rated again."
        );
        self.say(text, None);
        self.amount();
    }

    fn top_up(&mut self, plan: PlanKey, option: &str, adds: u64, until: Instant) {
        let (name, link) = self.plan(plan);
        self.say(format!("Wallet: {name}, filled by the option {option}."), link);
        let money = self.catalog.wallet(plan).is_some_and(|wallet| wallet.money);
        let added = if money {
            self.money(Amount::from_micros(i64::try_from(adds).unwrap_or(i64::MAX)))
        } else {
            format!("{adds} units")
        };
        let text = format!("Added: {added}, good until {}.", self.zone.local_text(until));
        self.say(text, None);
        self.amount();
    }

    fn refund(&mut self, of: RowId, (charged, returned): (Amount, Amount), note: &str) {
        let text = format!("Given back: of record {of}, which charged {}.", self.money(charged));
        self.say(text, Some(Link::Xdr { id: of }));
        let text = format!("Given back of it in all: {}.", self.money(returned));
        self.say(text, None);
        if !note.is_empty() {
            self.say(format!("Reason: {note}."), None);
        }
        self.amount();
    }

    fn correction(&mut self, of: RowId, (was, becomes): (Amount, Amount), rerating: &str) {
        let (was, becomes) = (self.money(was), self.money(becomes));
        let text = format!("Corrected: record {of} charged {was} and should have charged {becomes}.");
        self.say(text, Some(Link::Xdr { id: of }));
        self.say(format!("Found by the rerating {rerating}."), None);
        self.amount();
    }

    fn rate(&self, rated: &Rated<'_>, row: Option<TariffRate<'_>>) -> String {
        let named = row.map_or("", |row| row.rate.name.as_str());
        let place = match (rated.rate, named) {
            ("*", "") => "every destination".to_owned(),
            (destination, "") => format!("destination {destination}"),
            ("*", named) => named.to_owned(),
            (destination, named) => format!("{named} ({destination})"),
        };
        let asked = &self.xdr.xdr.destination;
        let asked = if asked.is_empty() { String::new() } else { format!(" for {asked}") };
        // A formula has no price to name; nor is one named that was not the first. The intervals follow in any case.
        let rule = row.filter(|row| row.rate.formula.is_empty()).map(|row| PriceRule::from(&row));
        let first = rated.priced.intervals.first();
        let rule = rule.filter(|rule| first.is_none_or(|first| first.price == rule.first_price));
        let Some(rule) = rule else { return format!("Rate: {place}{asked}.") };
        let first = self.price(rule.first_price, rule.per);
        let (interval, next) = (self.units(rule.first_interval), self.units(rule.next_interval));
        let same = rule.next_price == rule.first_price && rule.next_interval == rule.first_interval;
        let price = if same {
            format!("{first}, for each started {interval}")
        } else {
            let beyond = self.price(rule.next_price, rule.per);
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
            let (quota, link) = self.plan(bucket.plan);
            let units = self.units(bucket.units);
            self.say(format!("Buckets used: {quota} covered {units} of {used}."), link);
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
        why: FeeWhy,
    ) {
        let label = self.xdr.account_label.clone();
        self.say(format!("Recurring fee of account {label}."), self.owner());
        let held = self.catalog.product_by_id(product).and_then(|p| p.subscription.as_ref());
        let words = held.map_or("with a monthly fee", |s| s.name.as_str()).to_owned();
        self.product(product, &words);
        let text = format!("Fee of the whole period: {}.", self.money(full_fee));
        self.say(text, None);
        let last = self.zone.date(to.plus_micros(-1).max(from));
        let from = self.zone.date(from);
        let of = format!("from {from} to {last}: {days} of {of_days} days of the period");
        let text = match why {
            FeeWhy::Held => format!("Held {of}."),
            FeeWhy::Ahead => format!("In advance {of}."),
            FeeWhy::Returned => format!("Charged in advance and not held {of}."),
            FeeWhy::Suspended => format!("Suspended {of}; the product's terms credit them."),
            FeeWhy::Activation => format!("For getting the product on {from}, once."),
            FeeWhy::EarlyEnd => format!("Ended on {from}; the minimum period lasts until {last}."),
        };
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
