//! The front door over the real office: nodes, names and passwords as an administrator writes them, and a change counts at once.

use crate::world;

use catalog::CatalogVersion;
use engine::{Clock, Engine};
use front_radius::{Config, Equipment, OfficeNodes, OfficeSubscribers, Server};
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewIdentifier, NodeForm, NodeProtocol, Office,
    Secrets, SignUp,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use world::radclient::{ask_as, unanswered};
use world::{CATALOG, SECRET, STRANGER};

struct NoPaper;

impl InvoiceRenderer for NoPaper {
    fn render(&self, _invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Err("no invoice is printed here".to_owned())
    }
}

fn node_form(address: &str, settings: &[(&str, &str)]) -> NodeForm {
    NodeForm {
        name: "router".to_owned(),
        protocol: NodeProtocol::Radius,
        address: address.to_owned(),
        profile: "mikrotik".to_owned(),
        secret: Some("first secret".into()),
        settings: settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        enabled: true,
    }
}

#[test]
fn what_the_office_changes_counts_for_the_next_log_in() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(testkit::books::open(directory.path()).unwrap());
    let snapshot =
        catalog::Snapshot::compile(toml::from_str(CATALOG).unwrap(), CatalogVersion(1), None).unwrap();
    let engine =
        Engine::start(store, Arc::new(snapshot), Clock::system(), engine::Config::default()).unwrap();
    let office = Office::new(engine.clone(), Secrets::ephemeral().unwrap(), Arc::new(NoPaper));
    let equipment = Equipment::shipped().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = {
        let _inside = runtime.enter();
        let nodes = Arc::new(OfficeNodes::new(office.clone(), equipment.clone()));
        let subscribers = Arc::new(OfficeSubscribers(office.clone()));
        Server::start(&Config::new(any, any), engine.clone(), nodes, subscribers, equipment).unwrap()
    };
    let (auth, admin) = (server.auth_address(), Actor::System("test"));
    let login = "User-Name = Anna@Home\nCHAP-Password = secret1\nMessage-Authenticator = 0x00\n";
    let silent = |reason, secret, text: &str| {
        unanswered(server.metrics(), reason, (auth, "auth", secret), text);
    };
    silent("unknown_node", "first secret", login);

    let id = office.create_node(&admin, node_form("127.0.0.0/28", &[])).unwrap();
    assert!(ask_as(auth, "auth", "first secret", login).contains("Access-Reject"), "no subscriber yet");
    let account = NewAccount {
        product: "homeconnect-plus".to_owned(),
        identifiers: vec![NewIdentifier { realm: "user".to_owned(), value: "anna@home".to_owned() }],
        password: Some("secret1".into()),
        ..NewAccount::default()
    };
    let form = SignUp { account: Some(account), ..SignUp::named("Anna") };
    let account = office.sign_up(&admin, form, None).unwrap().account.unwrap();
    let accepted = ask_as(auth, "auth", "first secret", login);
    assert!(accepted.contains("Mikrotik-Rate-Limit = \"10M/10M\""), "{accepted}");

    office.set_account_password(&admin, account, Some("secret2"), None).unwrap();
    assert!(
        ask_as(auth, "auth", "first secret", login).contains("Access-Reject"),
        "the old password is gone"
    );
    let changed = login.replace("secret1", "secret2");
    assert!(ask_as(auth, "auth", "first secret", &changed).contains("Access-Accept"));

    let form = NodeForm { secret: Some("second secret".into()), ..node_form("127.0.0.1", &[]) };
    office.update_node(&admin, id, form).unwrap();
    // The old secret is gone.
    silent("not_genuine", "first secret", &changed);
    assert!(ask_as(auth, "auth", "second secret", &changed).contains("Access-Accept"));
    office.remove_node(&admin, id).unwrap();
    // A stranger again.
    silent("unknown_node", "second secret", &changed);
    silent("unknown_node", SECRET, &format!("{changed}Packet-Src-IP-Address = {STRANGER}\n"));
    runtime.block_on(server.stop());
    engine.stop();
}
