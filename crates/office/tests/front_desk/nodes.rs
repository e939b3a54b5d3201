//! Network nodes: found by longest prefix or host, changed at once, secrets sealed.

use crate::desk::{Desk, anna};
use office::{Actor, NodeForm, NodeProtocol, OfficeError, Role};
use std::collections::BTreeMap;

fn node(name: &str, protocol: NodeProtocol, address: &str, secret: &str) -> NodeForm {
    NodeForm {
        name: name.to_owned(),
        protocol,
        address: address.to_owned(),
        profile: "generic".to_owned(),
        secret: (!secret.is_empty()).then(|| secret.into()),
        settings: BTreeMap::from([("interim".to_owned(), "300".to_owned())]),
        enabled: true,
    }
}

#[test]
fn a_source_address_finds_the_node_with_the_longest_prefix() {
    let desk = Desk::new();
    for (name, address) in
        [("wide", "10.0.0.0/8"), ("narrow", "10.1.2.0/24"), ("one", "10.1.2.3"), ("six", "2001:db8::/32")]
    {
        let form = node(name, NodeProtocol::Radius, address, &format!("secret of {name}"));
        desk.office.create_node(&anna(), form).unwrap();
    }
    let table = desk.office.node_table();
    let found = |address: &str| table.radius_node(address.parse().unwrap()).map(|n| n.node.name.as_str());
    assert_eq!(found("10.1.2.3"), Some("one"));
    assert_eq!(found("::ffff:10.1.2.3"), Some("one"));
    assert_eq!(found("10.1.2.4"), Some("narrow"));
    assert_eq!(found("10.200.0.1"), Some("wide"));
    assert_eq!(found("2001:db8:1::1"), Some("six"));
    assert_eq!(found("11.0.0.1"), None);
    assert_eq!(found("::1"), None);
    assert_eq!(table.radius_node("10.1.2.3".parse().unwrap()).unwrap().secret, b"secret of one");
}

#[test]
fn changes_are_in_force_at_once_and_an_update_without_secret_keeps_it() {
    let desk = Desk::new();
    let id = desk
        .office
        .create_node(&anna(), node("pgw1", NodeProtocol::Diameter, "PGW1.example.net", ""))
        .unwrap();
    assert!(desk.office.node_table().diameter_node("pgw1.Example.net").is_some());
    let nas = desk.office.create_node(&anna(), node("nas", NodeProtocol::Radius, "10.0.0.1", "k")).unwrap();
    let moved = node("nas", NodeProtocol::Radius, "10.0.0.2", "");
    desk.office.update_node(&anna(), nas, moved).unwrap();
    let table = desk.office.node_table();
    assert!(table.radius_node("10.0.0.1".parse().unwrap()).is_none());
    assert_eq!(table.radius_node("10.0.0.2".parse().unwrap()).unwrap().secret, b"k");
    desk.office.remove_node(&anna(), id).unwrap();
    assert!(desk.office.node_table().diameter_node("pgw1.example.net").is_none());
    let listed = desk.office.nodes().unwrap();
    assert_eq!(
        (listed.len(), listed[0].has_secret, listed[0].settings["interim"].as_str()),
        (1, true, "300")
    );
    assert!(!format!("{:?}", table).contains("[107]"), "a secret is printed");
}

#[test]
fn faulty_forms_taken_names_and_agents_are_refused() {
    let desk = Desk::new();
    let create = |form| desk.office.create_node(&anna(), form);
    create(node("nas", NodeProtocol::Radius, "10.0.0.1", "k")).unwrap();
    for (form, field) in [
        (node("", NodeProtocol::Radius, "10.0.0.1", "k"), "name"),
        (node("a", NodeProtocol::Radius, "10.0.0.0/33", "k"), "address"),
        (node("a", NodeProtocol::Radius, "nas.example", "k"), "address"),
        (node("a", NodeProtocol::Diameter, "no host", ""), "address"),
        (node("a", NodeProtocol::Radius, "10.0.0.1", ""), "secret"),
    ] {
        let Err(OfficeError::Invalid(faults)) = create(form) else { panic!("{field} was accepted") };
        assert_eq!(faults[0].field, field);
    }
    let taken = create(node("nas", NodeProtocol::Radius, "10.0.0.9", "k"));
    assert_eq!(taken.map_err(|e| e.code()), Err("OFF-003"));
    let agent = Actor::Staff { login: "bob".to_owned(), role: Role::Agent };
    let refused = desk.office.create_node(&agent, node("b", NodeProtocol::Radius, "10.0.0.3", "k"));
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
}
