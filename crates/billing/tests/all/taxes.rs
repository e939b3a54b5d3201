//! Taxes: each rate rounded once over an invoice, on top of prices or contained in them, by category, date and class.

use billing::{TaxLine, TaxTerms, Taxed, taxes};
use calendar::Instant;
use catalog::{Catalog, CatalogVersion, Snapshot};
use money::Amount;
use proptest::prelude::*;

const CATALOG: &str = r#"
currency = "USD"
services = []
products = []
[[classes]]
code = "farm"
name = "Farms"
[taxes]
rates = [
    { code = "vat", name = "VAT", category = "standard", percent = "20" },
    { code = "vat", name = "VAT", category = "telecom", percent = "7.7" },
    { code = "vat", name = "VAT", category = "telecom", percent = "8.1", from = "2026-07-01" },
    { code = "vat", name = "VAT", category = "telecom", percent = "2.5", classes = ["farm"] },
    { code = "vat", name = "VAT", category = "double", percent = "20" },
    { code = "fund", name = "Fund", category = "double", percent = "5" },
]
"#;

fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn catalog() -> Snapshot {
    Snapshot::compile(toml::from_str::<Catalog>(CATALOG).unwrap(), CatalogVersion(1), None).unwrap()
}

fn charge(category: &'static str, amount: &str) -> Taxed<'static> {
    Taxed {
        category: Some(category),
        at: Instant::parse("2026-06-15T12:00:00Z").unwrap(),
        amount: usd(amount),
    }
}

fn lines(charges: &[Taxed<'_>], included: bool, class: Option<&str>) -> Vec<String> {
    let catalog = catalog();
    let class = class.map(|code| catalog.class(code).unwrap().id);
    let lines = taxes(charges, TaxTerms { catalog: &catalog, class, included, places: 2 }).unwrap();
    let said = |line: &TaxLine| format!("{} {} on {}: {}", line.name, line.percent, line.net, line.tax);
    lines.iter().map(said).collect()
}

#[test]
fn two_rates_on_one_invoice_are_rounded_once_each() {
    // Three times 3.33 x 20 % would be 0.67 each; together 9.99 x 20 % is 1.998.
    let charges = [
        charge("standard", "3.33"),
        charge("telecom", "39.99"),
        charge("standard", "3.33"),
        charge("standard", "3.33"),
        charge("telecom", "10.06"),
        Taxed { category: None, ..charge("standard", "100") },
    ];
    // 50.05 x 7.7 % is 3.85385.
    assert_eq!(lines(&charges, false, None), ["VAT 20 on 9.99: 2.00", "VAT 7.7 on 50.05: 3.85"]);
}

#[test]
fn a_price_that_includes_its_tax_contains_it() {
    assert_eq!(lines(&[charge("standard", "1.80")], true, None), ["VAT 20 on 1.50: 0.30"]);
    let both = [charge("standard", "58.95"), charge("telecom", "58.95")];
    assert_eq!(lines(&both, true, None), ["VAT 20 on 49.12: 9.83", "VAT 7.7 on 54.74: 4.21"]);
}

#[test]
fn two_taxes_on_one_category_are_both_due() {
    let charges = [charge("double", "100.00"), charge("standard", "10.00")];
    assert_eq!(lines(&charges, false, None), ["VAT 20 on 110.00: 22.00", "Fund 5 on 100.00: 5.00"]);
    let contained = [charge("double", "125.00"), charge("standard", "12.00")];
    assert_eq!(lines(&contained, true, None), ["VAT 20 on 110.00: 22.00", "Fund 5 on 100.00: 5.00"]);
}

#[test]
fn a_rate_holds_from_its_day_and_a_class_has_its_own() {
    let july = Taxed { at: Instant::parse("2026-07-01T00:00:00Z").unwrap(), ..charge("telecom", "100.00") };
    let charges = [charge("telecom", "100.00"), july];
    assert_eq!(lines(&charges, false, None), ["VAT 7.7 on 100.00: 7.70", "VAT 8.1 on 100.00: 8.10"]);
    assert_eq!(lines(&charges, false, Some("farm")), ["VAT 2.5 on 200.00: 5.00"]);
}

#[test]
fn what_is_given_back_takes_its_tax_along() {
    let charges = [charge("standard", "10.00"), charge("standard", "-25.00")];
    assert_eq!(lines(&charges, false, None), ["VAT 20 on -15.00: -3.00"]);
    assert_eq!(lines(&charges, true, None), ["VAT 20 on -12.50: -2.50"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However the same sum is cut into charges the tax is the same, within half a cent of the exact one; net and contained
    /// tax add up to the price.
    #[test]
    fn cutting_changes_nothing(parts in prop::collection::vec(-5_000_000_000i64..50_000_000_000, 1..20)) {
        let catalog = catalog();
        let at = Instant::parse("2026-06-15T12:00:00Z").unwrap();
        let taxed = |micros: i64| Taxed { category: Some("telecom"), at, amount: Amount::from_micros(micros) };
        let cut: Vec<Taxed<'_>> = parts.iter().map(|part| taxed(*part)).collect();
        let sum: i64 = parts.iter().sum();
        for included in [false, true] {
            let terms = TaxTerms { catalog: &catalog, class: None, included, places: 2 };
            let line = taxes(&cut, terms).unwrap();
            let whole = taxes(&[taxed(sum)], terms).unwrap();
            if sum != 0 {
                prop_assert_eq!(&line, &whole);
                let (of, net) = if included { (1_077, sum - line[0].tax.micros()) } else { (1_000, sum) };
                let off = i128::from(line[0].tax.micros()) * of - i128::from(sum) * 77;
                prop_assert!(off.abs() <= 5_000 * of);
                prop_assert_eq!(line[0].net.micros(), net);
            }
        }
    }
}
