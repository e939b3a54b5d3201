//! A catalog is published whole or not at all: every reference resolves, every number makes sense.

mod dialing;
mod fees;
mod plans;
mod tariffs;

use crate::{Catalog, Product, ProductKind, Service, Tariff};
use std::collections::HashSet;
pub(crate) use tariffs::sheet_problems;

/// One reason a catalog cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object}, field {field}: {reason}")]
pub struct CatalogProblem {
    /// Which object, such as `product homeconnect`.
    pub object: String,
    /// Which field of it.
    pub field: &'static str,
    /// What is wrong and how to mend it.
    pub reason: String,
}

struct Checker<'a> {
    catalog: &'a Catalog,
    problems: Vec<CatalogProblem>,
}

/// Every problem of a catalog; empty means it can be published.
pub(crate) fn problems(catalog: &Catalog) -> Vec<CatalogProblem> {
    let mut checker = Checker { catalog, problems: Vec::new() };
    checker.unique("service", catalog.services.iter().map(|s| s.code.as_str()));
    checker.unique("tariff", catalog.tariffs.iter().map(|t| t.code.as_str()));
    checker.unique("product", catalog.products.iter().map(|p| p.code.as_str()));
    checker.unique("destination group", catalog.destination_groups.iter().map(|g| g.code.as_str()));
    for service in &catalog.services {
        checker.grant(service);
    }
    checker.unique("off-peak period", catalog.off_peak_periods.iter().map(|p| p.code.as_str()));
    checker.unique("holiday calendar", catalog.holidays.iter().map(|c| c.code.as_str()));
    checker.unique("destination group set", catalog.destination_group_sets.iter().map(|s| s.code.as_str()));
    checker.unique("vendor", catalog.vendors.iter().map(|v| v.code.as_str()));
    checker.unique("connection", catalog.connections.iter().map(|c| c.code.as_str()));
    checker.problems.extend(tariffs::problems(catalog));
    for product in &catalog.products {
        checker.product(product);
        checker.plans(product);
    }
    checker.classes();
    checker.taxes();
    checker.dialing();
    checker.problems
}

/// What was published before and is missing or another thing now: accounts may hold it and sessions may count it, so it stays
/// (and is taken out of the shop instead).
pub(crate) fn removals(published: &Catalog, next: &Catalog) -> Vec<CatalogProblem> {
    let reason =
        "was published and may be in use: keep it, and remove it from the add_ons lists to stop selling it";
    let missing = |object: String| CatalogProblem { object, field: "code", reason: reason.to_owned() };
    let products = published.products.iter().filter(|old| !next.products.iter().any(|p| p.code == old.code));
    let services = published.services.iter().filter(|old| !next.services.iter().any(|s| s.code == old.code));
    let products = products.map(|p| missing(format!("product {}", p.code)));
    let mut problems: Vec<CatalogProblem> =
        products.chain(services.map(|s| missing(format!("service {}", s.code)))).collect();
    let mut changed = |object: String, field: &'static str| {
        let reason = "was published and may be in use: give the new one another code".to_owned();
        problems.push(CatalogProblem { object, field, reason });
    };
    for old in &published.products {
        if next.products.iter().any(|p| p.code == old.code && p.kind != old.kind) {
            changed(format!("product {}", old.code), "kind");
        }
    }
    plans::removals(published, next, &mut changed);
    for old in &published.services {
        if next.services.iter().any(|s| s.code == old.code && s.unit != old.unit) {
            changed(format!("service {}", old.code), "unit");
        }
    }
    dialing::removals(published, next, &mut problems);
    problems
}

impl<'a> Checker<'a> {
    fn report(&mut self, object: String, field: &'static str, reason: impl Into<String>) {
        self.problems.push(CatalogProblem { object, field, reason: reason.into() });
    }

    fn unique(&mut self, what: &str, codes: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for code in codes {
            if code.trim().is_empty() {
                self.report(what.to_owned(), "code", "is empty");
            } else if !seen.insert(code) {
                self.report(format!("{what} {code}"), "code", "is used twice");
            }
        }
    }

    fn service(&mut self, object: &str, code: &str) {
        if !self.catalog.services.iter().any(|s| s.code == code) {
            self.report(object.to_owned(), "service", format!("service \"{code}\" does not exist"));
        }
    }

    fn grant(&mut self, service: &Service) {
        let object = format!("service {}", service.code);
        let sizes = [service.grant.units, service.grant.most_units, service.grant.least_units];
        if sizes.contains(&0) || service.grant.first_units == Some(0) {
            self.report(object.clone(), "grant", "at least one unit is granted at a time");
        } else if service.grant.least_units > service.grant.most_units {
            self.report(object.clone(), "grant", "least_units is at most most_units");
        }
        if service.grant.threshold_percent > 100 {
            self.report(object.clone(), "grant", "a threshold is at most 100 percent");
        }
        self.tax_category(&object, service.tax.as_deref());
        self.final_action(&object, Some(&service.final_action));
        self.final_action_at(&object, &service.final_action_at);
        for class in &service.rating_groups {
            match self.catalog.services.iter().find(|s| s.code == class.service) {
                None => {
                    let reason = format!("service \"{}\" does not exist", class.service);
                    self.report(object.clone(), "rating_groups", reason);
                }
                Some(other) if other.unit != service.unit => {
                    let reason = format!("\"{}\" is counted in another unit", class.service);
                    self.report(object.clone(), "rating_groups", reason);
                }
                Some(_) => {}
            }
        }
        let mut seen = HashSet::new();
        let groups = service.rating_groups.iter().flat_map(|class| &class.groups);
        if let Some(twice) = groups.filter(|group| !seen.insert(**group)).min() {
            self.report(object, "rating_groups", format!("rating group {twice} stands twice"));
        }
    }

    /// The tariff, if it exists and prices that service.
    fn priced(&mut self, object: &str, service: &str, code: &str) -> Option<&'a Tariff> {
        let tariff = self.catalog.tariffs.iter().find(|t| t.code == code);
        let reason = match tariff {
            None => format!("tariff \"{code}\" does not exist"),
            Some(tariff) if tariff.service != service => {
                format!("tariff \"{code}\" prices {}, not {service}", tariff.service)
            }
            Some(_) => return tariff,
        };
        self.report(object.to_owned(), "rating", reason);
        None
    }

    fn product(&mut self, product: &Product) {
        let object = format!("product {}", product.code);
        let catalog = self.catalog;
        let mut entries = HashSet::new();
        for entry in &product.rating {
            self.service(&object, &entry.service);
            let (own, named) =
                (self.priced(&object, &entry.service, &entry.tariff), entry.reseller_tariff.as_ref());
            let currency = product.currency.unwrap_or(catalog.currency);
            if own.is_some_and(|tariff| tariff.currency.unwrap_or(catalog.currency) != currency) {
                let reason =
                    format!("tariff \"{}\" is not in {currency}, the product's currency", entry.tariff);
                self.report(object.clone(), "rating", reason);
            }
            // A reseller may be charged in another currency than his customers.
            named.map(|tariff| self.priced(&object, &entry.service, tariff));
            if !entries.insert((&entry.service, &entry.node, &entry.access_code)) {
                self.report(
                    object.clone(),
                    "rating",
                    format!("two entries for service {} alike", entry.service),
                );
            }
        }
        self.policies(&object, &product.policies);
        for code in &product.add_ons {
            let found = catalog.products.iter().any(|p| p.code == *code && p.kind == ProductKind::AddOn);
            if !found {
                self.report(object.clone(), "add_ons", format!("add-on \"{code}\" does not exist"));
            }
        }
        self.fees(&object, product);
    }
}
