//! What is wrong in a manifest is said when it is loaded, by file, field and reason, so that its author can mend it.

use crate::support;

use std::collections::BTreeMap;

use provisioning::{Contract, HttpConnector, Manifest, ManifestFault, ProvisioningError, SettingKind};
use support::{minerva_text, settings};

fn faults(text: &str) -> Vec<ManifestFault> {
    match Manifest::parse("broken.toml", text) {
        Err(ProvisioningError::Manifest { file, faults }) => {
            assert_eq!(file, "broken.toml");
            faults
        }
        Ok(_) => panic!("the manifest was taken"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_shipped_manifest_loads_and_says_how_sure_we_are_of_its_contract() {
    assert!(!Manifest::shipped().is_empty());
    for (file, text) in Manifest::shipped() {
        let manifest = Manifest::parse(file, text).unwrap();
        assert_eq!(
            format!("{}.toml", manifest.profile().name),
            **file,
            "a manifest's file is named after it"
        );
    }
    let minerva = Manifest::load_shipped("minerva").unwrap();
    assert_eq!(minerva.profile().contract, Contract::Assumed);
    assert_eq!(minerva.profile().parallel, 5, "no published rate limit: five parallel calls");
    assert!(minerva.profile().wants("customer/suspended"));
    assert!(!minerva.profile().wants("session/started"));
    assert!(!minerva.profile().wants("no/such-event"));
    let password = minerva.settings().iter().find(|setting| setting.name == "password").unwrap();
    assert_eq!(password.kind, SettingKind::Secret);
}

/// One change to the good manifest, the field complained about and a part of the reason.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    ("kind = \"http\"", "kind = \"smoke\"", "connector.kind", "smoke"),
    ("contract = \"assumed\"", "contract = \"sure\"", "connector.contract", "sure"),
    ("order = \"subscriber\"", "order = \"none\"", "connector.order", "none"),
    ("parallel = 5", "parallel = 0", "connector.parallel", "from 1 to 64"),
    ("parallel = 5", "parallel = \"five\"", "connector.parallel", "invalid type"),
    ("parallel = 5", "paralel = 5", "connector.paralel", "unknown field"),
    ("timeout_ms = 10_000", "timeout_ms = 999_999_999", "connector.timeout_ms", "from 1 to"),
    ("name = \"minerva\"", "name = \"Minerva TV\"", "connector.name", "lower-case"),
    ("\"account/blocked\"", "\"account/bloked\"", "connector.events", "account/bloked"),
    ("\"account/blocked\"", "\"resync\"", "connector.events", "there is no event `resync`"),
    ("service = \"tv\"", "service = \" \"", "connector.service", "service of the catalog"),
    ("max_ms = 900_000", "max_ms = 10", "retry.max_ms", "from 1000"),
    ("name = \"url\"", "name = \"adress\"", "setting.url", "is needed"),
    ("user = \"setting.user\"", "user = \"setting.usr\"", "auth.user", "setting.usr"),
    ("fault = \"//Fault/detail/code\"", "fault = \"//Fault detail\"", "answer_values.fault", "is not a path"),
    (
        "value = { fault = \"INTERNAL\" }",
        "value = { falt = \"INTERNAL\" }",
        "answer[3].value.falt",
        "not declared",
    ),
    ("status = [\"401\", \"403\"]", "status = [\"4o1\"]", "answer[4].status", "`200`, `5xx`"),
    ("status = [\"401\", \"403\"]\n", "", "answer[4]", "says nothing"),
    ("path = \"/backoffice", "path = \"backoffice", "step.find.path", "begins with `/`"),
    ("method = \"POST\"", "method = \"PSOT\"", "step.find.method", "PSOT"),
    (
        "subscriber.presence == 'absent'\"",
        "subscriber.presense == 'absent'\"",
        "step.delete.when",
        "presense",
    ),
    (
        "for_each = \"find.devices |",
        "for_each = \"find.device |",
        "step.remove_device.for_each",
        "no value named `device`",
    ),
    (
        "{{ item.serial }}</serial></addDevice>",
        "{{ serial }}</serial></addDevice>",
        "step.add_device.body",
        "`serial`",
    ),
    (
        "when = \"subscriber.presence == 'active' and not find.exists\"",
        "when = \"find.exists and\"",
        "step.create.when",
        "is not an expression",
    ),
    (
        "<name>{{ subscriber.name }}</name><address>{{ subscriber.address.line }}</address><status>",
        "<name>{{ subscriber.name </name><status>",
        "step.create.body",
        "is not a template",
    ),
    ("name = \"disable\"", "name = \"find\"", "step.find.name", "is taken"),
    ("name = \"disable\"", "name = \"subscriber\"", "step.subscriber.name", "is taken"),
    (
        "has = \"//deleteCustomerResponse\", outcome = \"done\"",
        "has = \"//deleteCustomerResponse\", outcome = \"dun\"",
        "step.answer",
        "dun",
    ),
];

#[test]
fn each_fault_is_reported_with_its_field_and_reason() {
    for (from, to, field, reason) in BROKEN {
        let found = faults(&minerva_text(&[(from, to)]));
        let hit = found.iter().any(|fault| fault.field == *field && fault.reason.contains(reason));
        assert!(hit, "`{to}` should be reported at {field} ({reason}), got {found:#?}");
    }
}

#[test]
fn several_faults_are_reported_together_and_a_broken_file_by_its_line() {
    let found = faults(&minerva_text(&[("parallel = 5", "parallel = 0"), ("\"account/blocked\"", "\"x\"")]));
    assert_eq!(found.len(), 2, "{found:#?}");
    let found = faults("[connector]\nname = \"a\"\ntitle = \n");
    assert!(found[0].reason.contains("line 3") || found[0].field.contains("line 3"), "{found:#?}");
    let error = Manifest::parse("connectors/x.toml", "").unwrap_err().to_string();
    assert!(
        error.starts_with("PRV-001") && error.contains("connectors/x.toml") && error.contains("connector"),
        "{error}"
    );
}

#[test]
fn escaping_can_not_be_switched_off_by_a_manifest() {
    let name = "<name>{{ subscriber.name }}</name><address>{{ subscriber.address.line }}</address><status>";
    let raw = "<name>{{ subscriber.name | safe }}</name><status>";
    use provisioning::Connector as _;
    let manifest = Manifest::parse("x.toml", &minerva_text(&[(name, raw)])).unwrap();
    let connector = HttpConnector::new(manifest, settings("http://127.0.0.1:1".to_owned())).unwrap();
    let error = connector.dry_run(&support::subscriber(1)).unwrap_err().to_string();
    assert!(error.contains("step.create.body") && error.contains("safe"), "{error}");
    let blocks = "{% autoescape false %}{{ subscriber.name }}{% endautoescape %}<status>";
    let found = faults(&minerva_text(&[(name, blocks)]));
    assert!(found.iter().any(|fault| fault.reason.contains("autoescape")), "{found:#?}");
}

#[test]
fn settings_are_checked_against_the_manifest() {
    let manifest = Manifest::load_shipped("minerva").unwrap();
    let good = settings("https://minerva.example/".to_owned());
    let with = |name: &str, value: Option<&str>| {
        let mut changed: BTreeMap<String, String> = good.clone();
        match value {
            Some(value) => changed.insert(name.to_owned(), value.to_owned()),
            None => changed.remove(name),
        };
        HttpConnector::new(manifest.clone(), changed).unwrap_err().to_string()
    };
    assert!(with("password", None).contains("`password` is missing"));
    assert!(with("password", Some("")).contains("`password` is missing"));
    assert!(with("pasword", Some("x")).contains("`pasword` is not one"));
    assert!(with("url", Some("minerva")).contains("not an address"));
    assert!(with("url", Some("ftp://minerva")).contains("http://"));
    assert!(with("url", Some("http://u:p@minerva")).contains("credentials"));
}

#[test]
fn a_folder_of_manifests_loads_in_order_and_refuses_two_of_one_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.toml"), minerva_text(&[])).unwrap();
    std::fs::write(folder.path().join("a.toml"), minerva_text(&[("name = \"minerva\"", "name = \"other\"")]))
        .unwrap();
    std::fs::write(folder.path().join("readme.txt"), "not a manifest").unwrap();
    let loaded = Manifest::load_folder(folder.path()).unwrap();
    let names: Vec<&str> = loaded.iter().map(|manifest| manifest.profile().name.as_str()).collect();
    assert_eq!(names, ["other", "minerva"]);
    std::fs::write(folder.path().join("c.toml"), minerva_text(&[])).unwrap();
    let error = Manifest::load_folder(folder.path()).unwrap_err().to_string();
    assert!(error.contains("c.toml") && error.contains("connector.name"), "{error}");
    let error = Manifest::load_folder(&folder.path().join("none")).unwrap_err();
    assert!(matches!(error, ProvisioningError::Unreadable { .. }), "{error}");
}
