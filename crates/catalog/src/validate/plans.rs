//! Checks of quotas, discounts, wallets, add-on times, policies and customer classes.

use super::Checker;
use crate::{
    AccessTime, Begins, Catalog, Discount, FinalAction, Product, ProductKind, Quota, Renewal, ServicePolicy,
    Wallet, plan_table,
};
use money::Amount;
use std::collections::{BTreeMap, HashSet};

/// A plan is known by a number of one octet within its product.
const PLANS_MOST: usize = 255;
/// Periods for which unused units may stay.
const ROLLOVERS_MOST: u8 = 3;
/// Warning thresholds of one plan.
const WARNINGS_MOST: usize = 8;
/// Times of one schedule.
const ACCESS_TIMES_MOST: usize = 16;
/// Steps of one discount, options of one wallet.
const STEPS_MOST: usize = 64;
/// More units than any plan gives: 9 PB, or 285 million years.
const UNITS_MOST: u64 = 1 << 53;

impl Checker<'_> {
    /// The plans of a product, and when it begins and ends.
    pub(super) fn plans(&mut self, product: &Product) {
        let object = format!("product {}", product.code);
        let plans = product.quotas.len() + product.discounts.len() + product.wallets.len();
        if plans > PLANS_MOST {
            self.report(object, "quotas", format!("at most {PLANS_MOST} plans in one product"));
            return;
        }
        let mut names = HashSet::new();
        for (name, _) in plan_table::names_of(product) {
            if name.trim().is_empty() {
                self.report(object.clone(), "name", "a plan has no name");
            } else if !names.insert(name) {
                self.report(object.clone(), "name", format!("two plans are named \"{name}\""));
            }
        }
        for quota in &product.quotas {
            self.quota(&object, quota);
        }
        for discount in &product.discounts {
            self.discount(&object, discount);
        }
        for wallet in &product.wallets {
            self.wallet(&object, wallet);
        }
        let times = product.lasts.is_some() || product.multiple || product.begins != Begins::default();
        if product.kind == ProductKind::Main && times {
            self.report(object, "lasts", "only add-ons begin later, end by themselves or are held twice");
        } else if product.lasts.is_some_and(|lasts| lasts.seconds().0 == 0) {
            self.report(object, "lasts", "lasts no time at all");
        } else if product.begins == Begins::OnFirstUse
            && product.rating.is_empty()
            && product.quotas.is_empty()
            && product.wallets.is_empty()
        {
            let reason =
                "without a rating entry, quota or wallet nothing of it is ever used: it would never begin";
            self.report(object, "begins", reason);
        }
    }

    fn covered(&mut self, object: &str, service: &str, group: Option<&String>) {
        self.service(object, service);
        if let Some(group) = group
            && !self.catalog.destination_groups.iter().any(|g| g.code == *group)
        {
            self.report(
                object.to_owned(),
                "destinations",
                format!("destination group \"{group}\" does not exist"),
            );
        }
    }

    fn access_codes(&mut self, object: &str, codes: &[String]) {
        let mut seen = HashSet::new();
        if codes.len() > STEPS_MOST {
            return self.report(object.to_owned(), "access_codes", format!("at most {STEPS_MOST}"));
        }
        for code in codes.iter().filter(|code| !seen.insert(*code)) {
            self.report(object.to_owned(), "access_codes", format!("\"{code}\" stands twice"));
        }
    }

    /// Services of one plan exist, each once, and are counted alike.
    fn pool(&mut self, object: &str, service: &str, pool: &[String]) {
        let unit = |code: &str| self.catalog.services.iter().find(|s| s.code == code).map(|s| s.unit);
        let mut seen = HashSet::from([service]);
        for code in pool {
            let reason = match unit(code) {
                None => "does not exist",
                other if other != unit(service) => "is counted in another unit",
                _ if !seen.insert(code) => "stands twice",
                _ => continue,
            };
            return self.report(object.to_owned(), "pool", format!("service \"{code}\" {reason}"));
        }
    }

    fn quota(&mut self, product: &str, quota: &Quota) {
        let object = format!("{product}, quota {}", quota.name);
        self.covered(&object, &quota.service, quota.destinations.as_ref());
        self.access_codes(&object, &quota.access_codes);
        self.pool(&object, &quota.service, &quota.pool);
        let off_peak = quota.off_peak.unwrap_or_default();
        let units = [quota.units, off_peak.first, off_peak.second];
        if units == [0; 3] {
            self.report(object.clone(), "units", "is 0: it would never cover anything");
        }
        if units.iter().any(|units| *units > UNITS_MOST) {
            self.report(object.clone(), "units", format!("at most {UNITS_MOST}"));
        }
        if quota.rollovers > ROLLOVERS_MOST {
            self.report(object.clone(), "rollovers", format!("at most {ROLLOVERS_MOST}"));
        }
        let once = quota.renewal == Renewal::Once;
        if once && (quota.rollovers > 0 || quota.prorate_first || quota.shared) {
            self.report(object.clone(), "renewal", "units given once do not roll over, prorate or share");
        }
        self.warnings(&object, &quota.warn_percent);
    }

    fn warnings(&mut self, object: &str, percents: &[u8]) {
        let ascending = percents.is_sorted_by(|one, next| one < next);
        let sensible = percents.iter().all(|percent| (1..=99).contains(percent));
        if !ascending || !sensible || percents.len() > WARNINGS_MOST {
            let reason = format!("at most {WARNINGS_MOST} percentages from 1 to 99, ascending");
            self.report(object.to_owned(), "warn_percent", reason);
        }
    }

    fn discount(&mut self, product: &str, discount: &Discount) {
        let object = format!("{product}, discount {}", discount.name);
        self.covered(&object, &discount.service, discount.destinations.as_ref());
        self.access_codes(&object, &discount.access_codes);
        self.pool(&object, &discount.service, &discount.pool);
        let steps = &discount.steps;
        if steps.is_empty() || steps.len() > STEPS_MOST {
            self.report(object.clone(), "steps", format!("1 to {STEPS_MOST} thresholds"));
        }
        let units: Vec<u64> = steps.iter().filter_map(|s| s.from_units).collect();
        let amounts: Vec<Amount> = steps.iter().filter_map(|s| s.from_amount).collect();
        let one_measure = [(units.len(), amounts.len()), (amounts.len(), units.len())];
        if !one_measure.contains(&(steps.len(), 0)) {
            let reason = "every step has from_units, or every step has from_amount";
            self.report(object.clone(), "steps", reason);
        }
        let ascending =
            units.is_sorted_by(|one, next| one < next) && amounts.is_sorted_by(|one, next| one < next);
        if !ascending || amounts.first().is_some_and(|amount| amount.is_negative()) {
            self.report(object.clone(), "steps", "thresholds ascend and are not negative");
        }
        if steps.iter().any(|s| s.percent > 100) {
            self.report(object.clone(), "steps", "at most 100 percent are taken off");
        }
        if discount.shared && discount.renewal == Renewal::Once {
            self.report(object, "renewal", "a shared count begins anew at some time");
        }
    }

    fn wallet(&mut self, product: &str, wallet: &Wallet) {
        let object = format!("{product}, wallet {}", wallet.name);
        if wallet.services.is_empty() {
            self.report(object.clone(), "services", "is empty: it would pay for nothing");
        }
        let mut seen = HashSet::new();
        for service in &wallet.services {
            self.covered(&object, &service.service, service.destinations.as_ref());
            self.access_codes(&object, &service.access_codes);
            if !seen.insert((&service.service, &service.destinations, &service.access_codes)) {
                let reason = format!("service {} is there twice", service.service);
                self.report(object.clone(), "services", reason);
            }
            let weights = [service.takes, service.per];
            if weights.contains(&0) || weights.iter().any(|w| *w > UNITS_MOST) {
                self.report(object.clone(), "services", "takes and per are at least 1");
            }
            if wallet.money && weights != [1, 1] {
                self.report(object.clone(), "services", "money needs no takes and per: the tariff prices");
            }
        }
        if wallet.options.len() > STEPS_MOST {
            self.report(object.clone(), "options", format!("at most {STEPS_MOST}"));
        }
        let mut codes = HashSet::new();
        for option in &wallet.options {
            if option.code.trim().is_empty() || !codes.insert(&option.code) {
                self.report(object.clone(), "options", "every option has a code of its own");
            }
            let mixed = if wallet.money { option.units > 0 } else { !option.amount.is_zero() };
            if mixed || option.amount.is_negative() || !(1..=UNITS_MOST).contains(&option.adds(wallet.money))
            {
                let what = if wallet.money { "an amount" } else { "units" };
                self.report(object.clone(), "options", format!("\"{}\" adds {what}", option.code));
            }
            if option.price.is_negative() || option.days == 0 {
                let reason = format!("\"{}\" costs something or nothing, and lasts days", option.code);
                self.report(object.clone(), "options", reason);
            }
        }
        self.warnings(&object, &wallet.warn_percent);
    }

    pub(super) fn policies(&mut self, object: &str, policies: &[ServicePolicy]) {
        for policy in policies {
            self.service(object, &policy.service);
            self.final_action(object, policy.final_action.as_ref());
            self.final_action_at(object, &policy.final_action_at);
            self.options(object, policy);
            if policy.schedule.len() > ACCESS_TIMES_MOST {
                self.report(object.to_owned(), "schedule", format!("at most {ACCESS_TIMES_MOST} times"));
            }
            for AccessTime { during, .. } in &policy.schedule {
                if !self.catalog.off_peak_periods.iter().any(|period| period.code == *during) {
                    let reason = format!("off-peak period \"{during}\" does not exist");
                    self.report(object.to_owned(), "schedule", reason);
                }
            }
        }
    }

    pub(super) fn final_action(&mut self, object: &str, action: Option<&FinalAction>) {
        let text = match action {
            Some(FinalAction::Redirect { url }) => url,
            Some(FinalAction::Restrict { filter }) => filter,
            Some(FinalAction::Terminate) | None => return,
        };
        if text.trim().is_empty() {
            self.report(object.to_owned(), "final_action", "names no address or filter");
        }
    }

    /// Access points are compared in lower case.
    pub(super) fn final_action_at(&mut self, object: &str, actions: &BTreeMap<String, FinalAction>) {
        for (access_point, action) in actions {
            self.final_action(object, Some(action));
            if access_point.trim().is_empty() || *access_point != access_point.to_ascii_lowercase() {
                let reason = format!("{access_point} is no access point in lower case");
                self.report(object.to_owned(), "final_action_at", reason);
            }
        }
    }

    pub(super) fn classes(&mut self) {
        let catalog = self.catalog;
        self.unique("class", catalog.classes.iter().map(|c| c.code.as_str()));
        for class in &catalog.classes {
            self.policies(&format!("class {}", class.code), &class.policies);
        }
    }
}

