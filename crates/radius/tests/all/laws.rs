//! Laws for any octets and any values: nothing panics, and what is encoded decodes to itself.

use proptest::prelude::*;
use radius::authenticator::{RequestPolicy, verify_request, verify_response};
use radius::trace::View;
use radius::{
    AccessRequest, AccountingReport, Code, Dictionary, Kind, Packet, PacketBuilder, Prefix, Value,
    VendorFormat, hide_password, reveal_password,
};
use std::sync::LazyLock;

const SECRET: &[u8] = b"xyzzy5461";

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(Dictionary::built_in);

fn any_attributes() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..=60)), 0..30)
}

/// Octets that look like a packet often enough to reach beyond the first check.
fn nearly_a_packet() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![5 => Just(None), 1 => any::<u16>().prop_map(Some)];
    (any::<u8>(), any_attributes(), lengths, prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..3))
        .prop_map(|(code, attributes, length, damage)| {
            let mut bytes = encode(Code::from(code), &attributes);
            for (at, octet) in damage {
                let at = at.index(bytes.len());
                bytes[at] = octet;
            }
            if let Some(length) = length {
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
            }
            bytes
        })
}

fn encode(code: Code, attributes: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut packet = PacketBuilder::new(code, 7);
    for (number, value) in attributes {
        packet.push(*number, value).unwrap();
    }
    packet.encode(&[5; 16]).unwrap()
}

/// Everything the server does with a datagram before it knows whose it is.
fn handle(datagram: &[u8]) {
    let _ = DICTIONARY.dissect(datagram, View::Masked);
    let mut blank = datagram.to_vec();
    DICTIONARY.blank_secrets(&mut blank);
    assert_eq!(blank.get(..2), datagram.get(..2), "code and identifier stay");
    let Ok(packet) = Packet::decode(datagram) else { return };
    let walked: usize = packet.attributes().map(|attribute| attribute.value.len() + 2).sum();
    assert_eq!(walked + 20, packet.bytes().len(), "the walk covers the packet");
    DICTIONARY.describe(&packet);
    let _ = verify_request(&packet, SECRET, RequestPolicy::default());
    let _ = verify_response(&packet, &[0; 16], SECRET);
    let _ = AccessRequest::read(&packet, SECRET);
    let _ = AccountingReport::read(&packet);
    for format in [(1, 1, false), (2, 2, false), (4, 0, false), (1, 1, true), (0, 0, false), (255, 255, true)]
    {
        let (type_octets, length_octets, continuation) = format;
        packet.vendor(9, VendorFormat { type_octets, length_octets, continuation }).for_each(drop);
    }
}

fn any_value() -> impl Strategy<Value = (Kind, Value)> {
    prop_oneof![
        any::<u32>().prop_map(|n| (Kind::Integer, Value::Integer(n))),
        ".{0,60}".prop_map(|text| (Kind::Text, Value::Text(text))),
        any::<Vec<u8>>().prop_map(|octets| (Kind::Octets, Value::Octets(octets))),
        any::<std::net::Ipv4Addr>().prop_map(|a| (Kind::Ipv4, Value::Ipv4(a))),
        any::<u8>().prop_map(|n| (Kind::Byte, Value::Byte(n))),
        any::<u16>().prop_map(|n| (Kind::Short, Value::Short(n))),
        any::<u64>().prop_map(|n| (Kind::Integer64, Value::Integer64(n))),
        any::<u32>().prop_map(|n| (Kind::Date, Value::Date(n))),
        any::<std::net::Ipv6Addr>().prop_map(|a| (Kind::Ipv6, Value::Ipv6(a))),
        (any::<std::net::Ipv6Addr>(), 0..=128_u8)
            .prop_map(|(a, length)| (Kind::Ipv6Prefix, Value::Ipv6Prefix(Prefix::new(a, length).unwrap()))),
        any::<[u8; 8]>().prop_map(|octets| (Kind::InterfaceId, Value::InterfaceId(octets))),
        any::<[u8; 6]>().prop_map(|octets| (Kind::Ether, Value::Ether(octets))),
    ]
}

