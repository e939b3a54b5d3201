//! A small operator on a temporary directory, with the front door open on a free port.

use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AccountId, AddAccount, ChargeTax, Charged, Command, CreateCustomer, Customer, CustomerId, Payment, Reply,
    SessionKey, TaxDue, Xdr,
};
use engine::{Clock, Engine};
use front_diameter::{
    Config, Found, KnownPeer, PeerProfile, Peers, Remembered, Server, Subscribers, Unavailable,
};
use money::{Amount, Currency};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Moment};
use tokio::runtime::Runtime;

pub const MB: u64 = 1_048_576;
pub const HOST: &str = "ocs.talea.example";
pub const REALM: &str = "talea.example";
/// The peer by the book.
pub const PEER: &str = "pgw.test.example";
/// A peer that wants called numbers and raised Result-Codes.
pub const BFX: &str = "broadforward-win.gw.example";
/// Behind the name of a shipped profile: a peer of that kind, on the node of that name.
pub const GATEWAY: &str = ".gw.example";
/// Longest wait for anything that is bound to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The kind of peer that wants to know balance and cost, and sends the time instead of counting its restarts.
fn telling() -> Arc<PeerProfile> {
    let text = r#"
        name = "telling"
        tell_balance = true
        tell_cost = true
        restart_ends_sessions = false
        services = [{ context = "32274", service = "message" }, { context = "32251", service = "mobile-data" }]
    "#;
    Arc::new(PeerProfile::parse(text).unwrap())
}

/// The kind of peer whose answers have something added.
fn adding() -> Arc<PeerProfile> {
    let text = r#"
        name = "adding"
        hotline_without_funds = true
        failure_handling = "retry_and_terminate"
        debit_failure_handling = "continue"
        own_avps = [
            { avp = "Service-Information/PS-Information/PS-Furnish-Charging-Information/PS-Free-Format-Data", value = "0x676f6c64" },
            { avp = "Service-Information/PS-Information/PS-Furnish-Charging-Information/PS-Append-Free-Format-Data", value = "0" },
            { avp = "Charging-Rule-Base-Name", attribute = "rule_base" },
            { avp = "Multiple-Services-Credit-Control/QoS-Information/QoS-Class-Identifier", value = "8", access_points = ["corp.example"] },
            { avp = "20944:12", value = "walled", access_points = ["corp.example"] },
        ]
        services = [
            { context = "32274", service = "message" },
            { context = "32251", service = "mobile-data", destination = "called-station-id" },
        ]
    "#;
    Arc::new(PeerProfile::parse(text).unwrap())
}

/// The kind of peer for which one Rating-Group and all messages are free and not metered.
fn free() -> Arc<PeerProfile> {
    let text = r#"
        name = "free"
        services = [
            { context = "32274", service = "message", metered = false },
            { context = "32251", service = "portal", rating_groups = [900], metered = false },
            { context = "32251", service = "mobile-data" },
        ]
    "#;
    Arc::new(PeerProfile::parse(text).unwrap())
}

pub struct Table;

impl Peers for Table {
    fn by_origin_host(&self, host: &str) -> Option<KnownPeer> {
        if host == PEER {
            let profile = PeerProfile::shipped_by_name("generic").unwrap();
            return Some(KnownPeer { node: "pgw-1".into(), profile });
        }
        let kind = host.strip_suffix(GATEWAY)?;
        let profile = PeerProfile::shipped_by_name(kind);
        let profile = profile
            .or_else(|| (kind == "telling").then(telling))
            .or_else(|| (kind == "adding").then(adding))
            .or_else(|| (kind == "free").then(free))?;
        Some(KnownPeer { node: kind.into(), profile })
    }
}

