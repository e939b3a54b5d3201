//! A message as people read it: secrets never, personal data only who may, and as far as a malformed one goes.

use diameter::codes::avp;
use diameter::trace::{Field, FieldValue, View, blank_secrets, dissect};
use diameter::{AvpId, Dictionary, Encoder, Header};

/// A request with groups, personal data and secrets.
fn request() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0x40, 1, 2));
    encoder.text(avp::SESSION_ID, "pgw.example;1;2;12025550123");
    encoder.text(avp::ORIGIN_HOST, "pgw.example");
    encoder.i32(avp::CC_REQUEST_TYPE, 2);
    let group = encoder.begin_group(avp::SUBSCRIPTION_ID);
    encoder.i32(avp::SUBSCRIPTION_ID_TYPE, 0);
    encoder.text(avp::SUBSCRIPTION_ID_DATA, "12025550123");
    encoder.end_group(group);
    encoder.text(avp::USER_NAME, "<script>alert(1)</script>");
    encoder.text(AvpId::ietf(2), "password-of-ada");
    encoder.avp(AvpId { vendor: 99, code: 5 }, 0, &[0xca, 0xfe]);
    encoder.finish();
    out
}

fn named<'a>(fields: &'a [Field], name: &str) -> &'a Field {
    fields.iter().find(|field| field.name.as_deref() == Some(name)).unwrap()
}

#[test]
fn a_reader_without_permission_sees_no_name_or_number_and_nobody_sees_a_secret() {
    let (full, masked) = (View::Full, View::Masked);
    let read = |view| dissect(&request(), Dictionary::builtin(), view);
    let text = |text: &str| FieldValue::Text(text.to_owned());
    assert_eq!(named(&read(full), "Subscription-Id-Data").value, text("\"12025550123\""));
    assert_eq!(named(&read(masked), "Subscription-Id-Data").value, FieldValue::Masked { octets: 11 });
    assert_eq!(named(&read(masked), "User-Name").value, FieldValue::Masked { octets: 25 });
    assert_eq!(named(&read(masked), "Origin-Host").value, text("\"pgw.example\""));
    assert_eq!(named(&read(masked), "CC-Request-Type").value, text("UPDATE_REQUEST (2)"));
    assert_eq!(named(&read(masked), "Session-Id").value, text("\"pgw.example;1;2;…\""));
    assert_eq!(named(&read(full), "Subscription-Id-Data").depth, 1);
    for view in [full, masked] {
        let fields = read(view);
        let password = fields.iter().find(|field| field.id == AvpId::ietf(2)).unwrap();
        assert_eq!(password.value, FieldValue::Secret);
    }
    let unknown = |view| read(view).pop().unwrap();
    assert_eq!(unknown(full).value, text("0xcafe"));
    assert_eq!(unknown(masked).value, FieldValue::Masked { octets: 2 });
}

#[test]
fn blanked_octets_hold_no_secret_and_read_the_same_otherwise() {
    let before = request();
    let mut after = before.clone();
    blank_secrets(&mut after, Dictionary::builtin());
    assert!(!after.windows(15).any(|part| part == b"password-of-ada"));
    let read = |octets: &[u8]| dissect(octets, Dictionary::builtin(), View::Full);
    assert_eq!(read(&before), read(&after));
}

#[test]
fn a_malformed_message_is_read_up_to_where_it_stops_and_the_rest_is_blanked() {
    let mut broken = request();
    let name = broken.windows(8).position(|part| part == b"<script>").unwrap() - 8;
    broken[name + 7] = 3;
    let read = dissect(&broken, Dictionary::builtin(), View::Full);
    assert_eq!(named(&read, "Subscription-Id-Data").depth, 1);
    let Some(Field { value: FieldValue::Stopped { at, .. }, depth: 0, .. }) = read.last() else {
        panic!("{read:?}")
    };
    assert_eq!(*at, name);
    blank_secrets(&mut broken, Dictionary::builtin());
    assert!(broken[name + 8..].iter().all(|octet| *octet == 0), "it could be a password");
}

#[test]
fn what_is_wrong_inside_a_group_does_not_hide_what_follows_the_group() {
    let mut broken = request();
    let data = broken.windows(11).enumerate().rfind(|(_, part)| part == b"12025550123").unwrap().0 - 8;
    broken[data + 7] = 200;
    let read = dissect(&broken, Dictionary::builtin(), View::Full);
    let stop = read.iter().find(|field| matches!(field.value, FieldValue::Stopped { .. })).unwrap();
    assert_eq!(stop.depth, 1);
    assert!(matches!(&stop.value, FieldValue::Stopped { at, .. } if *at == data));
    assert_eq!(named(&read, "User-Name").depth, 0);
}
