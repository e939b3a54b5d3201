//! An office on a data directory of its own, at ten in the morning of 1 June 2026, with the sample catalog. Shared by the tests
//! and the example portal.

#![allow(dead_code, reason = "tests and the example each use their part")]

use std::path::Path;
use std::sync::Arc;

use calendar::Instant;
use charging::{AccountId, Asked, Command, SessionKey, SessionRequest, Step, UnitReport, Used};
use engine::{Clock, Config, Engine};
use money::Amount;
use office::{
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewDevice, NewIdentifier, NewLogin, Office,
    OfficeError, OperatorSettings, Purchase, Secrets, SignUp, SignedUp, Who, load_latest, publish_first,
};

/// A document that only says its number.
struct PlainInvoice;

impl InvoiceRenderer for PlainInvoice {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(format!("%PDF-1.4 {}", invoice.number).into_bytes())
    }
}

/// The password of every subscriber of the samples.
pub const PASSWORD: &str = "correct-horse-battery";

/// Who sets the samples up.
pub const CLERK: Actor = Actor::System("demo");

/// The office over a data directory, of an operator with a name and a colour.
pub fn open(directory: &Path) -> Office {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let clock = Clock::starting_at(Instant::parse("2026-06-01T10:00:00Z").unwrap());
    let snapshot = load_latest(&store).unwrap().unwrap_or_else(|| {
        let catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
        publish_first(&store, &CLERK, catalog, "The sample operator", clock.now()).unwrap()
    });
    let engine =
        Engine::start(store, Arc::new(snapshot), clock, Config { threads: 1, ..Config::default() }).unwrap();
    let office = Office::new(engine, Secrets::open(directory).unwrap(), Arc::new(PlainInvoice));
    let settings = OperatorSettings {
        name: "HomeConnect".into(),
        phone: "0800 555 0110".into(),
        email: "help@homeconnect.example".into(),
        accent: "#0f766e".into(),
        payment_instructions: vec![
            "Bank transfer to HomeConnect, account 12-3456-78.".into(),
            "Or pay by card at any of our shops.".into(),
        ],
        ..OperatorSettings::default()
    };
    office.save_settings(&CLERK, &settings).unwrap();
    office
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// A customer with a way into the portal and nothing else.
pub fn bare(name: &str, login: &str) -> SignUp {
    SignUp {
        email: format!("{login}@example.org"),
        phone: "+1 555 0142".into(),
        address: "1 Main Street\nSpringfield".into(),
        credit_limit: Some(amount("100")),
        login: Some(NewLogin { login: login.into(), password: PASSWORD.into() }),
        ..SignUp::named(name)
    }
}

/// Somebody with television, fibre, calls and films.
pub fn home(name: &str, login: &str, product: &str, add_ons: &[&str], mac: &str) -> SignUp {
    let devices = (!mac.is_empty()).then(|| NewDevice {
        kind: "stb".into(),
        mac: mac.into(),
        model: "TV Box 4".into(),
        ..NewDevice::default()
    });
    let account = NewAccount {
        product: product.into(),
        add_ons: add_ons.iter().map(|code| (*code).into()).collect(),
        identifiers: vec![NewIdentifier { realm: "user".into(), value: format!("{login}@homeconnect") }],
        devices: devices.into_iter().collect(),
        ..NewAccount::default()
    };
    SignUp { account: Some(account), ..bare(name, login) }
}

pub fn sign_up(office: &Office, form: SignUp) -> SignedUp {
    office.sign_up(&CLERK, form, None).unwrap()
}

/// A mobile line beside another.
pub fn phone(office: &Office, made: &SignedUp, msisdn: &str) -> AccountId {
    let identifiers = vec![NewIdentifier { realm: "msisdn".into(), value: msisdn.into() }];
    let account = NewAccount { product: "mobile-data".into(), identifiers, ..NewAccount::default() };
    office.add_account(&CLERK, made.customer, account, None).unwrap()
}

/// A whole network session: start, one report, stop.
pub fn session(office: &Office, account: AccountId, service: &str, name: &str, units: u64) {
    session_step(office, account, service, name, (0, Step::Start, Used::None));
    session_step(office, account, service, name, (1, Step::Update, Used::Since(units)));
    session_step(office, account, service, name, (2, Step::Stop, Used::None));
}

/// One step of it.
pub fn session_step(
    office: &Office,
    account: AccountId,
    service: &str,
    name: &str,
    (request, step, used): (u64, Step, Used),
) {
    let units = UnitReport {
        rating_group: Some(10),
        service_identifier: None,
        service: office.catalog().service(service).unwrap().id,
        access_code: "".into(),
        destination: if service == "voice" { "12075550142".into() } else { "".into() },
        used,
        asked: if step == Step::Stop { Asked::Nothing } else { Asked::Default },
    };
    let request = SessionRequest {
        session: SessionKey::diameter(name.as_bytes()),
        account,
        identifier: "15550100".into(),
        node: "pgw-01".into(),
        request,
        step,
        event_at: office.now(),
        units: vec![units],
        grants: true,
        silence: 86_400,
        details: "100.64.0.17".into(),
        hotlines: false,
    };
    office.engine().call(account.customer().unwrap(), None, Command::Session(request), None).unwrap();
}

/// Buys a film.
pub fn film(office: &Office, account: AccountId, title: &str, reference: &str) -> Result<(), OfficeError> {
    let purchase = Purchase {
        who: Who::Account(account),
        service: "vod".into(),
        item: "film".into(),
        units: 1,
        description: title.into(),
        reference: Some(reference.into()),
        at: None,
        channel: "api".into(),
    };
    office.purchase(&Actor::Api { name: "vod-platform".into() }, purchase, None).map(|_| ())
}

/// Moves the clock to an instant and does what is due.
pub fn advance(office: &Office, to: &str) {
    office.clock().advance_to(Instant::parse(to).unwrap());
    office::run_due(office).unwrap();
}