/// A directory in memory that a test can make forgetful, slow and broken.
#[derive(Default)]
pub struct Names {
    known: Mutex<HashMap<(String, String), Found>>,
    /// Nothing is in memory: every look-up goes to the blocking thread.
    pub forgetful: AtomicBool,
    pub broken: AtomicBool,
    /// What invoices have on every charge.
    pub taxes: Mutex<Vec<ChargeTax>>,
    /// A look-up of this name waits for the channel.
    gate: Mutex<Option<(String, Receiver<()>)>>,
}

impl Names {
    pub fn add(&self, realm: &str, value: &str, account: AccountId) {
        let found = Found { customer: account.customer().unwrap(), account };
        self.known.lock().unwrap().insert((realm.to_owned(), value.to_owned()), found);
    }

    /// Look-ups of this name wait until something is sent.
    pub fn hold(&self, value: &str) -> Sender<()> {
        let (send, receive) = channel();
        *self.gate.lock().unwrap() = Some((value.to_owned(), receive));
        send
    }
}

impl Subscribers for Names {
    fn remembered(&self, realm: &str, value: &str) -> Remembered {
        if self.forgetful.load(Ordering::SeqCst) {
            return Remembered::NotInMemory;
        }
        let known = self.known.lock().unwrap();
        if self.gate.lock().unwrap().as_ref().is_some_and(|(held, _)| held == value) {
            return Remembered::NotInMemory;
        }
        let key = (realm.to_owned(), value.to_owned());
        known.get(&key).map_or(Remembered::Nobody, |found| Remembered::Found(*found))
    }

    fn find(&self, realm: &str, value: &str) -> Result<Option<Found>, Unavailable> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Unavailable("test".to_owned()));
        }
        let held = self.gate.lock().unwrap().take_if(|(held, _)| held == value);
        if let Some((_, gate)) = held {
            gate.recv_timeout(PATIENCE).unwrap();
        }
        Ok(self.known.lock().unwrap().get(&(realm.to_owned(), value.to_owned())).copied())
    }

    fn of_sessions(
        &self,
        _node: &str,
        _keys: &BTreeSet<SessionKey>,
    ) -> Result<Vec<(SessionKey, Found)>, Unavailable> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Unavailable("test".to_owned()));
        }
        Ok(Vec::new())
    }

    fn charged(&self, record: &Xdr) -> Result<Charged, Unavailable> {
        let taxes = self.taxes.lock().unwrap().clone();
        Ok(Charged { taxes, ..Charged::from(record) })
    }
}

pub struct World {
    pub engine: Engine,
    pub server: Arc<Server>,
    pub names: Arc<Names>,
    pub runtime: Runtime,
    _directory: tempfile::TempDir,
}

