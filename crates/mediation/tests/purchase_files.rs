//! Batch files: every line is charged once, and every line's outcome is on record.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use calendar::Instant;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::CustomerId;
use engine::{Clock, Config, Engine};
use mediation::{FolderCollector, ImportReport, Mediation};
use money::Amount;
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewIdentifier, Office, Role, Secrets, SignUp,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CATALOG: &str = r#"
currency = "USD"
[[services]]
code = "vod"
name = "Video on demand"
kind = "event"
unit = "event"
[[tariffs]]
code = "films"
name = "Films"
service = "vod"
rates = [{ first_price = "3.99" }]
[[products]]
code = "homeconnect"
name = "HomeConnect"
kind = "main"
rating = [{ service = "vod", tariff = "films" }]
"#;

const HEADER: &str = "reference,account,service,item,units,occurred_at,description";

struct NoPaper;

impl InvoiceRenderer for NoPaper {
    fn render(&self, _: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

struct World {
    office: Office,
    mediation: Mediation,
}

impl Drop for World {
    fn drop(&mut self) {
        self.office.engine().stop();
    }
}

fn open(directory: &Path) -> World {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
    let clock = Clock::starting_at(Instant::parse("2026-06-21T08:00:00Z").unwrap());
    let engine = Engine::start(store, snapshot, clock, Config { threads: 2, ..Config::default() }).unwrap();
    let office = Office::new(engine, Secrets::open(directory).unwrap(), Arc::new(NoPaper));
    World { mediation: Mediation::new(office.clone()), office }
}

const IMPORT: Actor = Actor::System("import");

impl World {
    fn sign_up(&self, login: &str, limit: &str) -> CustomerId {
        let account = NewAccount {
            product: "homeconnect".to_owned(),
            identifiers: vec![NewIdentifier { realm: "user".to_owned(), value: login.to_owned() }],
            ..NewAccount::default()
        };
        let form = SignUp {
            credit_limit: Some(Amount::parse(limit).unwrap()),
            account: Some(account),
            ..SignUp::named(login)
        };
        self.office.sign_up(&Actor::System("test"), form, None).unwrap().customer
    }

    fn import(&self, content: &str) -> ImportReport {
        self.mediation.import(&IMPORT, "films.csv", content.as_bytes()).unwrap()
    }

    fn balance(&self, customer: CustomerId) -> String {
        self.office.engine().customer(customer).unwrap().unwrap().head.purse.balance.to_string()
    }

    /// (line, outcome, field, reason) of every line.
    fn lines(&self, file: i64) -> Vec<(u64, String, String, String)> {
        let page = self.mediation.lines(file, None, None, 0).unwrap();
        page.items.into_iter().map(|l| (l.line, l.outcome, l.field, l.reason)).collect()
    }
}

fn counts(report: &ImportReport) -> (u64, u64, u64) {
    (report.file.charged, report.file.skipped, report.file.rejected)
}

#[test]
fn the_storys_file_charges_one_skips_one_and_rejects_one_with_line_and_reason() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    let customer = world.sign_up("anna", "100");
    world.import(&format!("{HEADER}\nP-1,anna,vod,film-1,1,2026-06-20T20:31:00Z,First film\n"));
    assert_eq!(world.balance(customer), "-3.99");

    let story = format!(
        "{HEADER}\n\
         P-2,anna,vod,film-2,1,2026-06-20T21:00:00Z,\"The Long Pier, part 2\"\n\
         P-1,anna,vod,film-1,1,2026-06-20T20:31:00Z,First film\n\
         P-3,anna,vod,film-3,one,2026-06-20T22:00:00Z,Third film\n"
    );
    let report = world.import(&story);
    assert_eq!((counts(&report), report.repeated), ((1, 1, 1), false));
    assert!(report.file.finished_at.is_some());
    assert_eq!(world.balance(customer), "-7.98", "one film was charged");
    let lines = world.lines(report.file.id);
    assert_eq!((lines[0].0, lines[0].1.as_str()), (2, "charged"));
    assert_eq!((lines[1].0, lines[1].1.as_str(), lines[1].3.as_str()), (3, "skipped", "was charged before"));
    let rejected = (4, "rejected", "units", "\"one\" is not a whole number from 1 to 1000000");
    assert_eq!((lines[2].0, lines[2].1.as_str(), lines[2].2.as_str(), lines[2].3.as_str()), rejected);
    let raw = &world.mediation.lines(report.file.id, Some("rejected"), None, 0).unwrap().items[0].raw;
    assert_eq!(raw, "P-3,anna,vod,film-3,one,2026-06-20T22:00:00Z,Third film");

    let again = world.mediation.import(&IMPORT, "renamed.csv", story.as_bytes()).unwrap();
    assert!(again.repeated, "the same content is known under another name");
    assert_eq!((again.file.id, counts(&again)), (report.file.id, (1, 1, 1)));
    assert_eq!(world.balance(customer), "-7.98");
    assert_eq!(world.mediation.files(None, 0).unwrap().items.len(), 2);
    assert!(world.office.store().verify().unwrap().differences.is_empty());
}

#[test]
fn every_fault_of_a_line_is_named_and_the_lines_around_it_are_charged() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    let (anna, _poor) = (world.sign_up("anna", "100"), world.sign_up("poor", "1"));
    let report = world.import(&format!(
        "\u{feff}{HEADER}\r\n\
         P-1,user:anna,vod,film-1,,2026-06-20T20:31:00Z,units left out\r\n\
         \r\n\
         P-2,nobody,vod,film-1,1,2026-06-20T20:31:00Z,unknown account\r\n\
         P-3,anna,opera,film-1,1,2026-06-20T20:31:00Z,unknown service\r\n\
         P-4,anna,vod,film-1,1,yesterday,bad instant\r\n\
         P-5,anna,vod,film-1,1,2026-07-20T20:31:00Z,future\r\n\
         ,anna,vod,film-1,1,2026-06-20T20:31:00Z,no reference\r\n\
         P-7,anna,vod\r\n\
         P-8,poor,vod,film-1,1,2026-06-20T20:31:00Z,no money\r\n\
         P-9,anna,vod,film-1,2,2026-06-20T20:31:00Z,two films\r\n"
    ));
    assert_eq!(counts(&report), (2, 0, 7));
    let lines = world.lines(report.file.id);
    let fields: Vec<(u64, &str)> = lines.iter().map(|l| (l.0, l.2.as_str())).collect();
    assert_eq!(
        fields,
        [
            (2, ""),
            (4, "account"),
            (5, "service"),
            (6, "occurred_at"),
            (7, "occurred_at"),
            (8, "reference"),
            (9, ""),
            (10, ""),
            (11, "")
        ]
    );
    assert_eq!(lines[6].3, "the line has 3 columns, the header has 7");
    assert!(lines[7].3.contains("CHG-010"), "{}", lines[7].3);
    assert_eq!(world.balance(anna), "-11.97");
}

