//! The conformance suite: each promise of the store is kept by the embedded database and by PostgreSQL alike, down to the order of pages.
//! What engine, office and provisioning make of it is proven by their own worlds, on PostgreSQL by `scripts/test-on-postgres`.

use calendar::Instant;
use charging::{CustomerId, RowId};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, mpsc};
use store::*;
use testkit::postgres::Server;

const NOW: Instant = Instant::from_micros(1_780_000_000_000_000);

fn at(seconds: i64) -> Instant {
    Instant::from_micros(NOW.as_micros() + seconds * 1_000_000)
}

/// Does the same on both and wants to see the same.
fn on_both<T: PartialEq + Debug>(act: impl Fn(&Store) -> T) -> T {
    let directory = tempfile::tempdir().unwrap();
    let embedded = act(&Store::at(directory.path(), None, Entry::WhenFree).unwrap());
    let url = Server::shared().unwrap().database().unwrap().parse().unwrap();
    let server = act(&Store::at(Path::new(""), Some(&url), Entry::WhenFree).unwrap());
    assert_eq!(embedded, server, "left: embedded, right: PostgreSQL");
    embedded
}

/// Commits records of a customer and waits until the tables have them.
fn commit(store: &Store, customer: CustomerId, records: &[Record]) {
    let mut images = Images::default();
    for (number, record) in (0..).zip(records) {
        images.add_record(customer, number, record);
    }
    let (send, receive) = mpsc::channel();
    store.commit(Batch {
        ownership: store.take_over().unwrap(),
        images,
        fold_now: vec![customer],
        lost: Arc::default(),
        done: Box::new(move |outcome, _| send.send(outcome).unwrap()),
        folded: None,
    });
    receive.recv().unwrap().unwrap();
    store.flush().unwrap();
}

fn customer(number: u32, name: &str, email: &str) -> Record {
    Record::Customer(CustomerRecord {
        id: CustomerId(number),
        number: format!("C{}", 1_000_000 + number),
        name: name.into(),
        email: email.into(),
        phone: format!("+1 555 {number:04}"),
        address: "1 Main St\nNew York".into(),
        language: "en".into(),
        created_at: NOW,
    })
}

const NAMES: [&str; 12] = [
    "anna",
    "Anna",
    "ANNA berg",
    "Émile",
    "émile",
    "Zoe",
    "zoë",
    "_under",
    "50% off",
    "Ärger & Söhne",
    "\u{1f600} smile",
    "back\\slash",
];

fn with_names(store: &Store) {
    for (number, name) in (1..).zip(NAMES) {
        commit(
            store,
            CustomerId(number),
            &[customer(number, name, &format!("{}@Example.NET", name.to_uppercase()))],
        );
    }
}

#[test]
fn names_and_numbers_are_found_in_the_same_order() {
    let found = on_both(|store| {
        with_names(store);
        let mut found = Vec::new();
        for prefix in ["a", "AN", "é", "É", "z", "_", "50%", "ä", "", "back\\"] {
            let hits = store.customers_named(prefix, 10).unwrap();
            found.push(hits.into_iter().map(|hit| hit.name).collect::<Vec<_>>());
            let hits = store.customers_with_email(prefix, 10).unwrap();
            found.push(hits.into_iter().map(|hit| hit.email).collect());
        }
        let words = store.customers_with_word("BERG", 5).unwrap();
        found.push(words.into_iter().map(|hit| hit.name).collect());
        let numbers = store.customers_numbered("C100000", 5).unwrap();
        found.push(numbers.into_iter().map(|hit| hit.number).collect());
        found
    });
    assert_eq!(found[0], ["anna", "Anna", "ANNA berg"], "without regard to case");
    assert!(found.iter().flatten().count() > 20);
}

