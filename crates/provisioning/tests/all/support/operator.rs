//! A real operator on a directory of its own: store, engine, provisioning, and the simulated platform beside it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::sync::Arc;

use calendar::{BillingPeriod, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, ProductId, Snapshot};
use charging::{
    AccountId, AddAccount, AddAddOn, ClosePeriod, Command, CreateCustomer, CustomerId, Fee, Pay, Payment,
    PostInvoice, Reply, RowId,
};
use engine::{Clock, Config, Engine};
use money::{Amount, Currency};
use provisioning::{AttemptRecord, ConnectorConfig, Manifest, Provisioning, Sealer};
use store::{AccountRecord, CustomerRecord, DeliveryQuery, DeliveryRow, DeviceRecord, Record};

use super::{minerva_text, settings};

pub const WHO: CustomerId = CustomerId(7);
/// Quick retries, so that a test needs no long waits.
pub const QUICK: &[(&str, &str)] =
    &[("first_ms = 1_000", "first_ms = 50"), ("max_ms = 900_000", "max_ms = 100")];

/// Turns every bit around: enough to see whether a secret is stored in the clear.
pub struct Upside;

impl Sealer for Upside {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        plain.iter().map(|byte| !byte).collect()
    }
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.iter().map(|byte| !byte).collect())
    }
}

pub struct Operator {
    pub engine: Engine,
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub fn manifests() -> Vec<Manifest> {
    vec![Manifest::parse("minerva.toml", &minerva_text(QUICK)).unwrap()]
}

pub fn minerva_at(url: String) -> Vec<ConnectorConfig> {
    vec![ConnectorConfig { name: "minerva".to_owned(), settings: settings(url) }]
}

impl Operator {
    /// Opens the directory; it is 1 June 2026.
    pub fn open(directory: &Path) -> Operator {
        Operator::open_at(directory, "2026-06-01T00:00:00Z")
    }

    /// Opens the directory at another time; the clock must not go back.
    pub fn open_at(directory: &Path, time: &str) -> Operator {
        let catalog: Catalog = toml::from_str(include_str!("operator.toml")).unwrap();
        let catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
        let store = Arc::new(testkit::books::open(directory).unwrap());
        let clock = Clock::starting_at(at(time));
        Operator { engine: Engine::start(store, Arc::new(catalog), clock, Config::default()).unwrap() }
    }

    pub async fn provisioning(&self, connectors: Vec<ConnectorConfig>) -> Provisioning {
        Provisioning::start(self.engine.clone(), Arc::new(Upside), manifests(), connectors).await.unwrap()
    }

    /// Ends everything so that the directory can be opened again.
    pub async fn close(self, provisioning: Provisioning) {
        provisioning.stop().await;
        drop(provisioning);
        self.engine.stop();
        let store = Arc::downgrade(self.engine.store());
        drop(self);
        super::until("nobody holds the store", || store.strong_count() == 0).await;
    }

    pub fn product(&self, code: &str) -> ProductId {
        self.engine.catalog().product(code).unwrap().id
    }

    pub fn run(&self, who: CustomerId, command: Command, records: Vec<Record>) -> Option<RowId> {
        match self.engine.call(who, None, command, Some(Box::new(move |_| records))).unwrap() {
            Reply::Done(row) => row,
            other => panic!("not done: {other:?}"),
        }
    }

    pub fn sign_up(&self, who: CustomerId) {
        let create = CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment: Payment::Postpaid,
            credit_limit: Some(usd("100")),
            zone: calendar::BillingZone::utc(),
            period: BillingPeriod::Monthly,
            period_bounds: (at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")),
            net_days: 14,
            chain: Vec::new(),
            class: None,
        };
        self.run(
            who,
            Command::CreateCustomer(create),
            vec![Record::Customer(self.contact(who, "1 Main St"))],
        );
    }

    pub fn contact(&self, who: CustomerId, street: &str) -> CustomerRecord {
        CustomerRecord {
            id: who,
            number: format!("C{}", 1_000_000 + who.0),
            name: "Ada Example".to_owned(),
            email: "ada@example.org".to_owned(),
            phone: "15550100".to_owned(),
            address: format!("{street}\nSpringfield"),
            language: "en".to_owned(),
            created_at: self.engine.clock().now(),
        }
    }

