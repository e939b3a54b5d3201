//! The front door over the real office and the shipped catalog: nodes and names as an administrator writes them, and a change counts
//! at once.

use crate::wire_client::{Session, WireClient, cer, initial};
use crate::world::{HOST, MB, PEER, REALM};
use catalog::{CatalogVersion, Snapshot};
use diameter::credit_control::RequestType;
use engine::{Clock, Engine};
use front_diameter::{Config, OfficePeers, PeerProfiles, Server};
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NetworkDoor, NewAccount, NewIdentifier, NodeForm, NodeProtocol,
    Office, Secrets, SignUp,
};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

const CATALOG: &str = include_str!("../../../../catalogs/triple-play.toml");

struct NoPaper;

impl InvoiceRenderer for NoPaper {
    fn render(&self, _invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Err("no invoice is printed here".to_owned())
    }
}

/// An office over a new store.
fn office(directory: &Path) -> (Engine, Office) {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let snapshot = Snapshot::compile(toml::from_str(CATALOG).unwrap(), CatalogVersion(1), None).unwrap();
    let engine =
        Engine::start(store, Arc::new(snapshot), Clock::system(), engine::Config::default()).unwrap();
    let office = Office::new(engine.clone(), Secrets::ephemeral().unwrap(), Arc::new(NoPaper));
    (engine, office)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// The packet gateway as a node of this kind.
fn gateway(profile: &str) -> NodeForm {
    NodeForm {
        name: "packet gateway".to_owned(),
        protocol: NodeProtocol::Diameter,
        address: PEER.to_uppercase(),
        profile: profile.to_owned(),
        secret: None,
        settings: Default::default(),
        enabled: true,
    }
}

/// A profile of the operator is read again while its peer is connected, and counts for the next request; a wrong one leaves everything as
/// it was, and staff see why.
#[test]
fn a_changed_profile_counts_for_the_next_request_and_a_wrong_one_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, office) = office(directory.path());
    let own = directory.path().join("profiles");
    std::fs::create_dir(&own).unwrap();
    let profile = |context: &str| {
        let text = format!(
            "name = \"acme\"\nservices = [{{ context = \"{context}\", service = \"mobile-data\" }}]\n"
        );
        std::fs::write(own.join("acme.toml"), text).unwrap();
    };
    profile("32251");
    let profiles = PeerProfiles::open(Some(own.clone())).unwrap();
    office.create_node(&Actor::System("test"), gateway("acme")).unwrap();
    let runtime = runtime();
    let mut config = Config::new(HOST, REALM);
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let peers = Arc::new(OfficePeers::new(office.clone(), profiles.clone()));
    let server = runtime.block_on(Server::start(config, engine.clone(), peers, Arc::new(office))).unwrap();
    let mut client = WireClient::silent(server.addresses()[0]);
    client.send(&cer(PEER, 4));
    assert_eq!(client.answer().code(), 2001);
    let mut asked = || {
        let ccr = initial(&mut client, "pgw;1", "15550001234");
        client.ask(&ccr).code()
    };
    assert_eq!(asked(), 5030, "its context is known, the subscriber is not");
    profile("no-longer-32251.");
    profiles.look_again();
    assert_eq!(asked(), 5031, "the context is not charged any more");
    std::fs::write(own.join("acme.toml"), "name = \"acme\"\n").unwrap();
    profiles.look_again();
    assert_eq!(asked(), 5031, "as it was");
    let [warning] = &NetworkDoor::warnings(&server)[..] else { panic!("one warning") };
    assert!(warning.starts_with("Diameter peer profiles stay as they were:"), "{warning}");
    assert!(warning.contains("acme.toml") && warning.contains("services"), "{warning}");
    profile("32251");
    // Nobody is asked to look: it happens by itself within two seconds.
    crate::world::eventually("read again", || NetworkDoor::warnings(&server).is_empty());
    assert_eq!(asked(), 5030);
    runtime.block_on(server.stop());
    engine.stop();
}

