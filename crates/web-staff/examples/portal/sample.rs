//! A sample operator with some weeks behind it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use calendar::Seconds;
use charging::{AccountId, LimitChange, Share, Step, TemporaryLimit, Used};
use office::{
    Actor, ImportDoor, LinkState, NetworkDoor, NewRefund, NodeForm, NodeLink, NodeProtocol, Office,
    OperatorSettings, RefundedCharge, Role, Secrets, run_due,
};
use provisioning::{ConnectorConfig, Manifest, Provisioning, Sealer};
use testkit::minerva::{Config, Simulator};

use super::world::{amount, film, home, phone, session, session_step, staff as staff_user};

const DAY: u64 = 86_400;
const MB: u64 = 1_048_576;

struct Sealed(Secrets);

impl Sealer for Sealed {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.0.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.unseal(sealed)
    }
}

/// What the network front doors would tell: a node that is up, a peer that is gone, a stranger.
pub struct Network(pub calendar::Instant);

impl NetworkDoor for Network {
    fn links(&self) -> Vec<NodeLink> {
        let link = |protocol, node: &str, host: &str, state, requests, errors, words: &str| NodeLink {
            protocol,
            node: node.into(),
            host: host.into(),
            realm: "example.net".into(),
            product: "PGW".into(),
            address: "10.20.1.7:51022".into(),
            state,
            since: Some(self.0),
            last_at: (protocol == NodeProtocol::Radius).then_some(self.0),
            requests,
            answers: requests,
            errors,
            last_error: (!words.is_empty()).then(|| (self.0, words.into())),
            figures: Default::default(),
        };
        let (radius, diameter) = (NodeProtocol::Radius, NodeProtocol::Diameter);
        let gone = "watchdog: the peer is silent";
        vec![
            link(
                radius,
                "bng-01",
                "",
                LinkState::Open,
                1_284_411,
                3,
                "the authenticator is wrong (RADIUS-006, 10.20.0.9)",
            ),
            link(diameter, "pgw-01", "pgw1.example.net", LinkState::Closed, 88_301, 1, gone),
            link(diameter, "pgw-02", "pgw2.example.net", LinkState::Open, 91_022, 0, ""),
            link(diameter, "", "test.lab.example", LinkState::Closed, 0, 0, "unknown peer test.lab.example"),
        ]
    }
}

/// The simulated IPTV platform, and provisioning connected to it.
pub async fn platform(office: &Office) -> Result<(Provisioning, Simulator), Box<dyn std::error::Error>> {
    let simulator = Simulator::start(Config {
        packages: ["Local Channels", "News", "Sports", "HBO"].map(str::to_owned).to_vec(),
        ..Config::default()
    })
    .await?;
    let config = Config::default();
    let settings = BTreeMap::from([
        ("url".into(), simulator.url()),
        ("user".into(), config.user),
        ("password".into(), config.password),
    ]);
    let connectors = vec![ConnectorConfig { name: "minerva".into(), settings }];
    let sealer = Arc::new(Sealed(office.secrets().clone()));
    let provisioning = Provisioning::start(
        office.engine().clone(),
        sealer,
        vec![Manifest::load_shipped("minerva")?],
        connectors,
    )
    .await?;
    Ok((provisioning, simulator))
}

pub fn staff(office: &Office) {
    staff_user(office, "ada.admin", "Ada Lindqvist", Role::Admin, false);
    staff_user(office, "anton.agent", "Anton Ruiz", Role::Agent, false);
    staff_user(office, "hilda.helpdesk", "Hilda Berg", Role::Helpdesk, false);
    staff_user(office, "new.agent", "New Agent", Role::Agent, true);
}

fn by(login: &str, role: Role) -> Actor {
    Actor::Staff { login: login.into(), role }
}

