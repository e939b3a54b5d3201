//! What a device told of a session comes back as it was told.

use super::*;
use calendar::Instant;
use charging::{RowId, SessionKey};
use radius::client::RequestBuilder;

fn session(scope: &str, details: &str) -> Session {
    let at = Instant::from_micros(0);
    Session {
        key: SessionKey::radius(scope, b"8f-01"),
        account: RowId(1),
        identifier: "anna".into(),
        node: "mx-1".into(),
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
    }
}

#[test]
fn keys_come_back_as_the_device_told_them() {
    let facts =
        Facts::of(&session("mx-1", "10.0.0.9 · 00-11 · User-Name Anna@Home · NAS-Port-Id ge-1/0/0:7"))
            .unwrap();
    assert_eq!(facts.session_id(), b"8f-01");
    assert_eq!(
        (facts.value("User-Name"), facts.value("NAS-Port-Id")),
        (Some("Anna@Home"), Some("ge-1/0/0:7"))
    );
    assert_eq!((facts.value("Framed-IP-Address"), facts.value("NAS-Port")), (Some("10.0.0.9"), None));
    assert!(!facts.is_hotlined() && facts.source.is_none());
}

#[test]
fn a_device_of_a_network_is_known_by_its_own_address_and_the_hotline_is_remembered() {
    let facts = Facts::of(&session("mx-1@192.0.2.7", "User-Name anna · hotlined")).unwrap();
    assert_eq!(facts.source, Some("192.0.2.7".parse().unwrap()));
    assert!(facts.is_hotlined());
    assert_eq!(facts.value("Framed-IP-Address"), None, "there was none");
}

#[test]
fn a_station_that_is_called_like_a_key_does_not_stand_for_it() {
    let facts = Facts::of(&session("mx-1", "User-Name eve · User-Name anna")).unwrap();
    assert_eq!(facts.value("User-Name"), Some("anna"));
}

/// What users may choose (the name of a PPPoE service, of a network, the address they call from) does not pass for what the session has.
#[test]
fn no_name_of_a_station_passes_for_an_address_a_key_or_the_hotline() {
    let equipment = crate::Equipment::shipped().unwrap().loaded();
    let profile = equipment.profiles.get("mikrotik").unwrap();
    let told = |calling: &str, called: &str| {
        let mut request = RequestBuilder::accounting(1, 1).unwrap();
        request.attribute(number::ACCT_SESSION_ID, b"8f-01").unwrap();
        request.attribute(number::CALLING_STATION_ID, calling.as_bytes()).unwrap();
        request.attribute(number::CALLED_STATION_ID, called.as_bytes()).unwrap();
        let signed = request.sign(b"secret").unwrap();
        let packet = Packet::decode(signed.bytes()).unwrap();
        let details = describe(&profile, &packet, &AccountingReport::read(&packet).unwrap(), ("", false));
        Facts::of(&session("mx-1", &details)).unwrap()
    };
    assert!(!told("00-11", "hotlined").is_hotlined());
    let forged = told("00-11", "home · User-Name eve · hotlined");
    assert!(!forged.is_hotlined() && forged.value("User-Name").is_none(), "{}", forged.details());
    let far = told("192.0.2.1", "pptp");
    assert_eq!(far.value("Framed-IP-Address"), None, "he calls from there");
    assert!(far.details().contains("192.0.2.1"), "people see it: {}", far.details());
}
