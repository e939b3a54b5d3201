//! The shipped profiles read, and contexts are matched as TS 32.299 writes them.

use super::*;

#[test]
fn every_shipped_profile_reads_and_has_its_own_name() {
    let shipped = PeerProfile::shipped().unwrap();
    let names: Vec<&str> = shipped.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"generic"));
    let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
    for name in ["broadforward-win", "protei-camel", "yate-camel", "pharos-cig", "protei-smsc", "huawei-ugw"]
    {
        assert!(distinct.contains(name), "{name}");
    }
    // What is shipped for equipment whose messages are not public says what was assumed.
    let open = ["generic", "open5gs", "kamailio", "relay"];
    for profile in shipped.iter().filter(|profile| !open.contains(&profile.name.as_str())) {
        assert!(!profile.assumed.is_empty(), "{}", profile.name);
    }
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
    let service = |rating_group| {
        profile.entry("32251@3gpp.org", rating_group, &[], |_| true).map(|e| e.service.as_str())
    };
    assert_eq!(service(Some(8)), Some("video"));
    assert_eq!(service(Some(9)), Some("mobile-data"));
    assert_eq!(service(None), Some("mobile-data"));
    assert_eq!(profile.entry("32260@3gpp.org", None, &[], |_| true), None);
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

#[test]
fn places_and_names_that_no_dictionary_knows_are_refused_when_the_file_is_read() {
    let with = |line: &str| {
        let text = format!("name = \"x\"\n{line}\n[[services]]\ncontext = \"32251\"\nservice = \"s\"");
        PeerProfile::parse(&text)
    };
    let good = with("location = [\"Service-Information/PS-Information/3GPP-SGSN-MCC-MNC\"]").unwrap();
    assert_eq!(good.location.len(), 1);
    let names = with("subscriber = [\"imsi:Service-Information/PS-Information/3GPP-IMSI\", \"user-name\"]");
    assert_eq!(names.unwrap().subscriber[1], NameSource::UserName);
    for (line, word) in [
        ("location = [\"Service-Information/No-Such\"]", "No-Such"),
        ("subscriber = [\"User-Name\"]", "neither"),
        ("subscriber = [\"ip:User-Name\"]", "neither"),
    ] {
        let error = with(line).unwrap_err().to_string();
        assert!(error.starts_with("DIA-001") && error.contains(word), "{error}");
    }
    let abroad = "name = \"x\"\n[[services]]\ncontext = \"1\"\nservice = \"s\"\nabroad = true";
    assert!(PeerProfile::parse(abroad).unwrap_err().to_string().contains("no location"));
}

#[test]
fn an_operators_directory_adds_profiles_and_replaces_shipped_ones() {
    let directory = tempfile::tempdir().unwrap();
    let write = |file: &str, name: &str| {
        let text = format!("name = \"{name}\"\n[[services]]\ncontext = \"*\"\nservice = \"own\"");
        std::fs::write(directory.path().join(file), text).unwrap();
    };
    write("a.toml", "mine");
    write("b.toml", "kamailio");
    std::fs::write(directory.path().join("read.me"), "no profile").unwrap();
    let profiles = PeerProfile::with_own(directory.path()).unwrap();
    let service = |name: &str| {
        let mut named = profiles.iter().filter(|profile| profile.name == name);
        (named.next().unwrap().services[0].service.clone(), named.count())
    };
    assert_eq!((service("mine"), service("kamailio")), (("own".into(), 0), ("own".into(), 0)));
    assert_eq!(profiles[0].name, "generic");
    std::fs::write(directory.path().join("c.toml"), "name = 1").unwrap();
    let error = PeerProfile::with_own(directory.path()).unwrap_err().to_string();
    assert!(error.contains("c.toml"), "{error}");
}
