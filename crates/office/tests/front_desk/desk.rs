//! An office on a data directory of its own, at ten in the morning of 1 June 2026.

use calendar::Instant;
use catalog::Catalog;
use charging::{AccountId, Asked, Command, CustomerId, SessionKey, SessionRequest, Step, UnitReport, Used};
use engine::{Clock, Config, Engine};
use money::Amount;
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewDevice, NewIdentifier, Office, Role, Secrets,
    SignUp, SignedUp, load_latest, publish_first,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

struct NoInvoices;

impl InvoiceRenderer for NoInvoices {
    fn render(&self, _: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(b"%PDF".to_vec())
    }
}

pub struct Desk {
    pub office: Office,
    pub directory: TempDir,
}

pub fn sample_catalog() -> Catalog {
    toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap()
}

pub fn anna() -> Actor {
    Actor::Staff { login: "anna".to_owned(), role: Role::Admin }
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// Opens an office over a data directory, as the program does at its start.
pub fn open(directory: &Path) -> Office {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let clock = Clock::starting_at(Instant::parse("2026-06-01T10:00:00Z").unwrap());
    let snapshot = load_latest(&store).unwrap().unwrap_or_else(|| {
        publish_first(&store, &Actor::System("demo"), sample_catalog(), "sample", clock.now()).unwrap()
    });
    let config = Config { threads: 1, ..Config::default() };
    let engine = Engine::start(store, Arc::new(snapshot), clock, config).unwrap();
    Office::new(engine, Secrets::open(directory).unwrap(), Arc::new(NoInvoices))
}

impl Desk {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { office: open(directory.path()), directory }
    }

    /// Signs Anna Smith up for HomeConnect+ with HBO and DVR.
    pub fn anna_smith(&self) -> SignedUp {
        self.office.sign_up(&anna(), anna_smith(), None).unwrap()
    }

    pub fn available(&self, customer: CustomerId) -> Amount {
        self.office.balance_of(customer).unwrap().available
    }

    /// Uses so many units of a service in a session of its own, start to stop.
    pub fn use_units(&self, account: AccountId, service: &str, destination: &str, units: u64, session: &str) {
        self.session_step(account, service, destination, session, (0, Step::Start, Used::None));
        self.session_step(account, service, destination, session, (1, Step::Stop, Used::Since(units)));
    }

    /// One step of a session; it asks for quota unless it is the last.
    pub fn session_step(
        &self,
        account: AccountId,
        service: &str,
        destination: &str,
        session: &str,
        (request, step, used): (u64, Step, Used),
    ) {
        let service = self.office.catalog().service(service).unwrap().id;
        let request = SessionRequest {
            session: SessionKey::diameter(session.as_bytes()),
            account,
            identifier: "15550100".into(),
            node: "pgw1".into(),
            request,
            step,
            event_at: self.office.now(),
            units: vec![UnitReport {
                rating_group: Some(1),
                service_identifier: None,
                service,
                access_code: "".into(),
                destination: destination.into(),
                used,
                asked: if step == Step::Stop { Asked::Nothing } else { Asked::Default },
            }],
            grants: true,
            silence: 1_200,
            details: "10.0.0.1".into(),
            hotlines: false,
        };
        let customer = account.customer().unwrap();
        self.office.engine().call(customer, None, Command::Session(request), None).unwrap();
    }
}

pub fn identifier(realm: &str, value: &str) -> NewIdentifier {
    NewIdentifier { realm: realm.to_owned(), value: value.to_owned() }
}

pub fn stb(mac: &str) -> NewDevice {
    NewDevice { kind: "stb".to_owned(), mac: mac.to_owned(), ..NewDevice::default() }
}

pub fn anna_smith() -> SignUp {
    SignUp {
        email: "anna@example.net".to_owned(),
        phone: "+1 555 0100".to_owned(),
        credit_limit: Some(amount("100")),
        zone: Some("America/New_York".to_owned()),
        account: Some(NewAccount {
            product: "homeconnect-plus".to_owned(),
            add_ons: vec!["hbo".to_owned(), "dvr".to_owned()],
            label: "Home".to_owned(),
            identifiers: vec![identifier("user", "Anna@Home.example"), identifier("msisdn", "+1 555-0100")],
            password: Some("s3cret".into()),
            devices: vec![stb("aa-bb-cc-dd-ee-01")],
        }),
        ..SignUp::named("Anna Smith")
    }
}

pub fn phone_account(msisdn: &str) -> NewAccount {
    NewAccount {
        product: "mobile-data".to_owned(),
        identifiers: vec![identifier("msisdn", msisdn)],
        ..NewAccount::default()
    }
}

pub fn keyed(key: &str, content: &str) -> Option<office::IdempotencyKey> {
    Some(office::IdempotencyKey::new(key, content.as_bytes()).unwrap())
}
