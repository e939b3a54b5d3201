//! Profiles are data: those that come with the program are good, and a wrong one is told by file, field and reason.

use front_radius::{Profile, Profiles, Refused};
use radius::Dictionary;
use std::collections::BTreeMap;

const GOOD: &str = r#"
name = "test"
title = "Test"
identify = [{ attribute = "Calling-Station-Id", realm = "mac", check_password = false }]
session_keys = ["Acct-Session-Id"]
[variables]
pool = ""
[[accept]]
attribute = "Filter-Id"
value = "rate-${down_kbps:-none}-$$-${pool}"
"#;

fn problems(text: &str) -> Vec<String> {
    let found = Profile::parse(&Dictionary::built_in(), "test.toml", text).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_profiles_are_good_and_say_what_follows_a_refusal() {
    let profiles = Profiles::built_in(&Dictionary::built_in()).unwrap();
    let names: Vec<_> = profiles.all().iter().map(|p| (p.name().to_owned(), p.refused())).collect();
    let expected = [
        ("cisco-asr-5700", Refused::Reject),
        ("cisco-pdsn", Refused::Reject),
        ("cisco-sce", Refused::Reject),
        ("cisco-sce-feed", Refused::Reject),
        ("cisco-voice", Refused::Reject),
        ("generic", Refused::Reject),
        ("hostapd", Refused::Reject),
        ("huawei-cx600", Refused::Hotline),
        ("juniper-mx", Refused::Hotline),
        ("mikrotik", Refused::Hotline),
        ("nokia-sr", Refused::Hotline),
        ("sandvine-spb", Refused::Reject),
        ("sip-proxy", Refused::Reject),
    ];
    assert_eq!(names, expected.map(|(name, refused)| (name.to_owned(), refused)));
}

#[test]
fn every_fault_is_told_at_once_by_file_field_and_reason() {
    assert!(Profile::parse(&Dictionary::built_in(), "test.toml", GOOD).is_ok());
    let text = GOOD
        .replace("name = \"test\"", "name = \"Te st\"\ninterim_seconds = 5\nrefused = \"hotline\"")
        .replace("realm = \"mac\"", "realm = \"nick\"")
        .replace("\"Acct-Session-Id\"", "\"Acct-Sesion-Id\"")
        .replace("${pool}", "${pol}");
    assert_eq!(
        problems(&text),
        [
            "test.toml: name: must be lower-case letters, digits and hyphens",
            "test.toml: interim_seconds: must be from 60 to 86400 seconds",
            "test.toml: hotline: must not be empty where `refused` is `hotline`",
            "test.toml: identify[0].realm: must be one of user, msisdn, imsi, mac, ip, card",
            "test.toml: accept[0].value: `pol` is not declared under [variables]",
            "test.toml: session_keys[0]: the dictionary has no attribute `Acct-Sesion-Id`",
        ]
    );
}

#[test]
fn text_that_cannot_be_read_names_its_line() {
    let [problem] = &problems(&GOOD.replace("session_keys", "sesion_keys"))[..] else {
        panic!("one problem")
    };
    assert!(problem.starts_with("test.toml: line 5: unknown field `sesion_keys`"), "{problem}");
    let [problem] = &problems("name = ")[..] else { panic!("one problem") };
    assert!(problem.starts_with("test.toml: line 1:"), "{problem}");
    let open = problems(&GOOD.replace("${pool}", "${pool"));
    assert_eq!(open, ["test.toml: accept[0].value: a `$` begins `${name}` or `$$`"]);
}

#[test]
fn values_without_variables_are_checked_against_the_type() {
    let text =
        GOOD.replace("Filter-Id", "Session-Timeout").replace("rate-${down_kbps:-none}-$$-${pool}", "soon");
    assert_eq!(
        problems(&text),
        ["test.toml: accept[0].value: the value for Session-Timeout does not fit its type Integer"]
    );
    let secret = GOOD.replace("Filter-Id", "Tunnel-Password");
    assert_eq!(
        problems(&secret),
        ["test.toml: accept[0].attribute: is encrypted on the wire and cannot be set from text"]
    );
}

#[test]
fn a_directory_adds_profiles_and_replaces_built_in_ones() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.toml"), GOOD).unwrap();
    std::fs::write(directory.path().join("b.toml"), GOOD.replace("\"test\"", "\"mikrotik\"")).unwrap();
    std::fs::write(directory.path().join("notes.txt"), "not a profile").unwrap();
    let dictionary = Dictionary::built_in();
    let profiles = Profiles::with_directory(&dictionary, directory.path()).unwrap();
    assert_eq!(profiles.all().len(), 14);
    assert_eq!(profiles.get("mikrotik").unwrap().title(), "Test");
    std::fs::write(directory.path().join("c.toml"), "name = 1").unwrap();
    let problems = Profiles::with_directory(&dictionary, directory.path()).unwrap_err();
    assert!(problems[0].file.ends_with("c.toml"), "{problems:?}");
    assert!(Profiles::with_directory(&dictionary, &directory.path().join("missing")).is_err());
}

#[test]
fn a_nodes_settings_change_its_profile_and_wrong_ones_are_named() {
    let profiles = Profiles::built_in(&Dictionary::built_in()).unwrap();
    let settings = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let mikrotik = profiles.get("mikrotik").unwrap();
    let good = settings(&[("refused", "reject"), ("hotline_list", "portal"), ("coa_port", "1700")]);
    let own = mikrotik.with_settings(&good).unwrap();
    assert_eq!((own.refused(), own.variables()["hotline_list"].as_str()), (Refused::Reject, "portal"));
    let bad =
        settings(&[("interim_seconds", "5"), ("message_authenticator", "maybe"), ("refused", "ignore")]);
    let problems: Vec<_> =
        mikrotik.with_settings(&bad).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "mikrotik: interim_seconds: must be from 60 to 86400 seconds",
            "mikrotik: message_authenticator: must be `required`, `optional` or `auto`",
            "mikrotik: refused: must be `hotline` or `reject`",
        ]
    );
}

#[test]
fn the_names_of_a_quota_are_not_an_operators_and_others_that_look_so_are() {
    let own = GOOD.replace("pool = \"\"", "pool = \"\"\nquota_class = \"gold\"");
    assert!(Profile::parse(&Dictionary::built_in(), "test.toml", &own).is_ok());
    assert_eq!(
        problems(&own.replace("quota_class", "quota_low")),
        ["test.toml: variables.quota_low: is what is left of a quota, and cannot be set"]
    );
    let counters =
        |name: &str| own.replace("session_keys", &format!("queue_counters = [\"{name}\"]\nsession_keys"));
    assert!(Profile::parse(&Dictionary::built_in(), "t", &counters("Alc-Acct-I-Inprof-Octets-64")).is_ok());
    assert_eq!(
        problems(&counters("Acct-Input-Octets")),
        ["test.toml: queue_counters[0]: `Acct-Input-Octets` is not the counter of a queue"]
    );
}

#[test]
fn a_refusals_code_is_for_a_reason_that_there_is() {
    let own = |word: &str| format!("{GOOD}\n[refusal_codes]\n{word} = \"4\"\n");
    assert!(Profile::parse(&Dictionary::built_in(), "test.toml", &own("no_funds")).is_ok());
    let known = "credentials, no_funds, too_little, no_quota, cap, denied, ended, number, service";
    assert_eq!(problems(&own("broke")), [format!("test.toml: refusal_codes.broke: must be one of {known}")]);
}