    /// An account with a set-top box and a modem.
    pub fn account(&self, who: CustomerId, product: &str, add_ons: &[&str], mac: &str) -> AccountId {
        let add = AddAccount {
            product: self.product(product),
            add_ons: add_ons.iter().map(|code| self.product(code)).collect(),
            detail: "home".to_owned(),
        };
        let (now, mac) = (self.engine.clock().now(), mac.to_owned());
        let records = move |reply: &Reply| {
            let Reply::Done(Some(id)) = reply else { panic!("{reply:?}") };
            let device = |number, kind: &str, mac: &str| device(who, *id, number, kind, mac, now);
            let account =
                AccountRecord { id: *id, label: "home".to_owned(), password: None, created_at: now };
            let boxes =
                [device(1, "stb", &mac), device(2, "modem", "AA:AA:AA:AA:AA:AA"), device(3, "stb", "")];
            [Record::Account(account)].into_iter().chain(boxes).collect()
        };
        let command = Command::AddAccount(add);
        match self.engine.call(who, None, command, Some(Box::new(records))).unwrap() {
            Reply::Done(Some(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub fn add_on(&self, account: AccountId, code: &str) -> RowId {
        let add = AddAddOn {
            account,
            product: self.product(code),
            from: None,
            until: None,
            accept_conflicts: false,
        };
        self.run(account.customer().unwrap(), Command::AddAddOn(add), Vec::new()).unwrap()
    }

    /// June is billed, nobody pays, and by August the customer is suspended.
    pub fn suspend(&self, account: AccountId) {
        let who = account.customer().unwrap();
        self.engine.clock().advance_to(at("2026-07-01T00:00:00Z"));
        let head = self.engine.customer(who).unwrap().unwrap().head;
        let fee = Fee {
            account,
            product: self.product("homeconnect-plus"),
            name: "June".to_owned(),
            full_fee: usd("39.99"),
            amount: usd("39.99"),
            days: (30, 30),
            span: (head.period_start, head.period_end),
            why: charging::FeeWhy::Held,
        };
        let close = ClosePeriod {
            period_number: head.period_number,
            fee_basis: head.fee_basis,
            fees: vec![fee],
            next_end: at("2026-08-01T00:00:00Z"),
        };
        self.run(who, Command::ClosePeriod(close), Vec::new());
        let invoice = PostInvoice {
            period_number: head.period_number,
            number: "INV-1".to_owned(),
            total: usd("39.99"),
            taxes: Vec::new(),
            due_at: at("2026-07-15T00:00:00Z"),
        };
        self.run(who, Command::PostInvoice(invoice), Vec::new());
        self.engine.clock().advance_to(at("2026-07-15T00:00:00Z").plus(Seconds(1)));
        self.run(who, Command::Collect, Vec::new()).expect("suspended");
    }

    pub fn pay(&self, who: CustomerId) {
        self.run(
            who,
            Command::Pay(Pay {
                account: None,
                exchanged: None,
                amount: usd("39.99"),
                note: "cash".to_owned(),
            }),
            Vec::new(),
        );
    }

    /// All deliveries, oldest first.
    pub fn deliveries(&self) -> Vec<DeliveryRow> {
        let query = DeliveryQuery { limit: 500, ..DeliveryQuery::default() };
        let mut rows = self.engine.store().deliveries(&query).unwrap();
        rows.reverse();
        rows
    }

    pub fn attempts(&self, delivery: i64) -> Vec<AttemptRecord> {
        let view = self.engine.store().delivery(delivery).unwrap().unwrap();
        serde_json::from_str(&view.attempts).unwrap()
    }

    /// Deliveries as event and state.
    pub fn states(&self) -> Vec<(String, &'static str)> {
        self.deliveries().into_iter().map(|row| (row.event_kind, row.state.name())).collect()
    }
}

pub fn device(
    who: CustomerId,
    account: AccountId,
    number: u32,
    kind: &str,
    mac: &str,
    now: Instant,
) -> Record {
    Record::Device(DeviceRecord {
        // Far from the rows the core makes.
        id: RowId::new(who, (1 << 31) + account.counter() * 100 + number),
        account,
        kind: kind.to_owned(),
        mac: mac.to_owned(),
        serial: format!("{kind}-{number}"),
        model: String::new(),
        created_at: now,
        removed_at: None,
    })
}

pub fn packages(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}