#[test]
fn a_file_that_is_not_one_is_rejected_as_a_whole_and_charges_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    let customer = world.sign_up("anna", "100");
    let contents = [
        ("", "the first line must be"),
        ("hello\n", "\"hello\" is not a column"),
        ("reference,account,service\nP-1,anna,vod\n", "occurred_at is missing"),
        ("reference,reference,account\n", "is there twice"),
        ("\u{0}\u{1}\u{2}\n\n\n", "is not a column"),
    ];
    for (content, reason) in contents {
        let report = world.import(content);
        assert_eq!(counts(&report), (0, 0, 1), "{content:?}");
        let lines = world.lines(report.file.id);
        assert_eq!(lines[0].2, "header");
        assert!(lines[0].3.contains(reason), "{}", lines[0].3);
    }
    assert_eq!(world.balance(customer), "0.00");
    let large = vec![b'x'; mediation::FILE_MOST + 1];
    assert_eq!(world.mediation.import(&IMPORT, "large", &large).unwrap_err().code(), "MED-001");
    let helpdesk = Actor::Staff { login: "otto".to_owned(), role: Role::Helpdesk };
    assert_eq!(world.mediation.import(&helpdesk, "films.csv", b"x").unwrap_err().code(), "OFF-004");
}

#[test]
fn a_missing_quotation_mark_or_strange_octets_spoil_their_line_only() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    world.sign_up("anna", "100");
    let mut content = format!("{HEADER}\nP-1,anna,vod,film-1,1,2026-06-20T20:31:00Z,\"fine\"\n").into_bytes();
    content.extend_from_slice(b"P-2,anna,vod,film-1,1,2026-06-20T20:31:00Z,\xff\xfe\n");
    content.extend_from_slice(b"P-3,anna,vod,film-1,1,2026-06-20T20:31:00Z,fine\n");
    content.extend_from_slice(b"P-4,anna,vod,\"film-1,1,2026-06-20T20:31:00Z,never closed\n");
    content.extend_from_slice(&b"P-5,anna,vod,film-1,1,2026-06-20T20:31:00Z,swallowed\n".repeat(200));
    let report = world.mediation.import(&IMPORT, "films.csv", &content).unwrap();
    assert_eq!(counts(&report), (2, 0, 2));
    let lines = world.lines(report.file.id);
    assert_eq!((lines[1].2.as_str(), lines[1].3.as_str()), ("description", "is not UTF-8 text"));
    assert!(lines[3].3.contains("is a quotation mark missing?"), "{}", lines[3].3);
}

#[test]
fn a_thousand_lines_of_many_accounts_are_charged_once_each_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    let customers: Vec<CustomerId> = (0..20).map(|n| world.sign_up(&format!("user{n}"), "10000")).collect();
    let mut content = HEADER.to_owned();
    for n in 0..1_000 {
        content.push_str(&format!("\nP-{n},user{},vod,film-1,1,2026-06-20T20:31:00Z,film {n}", n % 20));
    }
    let report = world.import(&content);
    assert_eq!(counts(&report), (1_000, 0, 0));
    for customer in customers {
        assert_eq!(world.balance(customer), "-199.50", "50 films");
    }
    let more = world.import(&format!("{content}\nP-1000,user0,vod,film-1,1,2026-06-20T20:31:00Z,one more\n"));
    assert_eq!(counts(&more), (1, 1_000, 0), "a longer file charges what is new");
}

#[test]
fn files_in_the_folder_are_taken_once_they_stand_still() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path());
    let customer = world.sign_up("anna", "100");
    let folder = directory.path().join("import");
    let collector = FolderCollector::start(world.mediation.clone(), &folder).unwrap();
    let line = "P-1,anna,vod,film-1,1,2026-06-20T20:31:00Z,film";
    std::fs::write(folder.join("in/half.csv.part"), format!("{HEADER}\n{line}\n")).unwrap();
    std::fs::write(folder.join("in/films.csv"), format!("{HEADER}\n{line}\n")).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while std::fs::read_dir(folder.join("done")).unwrap().count() == 0 {
        assert!(std::time::Instant::now() < deadline, "the file was not taken");
        std::thread::yield_now();
    }
    collector.stop();
    assert_eq!(world.balance(customer), "-3.99");
    assert!(folder.join("in/half.csv.part").exists(), "a file that is being written is left alone");
    assert!(folder.join("done/1-films.csv").exists());
}
