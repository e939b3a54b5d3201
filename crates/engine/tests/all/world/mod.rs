//! A small operator on a temporary directory.
#![allow(clippy::unwrap_used, dead_code)]

use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::*;
use engine::{Clock, Config, Engine};
use money::{Amount, Currency};
use std::path::Path;
use std::sync::Arc;

const CATALOG: &str = r#"
currency = "USD"
[[services]]
code = "mobile-data"
name = "Mobile data"
kind = "data"
unit = "octet"
grant = { units = 10485760, validity = 600 }
[[tariffs]]
code = "data"
name = "Per megabyte"
service = "mobile-data"
rates = [{ first_interval = 1048576, first_price = "0.01", per = 1048576 }]
[[products]]
code = "mobile"
name = "Mobile"
kind = "main"
rating = [{ service = "mobile-data", tariff = "data" }]
add_ons = ["evening"]
[[products]]
code = "evening"
name = "A gigabyte for an evening"
kind = "add_on"
quotas = [{ name = "Evening", service = "mobile-data", units = 1073741824, renewal = "once" }]
"#;

pub const MB: u64 = 1_048_576;

pub fn snapshot() -> Arc<Snapshot> {
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap())
}

pub fn start(directory: &Path) -> Engine {
    start_at(directory, Instant::parse("2026-06-01T10:00:00Z").unwrap())
}

pub fn start_at(directory: &Path, now: Instant) -> Engine {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let clock = Clock::starting_at(now);
    Engine::start(store, snapshot(), clock, Config { threads: 2, ..Config::default() }).unwrap()
}

/// A postpaid customer with one account and a limit of $100.
pub fn sign_up(engine: &Engine, number: u32) -> AccountId {
    let (id, now) = (CustomerId(number), engine.clock().now());
    let (zone, period) = (BillingZone::utc(), BillingPeriod::Monthly);
    let create = CreateCustomer {
        currency: Currency::parse("USD").unwrap(),
        payment: Payment::Postpaid,
        credit_limit: Some(Amount::parse("100").unwrap()),
        zone: BillingZone::utc(),
        period,
        period_bounds: (period.start_of(now, &zone), period.end_after(now, &zone)),
        net_days: 15,
        class: None,
        chain: Vec::new(),
    };
    assert_eq!(engine.call(id, None, Command::CreateCustomer(create), None).unwrap(), Reply::Done(None));
    let product = engine.catalog().product("mobile").unwrap().id;
    let add = AddAccount { product, add_ons: Vec::new(), detail: String::new() };
    match engine.call(id, None, Command::AddAccount(add), None).unwrap() {
        Reply::Done(Some(account)) => account,
        other => panic!("{other:?}"),
    }
}

/// A credit-control step of one session per account.
pub fn step(engine: &Engine, account: AccountId, request: u64, step: Step, used: u64) -> Envelope {
    let units = UnitReport {
        rating_group: Some(1),
        service_identifier: None,
        service: engine.catalog().service("mobile-data").unwrap().id,
        access_code: "".into(),
        destination: "internet".into(),
        used: if used == 0 { Used::None } else { Used::Since(used) },
        asked: if step == Step::Stop { Asked::Nothing } else { Asked::Units(10 * MB) },
    };
    let session = SessionKey::diameter(format!("pgw;{account}").as_bytes());
    let command = Command::Session(SessionRequest {
        session,
        account,
        identifier: "15551230001".into(),
        node: "pgw".into(),
        request,
        step,
        event_at: engine.clock().now(),
        units: vec![units],
        grants: true,
        silence: 1200,
        details: "".into(),
        hotlines: false,
    });
    Envelope { customer: account.customer().unwrap(), key: None, command }
}

/// Submits and waits for durability.
pub fn apply(engine: &Engine, envelope: Envelope) -> Reply {
    let (send, receive) = std::sync::mpsc::channel();
    engine.submit_network(envelope, engine::Answer::new(move |outcome| send.send(outcome).unwrap()));
    receive.recv().unwrap().unwrap()
}
