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
    Actor, InvoiceContent, InvoiceRenderer, NewAccount, NewDevice, NewIdentifier, NewStaffUser, Office,
    OfficeError, Purchase, Role, Secrets, SignUp, Who, load_latest, publish_first,
};

/// A document that only says its number.
struct PlainInvoice;

impl InvoiceRenderer for PlainInvoice {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(format!("%PDF-1.4 {}", invoice.number).into_bytes())
    }
}

/// The password of every staff user of the samples.
pub const PASSWORD: &str = "correct-horse-battery";

/// The office over a data directory.
pub fn open(directory: &Path) -> Office {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let clock = Clock::starting_at(Instant::parse("2026-06-01T10:00:00Z").unwrap());
    let snapshot = load_latest(&store).unwrap().unwrap_or_else(|| {
        let catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
        publish_first(&store, &Actor::System("demo"), catalog, "The sample operator", clock.now()).unwrap()
    });
    let engine =
        Engine::start(store, Arc::new(snapshot), clock, Config { threads: 1, ..Config::default() }).unwrap();
    Office::new(engine, Secrets::open(directory).unwrap(), Arc::new(PlainInvoice))
}

/// Makes a staff user; `must_change` for a one-time password.
pub fn staff(office: &Office, login: &str, name: &str, role: Role, must_change: bool) {
    let user =
        NewStaffUser { login: login.into(), name: name.into(), role, password: PASSWORD.into(), must_change };
    office.create_staff(&Actor::System("demo"), user).unwrap();
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub fn identifier(realm: &str, value: &str) -> NewIdentifier {
    NewIdentifier { realm: realm.into(), value: value.into() }
}

/// Somebody with television, fibre and films.
pub fn home(name: &str, product: &str, add_ons: &[&str], user: &str, mac: &str) -> SignUp {
    let devices =
        (!mac.is_empty()).then(|| NewDevice { kind: "stb".into(), mac: mac.into(), ..NewDevice::default() });
    SignUp {
        credit_limit: Some(amount("100")),
        account: Some(NewAccount {
            product: product.into(),
            add_ons: add_ons.iter().map(|code| (*code).into()).collect(),
            identifiers: vec![identifier("user", user)],
            password: Some("router-secret".into()),
            devices: devices.into_iter().collect(),
            ..NewAccount::default()
        }),
        ..SignUp::named(name)
    }
}

pub fn phone(msisdn: &str) -> NewAccount {
    NewAccount {
        product: "mobile-data".into(),
        identifiers: vec![identifier("msisdn", msisdn)],
        ..NewAccount::default()
    }
}

/// One step of a network session.
pub fn session_step(office: &Office, account: AccountId, service: &str, name: &str, step: (u64, Step, Used)) {
    let (request, step, used) = step;
    let radius = service == "internet";
    let (node, identifier) = if radius { ("bng-01", "ada@homeconnect") } else { ("pgw-01", "15550100") };
    let session = if radius {
        SessionKey::radius(node, name.as_bytes())
    } else {
        SessionKey::diameter(name.as_bytes())
    };
    let units = UnitReport {
        rating_group: (!radius).then_some(10),
        service_identifier: None,
        service: office.catalog().service(service).unwrap().id,
        access_code: "".into(),
        destination: if service == "voice" { "12075550142".into() } else { "".into() },
        used,
        asked: if step == Step::Stop { Asked::Nothing } else { Asked::Default },
    };
    let request = SessionRequest {
        session,
        account,
        identifier: identifier.into(),
        node: node.into(),
        request,
        step,
        event_at: office.now(),
        units: vec![units],
        grants: !radius,
        silence: 86_400,
        details: "100.64.0.17".into(),
        hotlines: false,
    };
    office.engine().call(account.customer().unwrap(), None, Command::Session(request), None).unwrap();
}

/// A whole session: start, one report, stop.
pub fn session(office: &Office, account: AccountId, service: &str, name: &str, units: u64) {
    let (update, stop) = if service == "internet" {
        (Used::Total(units), Used::Total(units))
    } else {
        (Used::Since(units), Used::None)
    };
    session_step(office, account, service, name, (0, Step::Start, Used::None));
    session_step(office, account, service, name, (1, Step::Update, update));
    session_step(office, account, service, name, (2, Step::Stop, stop));
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
