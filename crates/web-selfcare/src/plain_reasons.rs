//! Why an amount is what it is, in a subscriber's words: what was used, what of it was included, what the rest costs. No network
//! names, no versions, no technical terms; what stands beside a sentence adds up to the amount.
//!
//! Flows in: a record and the catalog that priced it. Flows out: sentences. Nothing is priced here. Must not know: HTML, the office.

use billing::{InvoiceWords, quantity_text};
use calendar::{BillingZone, Instant};
use catalog::{PlanKey, ProductId, ServiceKind, Snapshot, Unit};
use charging::{Band, BucketUse, Explanation, FeeWhy, WalletUse, Xdr, XdrKind};
use money::{Amount, Currency, Price};
use rating::{PriceAddition, PricedInterval, PricedUse};

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

/// How a use was priced.
struct Rated<'a> {
    product: ProductId,
    buckets: &'a [BucketUse],
    priced: &'a PricedUse,
    discounts: &'a [Band],
    wallets: &'a [WalletUse],
    /// The price changed while it was used.
    changed: bool,
}

/// The sentences about a record, with sums in the customer's currency.
pub(crate) fn plain_reasons(
    xdr: &Xdr,
    (catalog, currency): (&Snapshot, Currency),
    zone: &BillingZone,
) -> Vec<PlainReason> {
    let words = InvoiceWords::default();
    let mut teller = Teller { xdr, catalog, currency, words, reasons: Vec::new() };
    match &xdr.explanation {
        Explanation::Rated { product, buckets, priced, discounts, wallets, changes, .. } => {
            let (product, changed) = (*product, !changes.is_empty());
            teller.rated(&Rated { product, buckets, priced, discounts, wallets, changed });
        }
        Explanation::Unpriced { .. } => {
            let used = teller.used();
            teller.say(used, None);
            teller.say("It has no price yet; it is charged once it gets one.".to_owned(), Some(xdr.amount));
        }
        Explanation::TopUp { plan, adds, until, .. } => {
            let until = teller.words.date(zone.date(*until));
            teller.top_up(*plan, *adds, &until);
        }
        Explanation::Refund { charged, returned, note, .. } => teller.refund(*charged, *returned, note),
        Explanation::Correction { was, becomes, .. } => {
            let (was, becomes) = (teller.money(*was), teller.money(*becomes));
            let words = format!("An earlier charge was calculated again: it was {was} and is {becomes} now.");
            teller.say(words, Some(xdr.amount));
        }
        Explanation::Recurring { product, full_fee, days, of_days, from, to, why } => {
            let span = teller.span((*from, *to), zone);
            teller.recurring(*product, *full_fee, (*days, *of_days), (*why, &span));
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

    fn rated(&mut self, rated: &Rated<'_>) {
        let priced = rated.priced;
        let used = self.used();
        self.say(used, None);
        for bucket in rated.buckets {
            let words = self.included(bucket);
            self.say(words, Some(Amount::ZERO));
        }
        if priced.free_units > 0 {
            let words = format!("At the beginning at no charge: {}.", self.units(priced.free_units));
            self.say(words, Some(Amount::ZERO));
        }
        let rest = priced.units.saturating_sub(priced.free_units);
        if rest == 0 {
            return;
        }
        let covered = rest < self.xdr.units;
        if is_free(priced) {
            let what = if covered { "The rest" } else { "It" };
            let words =
                format!("{what} is included in {} at no further charge.", self.product(rated.product));
            return self.say(words, Some(Amount::ZERO));
        }
        if covered {
            let words = format!("Beyond what is included: {}.", self.units(rest));
            self.say(words, None);
        }
        if rated.changed {
            self.say("The price changed while you used it.".to_owned(), None);
        }
        self.full_price(priced, rest, rated.discounts.is_empty() && rated.wallets.is_empty());
        self.taken_off(rated);
    }

    /// The price without discounts; `whole` = it is what was charged.
    fn full_price(&mut self, priced: &PricedUse, rest: u64, whole: bool) {
        if priced.connect_fee != Price::ZERO {
            let words = format!("For the connection, once: {} {}.", self.currency, priced.connect_fee);
            self.say(words, None);
        }
        let runs = merged(&priced.intervals);
        let sum = runs.iter().fold(Amount::ZERO, |sum, run| sum.saturating_plus(run.amount));
        let plain = priced.connect_fee == Price::ZERO && priced.additions.is_empty();
        // Parts are shown beside their sentences only where they add up to the amount.
        let exact = plain && whole && sum == self.xdr.amount;
        let charged = runs.iter().map(|run| run.count.saturating_mul(run.units)).fold(0, u64::saturating_add);
        for (place, run) in runs.iter().enumerate() {
            let words = self.price(run, charged > rest && place + 1 == runs.len());
            self.say(words, exact.then_some(run.amount));
        }
        for addition in &priced.additions {
            let words = self.addition(addition);
            self.say(words, None);
        }
        if priced.unrounded != priced.amount {
            let words = format!("Rounded to {}.", self.money(priced.amount));
            self.say(words, None);
        }
    }

    fn addition(&self, addition: &PriceAddition) -> String {
        let currency = self.currency;
        match addition {
            PriceAddition::Fixed(price) => format!("Once on top: {currency} {price}."),
            PriceAddition::Surcharge { percent, amount } => {
                format!("{percent} % on top: {}.", self.money(*amount))
            }
            PriceAddition::Minimum(price) => format!("It costs {currency} {price} at least."),
            PriceAddition::Chance { percent, price: Price::ZERO } => {
                format!("{percent} % of all uses cost more, this one did not.")
            }
            PriceAddition::Chance { percent, price } => {
                format!("On top for {percent} % of all uses, this one too: {currency} {price}.")
            }
            PriceAddition::Maximum(price) => format!("It costs {currency} {price} at most."),
        }
    }

    /// Discounts, and what was paid in advance.
    fn taken_off(&mut self, rated: &Rated<'_>) {
        let named = rated.discounts.iter().filter_map(|band| Some((band.plan?, band)));
        for (plan, band) in named.filter(|(_, band)| band.percent > 0) {
            let words = format!("{}: {} % off {}.", self.plan(plan), band.percent, self.units(band.units));
            self.say(words, None);
        }
        let drawn = rated.wallets.iter().fold(Amount::ZERO, |sum, used| sum.saturating_plus(used.amount));
        if !rated.discounts.is_empty() {
            let words = format!("So it costs {}.", self.money(self.xdr.amount.saturating_plus(drawn)));
            self.say(words, None);
        }
        for used in rated.wallets {
            let words = format!("Paid from {}: {}.", self.plan(used.plan), self.money(used.amount));
            self.say(words, None);
        }
    }

    fn top_up(&mut self, plan: PlanKey, adds: u64, until: &str) {
        let money = self.catalog.wallet(plan).is_some_and(|wallet| wallet.money);
        let added = if money {
            self.money(Amount::from_micros(i64::try_from(adds).unwrap_or(i64::MAX)))
        } else {
            let service = self.catalog.plan(plan).and_then(|(id, _)| self.catalog.service_by_id(id));
            self.wallet_units(plan, adds, service.map(|service| service.unit))
        };
        let words = format!("Put into {}: {added}.", self.plan(plan));
        self.say(words, Some(self.xdr.amount));
        self.say(format!("All that is in it can be used until {until}."), None);
    }

    /// A wallet for one service, one for one, counts in the service's unit; others have units of their own.
    fn wallet_units(&self, plan: PlanKey, units: u64, unit: Option<Unit>) -> String {
        let wallet = self.catalog.wallet(plan);
        let plain = wallet.is_some_and(|w| w.services.iter().all(|s| s.takes == 1 && s.per == 1));
        match unit.filter(|_| plain) {
            Some(unit) => quantity_text(units, unit, &self.words),
            None => self.words.counted(units, "unit", "units"),
        }
    }

    fn refund(&mut self, charged: Amount, returned: Amount, note: &str) {
        self.say(format!("You were charged {}.", self.money(charged)), None);
        let why = if note.is_empty() { String::new() } else { format!(": {note}") };
        self.say(format!("Given back{why}."), Some(self.xdr.amount));
        if returned.saturating_plus(self.xdr.amount) != Amount::ZERO {
            self.say(
                format!("With what was given back before, that is {} in all.", self.money(returned)),
                None,
            );
        }
    }

    /// A quota, discount or wallet with its product.
    fn plan(&self, key: PlanKey) -> String {
        let name = self.catalog.plan(key).map_or("your included units", |(_, plan)| plan.name.as_str());
        format!("{name} of {}", self.product(key.product))
    }

    fn used(&self) -> String {
        let service = self.xdr.service.and_then(|id| self.catalog.service_by_id(id));
        let (to, said) = (crate::words::dialled(self.xdr), self.xdr.description.as_str());
        let units = self.units(self.xdr.units);
        if self.xdr.kind == XdrKind::Wholesale {
            let name = service.map_or("a service", |service| service.name.as_str());
            return format!("A customer of yours used {name}: {units}.");
        }
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
        let plan = self.plan(bucket.plan);
        if bucket.units == self.xdr.units {
            return format!("All of it was included: {plan}.");
        }
        format!("Included in {plan}: {}.", self.units(bucket.units))
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

    fn recurring(
        &mut self,
        product: ProductId,
        full_fee: Amount,
        (days, of_days): (u32, u32),
        (why, span): (FeeWhy, &str),
    ) {
        let name = self.product(product);
        let whole = format!("{name} costs {} for a whole period.", self.money(full_fee));
        let held = matches!(why, FeeWhy::Held | FeeWhy::Ahead);
        if held && days >= of_days {
            self.say(format!("{name} for the whole period, {span}."), Some(self.xdr.amount));
            return;
        }
        if of_days > 0 {
            self.say(whole, None);
        }
        let share = format!("{days} of {of_days} days, {span}");
        let words = match why {
            FeeWhy::Held => format!("You had it on {share}, so only these are charged."),
            FeeWhy::Ahead => format!("For {share}, paid in advance."),
            FeeWhy::Returned => format!("You had paid in advance for {share}, and get this back."),
            FeeWhy::Suspended => format!("Your service was suspended on {share}, and you get this back."),
            FeeWhy::Activation => format!("For the activation of {name}, once."),
            FeeWhy::EarlyEnd => format!("{name} was ended before its minimum period was over, {span}."),
        };
        self.say(words, Some(self.xdr.amount));
    }
}

/// Whether nothing makes it cost anything.
fn is_free(priced: &PricedUse) -> bool {
    priced.connect_fee == Price::ZERO
        && priced.additions.is_empty()
        && priced.intervals.iter().all(|run| run.price == Price::ZERO)
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
