//! The front door over a real office with RADIUS/TLS open.

use super::authority::{Authority, Identity};
use catalog::CatalogVersion;
use charging::{AccountId, Command};
use engine::{Clock, Engine};
use front_radius::{Config, Equipment, OfficeNodes, OfficeSubscribers, Server, TlsConfig};
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewIdentifier, NodeForm, NodeProtocol, Office,
    Secrets, SignUp,
};
use radius::client::{Request, RequestBuilder};
use radius::number;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// RFC 6614 2.3.
pub const SECRET: &[u8] = b"radsec";
const CATALOG: &str = include_str!("../../../../../catalogs/triple-play.toml");
pub const ADMIN: Actor = Actor::System("test");

struct NoPaper;

impl InvoiceRenderer for NoPaper {
    fn render(&self, _invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Err("no invoice is printed here".to_owned())
    }
}

pub struct World {
    pub runtime: Runtime,
    pub server: Server,
    pub engine: Engine,
    pub office: Office,
    pub authority: Authority,
    pub directory: tempfile::TempDir,
}

impl World {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(testkit::books::open(directory.path()).unwrap());
        let snapshot =
            catalog::Snapshot::compile(toml::from_str(CATALOG).unwrap(), CatalogVersion(1), None).unwrap();
        let engine =
            Engine::start(store, Arc::new(snapshot), Clock::system(), engine::Config::default()).unwrap();
        let office = Office::new(engine.clone(), Secrets::ephemeral().unwrap(), Arc::new(NoPaper));
        let authority = Authority::new("Example authority");
        let (certificate, key) = authority.sign("aaa.example.net").write(directory.path(), "ours");
        let any = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(any, any);
        let authorities = Some(authority.write(directory.path()));
        config.tracer = office.tracer().clone();
        let revoked = Some(authority.revoke(directory.path(), &[]));
        config.tls =
            Some(TlsConfig { listen: any, certificate, key, authorities, revoked, refuse_outdated: true });
        config.whole_packet = Duration::from_secs(3);
        let equipment = Equipment::shipped().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = {
            let _inside = runtime.enter();
            let nodes = Arc::new(OfficeNodes::new(office.clone(), equipment.clone()));
            let subscribers = Arc::new(OfficeSubscribers(office.clone()));
            Server::start(&config, engine.clone(), nodes, subscribers, equipment).unwrap()
        };
        Self { runtime, server, engine, office, authority, directory }
    }

    pub fn tls(&self) -> SocketAddr {
        self.server.tls_address().unwrap()
    }

    /// A node with a certificate rule and no secret.
    pub fn node(&self, name: &str, address: &str, certificate: &str) -> i64 {
        self.office.create_node(&ADMIN, node(name, address, certificate)).unwrap()
    }

    pub fn subscriber(&self, user: &str, password: &str) -> AccountId {
        let account = NewAccount {
            product: "homeconnect-plus".to_owned(),
            identifiers: vec![NewIdentifier { realm: "user".to_owned(), value: user.to_owned() }],
            password: Some(password.into()),
            ..NewAccount::default()
        };
        let form = SignUp { account: Some(account), ..SignUp::named("Anna") };
        self.office.sign_up(&ADMIN, form, None).unwrap().account.unwrap()
    }

    pub fn block(&self, account: AccountId) {
        let command = Command::BlockAccount { account, blocked: true };
        self.engine.call(account.customer().unwrap(), None, command, None).unwrap();
    }

    /// Waits until `holds`; on a busy machine that may take a while.
    pub fn eventually(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while !holds(self) {
            assert!(Instant::now() < until, "{what}");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    pub fn stop(self) {
        self.runtime.block_on(self.server.stop());
        self.engine.stop();
        assert!(self.engine.store().verify().unwrap().differences.is_empty(), "the books balance");
    }
}

pub fn node(name: &str, address: &str, certificate: &str) -> NodeForm {
    NodeForm {
        name: name.to_owned(),
        protocol: NodeProtocol::Radius,
        address: address.to_owned(),
        profile: "mikrotik".to_owned(),
        secret: None,
        settings: [("certificate".to_owned(), certificate.to_owned())].into(),
        enabled: true,
    }
}

pub fn log_in(identifier: u8, user: &str, password: &str) -> Request {
    let mut request = RequestBuilder::access(identifier, [identifier; 16]);
    request.attribute(number::USER_NAME, user.as_bytes()).unwrap();
    request.pap(password.as_bytes(), SECRET).unwrap();
    request.sign(SECRET).unwrap()
}

pub fn report(identifier: u8, status: u32, session: &str, user: &str, octets: u32) -> Request {
    let mut request = RequestBuilder::accounting(identifier, status).unwrap();
    request.attribute(number::USER_NAME, user.as_bytes()).unwrap();
    request.attribute(number::ACCT_SESSION_ID, session.as_bytes()).unwrap();
    request.integer(number::ACCT_INPUT_OCTETS, octets).unwrap();
    request.sign(SECRET).unwrap()
}

/// A device's identity signed by the world's authority.
pub fn device(world: &World, name: &str) -> Identity {
    world.authority.sign(name)
}
