//! What each shipped profile puts on the wire, octet by octet. `octets.txt` was made by hand from the vendors' layouts (type, length,
//! value; two octets each for Starent; a tag before the text for ERX), not by this program.

use super::*;
use crate::Profiles;
use crate::quota_hint::QuotaHint;
use calendar::Instant;
use charging::{RowId, Session, SessionKey};
use radius::{Code, HEADER_LENGTH, Packet, PacketBuilder};
use std::collections::BTreeMap;

const EXPECTED: &str = include_str!("octets.txt");
/// Octets of a Message-Authenticator, which leads every request.
const SIGNATURE: usize = 18;
const DETAILS: &str = "10.0.0.9 · User-Name anna@home · NAS-Port-Id ge-1/0/0:7 · NAS-IP-Address 192.0.2.1 · Calling-Station-Id \
                       460001234567890 · 3GPP2-Correlation-Id C0FFEE01";
/// What an operator sets in his nodes.
const SETTINGS: [(&str, &str, &str); 10] = [
    ("generic", "portal_url", "http://portal.example/"),
    ("nokia-sr", "sla_profile", "gold"),
    ("nokia-sr", "subscriber_profile", "home"),
    ("nokia-sr", "credit_category", "cat1"),
    ("nokia-sr", "credit_category_map", "MAP"),
    ("juniper-mx", "internet_service", "INTERNET"),
    ("cisco-pdsn", "address_pool", "pool1"),
    ("cisco-sce", "sce_package", "gold"),
    ("cisco-asr-5700", "rulebase", "prepaid"),
    ("cisco-asr-5700", "traffic_policy", "tp1"),
];

/// What an account's own policy says of its fixed addresses.
const ADDRESSES: [(&str, &str); 5] = [
    ("Framed-IP-Address", "198.51.100.7"),
    ("Framed-IP-Netmask", "255.255.255.252"),
    ("Framed-Route", "203.0.113.0/29 198.51.100.7 1"),
    ("Framed-IPv6-Prefix", "2001:db8:1::/64"),
    ("Delegated-IPv6-Prefix", "2001:db8:ff00::/56"),
];

/// Five gibibytes and 1,500 octets until eleven.
fn quota() -> QuotaHint {
    let ends = Some(Instant::parse("2026-06-01T11:00:00Z").unwrap());
    let left = charging::QuotaLeft { units: (5 << 30) + 1_500, unit: catalog::Unit::Octet, ends };
    QuotaHint::of(left).unwrap()
}

fn facts(details: &str) -> Facts {
    let at = Instant::from_micros(0);
    let session = Session {
        key: SessionKey::radius("n", b"8f-01"),
        account: RowId(1),
        identifier: "anna@home".into(),
        node: "n".into(),
        started_at: at,
        last_at: at,
        expires_at: at,
        closed_at: None,
        details: details.into(),
        meters: Vec::new(),
        answered: charging::Answers::default(),
        dialing: None,
        parts: Vec::new(),
        cost: money::Amount::ZERO,
    };
    Facts::of(&session).unwrap()
}

/// The attributes behind the header and the signature.
fn body(request: RequestBuilder) -> Vec<u8> {
    let request = request.sign(b"xyzzy5461").unwrap();
    assert!(Packet::decode(request.bytes()).is_ok());
    request.bytes()[HEADER_LENGTH + SIGNATURE..].to_vec()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What an Access-Accept has for these templates.
fn attributes_of(words: &Words<'_>, templates: &[AttributeTemplate]) -> String {
    let mut packet = PacketBuilder::new(Code::AccessAccept, 1);
    let (_, left_out) = push_templates(&mut packet, &Dictionary::built_in(), templates, words).unwrap();
    assert!(left_out.is_empty(), "{left_out:?}");
    hex(&packet.encode(&[0; 16]).unwrap()[HEADER_LENGTH..])
}

#[test]
fn every_shipped_profile_says_exactly_these_octets() {
    let dictionary = Dictionary::built_in();
    let (facts, account) = (facts(DETAILS), RowId((7 << 32) + 1));
    let attributes = ADDRESSES.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let policy = Policy { down_kbps: Some(50_000), up_kbps: Some(5_000), attributes };
    let (mut said, quota) = (Vec::new(), quota());
    for name in
        EXPECTED.lines().filter_map(|line| line.split(' ').next()).collect::<std::collections::BTreeSet<_>>()
    {
        let own = SETTINGS.iter().filter(|(profile, ..)| *profile == name);
        let own: BTreeMap<String, String> =
            own.map(|(_, key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let profiles = Profiles::built_in(&dictionary).unwrap();
        let profile = profiles.get(name).unwrap().with_settings(&own).unwrap();
        let subject =
            Subject { dictionary: &dictionary, profile: &profile, facts: &facts, account, policy: &policy };
        let plain = attributes_of(&subject.words(), &profile.accept);
        let told = attributes_of(&Words { quota: Some(&quota), ..subject.words() }, &profile.accept);
        let replies = [
            ("hotline", attributes_of(&subject.words(), &profile.hotline)),
            ("addresses", attributes_of(&subject.words(), &profile.addresses)),
            ("accept-quota", if told == plain { String::new() } else { told }),
            ("accept", plain),
        ];
        let replies = replies.into_iter().filter(|(_, octets)| !octets.is_empty());
        said.extend(replies.map(|(what, octets)| format!("{name} {what} {octets}")));
        let requests = [
            ("coa-speed", Tool::Speed),
            ("coa-hotline", Tool::Hotline),
            ("coa-resume", Tool::Resume),
            ("disconnect", Tool::Disconnect),
        ];
        for (what, tool) in requests {
            match subject.request(tool, 1_000_000_000) {
                Ok(request) => said.push(format!("{name} {what} {}", hex(&body(request)))),
                Err(error) => assert_eq!(error, NoRequest::Nothing, "{name} {what}"),
            }
        }
    }
    let mut expected: Vec<&str> = EXPECTED.lines().collect();
    expected.sort_unstable();
    said.sort_unstable();
    assert_eq!(said, expected);
}

#[test]
fn without_any_key_nothing_is_sent() {
    let dictionary = Dictionary::built_in();
    let profiles = Profiles::built_in(&dictionary).unwrap();
    let profile = profiles.get("cisco-pdsn").unwrap();
    let facts = facts("");
    let policy = Policy::default();
    let subject = Subject {
        dictionary: &dictionary,
        profile: &profile,
        facts: &facts,
        account: RowId(1),
        policy: &policy,
    };
    assert!(
        matches!(subject.request(Tool::Disconnect, 0), Err(NoRequest::Impossible(_))),
        "it would mean everybody"
    );
}
