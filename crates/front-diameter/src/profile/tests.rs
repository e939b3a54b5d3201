//! The shipped profiles read, and contexts are matched as TS 32.299 writes them.

use super::*;

#[test]
fn every_shipped_profile_reads_and_has_its_own_name() {
    let shipped = PeerProfile::shipped().unwrap();
    let names: Vec<&str> = shipped.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names, ["generic", "open5gs", "kamailio", "broadforward-bfx"]);
}

#[test]
fn a_context_is_matched_by_its_last_part_and_never_by_half_a_number() {
    assert!(fits("32251", "32251@3gpp.org"));
    assert!(fits("32260", "ext.01.001.8.32260@3gpp.org"));
    assert!(fits("010.655.02.ussd@mtn.co.za", "010.655.02.ussd@mtn.co.za"));
    assert!(fits("*", "anything"));
    assert!(!fits("2251", "32251@3gpp.org"));
    assert!(!fits("32251", "32251.1@3gpp.org"));
}

#[test]
fn rating_groups_select_services_of_one_context_and_the_first_fit_wins() {
    let text = r#"
        name = "x"
        [[services]]
        context = "32251"
        rating_groups = [7, 8]
        service = "video"
        [[services]]
        context = "32251"
        service = "mobile-data"
    "#;
    let profile = PeerProfile::parse(text).unwrap();
    let service =
        |rating_group| profile.entry("32251@3gpp.org", rating_group, &[]).map(|e| e.service.as_str());
    assert_eq!(service(Some(8)), Some("video"));
    assert_eq!(service(Some(9)), Some("mobile-data"));
    assert_eq!(service(None), Some("mobile-data"));
    assert_eq!(profile.entry("32260@3gpp.org", None, &[]), None);
}

#[test]
fn a_profile_without_sense_is_refused_with_the_field() {
    let error = PeerProfile::parse("name = \"x\"\nservices = []").unwrap_err();
    assert!(error.to_string().contains("services"), "{error}");
    let error = PeerProfile::parse("name = \"x\"\nspeed = 1\nservices = []").unwrap_err();
    assert!(error.to_string().contains("speed"), "{error}");
    let error = PeerProfile::parse("name = \"x\"\ncalled_party = { place = \"anywhere\" }\nservices = []")
        .unwrap_err();
    assert!(error.to_string().contains("place"), "{error}");
}
