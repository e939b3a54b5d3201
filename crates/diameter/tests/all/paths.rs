//! AVPs are found by the names of their groups, and what stands there is told as people write it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use diameter::path::AvpPath;
use diameter::{Dictionary, Encoder, Header, Message};

fn message(write: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0x40, 1, 2));
    write(&mut encoder);
    encoder.finish();
    out
}

fn text(octets: &[u8], path: &str) -> Option<String> {
    let path = AvpPath::parse(path, Dictionary::builtin()).unwrap();
    path.text(&Message::decode(octets).unwrap()).map(|text| text.into_owned())
}

fn id(name: &str) -> diameter::AvpId {
    Dictionary::builtin().named(name).unwrap().id
}

/// The first group that leads to the end counts, also where an earlier one of the same name does not.
#[test]
fn a_path_is_followed_through_repeated_groups() {
    let octets = message(|encoder| {
        for inside in ["Service-Context-Id", "3GPP-SGSN-MCC-MNC"] {
            let service = encoder.begin_group(id("Service-Information"));
            let ps = encoder.begin_group(id("PS-Information"));
            assert!(Dictionary::builtin().put(encoder, inside, "26201"));
            encoder.end_group(ps);
            encoder.end_group(service);
        }
    });
    let path = "Service-Information/PS-Information/3GPP-SGSN-MCC-MNC";
    assert_eq!(text(&octets, path), Some("26201".to_owned()));
    assert_eq!(text(&octets, "3GPP-SGSN-MCC-MNC"), None);
    assert_eq!(AvpPath::parse("Service-Information/No-Such-AVP", Dictionary::builtin()), None);
    assert_eq!(AvpPath::parse("", Dictionary::builtin()), None);
    let deep = ["Service-Information"; 9].join("/");
    assert_eq!(AvpPath::parse(&deep, Dictionary::builtin()), None);
}

/// A location tells its network, with two and three digits behind the country; numbers of network nodes come as text and as half octets.
#[test]
fn locations_and_node_numbers_are_told_as_digits() {
    let location = |data: &[u8]| {
        let octets = message(|encoder| encoder.octets(id("3GPP-User-Location-Info"), data));
        text(&octets, "3GPP-User-Location-Info")
    };
    // A cell (TAI + ECGI) of 262-01, and one of 310-410.
    assert_eq!(location(&[130, 0x62, 0xf2, 0x10, 1, 2]), Some("26201".to_owned()));
    assert_eq!(location(&[0, 0x13, 0x00, 0x14, 1, 2]), Some("310410".to_owned()));
    assert_eq!(location(&[130, 0x62]), None);

    let vlr = |data: &[u8]| {
        let octets = message(|encoder| encoder.octets(id("VLR-Number"), data));
        text(&octets, "VLR-Number")
    };
    assert_eq!(vlr(b"491710760000"), Some("491710760000".to_owned()));
    assert_eq!(vlr(&[0x91, 0x94, 0x71, 0x01, 0xf7]), Some("4917107".to_owned()));
    assert_eq!(vlr(&[0x91, 0xba]), None);
}

/// Numbers are decimal, addresses as usual, and what is empty counts as absent.
#[test]
fn every_type_has_its_text() {
    let octets = message(|encoder| {
        for (name, value) in [("Role-Of-Node", "1"), ("SGSN-Address", "192.0.2.9"), ("User-Name", "")] {
            assert!(Dictionary::builtin().put(encoder, name, value));
        }
        encoder.octets(id("SMSC-Address"), b"\0\x0827820000001");
    });
    assert_eq!(text(&octets, "Role-Of-Node"), Some("1".to_owned()));
    assert_eq!(text(&octets, "SGSN-Address"), Some("192.0.2.9".to_owned()));
    assert_eq!(text(&octets, "SMSC-Address"), Some("27820000001".to_owned()));
    assert_eq!(text(&octets, "User-Name"), None);
    assert_eq!(text(&octets, "Rating-Group"), None);
}
