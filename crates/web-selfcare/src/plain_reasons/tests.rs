#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use catalog::{Catalog, CatalogVersion, TariffId};
use charging::{CustomerId, RowId, Source};
use money::{Percent, Rounding};
use rating::{FurtherTerms, PriceRule};

const MB: u64 = 1_048_576;

fn catalog() -> Snapshot {
    let catalog: Catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
    Snapshot::compile(catalog, CatalogVersion(7), None).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// A record of so many units of a service; what buckets do not cover is priced by the catalog.
fn record(service: &str, product: &str, units: u64, covered: u64, destination: &str) -> Xdr {
    let catalog = catalog();
    let service = catalog.service(service).unwrap();
    let product = catalog.product(product).unwrap();
    let entry = product.rating.iter().find(|entry| entry.service == service.code).unwrap();
    let tariff = catalog.catalog().tariffs.iter().find(|tariff| tariff.code == entry.tariff).unwrap();
    let rate = &tariff.rates[0];
    let rule = PriceRule {
        connect_fee: rate.connect_fee.unwrap_or(tariff.connect_fee),
        first_interval: rate.first_interval,
        first_price: rate.first_price,
        next_interval: rate.next_interval(),
        next_price: rate.next_price(),
        per: rate.per,
        places: 2,
        rounding: Rounding::AwayFromZero,
        more: None,
    };
    let priced = rating::price_explained(&rule, units - covered).unwrap();
    let plan = PlanKey { product: product.id, plan: product.quotas.first().map_or(0, |quota| quota.id) };
    let bucket = (covered > 0).then_some(BucketUse { plan, units: covered });
    Xdr {
        id: RowId(1),
        customer: CustomerId(1),
        account: None,
        kind: if service.unit == Unit::Event { XdrKind::Event } else { XdrKind::Session },
        service: Some(service.id),
        product: Some(product.id),
        period_number: 1,
        started_at: at("2026-06-14T21:04:00Z"),
        ended_at: at("2026-06-14T21:34:00Z"),
        posted_at: at("2026-06-14T21:34:00Z"),
        units,
        unit: Some(service.unit),
        destination: destination.to_owned(),
        description: if service.unit == Unit::Event { "The Long Pier".to_owned() } else { String::new() },
        reference: None,
        amount: priced.amount,
        explanation: Explanation::Rated {
            source: Source {
                identifier: "15550100".to_owned(),
                node: "pgw-01.core".to_owned(),
                access_code: String::new(),
            },
            product: product.id,
            tariff: TariffId(1),
            rate: "*".to_owned(),
            version: CatalogVersion(7),
            buckets: bucket.into_iter().collect(),
            priced: Box::new(priced),
            discounts: Vec::new(),
            wallets: Vec::new(),
            changes: Vec::new(),
            cost: None,
            dialled: None,
        },
    }
}

fn told(xdr: &Xdr) -> Vec<(String, Option<String>)> {
    let catalog = catalog();
    let reasons = plain_reasons(xdr, (&catalog, catalog.currency()), &BillingZone::utc());
    let told: Vec<(String, Option<String>)> =
        reasons.into_iter().map(|r| (r.words, r.amount.map(|amount| amount.text(2)))).collect();
    let all = told.iter().map(|(words, _)| words.as_str()).collect::<String>();
    for inner in ["pgw", "15550100", "version", "tariff", "octet"] {
        assert!(!all.contains(inner), "{inner} is no subscriber's word: {all}");
    }
    told
}

fn line(words: &str, amount: Option<&str>) -> (String, Option<String>) {
    (words.to_owned(), amount.map(str::to_owned))
}

#[test]
fn mobile_data_says_what_was_used_and_what_a_megabyte_costs() {
    assert_eq!(
        told(&record("mobile-data", "mobile-data", 5 * MB + 1, 0, "internet.apn")),
        [
            line("You used 5 MB.", None),
            line("6 MB at USD 0.01 per MB; each MB that is begun counts in full.", Some("0.06")),
        ]
    );
}

#[test]
fn a_call_says_what_was_included_and_what_the_rest_costs() {
    assert_eq!(
        told(&record("voice", "homeconnect-plus", 95, 30, "12025550123")),
        [
            line("Your call to 12025550123 took 1 min 35 s.", None),
            line("Included in Domestic minutes of HomeConnect+: 30 s.", Some("0.00")),
            line("Beyond what is included: 1 min 5 s.", None),
            line("2 min at USD 0.05 per minute; each minute that is begun counts in full.", Some("0.10")),
        ]
    );
    assert_eq!(
        told(&record("voice", "homeconnect-plus", 95, 95, "12025550123"))[1..],
        [line("All of it was included: Domestic minutes of HomeConnect+.", Some("0.00"))]
    );
}

#[test]
fn a_film_has_its_title_and_price_and_a_flat_rate_costs_nothing() {
    assert_eq!(
        told(&record("vod", "homeconnect", 1, 0, "film")),
        [line("You bought The Long Pier.", None), line("Price: USD 3.99.", Some("3.99"))]
    );
    assert_eq!(
        told(&record("internet", "homeconnect", 3 * MB / 2, 0, ""))[..],
        [
            line("You used 1.5 MB.", None),
            line("It is included in HomeConnect at no further charge.", Some("0.00")),
        ]
    );
}

#[test]
fn a_fee_says_for_which_days_it_is() {
    let hbo = catalog().product("hbo").unwrap().id;
    let mut fee = record("vod", "homeconnect", 1, 0, "film");
    (fee.kind, fee.service, fee.unit, fee.amount) = (XdrKind::RecurringFee, None, None, amount("2.40"));
    let recurring = |days, from: &str| Explanation::Recurring {
        product: hbo,
        full_fee: amount("5.99"),
        days,
        of_days: 30,
        from: at(from),
        to: at("2026-07-01T00:00:00Z"),
        why: FeeWhy::Held,
    };
    fee.explanation = recurring(12, "2026-06-19T00:00:00Z");
    assert_eq!(
        told(&fee),
        [
            line("HBO costs USD 5.99 for a whole period.", None),
            line("You had it on 12 of 30 days, 19 – 30 June 2026, so only these are charged.", Some("2.40")),
        ]
    );
    fee.explanation = recurring(30, "2026-06-01T00:00:00Z");
    fee.amount = amount("5.99");
    assert_eq!(told(&fee), [line("HBO for the whole period, 1 – 30 June 2026.", Some("5.99"))]);
}

/// A record on which only money moved.
fn moved(kind: XdrKind, sum: &str, explanation: Explanation) -> Xdr {
    let mut xdr = record("vod", "homeconnect", 1, 0, "film");
    (xdr.kind, xdr.service, xdr.unit, xdr.units, xdr.amount) = (kind, None, None, 0, amount(sum));
    xdr.explanation = explanation;
    xdr
}

#[test]
fn what_is_given_back_or_corrected_says_what_was_charged_before() {
    let refund = |returned| Explanation::Refund {
        of: RowId(1),
        charged: amount("3.99"),
        returned: amount(returned),
        note: "it stopped after ten minutes".to_owned(),
    };
    let back = line("Given back: it stopped after ten minutes.", Some("-2.00"));
    assert_eq!(
        told(&moved(XdrKind::Refund, "-2.00", refund("2.00"))),
        [line("You were charged USD 3.99.", None), back.clone()]
    );
    assert_eq!(
        told(&moved(XdrKind::Refund, "-2.00", refund("3.00")))[1..],
        [back, line("With what was given back before, that is USD 3.00 in all.", None)]
    );
    let (of, rerating) = (RowId(1), "spring".to_owned());
    let correction = Explanation::Correction { of, was: amount("0.10"), becomes: amount("0.04"), rerating };
    let words = "An earlier charge was calculated again: it was USD 0.10 and is USD 0.04 now.";
    assert_eq!(told(&moved(XdrKind::Correction, "-0.06", correction)), [line(words, Some("-0.06"))]);
}

#[test]
fn discounts_and_money_paid_in_advance_are_named_with_what_they_take_off() {
    let plus = catalog().product("homeconnect-plus").unwrap().clone();
    let plan = PlanKey { product: plus.id, plan: plus.quotas[0].id };
    let mut xdr = record("mobile-data", "mobile-data", 10 * MB, 0, "internet.apn");
    let Explanation::Rated { discounts, wallets, .. } = &mut xdr.explanation else { panic!() };
    *discounts = vec![
        Band { plan: None, percent: 0, units: 4 * MB },
        Band { plan: Some(plan), percent: 50, units: 6 * MB },
    ];
    *wallets = vec![WalletUse { plan, amount: amount("0.05") }];
    xdr.amount = amount("0.02");
    assert_eq!(
        told(&xdr),
        [
            line("You used 10 MB.", None),
            line("10 MB at USD 0.01 per MB.", None),
            line("Domestic minutes of HomeConnect+: 50 % off 6 MB.", None),
            line("So it costs USD 0.07.", None),
            line("Paid from Domestic minutes of HomeConnect+: USD 0.05.", None),
        ]
    );
}

#[test]
fn free_units_and_what_comes_on_top_are_said() {
    let mut xdr = record("mobile-data", "mobile-data", 5 * MB, 0, "internet.apn");
    let more = FurtherTerms {
        free_units: MB,
        surcharge: Percent::parse("10").unwrap(),
        minimum: Price::parse("0.5").unwrap(),
        ..FurtherTerms::default()
    };
    let price = Price::parse("0.01").unwrap();
    let rule = PriceRule {
        connect_fee: Price::ZERO,
        first_interval: MB,
        first_price: price,
        next_interval: MB,
        next_price: price,
        per: MB,
        places: 2,
        rounding: Rounding::AwayFromZero,
        more: Some(Box::new(more)),
    };
    let Explanation::Rated { priced, .. } = &mut xdr.explanation else { panic!() };
    **priced = rating::price_explained(&rule, 5 * MB).unwrap();
    xdr.amount = priced.amount;
    assert_eq!(
        told(&xdr),
        [
            line("You used 5 MB.", None),
            line("At the beginning at no charge: 1 MB.", Some("0.00")),
            line("Beyond what is included: 4 MB.", None),
            line("4 MB at USD 0.01 per MB.", None),
            line("10 % on top: USD 0.004.", None),
            line("It costs USD 0.50 at least.", None),
        ]
    );
}
