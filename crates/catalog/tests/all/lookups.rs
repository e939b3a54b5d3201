//! The compiled snapshot finds the same rate as a person reading the catalog, and its numbers do not change.

use catalog::{Catalog, CatalogVersion, ProductId, RateQuery, RatingEntry, Snapshot};
use proptest::prelude::*;

const NOW: calendar::Instant = calendar::Instant::from_unix_seconds(1_780_000_000);

fn sample() -> Catalog {
    toml::from_str(include_str!("sample.toml")).unwrap()
}

fn compiled(catalog: Catalog) -> Snapshot {
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

/// Destination of the rate found, with the tariff's code.
fn find(
    snapshot: &Snapshot,
    service: &str,
    node: &str,
    access_code: &str,
    destination: &str,
) -> Option<String> {
    let products: Vec<ProductId> =
        ["extra", "basic"].iter().filter_map(|c| snapshot.product(c)).map(|p| p.id).collect();
    let service = snapshot.service(service).unwrap().id;
    let query =
        RateQuery { products: &products, service, node, access_code, destination, at: NOW, zone: "UTC" };
    let choice = snapshot.rate(&query)?;
    Some(format!("{} {}", choice.tariff.code, catalog::matched_destination(destination, choice.matched)))
}

#[test]
fn the_longest_destination_wins() {
    let snapshot = compiled(sample());
    let cases = [
        ("442071234567", "calls 4420"),
        ("4420", "calls 4420"),
        ("441", "calls 44"),
        ("44", "calls 44"),
        ("4", "calls *"),
        ("", "calls *"),
        ("*101#", "calls *101#"),
        ("*101", "calls *"),
        ("NETACCESS", "calls NETACCESS"),
        ("número", "calls *"),
    ];
    for (destination, expected) in cases {
        assert_eq!(find(&snapshot, "calls", "", "", destination).as_deref(), Some(expected), "{destination}");
    }
    assert_eq!(find(&snapshot, "tv", "", "", "HBO").as_deref(), Some("channels HBO"));
    assert_eq!(find(&snapshot, "tv", "", "", "News"), None, "without a wildcard the rest is not sold");
    assert_eq!(find(&snapshot, "spare", "", "", "x"), None);
}

#[test]
fn the_most_specific_rating_entry_wins() {
    let mut catalog = sample();
    let entry = |node: Option<&str>, access_code: Option<&str>, tariff: &str| RatingEntry {
        service: "calls".into(),
        node: node.map(str::to_owned),
        access_code: access_code.map(str::to_owned),
        tariff: tariff.into(),
        reseller_tariff: None,
    };
    for code in ["node", "both"] {
        let mut tariff = catalog.tariffs[1].clone();
        tariff.code = code.into();
        catalog.tariffs.push(tariff);
    }
    catalog.products[0].rating.push(entry(Some("msc1"), None, "node"));
    catalog.products[0].rating.push(entry(Some("msc1"), Some("ROAMING"), "both"));
    let snapshot = compiled(catalog);
    let tariff = |node, access_code| find(&snapshot, "calls", node, access_code, "1").unwrap();
    assert_eq!(tariff("", ""), "calls *");
    assert_eq!(tariff("msc2", "ROAMING"), "roaming *");
    assert_eq!(tariff("msc1", ""), "node *");
    assert_eq!(tariff("msc1", "ROAMING"), "both *");
    assert_eq!(tariff("msc2", "OTHER"), "calls *");
    assert_eq!(
        tariff("msc1", "ROAMING.SI120"),
        "both *",
        "a code that goes on after a dot falls back to its beginning"
    );
    assert_eq!(tariff("msc2", "ROAMINGS"), "calls *", "but only after a dot");
}

#[test]
fn charges_have_the_currencys_places_unless_the_tariff_says_more() {
    let snapshot = compiled(sample());
    let basic = [snapshot.product("basic").unwrap().id];
    let service = snapshot.service("calls").unwrap().id;
    let places = |access_code| {
        let query = RateQuery {
            products: &basic,
            service,
            node: "",
            access_code,
            destination: "1",
            at: NOW,
            zone: "UTC",
        };
        snapshot.rate(&query).unwrap().places
    };
    assert_eq!((places(""), places("ROAMING")), (2, 4));
}

#[test]
fn a_quota_covers_its_destinations_only() {
    let snapshot = compiled(sample());
    let basic = snapshot.product("basic").unwrap().id;
    let calls = snapshot.service("calls").unwrap().id;
    let [minutes] = snapshot.plans(basic, calls) else { panic!("one plan") };
    let covers = |destination| snapshot.covers(minutes, destination);
    assert!(covers("15551234") && covers("NETACCESS"));
    assert!(!covers("44") && !covers(""));
}

#[test]
fn numbers_stay_when_products_come_and_move() {
    let first = compiled(sample());
    let mut next = sample();
    let mut new = next.products[1].clone();
    new.code = "new".into();
    next.products.insert(0, new);
    next.products.swap(1, 2);
    next.services.rotate_left(1);
    next.tariffs.rotate_left(1);
    let second = Snapshot::compile(next, CatalogVersion(2), Some(&first)).unwrap();
    for product in &first.catalog().products {
        assert_eq!(second.product(&product.code).unwrap().id, product.id);
    }
    for service in &first.catalog().services {
        assert_eq!(second.service(&service.code).unwrap().id, service.id);
    }
    for tariff in &first.catalog().tariffs {
        assert_eq!(second.tariff_by_id(tariff.id).unwrap().code, tariff.code);
    }
    let new = second.product("new").unwrap().id;
    assert!(first.product_by_id(new).is_none(), "a new product gets a number nobody had");
}

#[test]
fn a_published_catalog_reads_back_as_it_was_written() {
    let first = compiled(sample());
    let text = toml::to_string(first.catalog()).unwrap();
    assert_eq!(toml::from_str::<Catalog>(&text).unwrap(), *first.catalog());
    let json = serde_json::to_string(first.catalog()).unwrap();
    assert_eq!(serde_json::from_str::<Catalog>(&json).unwrap(), *first.catalog());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The compiled table finds what trying every rate finds: the longest destination that starts the number.
    #[test]
    fn the_table_agrees_with_trying_every_rate(
        prefixes in prop::collection::btree_set("[0-3*#é]{1,5}", 1..20),
        asked in "[0-3*#é]{0,8}",
    ) {
        let mut catalog = sample();
        let rate = catalog.tariffs[0].rates[0].clone();
        let prefixes: Vec<String> = prefixes.into_iter().collect();
        catalog.tariffs[0].rates = prefixes.iter().map(|p| catalog::Rate { destination: p.clone(), ..rate.clone() }).collect();
        let snapshot = compiled(catalog);
        let wildcard = prefixes.iter().find(|p| *p == "*");
        let longest = prefixes.iter().filter(|p| asked.starts_with(p.as_str())).max_by_key(|p| p.len());
        let expected = longest.or(wildcard).map(|p| format!("calls {p}"));
        prop_assert_eq!(find(&snapshot, "calls", "", "", &asked), expected);
    }
}

#[test]
fn the_catalog_that_is_shipped_can_be_published() {
    let catalog: Catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
    let snapshot = compiled(catalog);
    assert!(snapshot.product("homeconnect-plus").is_some());
}