/// Records that are written again replace the older ones, also several in one commit; identifiers are given up and given anew.
#[test]
fn the_last_record_of_a_commit_counts() {
    let found = on_both(|store| {
        let account = RowId::new(CustomerId(1), 1);
        let identifier = |value: &str| {
            Record::Identifier(IdentifierRecord { realm: "msisdn".into(), value: value.into(), account })
        };
        let released =
            |value: &str| Record::IdentifierReleased { realm: "msisdn".into(), value: value.into() };
        let device = |mac: &str| {
            let (id, kind) = (RowId::new(CustomerId(1), 9), "stb".to_owned());
            let (serial, model) = ("S1".to_owned(), String::new());
            Record::Device(DeviceRecord {
                id,
                account,
                kind,
                mac: mac.into(),
                serial,
                model,
                created_at: NOW,
                removed_at: None,
            })
        };
        let label = |label: &str| {
            Record::Account(AccountRecord {
                id: account,
                label: label.into(),
                password: Some(vec![0, 1, 255]),
                created_at: NOW,
            })
        };
        let audit = |detail: &str| {
            Record::Audit(AuditRecord {
                at: NOW,
                actor: "staff:anna".into(),
                action: "x".into(),
                object: "o".into(),
                detail: detail.into(),
            })
        };
        commit(
            store,
            CustomerId(1),
            &[
                customer(1, "first", ""),
                customer(1, "second", ""),
                label("one"),
                label("two"),
                identifier("1"),
                released("1"),
                identifier("2"),
                identifier("1"),
                released("2"),
                device("AA"),
                device("BB"),
                audit("once"),
                audit("once"),
                audit("twice"),
                customer(1, "third", ""),
            ],
        );
        let devices = store.devices_of(CustomerId(1)).unwrap();
        let trail = store.audit(&AuditFilter { limit: 9, ..AuditFilter::default() }).unwrap();
        let details: Vec<String> = trail.into_iter().map(|line| line.detail).collect();
        let name = store.customer_record(CustomerId(1)).unwrap().unwrap().name;
        (
            name,
            store.account_records(CustomerId(1)).unwrap(),
            store.identifiers_of(CustomerId(1)).unwrap(),
            devices,
            details,
        )
    });
    assert_eq!(found.0, "third");
    assert_eq!(found.1[0].label, "two");
    assert_eq!(found.2.len(), 1);
    assert_eq!((found.3.len(), found.3[0].mac.as_str()), (1, "BB"));
    assert_eq!(found.4, ["twice", "once"]);
}

/// Text with a NUL is text: a peer chooses it, and it must stop nothing.
#[test]
fn text_with_nul_is_kept() {
    let found = on_both(|store| {
        store.put_settings([("a\0b".to_owned(), "v\0w".to_owned())].into()).unwrap();
        store.setting("a\0b").unwrap()
    });
    assert_eq!(found.as_deref(), Some("v\0w"));
}

#[test]
fn users_tokens_and_sign_ins_keep_their_rules() {
    on_both(|store| {
        let new = |login: &str| NewStaff {
            login: login.into(),
            name: "Anna".into(),
            role: "agent".into(),
            password_hash: "h".into(),
            must_change: true,
            created_at: NOW,
        };
        let first = store.add_staff(new("anna")).unwrap();
        assert!(first.is_some());
        assert_eq!(store.add_staff(new("anna")).unwrap(), None, "the login is taken");
        store.add_staff(new("Bert")).unwrap();
        let session = WebSessionRow {
            token_hash: vec![1; 32],
            portal: "staff".into(),
            subject: first.unwrap(),
            login: "anna".into(),
            opened_by: String::new(),
            created_at: NOW,
            expires_at: at(60),
        };
        store.add_web_session(session).unwrap();
        assert!(store.web_session("staff", &[1; 32], at(1)).unwrap().is_some());
        assert!(store.change_staff(first.unwrap(), "Anna".into(), "admin".into(), true).unwrap());
        assert!(store.web_session("staff", &[1; 32], at(1)).unwrap().is_none(), "signed out with it");
        let token = TokenRow {
            token_hash: vec![2; 32],
            name: "crm".into(),
            scopes: "read".into(),
            created_at: NOW,
            created_by: "anna".into(),
            expires_at: None,
            revoked_at: None,
        };
        store.add_token(token).unwrap();
        assert!(store.revoke_token(vec![2; 32], NOW).unwrap());
        assert!(!store.revoke_token(vec![2; 32], NOW).unwrap());
        let staff = store.staff_list("", 9).unwrap();
        (
            staff.into_iter().map(|row| (row.login, row.role, row.disabled)).collect::<Vec<_>>(),
            store.token_list(9).unwrap(),
        )
    });
}

#[test]
fn numbers_are_given_once_and_claims_exclude_each_other() {
    on_both(|store| {
        let first = store.claim_customer(Some("key".into()), NOW, at(-60)).unwrap();
        assert_eq!(
            store.claim_customer(Some("key".into()), at(1), at(-60)).unwrap(),
            first,
            "the same request"
        );
        let second = store.claim_customer(None, NOW, at(-60)).unwrap();
        assert_ne!(first, second);
        assert_eq!(
            (store.take_numbers("device", 5).unwrap(), store.take_numbers("device", 1).unwrap()),
            (1, 6)
        );
        let claim = |customer, values: &[&str], now| {
            let values = values.iter().map(|value| ("user".to_owned(), (*value).to_owned())).collect();
            store.claim_identifiers(customer, values, now, at(-600)).unwrap()
        };
        assert!(claim(first, &["a", "b"], NOW).is_empty());
        let taken = claim(second, &["c", "b"], NOW);
        assert_eq!(taken.len(), 1, "one is taken, so none is claimed");
        assert!(claim(second, &["c"], NOW).is_empty());
        (first, second, taken)
    });
}

