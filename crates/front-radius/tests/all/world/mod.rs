//! A small operator behind the front door: an engine on a temporary directory, a directory in memory, nodes on loopback addresses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code)]

pub mod child;
pub mod device;
pub mod digest;
pub mod radclient;
pub mod tshark;
pub mod wire;

use calendar::{BillingPeriod, BillingZone, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::*;
use engine::{Clock, Engine};
use front_radius::{
    Config, Effort, Equipment, Found, Lookup, Nodes, Profiles, RadiusNode, Secret, Server, Subscribers,
};
use money::{Amount, Currency};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

pub const SECRET: &str = "xyzzy5461";
/// Nodes by loopback address; everybody else is a stranger.
pub const MIKROTIK: &str = "127.0.0.1";
pub const JUNIPER: &str = "127.0.0.2";
pub const HUAWEI: &str = "127.0.0.3";
pub const NOKIA: &str = "127.0.0.4";
pub const GENERIC: &str = "127.0.0.5";
pub const STRICT: &str = "127.0.0.6";
/// Sends no Gigawords.
pub const PPP: &str = "127.0.0.7";
/// A MikroTik that sells mobile data.
pub const MOBILE: &str = "127.0.0.8";
/// Lets Talea check SIP digests.
pub const SIP: &str = "127.0.0.9";
/// Wants the keys of MPPE.
pub const VPN: &str = "127.0.0.10";
/// Two access nodes of one CDMA network.
pub const PDSN: [&str; 2] = ["127.0.0.11", "127.0.0.12"];
/// Is told of addresses, in worlds that have it.
pub const SPB: &str = "127.0.0.13";
/// Is held to what it has begun with.
pub const AUTO: &str = "127.0.0.14";
/// May send five requests a second.
pub const SLOW: &str = "127.0.0.15";
pub const ASR: &str = "127.0.0.16";
pub const SCE: &str = "127.0.0.17";
/// Reports once a day, so that no clock moved forward makes its sessions silent.
pub const CALM: &str = "127.0.0.18";
/// Counts in kilobytes.
pub const OLT: &str = "127.0.0.24";
/// A voice gateway.
pub const VOICE: &str = "127.0.0.23";
/// A voice gateway that takes Packets of Disconnect.
pub const VOICE_POD: &str = "127.0.0.26";
/// Two access points of one host, whose dynamic authorization answers from its first address.
pub const WIFI: [&str; 2] = ["127.0.0.19", "127.0.0.20"];
/// Is told of the SCE node's sessions and their packages, in worlds that have it.
pub const SCE_FEED: &str = "127.0.0.22";
/// An access node of a CDMA network that sells time.
pub const PDSN_BY_TIME: &str = "127.0.0.25";
/// Sells time.
pub const HOTSPOT: &str = "127.0.0.21";
/// Nodes that are told of others' sessions.
const TOLD: [&str; 2] = ["spb-1", "sce-feed-1"];
pub const STRANGER: &str = "127.0.0.99";

/// The sample operator; its HomeConnect+ has 10 Mbps, its mobile data a cent per started megabyte.
pub const CATALOG: &str = include_str!("../../../../../catalogs/triple-play.toml");

/// What the sample operator does not sell: volume and time that end.
const QUOTAS: &str = r#"
[[services]]
code = "hotspot"
name = "Hotspot"
kind = "data"
unit = "second"

[[tariffs]]
code = "hotspot"
name = "A cent a minute"
service = "hotspot"
rates = [{ first_price = "0.01", first_interval = 60, per = 60 }]

[[products]]
code = "gigabytes"
name = "Five gigabytes"
kind = "main"
quotas = [{ name = "Five gigabytes", service = "internet", units = 5368709120, when_exhausted = "block" }]
policies = [{ service = "internet", down_kbps = 10000, up_kbps = 10000 }]
rating = [{ service = "internet", tariff = "internet-included" }]

[[tariffs]]
code = "mobile-abroad"
name = "A dime a megabyte"
service = "mobile-data"
rates = [
    { first_price = "0.10", first_interval = 1048576, per = 1048576 },
    { destination = "fleet.example", first_price = "0.20", first_interval = 1048576, per = 1048576 },
    { destination = "closed.example", first_price = "0", forbidden = true },
]

[[products]]
code = "mobile-gigabyte"
name = "A gigabyte on the move"
kind = "main"
quotas = [{ name = "A gigabyte", service = "mobile-data", units = 1073741824, when_exhausted = "block" }]
rating = [{ service = "mobile-data", tariff = "mobile-per-mb" }]

[[products]]
code = "traveller"
name = "Mobile data, also abroad"
kind = "main"
rating = [
    { service = "mobile-data", tariff = "mobile-per-mb" },
    { service = "mobile-data", access_code = "ROAMING.europe", tariff = "mobile-abroad" },
]
policies = [{ service = "mobile-data", down_kbps = 2000, up_kbps = 1000 }]

[[products]]
code = "hotspot-hour"
name = "An hour at the hotspot"
kind = "main"
quotas = [{ name = "An hour", service = "hotspot", units = 3600, when_exhausted = "block" }]
rating = [{ service = "hotspot", tariff = "hotspot" }]

[[tariffs]]
code = "two-countries"
name = "Calls to two countries"
service = "voice"
rates = [
    { destination = "44", first_price = "0.05", first_interval = 60, per = 60 },
    { destination = "49", first_price = "0.02", first_interval = 60, per = 60 },
    { destination = "4490", first_price = "0", forbidden = true },
]

[[products]]
code = "caller"
name = "Calls to two countries"
kind = "main"
rating = [{ service = "voice", tariff = "two-countries" }]
"#;

/// The directory, in memory. While `slow` it pretends that only the database knows.
#[derive(Default)]
pub struct Book {
    identifiers: Mutex<HashMap<(String, String), Found>>,
    passwords: Mutex<HashMap<AccountId, Vec<u8>>>,
    pub slow: AtomicBool,
    /// How often the database was asked for an identifier.
    pub asked: AtomicUsize,
}

impl Subscribers for Book {
    fn find(&self, realm: &str, value: &str, effort: Effort) -> Lookup<Found> {
        if effort == Effort::Memory && self.slow.load(Ordering::Relaxed) {
            return Lookup::NotNow;
        }
        self.asked.fetch_add(usize::from(effort == Effort::Storage), Ordering::Relaxed);
        let found = self.identifiers.lock().unwrap().get(&(realm.to_owned(), value.to_owned())).copied();
        found.map_or(Lookup::Unknown, Lookup::Found)
    }

    fn password(&self, account: AccountId, effort: Effort) -> Lookup<Vec<u8>> {
        if effort == Effort::Memory && self.slow.load(Ordering::Relaxed) {
            return Lookup::NotNow;
        }
        self.passwords.lock().unwrap().get(&account).cloned().map_or(Lookup::Unknown, Lookup::Found)
    }
}

struct Table {
    nodes: HashMap<IpAddr, Arc<RadiusNode>>,
    targets: Arc<[Arc<RadiusNode>]>,
}

impl Nodes for Table {
    fn by_source(&self, source: IpAddr) -> Option<Arc<RadiusNode>> {
        self.nodes.get(&source).cloned()
    }

    fn accounting_targets(&self) -> Arc<[Arc<RadiusNode>]> {
        self.targets.clone()
    }

    fn by_name(&self, name: &str) -> Option<Arc<RadiusNode>> {
        self.nodes.values().find(|node| &*node.name == name).cloned()
    }
}

fn node(
    profiles: &Profiles,
    common: &[(&str, &str)],
    address: &str,
    name: &str,
    profile: &str,
    settings: &[(&str, &str)],
) -> Arc<RadiusNode> {
    let settings: BTreeMap<String, String> =
        settings.iter().chain(common).map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let profile = profiles.get(profile).unwrap().with_settings(&settings).unwrap();
    Arc::new(RadiusNode {
        name: name.into(),
        address: address.parse().ok(),
        secret: Secret::new(SECRET),
        profile: Arc::new(profile),
        is_network: false,
        certificate: None,
    })
}

/// Address, name, profile, settings.
type Line = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

fn table(profiles: &Profiles, port: u16, told: bool, hasty: bool) -> Table {
    let nodes: [Line; 26] = [
        (MIKROTIK, "mikrotik-1", "mikrotik", &[("quota_hints", "yes")]),
        (JUNIPER, "mx-1", "juniper-mx", &[("refused", "reject")]),
        (
            HUAWEI,
            "cx-1",
            "huawei-cx600",
            &[
                ("quota_hints", "yes"),
                ("portal_url", "https://pay.example"),
                ("redirect_url", "https://pay.example/in"),
            ],
        ),
        (NOKIA, "sr-1", "nokia-sr", &[("sla_profile", "gold")]),
        (GENERIC, "ggsn-1", "generic", &[("service", "mobile-data")]),
        (
            PPP,
            "pppd-1",
            "generic",
            &[("wrapping_counters", "yes"), ("change_of_authorization", "no"), ("disconnect", "no")],
        ),
        (STRICT, "strict-1", "generic", &[("message_authenticator", "required"), ("eap", "none")]),
        (MOBILE, "mobile-1", "mikrotik", &[("service", "mobile-data")]),
        (SIP, "sip-1", "sip-proxy", &[]),
        (VPN, "vpn-1", "generic", &[("mppe_keys", "yes")]),
        (PDSN[0], "pdsn-1", "cisco-pdsn", &[]),
        (PDSN[1], "pdsn-2", "cisco-pdsn", &[]),
        (PDSN_BY_TIME, "pdsn-3", "cisco-pdsn", &[("service", "hotspot")]),
        (SPB, "spb-1", "sandvine-spb", &[]),
        (AUTO, "auto-1", "generic", &[("message_authenticator", "auto"), ("limit_proxy_state", "auto")]),
        (SLOW, "slow-1", "generic", &[("accepted_per_second", "5")]),
        (ASR, "asr-1", "cisco-asr-5700", &[("rulebase", "gold"), ("traffic_policy", "p1")]),
        (CALM, "calm-1", "mikrotik", &[("interim_seconds", "86400")]),
        (SCE_FEED, "sce-feed-1", "cisco-sce-feed", &[("forward_from", "sce-1")]),
        (HOTSPOT, "hotspot-1", "generic", &[("service", "hotspot")]),
        (OLT, "olt-1", "huawei-cx600", &[("counted_in", "kilobytes")]),
        (VOICE, "gw-1", "cisco-voice", &[]),
        (VOICE_POD, "gw-2", "cisco-voice", &[("disconnect", "yes")]),
        (WIFI[0], "wifi-1", "hostapd", &[]),
        (WIFI[1], "wifi-2", "generic", &[]),
        (SCE, "sce-1", "cisco-sce", &[("sce_package", "games")]),
    ];
    let port = port.to_string();
    let common = [("dynamic_port", port.as_str()), ("requests_per_second", "0")];
    let common = if hasty { &common[..] } else { &common[..1] };
    let made = nodes.into_iter().map(|(address, name, profile, settings)| {
        let device = if WIFI.contains(&address) { "127.0.0.1" } else { address };
        (address.parse().unwrap(), node(profiles, common, device, name, profile, settings))
    });
    let nodes: HashMap<IpAddr, Arc<RadiusNode>> = made.collect();
    let target = nodes.values().filter(|node| told && TOLD.contains(&&*node.name)).cloned();
    Table { targets: target.collect(), nodes }
}

pub struct World {
    pub runtime: Runtime,
    pub server: Server,
    pub engine: Engine,
    pub book: Arc<Book>,
    port: u16,
    told: bool,
    _directory: tempfile::TempDir,
}

impl World {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(3_799, (false, false), change)
    }

    /// The policy broker hears at this port.
    pub fn with_broker_at(port: u16) -> Self {
        Self::start_at(port, (true, false), |_| {})
    }

    /// Devices take CoA and Disconnect at this port.
    pub fn with_devices_at(port: u16) -> Self {
        Self::start_at(port, (false, false), |_| {})
    }

    /// The same, and nothing holds requests to them back.
    pub fn with_hasty_devices_at(port: u16) -> Self {
        Self::start_at(port, (false, true), |_| {})
    }

    fn start_at(port: u16, (told, hasty): (bool, bool), change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(testkit::books::open(directory.path()).unwrap());
        let catalog: Catalog = toml::from_str(&format!("{CATALOG}{QUOTAS}")).unwrap();
        let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
        let clock = Clock::starting_at(Instant::parse("2026-06-01T10:00:00Z").unwrap());
        let engine = Engine::start(store, snapshot, clock, engine::Config::default()).unwrap();
        let equipment = Equipment::shipped().unwrap();
        let profiles = equipment.loaded().profiles.clone();
        let (nodes, book) = (Arc::new(table(&profiles, port, told, hasty)), Arc::new(Book::default()));
        let any = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(any, any);
        config.identity_key = Some(Secret::new("an installation's own"));
        change(&mut config);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let guard = runtime.enter();
        let server = Server::start(&config, engine.clone(), nodes, book.clone(), equipment).unwrap();
        drop(guard);
        Self { runtime, server, engine, book, port, told, _directory: directory }
    }

    /// Ends the door, does something without it, and opens another one, which has forgotten everything.
    pub fn without_door(&mut self, meanwhile: impl FnOnce(&Self)) {
        self.runtime.block_on(self.server.stop());
        meanwhile(self);
        let equipment = Equipment::shipped().unwrap();
        let nodes = Arc::new(table(&equipment.loaded().profiles, self.port, self.told, false));
        let any = "127.0.0.1:0".parse().unwrap();
        let _guard = self.runtime.enter();
        let (config, book) = (Config::new(any, any), self.book.clone());
        self.server = Server::start(&config, self.engine.clone(), nodes, book, equipment).unwrap();
    }

    /// A customer with one account; postpaid with a limit of $100, prepaid with nothing.
    pub fn sign_up(&self, number: u32, product: &str, payment: Payment) -> AccountId {
        let (id, now) = (CustomerId(number), self.engine.clock().now());
        let (zone, period) = (BillingZone::utc(), BillingPeriod::Monthly);
        let limit = if payment == Payment::Prepaid { "0" } else { "100" };
        let create = CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment,
            credit_limit: Some(Amount::parse(limit).unwrap()),
            zone: BillingZone::utc(),
            period,
            period_bounds: (period.start_of(now, &zone), period.end_after(now, &zone)),
            net_days: 15,
            chain: Vec::new(),
            class: None,
        };
        self.command(id, Command::CreateCustomer(create));
        let product = self.engine.catalog().product(product).unwrap().id;
        let add = AddAccount { product, add_ons: Vec::new(), detail: String::new() };
        match self.command(id, Command::AddAccount(add)) {
            Reply::Done(Some(account)) => account,
            other => panic!("{other:?}"),
        }
    }

    /// The same, with a user name and a password.
    pub fn subscriber(
        &self,
        number: u32,
        product: &str,
        payment: Payment,
        user: &str,
        password: &str,
    ) -> AccountId {
        let account = self.sign_up(number, product, payment);
        self.name(account, "user", user);
        self.book.passwords.lock().unwrap().insert(account, password.as_bytes().to_vec());
        account
    }

    pub fn name(&self, account: AccountId, realm: &str, value: &str) {
        let found = Found { customer: account.customer().unwrap(), account };
        self.book.identifiers.lock().unwrap().insert((realm.to_owned(), value.to_owned()), found);
    }

    /// Whose user name it is.
    pub fn account_of(&self, user: &str) -> Found {
        self.book.identifiers.lock().unwrap()[&("user".to_owned(), user.to_owned())]
    }

    pub fn command(&self, customer: CustomerId, command: Command) -> Reply {
        let reply = self.engine.call(customer, None, command, None).unwrap();
        assert!(!matches!(reply, Reply::Refused(_)), "{reply:?}");
        reply
    }

    /// Bills the period, lets the invoice fall due, suspends.
    pub fn suspend(&self, account: AccountId) {
        let id = account.customer().unwrap();
        let head = self.engine.customer(id).unwrap().unwrap().head;
        self.engine.clock().advance_to(head.period_end);
        let fee = Fee {
            account,
            product: self.engine.catalog().product("homeconnect-plus").unwrap().id,
            name: "HomeConnect+ monthly fee".to_owned(),
            full_fee: Amount::parse("39.99").unwrap(),
            amount: Amount::parse("39.99").unwrap(),
            days: (30, 30),
            span: (head.period_start, head.period_end),
            why: charging::FeeWhy::Held,
        };
        let next_end = head.period_end.plus(Seconds(31 * 86_400));
        let (period_number, fee_basis) = (head.period_number, head.fee_basis);
        let close = ClosePeriod { period_number, fee_basis, fees: vec![fee], next_end };
        self.command(id, Command::ClosePeriod(close));
        let total = self.engine.customer(id).unwrap().unwrap().head.closed_total;
        let due_at = self.engine.clock().now().plus(Seconds(1));
        let invoice =
            PostInvoice { period_number, number: "INV-1".to_owned(), total, taxes: Vec::new(), due_at };
        self.command(id, Command::PostInvoice(invoice));
        self.engine.clock().advance(Seconds(2));
        self.command(id, Command::Collect);
        let status = self.engine.customer(id).unwrap().unwrap().head.status();
        assert_eq!(status, CustomerStatus::Suspended);
    }

    /// Units and micros of every xDR of a customer, oldest first.
    pub fn xdrs(&self, customer: u32) -> Vec<(i64, i64)> {
        self.engine.store().flush().unwrap();
        let filter =
            store::XdrFilter { customer: Some(CustomerId(customer)), most: 1_000, ..Default::default() };
        let rows = self.engine.store().xdrs(&filter).unwrap().into_iter().rev();
        rows.map(|row| (row.xdr.units.try_into().unwrap(), row.xdr.amount.micros())).collect()
    }

    /// Sets attributes in an account's own policy.
    pub fn set_attributes(&self, account: AccountId, service: &str, attributes: &[(&str, &str)]) {
        let service = self.engine.catalog().service(service).unwrap().id;
        let attributes = attributes.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let regular = Policy { attributes: attributes.collect(), ..Policy::default() };
        let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action: None };
        let set = Command::SetPolicy { account, service, policy: Some(Box::new(policy)) };
        self.command(account.customer().unwrap(), set);
    }

    /// Open sessions of a customer.
    pub fn open(&self, customer: u32) -> Vec<Session> {
        self.engine.customer(CustomerId(customer)).unwrap().unwrap().open_sessions().cloned().collect()
    }

    pub fn stop(self) {
        self.runtime.block_on(self.server.stop());
        self.engine.stop();
        assert!(self.engine.store().verify().unwrap().differences.is_empty(), "the books balance");
    }
}
