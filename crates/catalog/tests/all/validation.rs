//! A catalog that cannot work is refused with the object and the field at fault.

use crate::refusals;

use catalog::{Catalog, CatalogVersion, ProductKind, Snapshot, Unit};
use money::{Amount, Price};

fn sample() -> Catalog {
    toml::from_str(include_str!("sample.toml")).unwrap()
}

/// Spoils the sample and expects exactly this one problem.
fn refused(object: &str, field: &str, spoil: impl FnOnce(&mut Catalog)) {
    refusals::refused(sample(), object, field, spoil);
}

/// Publishes the sample, changes it and expects exactly this one problem with the second version.
fn refused_later(object: &str, field: &str, change: impl FnOnce(&mut Catalog)) {
    let first = Snapshot::compile(sample(), CatalogVersion(1), None).unwrap();
    let mut next = first.catalog().clone();
    change(&mut next);
    let problems = Snapshot::compile(next, CatalogVersion(2), Some(&first)).unwrap_err();
    let found: Vec<(&str, &str)> = problems.iter().map(|p| (p.object.as_str(), p.field)).collect();
    assert_eq!(found, [(object, field)], "{problems:?}");
}

#[test]
fn codes_are_there_and_unique() {
    refused("service calls", "code", |c| c.services.push(c.services[0].clone()));
    refused("tariff roaming", "code", |c| c.tariffs.push(c.tariffs[1].clone()));
    refused("product basic", "code", |c| c.products.push(c.products[0].clone()));
    refused("destination group domestic", "code", |c| {
        c.destination_groups.push(c.destination_groups[0].clone())
    });
    refused("product", "code", |c| {
        let mut nameless = c.products[1].clone();
        nameless.code = " ".into();
        c.products.push(nameless);
    });
}

#[test]
fn services_grant_something() {
    refused("service calls", "grant", |c| c.services[0].grant.units = 0);
    refused("service calls", "grant", |c| c.services[0].grant.most_units = 0);
    refused("service calls", "grant", |c| c.services[0].grant.threshold_percent = 101);
}

#[test]
fn tariffs_can_price() {
    refused("tariff fax", "service", |c| {
        let mut fax = c.tariffs[1].clone();
        (fax.code, fax.service) = ("fax".into(), "fax".into());
        c.tariffs.push(fax);
    });
    refused("tariff calls", "places", |c| c.tariffs[0].places = Some(7));
    refused("tariff calls", "rates", |c| c.tariffs[0].rates.clear());
    refused("tariff calls, rate ", "destination", |c| c.tariffs[0].rates[0].destination.clear());
    refused("tariff calls, rate *", "destination", |c| {
        let rate = c.tariffs[0].rates[0].clone();
        c.tariffs[0].rates.push(rate);
    });
    refused("tariff calls, rate *", "first_interval", |c| c.tariffs[0].rates[0].first_interval = 0);
    refused("tariff calls, rate *", "next_interval", |c| c.tariffs[0].rates[0].next_interval = Some(0));
    refused("tariff calls, rate *", "per", |c| c.tariffs[0].rates[0].per = 0);
    let negative = Price::from_nanos(-1);
    refused("tariff calls, rate *", "first_price", |c| c.tariffs[0].rates[0].first_price = negative);
    refused("tariff calls, rate *", "next_price", |c| c.tariffs[0].rates[0].next_price = Some(negative));
    refused("tariff calls, rate *", "connect_fee", |c| c.tariffs[0].rates[0].connect_fee = Some(negative));
}

#[test]
fn products_refer_to_what_exists() {
    refused("product basic", "rating", |c| c.products[0].rating[0].tariff = "gone".into());
    refused("product basic", "rating", |c| c.products[0].rating[0].tariff = "channels".into());
    refused("product basic", "rating", |c| {
        let entry = c.products[0].rating[0].clone();
        c.products[0].rating.push(entry);
    });
    refused("product basic, quota Minutes", "service", |c| c.products[0].quotas[0].service = "fax".into());
    refused("product basic", "service", |c| c.products[0].policies[0].service = "fax".into());
    refused("product basic, quota Minutes", "destinations", |c| {
        c.products[0].quotas[0].destinations = Some("moon".into())
    });
    refused("product basic", "add_ons", |c| c.products[0].add_ons.push("gone".into()));
    refused("product basic", "add_ons", |c| c.products[0].add_ons.push("basic".into()));
    refused("product extra", "subscription", |c| {
        c.products[1].subscription.as_mut().unwrap().fee = Amount::from_micros(-1);
    });
    refused("destination group domestic", "prefixes", |c| {
        c.destination_groups[0].prefixes.push(String::new())
    });
}