#[test]
fn nodes_connectors_catalogs_and_imports_keep_their_rules() {
    on_both(|store| {
        let node = NodeRow {
            id: 0,
            name: "nas".into(),
            protocol: "radius".into(),
            address: "10.0.0.1".into(),
            profile: "generic".into(),
            secret: Some(vec![9]),
            settings: "{}".into(),
            enabled: true,
            created_at: NOW,
        };
        let id = store.save_node(node.clone()).unwrap().unwrap();
        assert_eq!(store.save_node(node.clone()).unwrap(), None, "the name is taken");
        assert_eq!(store.save_node(NodeRow { id, enabled: false, ..node }).unwrap(), Some(id));
        store.save_connector_settings("minerva", vec![1]).unwrap();
        let connector = store.enable_connector("minerva", true).unwrap();
        let catalog = CatalogRow {
            version: 1,
            published_at: NOW,
            published_by: "a".into(),
            comment: String::new(),
            // Several parts, however well it is compressed.
            body: (0..40_000u64).map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect(),
        };
        let body = catalog.body.clone();
        assert!(store.add_catalog(catalog.clone()).unwrap());
        assert_eq!(store.catalog_body(1).unwrap(), Some(body), "as it was published");
        assert!(!store.add_catalog(catalog).unwrap(), "a published version never changes");
        let file = NewImportFile {
            name: "f".into(),
            content_hash: "h".into(),
            source: "folder".into(),
            octets: 3,
            received_at: NOW,
        };
        let (row, new) = store.begin_import(file.clone()).unwrap();
        assert!(new && !store.begin_import(file).unwrap().1, "the same content again");
        let line = |line, outcome: &str| ImportLineRow {
            line,
            outcome: outcome.into(),
            field: String::new(),
            reason: String::new(),
            reference: "r".into(),
            xdr: None,
            raw: "x".into(),
        };
        let lines = vec![line(2, "charged"), line(3, "rejected"), line(3, "rejected"), line(4, "skipped")];
        store.add_import_lines(row.id, lines, Some(at(5))).unwrap();
        let rejected = store.import_lines(row.id, Some("rejected"), 0, 9).unwrap();
        assert_eq!((rejected.len(), store.import_lines(row.id, None, 2, 9).unwrap().len()), (1, 2));
        (
            store.nodes().unwrap(),
            connector,
            store.newest_catalog().unwrap(),
            store.catalog_list(None, 9).unwrap(),
            store.import_file(row.id).unwrap(),
            rejected,
        )
    });
}

#[test]
fn deliveries_and_figures_keep_their_rules() {
    on_both(|store| {
        let new = |account: u32| NewDelivery {
            connector: "minerva".into(),
            account: RowId::new(CustomerId(account), 1),
            reason: "resync".into(),
            due_at: NOW,
        };
        let ids = store.add_deliveries(vec![new(1), new(1), new(2)]).unwrap();
        let claim = || {
            let (connector, busy) = ("minerva".to_owned(), Vec::new());
            store
                .claim_deliveries(ClaimDeliveries {
                    connector,
                    now: at(1),
                    limit: 9,
                    lease_until: at(60),
                    busy,
                })
                .unwrap()
        };
        let claimed = claim();
        assert_eq!((ids.len(), claimed.len()), (3, 2), "the newest of an account stands for the older ones");
        assert!(claim().is_empty());
        let settled = SettledDelivery {
            id: claimed[0].id,
            connector: "minerva".into(),
            account: claimed[0].account,
            end: DeliveryEnd::Done,
            at: at(2),
            summary: "ok".into(),
            record: "{}".into(),
            store_back: vec![("id".into(), "7".into())],
        };
        store.settle_delivery(settled).unwrap();
        let sums = DaySums { records: 3, ..DaySums::default() };
        store.keep_day(20_000, sums).unwrap();
        store.keep_day(20_000, DaySums { records: 4, ..sums }).unwrap();
        let rows = store.deliveries(&DeliveryQuery { limit: 9, ..DeliveryQuery::default() }).unwrap();
        (
            rows,
            store.kept_day(20_000).unwrap(),
            store.counts_now(NOW).unwrap().deliveries,
            store.day_sums(at(-9), at(9)).unwrap(),
        )
    });
}

/// Settings by prefix, in order; a prefix is no pattern.
#[test]
fn settings_are_found_by_prefix() {
    let found = on_both(|store| {
        let names = ["mail.host", "mail.port", "mailer", "Mail.x", "mail%"];
        store.put_settings(names.map(|name| (name.to_owned(), "1".to_owned())).into()).unwrap();
        (store.settings_of("mail.").unwrap(), store.settings_of("mail%").unwrap())
    });
    assert_eq!(found.0.into_keys().collect::<Vec<_>>(), ["mail.host", "mail.port"]);
    assert_eq!(found.1, BTreeMap::from([("mail%".to_owned(), "1".to_owned())]));
}

/// Nothing is there, and every sum and check says so.
#[test]
fn empty_books_agree() {
    on_both(|store| {
        (
            store.verify().unwrap(),
            store.balances().unwrap(),
            store.metered_use().unwrap(),
            store.xdrs(&XdrFilter { most: 5, ..XdrFilter::default() }).unwrap(),
        )
    });
}