#[test]
fn what_the_office_changes_counts_for_the_next_request() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, office) = office(directory.path());
    let runtime = runtime();
    let mut config = Config::new(HOST, REALM);
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let seams = Arc::new(office.clone());
    let server = runtime.block_on(Server::start(config, engine.clone(), seams.clone(), seams)).unwrap();
    let (address, admin) = (server.addresses()[0], Actor::System("test"));

    let mut stranger = WireClient::silent(address);
    stranger.send(&cer(PEER, 4));
    assert_eq!(stranger.answer().code(), 3010, "no node yet");

    office.create_node(&admin, gateway("open5gs")).unwrap();
    let mut client = WireClient::silent(address);
    client.send(&cer(PEER, 4));
    assert_eq!(client.answer().code(), 2001, "host names compare without case");
    assert_eq!(server.peers().last().unwrap().node, "packet gateway");

    let ccr = initial(&mut client, "pgw;early", "+1 555-000-1234");
    assert_eq!(client.ask(&ccr).code(), 5030, "no subscriber yet");
    let account = NewAccount {
        product: "mobile-data".to_owned(),
        identifiers: vec![NewIdentifier { realm: "msisdn".to_owned(), value: "+1 555 000 1234".to_owned() }],
        ..NewAccount::default()
    };
    let form = SignUp { account: Some(account), ..SignUp::named("Anna") };
    let customer = office.sign_up(&admin, form, None).unwrap().customer;
    let ccr = initial(&mut client, "pgw;now", "15550001234");
    let answer = client.ask(&ccr).read();
    assert_eq!((answer.result_code, answer.services.len()), (2001, 1), "{answer:?}");
    assert_eq!(answer.services[0].granted.unwrap().units.total_octets, Some(10 * MB));
    let found = engine.customer(customer).unwrap().unwrap();
    let session = found.open_sessions().next().unwrap();
    assert_eq!((&*session.node, &*session.identifier), ("packet gateway", "15550001234"));

    // A server that has just started knows no session: the store says whose it is.
    drop(client);
    runtime.block_on(server.stop());
    engine.store().flush().unwrap();
    let mut config = Config::new(HOST, REALM);
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let seams = Arc::new(office.clone());
    let server = runtime.block_on(Server::start(config, engine.clone(), seams.clone(), seams)).unwrap();
    let mut client = WireClient::silent(server.addresses()[0]);
    client.send(&cer(PEER, 4));
    assert_eq!(client.answer().code(), 2001);
    let session = Session { id: "pgw;now" };
    let mut update = session.step(&mut client, RequestType::Update, 1, (Some(MB), Some(MB)), "");
    update.subscription_ids.clear();
    assert_eq!(client.ask(&update).code(), 2001);
    let used = engine.customer(customer).unwrap().unwrap().open_sessions().next().unwrap().meters[0].used;
    assert_eq!(used, MB);

    // Nor does it know the closed ones, of which a last request may come again.
    let mut last = session.step(&mut client, RequestType::Termination, 2, (Some(MB), None), "");
    last.subscription_ids.clear();
    assert_eq!(client.ask(&last).code(), 2001);
    let charged = engine.customer(customer).unwrap().unwrap().head.purse.balance;
    drop(client);
    runtime.block_on(server.stop());
    engine.store().flush().unwrap();
    let mut config = Config::new(HOST, REALM);
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let seams = Arc::new(office.clone());
    let server = runtime.block_on(Server::start(config, engine.clone(), seams.clone(), seams)).unwrap();
    let mut client = WireClient::silent(server.addresses()[0]);
    client.send(&cer(PEER, 4));
    assert_eq!(client.answer().code(), 2001);
    assert_eq!(client.ask(&last).code(), 2001, "the same answer");
    assert_eq!(engine.customer(customer).unwrap().unwrap().head.purse.balance, charged);

    drop(client);
    runtime.block_on(server.stop());
    engine.stop();
}