#[test]
fn what_was_published_stays_what_it_is() {
    refused_later("product extra", "code", |c| {
        c.products.remove(1);
        c.products[0].add_ons.clear();
    });
    refused_later("service spare", "code", |c| drop(c.services.pop()));
    refused_later("product extra", "kind", |c| {
        c.products[1].kind = ProductKind::Main;
        c.products[0].add_ons.clear();
    });
    refused_later("service calls", "unit", |c| c.services[0].unit = Unit::Event);
}

#[test]
fn all_problems_are_told_at_once() {
    let mut catalog = sample();
    catalog.tariffs[0].rates.clear();
    catalog.products[0].add_ons.push("gone".into());
    assert_eq!(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap_err().len(), 2);
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    let error = toml::from_str::<Catalog>("currency = \"USD\"\nservices = []\nproducts = []\nprodcts = []")
        .unwrap_err();
    assert!(error.to_string().contains("prodcts"), "{error}");
}

#[test]
fn fees_and_taxes_make_sense() {
    let spoil = |change: fn(&mut catalog::Subscription)| {
        move |c: &mut Catalog| change(c.products[1].subscription.as_mut().unwrap())
    };
    refused("product extra", "subscription", spoil(|s| s.activation_fee = Some(Amount::from_micros(-1))));
    refused(
        "product extra",
        "subscription",
        spoil(|s| {
            s.minimum = Some(catalog::MinimumPeriod { periods: 0, early_fee: None });
        }),
    );
    refused(
        "product extra",
        "subscription",
        spoil(|s| {
            s.minimum = Some(catalog::MinimumPeriod { periods: 3, early_fee: Some(Amount::from_micros(-1)) });
        }),
    );
    refused("product extra", "lasts", |c| {
        c.products[1].lasts = Some(catalog::Lasting { days: 1, hours: 0 });
        let minimum = catalog::MinimumPeriod { periods: 3, early_fee: None };
        c.products[1].subscription.as_mut().unwrap().minimum = Some(minimum);
    });
    refused("product extra", "tax", |c| c.products[1].tax = Some("luxury".into()));
    refused("service calls", "tax", |c| c.services[0].tax = Some("luxury".into()));
    let rate = |text: &str| -> catalog::TaxRate { toml::from_str(text).unwrap() };
    let taxed = |rates: Vec<catalog::TaxRate>| {
        move |c: &mut Catalog| c.taxes = Some(catalog::Taxes { rates, ..catalog::Taxes::default() })
    };
    let vat = || rate("code = \"vat\"\nname = \"VAT\"\ncategory = \"all\"\npercent = \"20\"");
    refused("taxes", "tax", |c| {
        c.taxes = Some(catalog::Taxes { default: Some("luxury".into()), ..catalog::Taxes::default() });
    });
    refused("tax vat", "from", taxed(vec![vat(), vat()]));
    refused("tax vat", "name", taxed(vec![catalog::TaxRate { name: " ".into(), ..vat() }]));
    refused("tax vat", "classes", taxed(vec![catalog::TaxRate { classes: vec!["gone".into()], ..vat() }]));
    for percent in [-1, 1_000_001] {
        let percent = money::Percent::from_units(percent);
        refused("tax vat", "percent", taxed(vec![catalog::TaxRate { percent, ..vat() }]));
    }
}

#[test]
fn a_catalog_published_before_there_were_terms_of_fees_reads_as_it_was() {
    let fee: catalog::Subscription = serde_json::from_str(r#"{"name":"HBO","fee":"5.99"}"#).unwrap();
    assert_eq!((fee.charged, fee.suspended_days), Default::default());
    assert_eq!(serde_json::to_string(&fee).unwrap(), r#"{"name":"HBO","fee":"5.99"}"#);
}
