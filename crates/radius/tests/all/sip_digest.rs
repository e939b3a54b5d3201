//! SIP digest in both forms, against the example of RFC 2617 3.5 and sums made here with another library's words.

use md5::{Digest, Md5};
use radius::{AccessRequest, Code, Credential, Packet, PacketBuilder, sip_digest};

const SECRET: &[u8] = b"xyzzy5461";

fn read(attributes: &[(u8, &[u8])]) -> Credential {
    let mut builder = PacketBuilder::new(Code::AccessRequest, 1);
    builder.push(radius::number::USER_NAME, b"Mufasa").unwrap();
    for (number, value) in attributes {
        builder.push(*number, value).unwrap();
    }
    let datagram = builder.sign_random(&[7; 16], SECRET).unwrap();
    AccessRequest::read(&Packet::decode(&datagram).unwrap(), SECRET).unwrap().credential
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// RFC 2617 3.5.
const EXAMPLE: [(u8, &[u8]); 9] = [
    (103, b"6629fae49393a05397450978507c4ef1"),
    (104, b"testrealm@host.com"),
    (105, b"dcd98b7102dd2f0e8b11d0f600bfb0c093"),
    (108, b"GET"),
    (109, b"/dir/index.html"),
    (110, b"auth"),
    (113, b"0a4f113b"),
    (114, b"00000001"),
    (115, b"Mufasa"),
];

#[test]
fn the_example_of_the_rfc_is_accepted_and_answered_with_our_own_proof() {
    let Credential::Digest(digest) = read(&EXAMPLE) else { panic!() };
    assert!(!digest.wants_challenge());
    assert!(digest.matches("ignored", b"Circle Of Life"));
    assert!(!digest.matches("ignored", b"circle of life"));
    let ha1 = md5("Mufasa:testrealm@host.com:Circle Of Life");
    let ha2 = md5(":/dir/index.html");
    let expected = md5(&format!("{ha1}:dcd98b7102dd2f0e8b11d0f600bfb0c093:00000001:0a4f113b:auth:{ha2}"));
    assert_eq!(digest.response_auth("ignored", b"Circle Of Life"), Some(expected));
    let mut other = EXAMPLE;
    other[4].1 = b"/dir/other.html";
    let Credential::Digest(digest) = read(&other) else { panic!() };
    assert!(!digest.matches("ignored", b"Circle Of Life"), "the address is part of it");
}

#[test]
fn without_quality_of_protection_and_with_a_session_key_and_a_body_the_sums_are_those_of_rfc_2617() {
    let (ha1, ha2) = (md5("Mufasa:home:sim"), md5("REGISTER:sip:home"));
    let plain = md5(&format!("{ha1}:n0nce:{ha2}"));
    let quoted = [
        (103, plain.as_bytes()),
        (104, b"\"home\""),
        (105, b"n0nce"),
        (108, b"REGISTER"),
        (109, b"sip:home"),
    ];
    let Credential::Digest(digest) = read(&quoted) else { panic!() };
    assert!(digest.matches("Mufasa", b"sim"), "the user of User-Name, quotes taken off");
    assert_eq!(digest.response_auth("Mufasa", b"sim"), None);
    let session = md5(&format!("{ha1}:n0nce:c1"));
    let body = md5("REGISTER:sip:home:00ff");
    let whole = md5(&format!("{session}:n0nce:00000002:c1:auth-int:{body}"));
    let whole = [
        (103, whole.as_bytes()),
        (104, b"home"),
        (105, b"n0nce"),
        (108, b"REGISTER"),
        (109, b"sip:home"),
        (110, b"auth-int"),
        (111, b"MD5-sess"),
        (112, b"00ff"),
        (113, b"c1"),
        (114, b"00000002"),
    ];
    let Credential::Digest(digest) = read(&whole) else { panic!() };
    assert!(digest.matches("Mufasa", b"sim"));
    let mut unknown = whole;
    unknown[6].1 = b"SHA-256";
    let Credential::Digest(digest) = read(&unknown) else { panic!() };
    assert!(!digest.matches("Mufasa", b"sim"), "an algorithm that is not known proves nothing");
}

#[test]
fn the_older_form_is_read_from_its_nested_attributes() {
    let (ha1, ha2) = (md5("Mufasa:home:sim"), md5("INVITE:sip:b@home"));
    let response = md5(&format!("{ha1}:n0nce:{ha2}"));
    let nested =
        |number: u8, value: &[u8]| [&[number, u8::try_from(value.len() + 2).unwrap()], value].concat();
    let first = [nested(10, b"Mufasa"), nested(1, b"home"), nested(2, b"n0nce")].concat();
    let second = [nested(3, b"INVITE"), nested(4, b"sip:b@home")].concat();
    let Credential::Digest(digest) = read(&[(206, response.as_bytes()), (207, &first), (207, &second)])
    else {
        panic!()
    };
    assert!(digest.is_draft && !digest.wants_challenge());
    assert!(digest.matches("somebody else", b"sim"));
    assert!(!digest.matches("somebody else", b"sam"));
    // Lengths that lie end the walk and nothing else.
    for broken in [&[1, 0][..], &[1, 1], &[1, 200, 3], &[1]] {
        let Credential::Digest(digest) = read(&[(206, response.as_bytes()), (207, broken)]) else { panic!() };
        assert!(!digest.matches("Mufasa", b"sim"));
    }
}

#[test]
fn a_request_without_a_nonce_wants_one_and_ours_tell_their_age_to_whoever_has_the_key() {
    let Credential::Digest(digest) = read(&[(108, b"REGISTER"), (109, b"sip:home")]) else { panic!() };
    assert!(digest.wants_challenge());
    assert!(!digest.matches("Mufasa", b"sim"));
    let nonce = sip_digest::make_nonce(b"key", 1_000_000).unwrap();
    assert_eq!(sip_digest::nonce_age(b"key", &nonce, 1_000_042), Some(42));
    assert_eq!(sip_digest::nonce_age(b"key", &nonce, 999_999), None, "made in the future");
    assert_eq!(sip_digest::nonce_age(b"other", &nonce, 1_000_042), None);
    for broken in ["", "0", "zz", &nonce[1..], &nonce[..20]] {
        assert_eq!(sip_digest::nonce_age(b"key", broken, 1_000_042), None, "{broken}");
    }
    let later = nonce.replace("f4240", "f4241");
    assert_ne!(later, nonce);
    assert_eq!(sip_digest::nonce_age(b"key", &later, 1_000_042), None, "its time is signed");
}