impl World {
    pub fn open() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::try_with(change).unwrap()
    }

    /// What is said where it cannot start.
    pub fn try_with(change: impl FnOnce(&mut Config)) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let store = testkit::books::open(directory.path()).unwrap();
        let catalog: Catalog = toml::from_str(include_str!("catalog.toml")).unwrap();
        let catalog = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
        let clock = Clock::starting_at(Instant::parse("2026-06-10T10:00:00Z").unwrap());
        let settings = engine::Config { threads: 2, ..engine::Config::default() };
        let engine = Engine::start(Arc::new(store), catalog, clock, settings).unwrap();
        let mut config = Config::new(HOST, REALM);
        config.listen = vec!["127.0.0.1:0".parse().unwrap()];
        change(&mut config);
        let names = Arc::new(Names::default());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let start = Server::start(config, engine.clone(), Arc::new(Table), names.clone());
        let server = match runtime.block_on(start) {
            Ok(server) => Arc::new(server),
            Err(error) => {
                engine.stop();
                return Err(error.to_string());
            }
        };
        Ok(Self { engine, server, names, runtime, _directory: directory })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    /// A postpaid customer with one account that has the telephone number `1555` + `number`.
    pub fn sign_up(&self, number: u32, limit: &str) -> AccountId {
        self.sign_up_for("mobile", number, limit)
    }

    /// The same with another product.
    pub fn sign_up_for(&self, product: &str, number: u32, limit: &str) -> AccountId {
        let (zone, period, now) = (BillingZone::utc(), BillingPeriod::Monthly, self.engine.clock().now());
        let create = CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment: Payment::Postpaid,
            credit_limit: Some(usd(limit)),
            zone: BillingZone::utc(),
            period,
            period_bounds: (period.start_of(now, &zone), period.end_after(now, &zone)),
            net_days: 15,
            chain: Vec::new(),
            class: None,
        };
        self.done(number, Command::CreateCustomer(create));
        let product = self.engine.catalog().product(product).unwrap().id;
        let add = AddAccount { product, add_ons: Vec::new(), detail: String::new() };
        let account = self.done(number, Command::AddAccount(add)).unwrap();
        self.names.add("msisdn", &msisdn(number), account);
        account
    }

    pub fn done(&self, number: u32, command: Command) -> Option<AccountId> {
        match self.engine.call(CustomerId(number), None, command, None).unwrap() {
            Reply::Done(row) => row,
            other => panic!("{other:?}"),
        }
    }

    /// Every record of a customer, oldest first.
    pub fn records(&self, number: u32) -> Vec<Xdr> {
        self.engine.store().flush().unwrap();
        let filter = store::XdrFilter { customer: Some(CustomerId(number)), most: 100, ..Default::default() };
        let rows = self.engine.store().xdrs(&filter).unwrap();
        rows.into_iter().rev().map(|row| row.xdr).collect()
    }

    pub fn customer(&self, number: u32) -> Customer {
        self.engine.customer(CustomerId(number)).unwrap().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.runtime.block_on(self.server.stop());
        self.engine.stop();
    }
}

pub fn msisdn(number: u32) -> String {
    format!("1555{number}")
}

pub fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// Waits until it holds.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Moment::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::yield_now();
    }
}

impl World {
    /// Leaves an invoice overdue: the customer is suspended.
    pub fn suspend(&self, number: u32, account: AccountId) {
        let now = self.engine.clock().now();
        let debit = charging::Debit {
            account,
            identifier: "test".into(),
            node: "test".into(),
            service: self.engine.catalog().service("message").unwrap().id,
            access_code: Box::default(),
            destination: "1".into(),
            units: 1,
            description: "A message".to_owned(),
            reference: None,
            at: now,
        };
        let debited = self.engine.call(CustomerId(number), None, Command::Debit(debit), None).unwrap();
        assert!(matches!(debited, Reply::Debited(_)), "{debited:?}");
        self.bill(number, Vec::new());
        self.engine.clock().advance(calendar::Seconds(60));
        self.done(number, Command::Collect);
        assert_eq!(self.customer(number).head.status(), charging::CustomerStatus::Suspended);
    }

    /// Closes the period and posts its invoice, which is due at once.
    pub fn bill(&self, number: u32, taxes: Vec<TaxDue>) {
        let head = self.customer(number).head;
        self.engine.clock().advance_to(head.period_end);
        self.done(
            number,
            Command::ClosePeriod(charging::ClosePeriod {
                period_number: head.period_number,
                fee_basis: head.fee_basis,
                fees: Vec::new(),
                next_end: head.period.end_after(head.period_end, &BillingZone::utc()),
            }),
        );
        let (due_at, total) = (self.engine.clock().now(), self.customer(number).head.closed_total);
        let invoice = charging::PostInvoice {
            period_number: head.period_number,
            number: "INV-1".to_owned(),
            total,
            taxes,
            due_at,
        };
        self.done(number, Command::PostInvoice(invoice));
    }

    /// Pays what is due.
    pub fn pay(&self, number: u32, amount: &str) {
        let pay =
            charging::Pay { account: None, exchanged: None, amount: usd(amount), note: "test".to_owned() };
        self.done(number, Command::Pay(pay));
    }
}