/// What a counter relies on: a published plan stays, counts the same things and begins anew at the same times.
fn nature(product: &Product) -> Vec<(&str, String)> {
    let quotas = product.quotas.iter().map(|q| {
        (
            q.name.as_str(),
            format!("quota {} {:?} {} {}", q.service, q.renewal, q.shared, q.off_peak.is_some()),
        )
    });
    let discounts = product.discounts.iter().map(|d| {
        let money = d.steps.iter().any(|s| s.from_amount.is_some());
        (d.name.as_str(), format!("discount {} {:?} {} {money}", d.service, d.renewal, d.shared))
    });
    let wallets =
        product.wallets.iter().map(|w| (w.name.as_str(), format!("wallet {} {}", w.money, w.shared)));
    quotas.chain(discounts).chain(wallets).collect()
}

/// Reports plans and classes that were published and are missing or another thing now.
pub(super) fn removals(published: &Catalog, next: &Catalog, changed: &mut impl FnMut(String, &'static str)) {
    for old in &published.products {
        let Some(new) = next.products.iter().find(|p| p.code == old.code) else { continue };
        let natures = nature(new);
        for (name, what) in nature(old) {
            if !natures.iter().any(|(n, w)| *n == name && *w == what) {
                changed(format!("product {}, plan {name}", old.code), "quotas");
            }
        }
    }
    for old in &published.classes {
        if !next.classes.iter().any(|c| c.code == old.code) {
            changed(format!("class {}", old.code), "code");
        }
    }
}