const PEOPLE: [(&str, &str, &[&str]); 16] = [
    ("Ada Okafor", "homeconnect-plus", &["hbo", "dvr"]),
    ("Bergström & Söner Fastighets AB", "homeconnect-plus", &["dvr"]),
    ("Chen Wei", "homeconnect", &[]),
    ("Dolores Ibárruri Gómez", "homeconnect", &["hbo"]),
    ("Elif Yılmaz", "homeconnect-plus", &[]),
    ("Farid Nazari", "homeconnect", &["dvr"]),
    ("Grace <b>Hopper</b>", "homeconnect-plus", &["hbo"]),
    ("Hanna Virtanen", "homeconnect", &[]),
    ("Ines Duarte", "homeconnect", &["hbo", "dvr"]),
    ("Jamal Robinson", "homeconnect-plus", &[]),
    ("Kovács Éva", "homeconnect", &[]),
    ("Liu Yang", "homeconnect-plus", &["dvr"]),
    ("Mbali Dlamini", "homeconnect-plus", &["hbo", "dvr"]),
    ("Nils Andersson", "homeconnect", &[]),
    ("Olga Petrova", "homeconnect", &["hbo"]),
    ("Priya Raman", "homeconnect-plus", &["hbo"]),
];

/// Six weeks: sign-ups, use, purchases, a bill run, payments, somebody suspended, sessions that are open now.
pub fn life(office: &Office, door: &dyn ImportDoor) {
    let (admin, agent) = (by("ada.admin", Role::Admin), by("anton.agent", Role::Agent));
    let settings = OperatorSettings {
        name: "HomeConnect Broadband".into(),
        email: "billing@homeconnect.example".into(),
        ..OperatorSettings::default()
    };
    office.save_settings(&admin, &settings).unwrap();
    for (name, protocol, address, profile) in [
        ("bng-01", NodeProtocol::Radius, "10.20.0.0/24", "generic"),
        ("pgw-01", NodeProtocol::Diameter, "pgw1.example.net", "generic"),
        ("pgw-02", NodeProtocol::Diameter, "pgw2.example.net", "generic"),
    ] {
        let secret = (protocol == NodeProtocol::Radius).then(|| "radius-secret".into());
        let node = NodeForm {
            name: name.into(),
            protocol,
            address: address.into(),
            profile: profile.into(),
            secret,
            settings: BTreeMap::new(),
            enabled: true,
        };
        office.create_node(&admin, node).unwrap();
    }
    let mut lines = Vec::new();
    let mut phones = Vec::new();
    for (at, (name, product, add_ons)) in PEOPLE.iter().enumerate() {
        let user = format!("{}@homeconnect", name.split(' ').next().unwrap().to_lowercase());
        let mut form = home(name, product, add_ons, &user, &format!("00:1A:2B:3C:4D:{at:02X}"));
        form.email = format!("{}@example.org", user.split('@').next().unwrap());
        form.phone = format!("+1 555 01{at:02}");
        form.address = "1 Main Street\nSpringfield".into();
        let made = office.sign_up(&agent, form, None).unwrap();
        lines.push(made.account.unwrap());
        phones
            .push(office.add_account(&agent, made.customer, phone(&format!("15550{at:03}")), None).unwrap());
    }
    june(office, &lines, &phones);
    office.clock().advance_to(calendar::Instant::parse("2026-07-01T00:05:00Z").unwrap());
    run_due(office).unwrap();
    july(office, &agent, &lines, &phones);
    let file = "reference,account,service,item,units,occurred_at,description\n\
                F-0-3,ada@homeconnect,vod,film,1,2026-07-16T20:15:00Z,The Lighthouse\n\
                CSV-2,ada@homeconnect,vod,film,1,2026-07-16T21:00:00Z,Metropolis\n\
                CSV-3,nobody@homeconnect,vod,film,1,2026-07-16T21:30:00Z,Nosferatu\n\
                CSV-4,chen@homeconnect,vod,film,one,2026-07-16T22:00:00Z,Sunrise\n";
    door.import(&agent, "vod-purchases-2026-07-16.csv", file.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
}

fn june(office: &Office, lines: &[AccountId], phones: &[AccountId]) {
    for day in 0..28_u64 {
        for (at, (line, phone)) in lines.iter().zip(phones).enumerate() {
            let at = u64::try_from(at).unwrap();
            if (day + at) % 5 == 0 {
                session(
                    office,
                    *line,
                    "internet",
                    &format!("acct-{day}-{at}"),
                    (1 + day * 37 % 11) * 731 * MB,
                );
                session(
                    office,
                    *phone,
                    "mobile-data",
                    &format!("gy;{day};{at}"),
                    (1 + (day * 7 + at) % 9) * MB + 4711,
                );
            }
            if (day + at) % 7 == 0 {
                session(office, *line, "voice", &format!("call-{day}-{at}"), 60 + day * 53 % 900);
            }
            if (day + at * 3) % 9 == 0 {
                film(
                    office,
                    *line,
                    ["The Lighthouse", "Metropolis", "Solaris"][usize::try_from(day % 3).unwrap()],
                    &format!("F-{at}-{day}"),
                )
                .unwrap();
            }
        }
        office.clock().advance(Seconds(DAY));
    }
}

/// Limits, a phone that pays for itself, a film given back.
fn money_of_her_own(office: &Office, agent: &Actor, line: AccountId, phone: AccountId) {
    let ada = line.customer().unwrap();
    let until = office.now().plus(Seconds(5 * DAY));
    let limits = vec![
        LimitChange::Temporary(Some(TemporaryLimit { raise: Share::Percent(20), until })),
        LimitChange::Warnings(vec![Share::Amount(amount("10")), Share::Percent(80)]),
        LimitChange::DailyCap(Some(amount("20"))),
    ];
    office.set_limits(agent, ada, None, limits, None).unwrap();
    office.open_balance(agent, phone, Some(amount("0")), None).unwrap();
    office.transfer(agent, phone, amount("10"), None).unwrap();
    film(office, line, "Nosferatu", "F-ada-1").unwrap();
    let of = RefundedCharge::Reference("F-ada-1".into());
    let back = NewRefund { of, amount: Some(amount("1.50")), note: "The film stopped half way".into() };
    office.refund(agent, ada, back, None).unwrap();
}

fn july(office: &Office, agent: &Actor, lines: &[AccountId], phones: &[AccountId]) {
    office.clock().advance(Seconds(3 * DAY));
    for line in lines.iter().take(11) {
        let customer = line.customer().unwrap();
        let owed = office.customer(customer).unwrap().live.head.owed();
        if owed.is_positive() {
            office.pay(agent, customer, owed, "Bank transfer", None).unwrap();
        }
    }
    office.clock().advance(Seconds(13 * DAY));
    run_due(office).unwrap();
    let ada = lines[0].customer().unwrap();
    office
        .add_note(agent, ada, "Called about the new set-top box.\nWants the sports package from August.")
        .unwrap();
    office.adjust(agent, ada, amount("5.00"), "Goodwill: outage on 12 July", None).unwrap();
    office.pay(agent, ada, amount("20.00"), "Card ending 4242", None).unwrap();
    money_of_her_own(office, agent, lines[0], phones[0]);
    office.block_customer(agent, lines[5].customer().unwrap(), true, None).unwrap();
    office.terminate_customer(agent, lines[7].customer().unwrap(), None).unwrap();
    for (at, (line, phone)) in lines.iter().zip(phones).enumerate().take(5) {
        let units = (u64::try_from(at).unwrap() + 1) * 3 * MB;
        session_step(office, *line, "internet", &format!("now-{at}"), (0, Step::Start, Used::None));
        session_step(
            office,
            *line,
            "internet",
            &format!("now-{at}"),
            (1, Step::Update, Used::Total(units * 97)),
        );
        session_step(office, *phone, "mobile-data", &format!("gy;now;{at}"), (0, Step::Start, Used::None));
        session_step(
            office,
            *phone,
            "mobile-data",
            &format!("gy;now;{at}"),
            (1, Step::Update, Used::Since(units)),
        );
        film(office, *line, "Stalker", &format!("F-now-{at}")).unwrap();
        session(office, *line, "voice", &format!("call-now-{at}"), 754);
    }
}
