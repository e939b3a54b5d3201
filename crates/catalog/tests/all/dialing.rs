//! Dialing rules translate as they are written, and rules that cannot work are refused with the object and the field at fault.

use crate::refusals;

use catalog::{Catalog, CatalogVersion, DialingRule, ServiceKind, Snapshot};

fn sample() -> Catalog {
    let mut catalog: Catalog = toml::from_str(include_str!("sample.toml")).unwrap();
    let rules = r#"
        [[dialing_rules]]
        code = "us"
        name = "Dialling from the United States"
        rules = [
            { name = "Emergency", number = "911" },
            { name = "Directory assistance", number = "411", replace = "12055576061" },
            { name = "International access", prefix = "011", strip = 3 },
            { name = "Long distance", prefix = "1", length = 11 },
            { name = "National", length = 10, prepend = "1" },
            { name = "Local", length = 7, prepend = "1205" },
            { name = "Old exchange", prefix = "0205", strip = 4, prepend = "1205" },
        ]
        [[dialing_rules]]
        code = "none"
        name = "Nothing yet"
    "#;
    #[derive(serde::Deserialize)]
    struct Rules {
        dialing_rules: Vec<catalog::DialingRules>,
    }
    catalog.dialing_rules = toml::from_str::<Rules>(rules).unwrap().dialing_rules;
    let voice = catalog.services.iter().position(|s| s.kind == ServiceKind::Voice).unwrap();
    let service = catalog.services[voice].code.clone();
    let attributes = [("dialing_rules".to_owned(), "us".to_owned()), ("provision_cld".into(), "yes".into())];
    catalog.products[0].policies.push(catalog::ServicePolicy {
        service,
        attributes: attributes.into(),
        ..Default::default()
    });
    catalog
}

fn refused(object: &str, field: &str, spoil: impl FnOnce(&mut Catalog)) {
    refusals::refused(sample(), object, field, spoil);
}

#[test]
fn the_first_rule_that_fits_decides_once() {
    let snapshot = Snapshot::compile(sample(), CatalogVersion(1), None).unwrap();
    let rules = snapshot.dialing_rules("us").unwrap();
    let becomes = |dialled| rules.translate(dialled).map(|(rule, number)| (rule.name.as_str(), number));
    let to = |rule, number: &str| Some((rule, number.to_owned()));
    assert_eq!(becomes("411"), to("Directory assistance", "12055576061"));
    assert_eq!(becomes("911"), None, "a rule that changes nothing keeps its numbers from later ones");
    assert_eq!(becomes("0114989123"), to("International access", "4989123"));
    assert_eq!(becomes("12055576061"), None, "with the long distance prefix it is complete");
    assert_eq!(becomes("2055576061"), to("National", "12055576061"));
    assert_eq!(
        becomes("5576061"),
        to("Local", "12055576061"),
        "once: seven digits do not become ten and then eleven"
    );
    assert_eq!(becomes("0205557606"), to("National", "10205557606"), "the earlier rule has it");
    assert_eq!(becomes("02055576061"), to("Old exchange", "12055576061"));
    for stays in ["", "011", "4111", "*411#", "anna@home", "41a", "٤١١٤١١٤١١٤"] {
        assert_eq!(becomes(stays), None, "{stays}");
    }
    assert!(snapshot.dialing_rules("none").unwrap().translate("411").is_none());
    assert!(snapshot.dialing_rules("gone").is_none());
}

#[test]
fn a_rule_says_which_numbers_and_what_they_become() {
    let rule = |number: usize| format!("dialing rules us, rule {number}");
    let at = |place: usize, spoil: fn(&mut DialingRule)| {
        move |c: &mut Catalog| spoil(&mut c.dialing_rules[0].rules[place])
    };
    let (first, second) = (rule(1) + " (Emergency)", rule(2) + " (Directory assistance)");
    let (third, fourth) = (rule(3) + " (International access)", rule(4) + " (Long distance)");
    refused(&first, "number", at(0, |r| r.number = None));
    refused(&first, "prefix", at(0, |r| r.prefix = Some("9".into())));
    refused(&first, "length", at(0, |r| r.length = Some(3)));
    refused(&first, "number", at(0, |r| r.number = Some("+911".into())));
    refused(&(rule(1) + " ()"), "name", at(0, |r| r.name.clear()));
    refused(&second, "replace", at(1, |r| r.strip = 1));
    refused(&second, "replace", at(1, |r| r.replace = Some("one".into())));
    refused(&second, "number", at(1, |r| r.number = Some("911".into())));
    refused(&third, "strip", at(2, |r| r.strip = 4));
    refused(&first, "strip", at(0, |r| r.strip = 3));
    refused(&fourth, "length", at(3, |r| r.length = Some(0)));
    refused(&fourth, "length", at(3, |r| (r.prefix, r.length) = (Some("12".into()), Some(1))));
    refused(&fourth, "prepend", at(3, |r| r.prepend = "+".into()));
}

#[test]
fn sets_of_rules_and_the_policies_that_name_them_are_checked() {
    refused("dialing rules us", "code", |c| {
        let again = c.dialing_rules[0].clone();
        c.dialing_rules.push(again);
    });
    let set = |name: &'static str, value: &'static str| {
        move |c: &mut Catalog| {
            let policy = c.products[0].policies.last_mut().unwrap();
            policy.attributes.insert(name.into(), value.into());
        }
    };
    let product = format!("product {}", sample().products[0].code);
    refused(&product, "policies", set("dialing_rules", "gone"));
    refused(&product, "policies", set("provision_cld", "true"));
    refused(&product, "policies", set("rise_mscc_result_code", ""));
    refused(&product, "policies", |c| {
        let policy = c.products[0].policies.last_mut().unwrap();
        let attributes = [("provision_cld".to_owned(), "no".to_owned())].into();
        policy.limited = Some(catalog::LimitedPolicy { attributes, ..Default::default() });
    });
    refused(&product, "policies", |c| c.products[0].policies.last_mut().unwrap().service = "tv".into());
}

#[test]
fn published_rules_stay() {
    let first = Snapshot::compile(sample(), CatalogVersion(1), None).unwrap();
    let mut next = first.catalog().clone();
    next.dialing_rules.pop();
    let problems = Snapshot::compile(next.clone(), CatalogVersion(2), Some(&first)).unwrap_err();
    assert_eq!((problems[0].object.as_str(), problems[0].field), ("dialing rules none", "code"));
    next = first.catalog().clone();
    next.dialing_rules[0].rules.clear();
    assert!(Snapshot::compile(next, CatalogVersion(2), Some(&first)).is_ok(), "rules themselves may change");
}