proptest! {
    #[test]
    fn no_octets_make_anything_panic(datagram in prop::collection::vec(any::<u8>(), 0..300)) {
        handle(&datagram);
    }

    #[test]
    fn no_damaged_packet_makes_anything_panic(datagram in nearly_a_packet()) {
        handle(&datagram);
    }

    #[test]
    fn a_packet_decodes_to_the_attributes_it_was_made_of(code in any::<u8>(), attributes in any_attributes()) {
        let bytes = encode(Code::from(code), &attributes);
        let packet = Packet::decode(&bytes).unwrap();
        let read: Vec<(u8, Vec<u8>)> = packet.attributes().map(|a| (a.number, a.value.to_vec())).collect();
        prop_assert_eq!(u8::from(packet.code()), code);
        prop_assert_eq!((packet.identifier(), packet.authenticator()), (7, &[5; 16]));
        prop_assert_eq!(&read, &attributes);
        prop_assert_eq!(encode(packet.code(), &read), bytes);
    }

    #[test]
    fn a_vendor_attribute_decodes_to_itself_in_every_format(
        type_octets in prop::sample::select(vec![1_u8, 2, 4]),
        length_octets in 0..=2_u8,
        continuation in any::<bool>(),
        number in 0..=255_u32,
        value in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let format = VendorFormat { type_octets, length_octets, continuation };
        let mut packet = PacketBuilder::new(Code::AccessAccept, 1);
        packet.push_vendor(8164, format, number, &value).unwrap();
        let bytes = packet.encode(&[0; 16]).unwrap();
        let packet = Packet::decode(&bytes).unwrap();
        let read: Vec<_> = packet.vendor(8164, format).collect();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!((read[0].number, read[0].value), (number, value.as_slice()));
    }

    #[test]
    fn a_typed_value_survives_the_wire((kind, value) in any_value()) {
        prop_assert_eq!(Value::decode(kind, &value.encode()), value);
    }

    #[test]
    fn a_shown_value_is_read_back_as_itself(
        (kind, value) in any_value().prop_filter("text is shown quoted", |(kind, _)| *kind != Kind::Text)
    ) {
        prop_assert_eq!(Value::parse(kind, &value.to_string()), Some(value));
    }

    #[test]
    fn octets_of_the_wrong_size_stay_octets(octets in prop::collection::vec(any::<u8>(), 17..40)) {
        for kind in [Kind::Integer, Kind::Ipv4, Kind::Byte, Kind::Integer64, Kind::Ipv6, Kind::Ether, Kind::InterfaceId] {
            let value = Value::decode(kind, &octets);
            prop_assert_eq!(value.encode(), octets.clone());
        }
    }

    #[test]
    fn a_hidden_password_is_revealed_with_the_same_secret_only(
        password in "[^\0]{0,30}", authenticator in any::<[u8; 16]>(), secret in "[a-z]{1,20}",
    ) {
        let hidden = hide_password(password.as_bytes(), &authenticator, secret.as_bytes()).unwrap();
        prop_assert!(hidden.len().is_multiple_of(16) && (16..=128).contains(&hidden.len()));
        let revealed = reveal_password(&hidden, &authenticator, secret.as_bytes()).unwrap();
        prop_assert_eq!(revealed, password.as_bytes());
        let other = reveal_password(&hidden, &authenticator, b"ANOTHER").unwrap();
        prop_assert_ne!(other, password.as_bytes());
    }

    #[test]
    fn a_signed_reply_is_genuine_until_an_octet_changes(
        attributes in any_attributes(), at in any::<prop::sample::Index>(), change in 1..=255_u8,
    ) {
        let request_bytes = encode(Code::AccessRequest, &[]);
        let request = Packet::decode(&request_bytes).unwrap();
        let mut reply = PacketBuilder::reply_to(&request, Code::AccessAccept);
        for (number, value) in attributes.iter().filter(|(number, _)| *number != 80) {
            reply.push(*number, value).unwrap();
        }
        let mut reply = reply.sign_reply(&request, SECRET).unwrap();
        let genuine = verify_response(&Packet::decode(&reply).unwrap(), request.authenticator(), SECRET);
        prop_assert_eq!(genuine, Ok(true));
        let at = at.index(reply.len());
        reply[at] ^= change;
        if let Ok(packet) = Packet::decode(&reply) {
            prop_assert!(verify_response(&packet, request.authenticator(), SECRET).is_err());
        }
    }

    #[test]
    fn no_dictionary_text_makes_the_parser_panic(text in "(ATTRIBUTE|VALUE|VENDOR|BEGIN-VENDOR|[ -~\n])*") {
        Dictionary::built_in().parse("any", &text);
    }
}
