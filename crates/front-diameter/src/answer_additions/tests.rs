//! Own AVPs that cannot be written are refused where the profile is read; a policy's value that its AVP does not take is left out.

use super::*;
use crate::profile::PeerProfile;
use diameter::credit_control::RequestType;

const SERVICES: &str = r#"services = [{ context = "32251", service = "mobile-data" }]"#;

fn parsed(lines: &str) -> Result<PeerProfile, String> {
    PeerProfile::parse(&format!("name = \"x\"\n{lines}\n{SERVICES}")).map_err(|error| error.to_string())
}

fn added(profile: &PeerProfile, kind: RequestType) -> Option<Arc<Addition>> {
    profile.additions.of(&CreditControlRequest::new("s", kind, 0, "32251@3gpp.org", (1, 2)))
}

#[test]
fn what_cannot_be_written_is_refused_with_its_name() {
    for (own, name) in [
        (r#"{ avp = "No-Such-AVP", value = "1" }"#, "No-Such-AVP"),
        (r#"{ avp = "Rating-Group", value = "many" }"#, "Rating-Group"),
        (r#"{ avp = "Result-Code", value = "2001" }"#, "Result-Code"),
        (r#"{ avp = "Service-Information", value = "1" }"#, "group"),
        (r#"{ avp = "20944:12", value = "0x123" }"#, "20944:12"),
        (r#"{ avp = "User-Name" }"#, "User-Name"),
        (r#"{ avp = "User-Name", value = "a", attribute = "b" }"#, "User-Name"),
    ] {
        let error = parsed(&format!("own_avps = [{own}]")).unwrap_err();
        assert!(error.contains("own_avps") && error.contains(name), "{error}");
    }
}

#[test]
fn failover_is_said_unless_the_profile_denies_it_and_updates_have_nothing_to_carry() {
    let usual = parsed("").unwrap();
    assert!(added(&usual, RequestType::Initial).is_some());
    assert!(added(&usual, RequestType::Update).is_none(), "the frequent answer costs nothing");
    assert!(added(&parsed("session_failover = false").unwrap(), RequestType::Initial).is_none());
}

#[test]
fn an_avp_of_one_access_point_alone_is_in_every_kind_of_its_answers() {
    let profile =
        parsed(r#"own_avps = [{ avp = "User-Name", value = "u", access_points = ["corp"] }]"#).unwrap();
    for kind in [RequestType::Initial, RequestType::Update, RequestType::Event] {
        let mut ccr = CreditControlRequest::new("s", kind, 0, "32251@3gpp.org", (1, 2));
        let elsewhere = profile.additions.of(&ccr);
        ccr.called_station_id = Some("Corp");
        let there = profile.additions.of(&ccr);
        assert!(there.is_some() && there != elsewhere, "{kind:?}");
    }
}

#[test]
fn a_value_of_a_policy_that_does_not_fit_is_left_out() {
    let own =
        r#"own_avps = [{ avp = "Rating-Group", attribute = "rg" }, { avp = "User-Name", value = "u" }]"#;
    let addition = added(&parsed(own).unwrap(), RequestType::Update).unwrap();
    assert!(addition.wants_attributes());
    let of = |value: &str| addition.with(&[("rg".to_owned(), value.to_owned())]);
    let encoded = |avps: &[(&str, &str)]| AddedAvps::encode(avps, Dictionary::builtin()).unwrap();
    assert_eq!(*of("7"), encoded(&[("Rating-Group", "7"), ("User-Name", "u")]));
    assert_eq!(*of("many"), encoded(&[("User-Name", "u")]));
    assert_eq!(addition.with(&[]), of("many"));
}
