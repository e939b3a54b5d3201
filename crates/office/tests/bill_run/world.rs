//! A small triple-play operator on a temporary directory, with a renderer that can be told to fail.

use calendar::Instant;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{CustomerId, Payment};
use engine::{Clock, Config, Engine};
use money::Amount;
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewIdentifier, Office, Purchase, Role, Secrets,
    SignUp, Who, run_due,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

pub const CATALOG: &str = concat!(
    r#"
currency = "USD"
[[services]]
code = "tv"
name = "Television"
kind = "tv"
unit = "second"
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
code = "homeconnect-plus"
name = "HomeConnect+"
kind = "main"
subscription = { name = "HomeConnect+ monthly fee", fee = "39.99" }
rating = [{ service = "vod", tariff = "films" }]
add_ons = ["hbo", "dvr"]
"#,
    include_str!("../../../billing/tests/all/story_add_ons.toml")
);

/// Writes the content as JSON instead of a PDF.
#[derive(Default)]
pub struct JsonRenderer {
    pub broken: AtomicBool,
    pub made: AtomicUsize,
    /// Waits a while for another invoice being drawn at the same time.
    pub sociable: AtomicBool,
    pub drawing: Mutex<usize>,
    pub most_at_once: AtomicUsize,
    pub arrived: Condvar,
}

impl JsonRenderer {
    fn wait_for_company(&self) {
        let mut drawing = self.drawing.lock().unwrap();
        *drawing += 1;
        self.most_at_once.fetch_max(*drawing, Ordering::Relaxed);
        self.arrived.notify_all();
        let alone = |_: &mut usize| self.most_at_once.load(Ordering::Relaxed) < 2;
        let (mut drawing, _) =
            self.arrived.wait_timeout_while(drawing, Duration::from_millis(200), alone).unwrap();
        *drawing -= 1;
    }
}

impl InvoiceRenderer for JsonRenderer {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        if self.broken.load(Ordering::Relaxed) {
            return Err("out of ink".to_owned());
        }
        if self.sociable.load(Ordering::Relaxed) {
            self.wait_for_company();
        }
        self.made.fetch_add(1, Ordering::Relaxed);
        serde_json::to_vec(invoice).map_err(|error| error.to_string())
    }
}

pub struct World {
    pub office: Office,
    pub renderer: Arc<JsonRenderer>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.office.engine().stop();
    }
}

pub const STAFF: fn() -> Actor = || Actor::Staff { login: "anna".to_owned(), role: Role::Agent };

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// The operator on the morning of `at`.
pub fn open(directory: &Path, at: &str) -> World {
    open_with(directory, at, CATALOG)
}

/// The same with another catalog.
pub fn open_with(directory: &Path, at: &str, catalog: &str) -> World {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let catalog: Catalog = toml::from_str(catalog).unwrap();
    let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
    let clock = Clock::starting_at(Instant::parse(at).unwrap());
    let engine = Engine::start(store, snapshot, clock, Config { threads: 2, ..Config::default() }).unwrap();
    let renderer = Arc::new(JsonRenderer::default());
    let office = Office::new(engine, Secrets::open(directory).unwrap(), renderer.clone());
    World { office, renderer }
}

impl World {
    /// A customer of the story: HomeConnect+ with HBO and DVR and a limit of $100.
    pub fn sign_up(&self, login: &str) -> CustomerId {
        let account = NewAccount {
            product: "homeconnect-plus".to_owned(),
            add_ons: vec!["hbo".to_owned(), "dvr".to_owned()],
            identifiers: vec![NewIdentifier { realm: "user".to_owned(), value: login.to_owned() }],
            ..NewAccount::default()
        };
        let form = SignUp {
            payment: Payment::Postpaid,
            credit_limit: Some(amount("100")),
            address: "17 Orchard Lane\nLakeside".to_owned(),
            account: Some(account),
            ..SignUp::named(&format!("Customer {login}"))
        };
        self.office.sign_up(&STAFF(), form, None).unwrap().customer
    }

    pub fn film(&self, login: &str, reference: &str) {
        let purchase = Purchase {
            who: Who::Identifier { realm: Some("user".to_owned()), value: login.to_owned() },
            service: "vod".to_owned(),
            item: "film-7".to_owned(),
            units: 1,
            description: "The Long Pier".to_owned(),
            reference: Some(reference.to_owned()),
            at: None,
            channel: "test".to_owned(),
        };
        self.office.purchase(&Actor::System("test"), purchase, None).unwrap();
    }

    /// Moves the clock and does everything that is due.
    pub fn go_to(&self, at: &str) -> office::RunReport {
        self.office.clock().advance_to(Instant::parse(at).unwrap());
        run_due(&self.office).unwrap()
    }

    /// The books agree with themselves.
    pub fn verify(&self) {
        let report = self.office.store().verify().unwrap();
        assert!(report.differences.is_empty(), "{:?}", report.differences);
    }
}
