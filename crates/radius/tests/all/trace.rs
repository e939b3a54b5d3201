//! A datagram as people read it: secrets never, personal data only who may, and as far as a malformed one goes.

use radius::trace::{FieldValue, View};
use radius::{Code, Dictionary, PacketBuilder};

/// An Access-Request with a bit of everything.
fn request() -> Vec<u8> {
    let dictionary = Dictionary::built_in();
    let mut packet = PacketBuilder::new(Code::AccessRequest, 7);
    packet.push(1, b"ada<script>").unwrap();
    packet.push(2, b"hidden-password-").unwrap();
    packet.push(4, &[192, 0, 2, 16]).unwrap();
    packet.push(6, &[0, 0, 0, 2]).unwrap();
    packet.push(8, &[10, 0, 0, 9]).unwrap();
    packet.push(31, b"12025550123").unwrap();
    packet.push(80, &[9; 16]).unwrap();
    packet.push(103, b"digest-response").unwrap();
    packet.push_encoded(&dictionary.encode("Mikrotik-Rate-Limit", "10M/10M").unwrap()).unwrap();
    packet.push_encoded(&dictionary.encode("3GPP-IMSI", "310150123456789").unwrap()).unwrap();
    // MS-CHAP2-Response, MS-CHAP-Challenge.
    packet.push(26, &[&[0, 0, 1, 55, 25, 6][..], b"resp"].concat()).unwrap();
    packet.push(26, &[&[0, 0, 1, 55, 11, 6][..], b"chal"].concat()).unwrap();
    packet.encode(&[5; 16]).unwrap()
}

fn values(datagram: &[u8], view: View) -> Vec<(String, FieldValue)> {
    let read = Dictionary::built_in().dissect(datagram, view).unwrap();
    read.fields.into_iter().map(|field| (field.name, field.value)).collect()
}

fn value(datagram: &[u8], view: View, name: &str) -> FieldValue {
    values(datagram, view).into_iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn a_reader_without_permission_sees_no_name_number_or_address_and_nobody_sees_a_secret() {
    let request = request();
    for secret in [
        "User-Password",
        "Message-Authenticator",
        "Digest-Response",
        "MS-CHAP2-Response",
        "MS-CHAP-Challenge",
    ] {
        assert_eq!(value(&request, View::Full, secret), FieldValue::Secret, "{secret}");
        assert_eq!(value(&request, View::Masked, secret), FieldValue::Secret, "{secret}");
    }
    for (personal, octets) in
        [("User-Name", 11), ("Framed-IP-Address", 4), ("Calling-Station-Id", 11), ("3GPP-IMSI", 15)]
    {
        assert_eq!(value(&request, View::Masked, personal), FieldValue::Masked { octets }, "{personal}");
        assert!(matches!(value(&request, View::Full, personal), FieldValue::Text(_)), "{personal}");
    }
    for (open, text) in [
        ("NAS-IP-Address", "192.0.2.16"),
        ("Service-Type", "Framed-User"),
        ("Mikrotik-Rate-Limit", "\"10M/10M\""),
    ] {
        assert_eq!(value(&request, View::Masked, open), FieldValue::Text(text.into()));
    }
}

#[test]
fn a_vendors_attribute_tells_its_vendor_number_and_type() {
    let read = Dictionary::built_in().dissect(&request(), View::Full).unwrap();
    assert_eq!((read.code, read.identifier), (Code::AccessRequest, 7));
    let rate = read.fields.iter().find(|field| field.name == "Mikrotik-Rate-Limit").unwrap();
    assert_eq!((rate.vendor.as_str(), rate.number.as_str(), rate.kind), ("Mikrotik", "14988/8", "string"));
}

#[test]
fn blanked_octets_hold_no_secret_and_read_the_same_otherwise() {
    let before = request();
    let mut after = before.clone();
    Dictionary::built_in().blank_secrets(&mut after);
    for secret in [&b"hidden-password-"[..], &[9; 16], b"digest-response", b"resp", b"chal"] {
        assert!(before.windows(secret.len()).any(|part| part == secret));
        assert!(!after.windows(secret.len()).any(|part| part == secret), "{secret:?}");
    }
    assert_eq!(values(&before, View::Full), values(&after, View::Full));
}

#[test]
fn a_malformed_datagram_is_read_up_to_where_it_stops_and_the_rest_is_blanked() {
    let mut broken = request();
    let password = broken.windows(6).position(|part| part == b"hidden").unwrap() - 2;
    broken[password + 1] = 1;
    let read = values(&broken, View::Full);
    assert_eq!(read[0], ("User-Name".into(), FieldValue::Text("\"ada<script>\"".into())));
    let reason = "attribute 2 has a wrong length".to_owned();
    assert_eq!(read[1].1, FieldValue::Stopped { at: password, reason });
    assert_eq!(read.len(), 2);
    Dictionary::built_in().blank_secrets(&mut broken);
    assert!(broken[password + 2..].iter().all(|octet| *octet == 0), "it could be a password");
    let short = values(&[1, 2, 0], View::Full);
    assert!(matches!(&short[..], [(_, FieldValue::Stopped { at: 0, .. })]), "{short:?}");
    assert!(Dictionary::built_in().dissect(&[1], View::Full).is_none());
}

#[test]
fn what_is_nested_is_shown_by_its_own_names_and_a_broken_container_as_octets() {
    let shown = |quota: &[u8]| {
        let mut packet = PacketBuilder::new(Code::AccessRequest, 7);
        packet.push_vendor(5_535, Default::default(), 90, quota).unwrap();
        let read = Dictionary::built_in().dissect(&packet.encode(&[5; 16]).unwrap(), View::Masked).unwrap();
        let field =
            |field: &radius::trace::Field| format!("{} {} {:?}", field.number, field.name, field.value);
        read.fields.iter().map(field).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(&[2, 6, 0, 0, 1, 0, 8, 4, 0, 3]),
        [
            "5535/90.2 3GPP2-Prepaid-Acct-Quota-VolumeQuota Text(\"256\")",
            "5535/90.8 3GPP2-Prepaid-Acct-Quota-UpdateReason Text(\"Threshold-Reached\")",
        ]
    );
    for broken in [&[2, 6, 0, 0, 1][..], &[2, 6, 0, 0, 1, 0, 77, 3, 1], &[]] {
        let hidden = format!("5535/90 3GPP2-Prepaid-Acct-Quota Masked {{ octets: {} }}", broken.len());
        assert_eq!(shown(broken), [hidden]);
    }
}
