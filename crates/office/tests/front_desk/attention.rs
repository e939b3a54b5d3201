//! What needs attention is told in words; how nodes stand; a session ended by hand.

use crate::desk::{Desk, anna, keyed};
use calendar::Instant;
use charging::{Step, Used};
use office::{
    Actor, AuditQuery, DownConnector, LinkState, NodeForm, NodeLink, NodeProtocol, NodeState, NoticeKind,
    OperatorSettings, Role, SessionQuery, XdrQuery, session_name,
};
use std::collections::BTreeMap;

fn node(name: &str, protocol: NodeProtocol, address: &str, enabled: bool) -> NodeForm {
    let secret = (protocol == NodeProtocol::Radius).then(|| "k".into());
    let (name, address) = (name.to_owned(), address.to_owned());
    NodeForm { name, protocol, address, profile: String::new(), secret, settings: BTreeMap::new(), enabled }
}

fn link(node: &str, protocol: NodeProtocol, state: LinkState, at: &str, why: &str) -> NodeLink {
    NodeLink {
        protocol,
        node: node.to_owned(),
        host: String::new(),
        realm: String::new(),
        product: String::new(),
        address: if protocol == NodeProtocol::Diameter { "192.0.2.7:3868".to_owned() } else { String::new() },
        state,
        since: None,
        last_at: Instant::parse(at),
        requests: 10,
        answers: 9,
        errors: 1,
        last_error: Instant::parse(at).map(|at| (at, why.to_owned())),
        figures: Default::default(),
    }
}

#[test]
fn a_node_stands_as_its_links_do_and_its_last_error_may_be_of_a_connection_that_is_gone() {
    let desk = Desk::new();
    for form in [
        node("bng", NodeProtocol::Radius, "10.0.0.1", true),
        node("bng-2", NodeProtocol::Radius, "10.0.0.2", true),
        node("old", NodeProtocol::Radius, "10.0.0.3", false),
        node("pgw-1", NodeProtocol::Diameter, "pgw-1.example", true),
        node("pgw-2", NodeProtocol::Diameter, "pgw-2.example", true),
    ] {
        desk.office.create_node(&anna(), form).unwrap();
    }
    let links = [
        link("bng", NodeProtocol::Radius, LinkState::Open, "2026-06-01T09:59:00Z", "early"),
        link("pgw-1", NodeProtocol::Diameter, LinkState::Open, "2026-06-01T09:00:00Z", "first"),
        link("pgw-1", NodeProtocol::Diameter, LinkState::Suspect, "2026-06-01T09:30:00Z", "later"),
        link("pgw-2", NodeProtocol::Diameter, LinkState::Closed, "2026-06-01T09:40:00Z", "it left"),
        link("", NodeProtocol::Diameter, LinkState::Closed, "2026-06-01T09:41:00Z", "a stranger"),
    ];
    let standings = desk.office.node_standings(&links).unwrap();
    let told: Vec<_> = standings
        .iter()
        .map(|s| {
            (s.node.name.as_str(), s.state, s.connections, s.requests, s.last_error.clone().map(|e| e.1))
        })
        .collect();
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            ("bng", NodeState::Up, 0, 10, words("early")),
            ("bng-2", NodeState::Silent, 0, 0, None),
            ("old", NodeState::Off, 0, 0, None),
            ("pgw-1", NodeState::Up, 2, 20, words("later")),
            ("pgw-2", NodeState::Down, 0, 0, words("it left")),
        ]
    );
    let notices = desk.office.notices(&[], Some(&links)).unwrap();
    let down = notices.iter().find(|notice| notice.kind == NoticeKind::PeerDown).unwrap();
    assert_eq!((down.title.as_str(), down.detail.as_str()), ("1 Diameter peer is not connected", "pgw-2"));
}

#[test]
fn notices_name_what_is_missing_or_down_and_go_when_it_is_mended() {
    let desk = Desk::new();
    let kinds = |connectors: &[DownConnector]| -> Vec<NoticeKind> {
        desk.office.notices(connectors, None).unwrap().into_iter().map(|notice| notice.kind).collect()
    };
    assert_eq!(kinds(&[]), [NoticeKind::MissingSettings]);
    let down = DownConnector {
        name: "minerva".to_owned(),
        title: "Minerva".to_owned(),
        trouble: "credentials refused".to_owned(),
    };
    let down = [down];
    assert_eq!(kinds(&down), [NoticeKind::ConnectorDown, NoticeKind::MissingSettings], "the urgent first");
    let notice = desk.office.notices(&down, None).unwrap().swap_remove(0);
    assert_eq!(
        (notice.title.as_str(), notice.detail.as_str(), notice.url_path.as_str()),
        ("Minerva is not reached", "credentials refused", "/provisioning/minerva")
    );
    let settings = OperatorSettings {
        name: "HomeConnect".to_owned(),
        address: vec!["1 Main Street".to_owned()],
        phone: "0800 555 0110".to_owned(),
        ..OperatorSettings::default()
    };
    desk.office.save_settings(&anna(), &settings).unwrap();
    assert_eq!(kinds(&[]), []);
}

#[test]
fn a_session_ended_by_hand_is_charged_released_and_audited_and_helpdesk_may_not() {
    let desk = Desk::new();
    let made = desk.anna_smith();
    let (customer, account) = (made.customer, made.account.unwrap());
    desk.session_step(account, "voice", "4420", "call-1", (0, Step::Start, Used::None));
    desk.session_step(account, "voice", "4420", "call-1", (1, Step::Update, Used::Since(61)));
    let live = desk.office.customer(customer).unwrap();
    let session = live.live.open_sessions().next().unwrap();
    let name = session_name(&session.key);
    let helpdesk = Actor::Staff { login: "hilda".to_owned(), role: Role::Helpdesk };
    let refused = desk.office.end_session(&helpdesk, customer, &name, None);
    assert_eq!(refused.map_err(|error| error.code()), Err("OFF-004"));
    let key = keyed("end-1", &name);
    for _ in 0..2 {
        desk.office.end_session(&anna(), customer, &name, key.clone()).unwrap();
    }
    let again = desk.office.end_session(&anna(), customer, &name, None);
    assert_eq!(again.map_err(|error| error.code()), Err("CHG-013"), "it has ended");
    let unknown = desk.office.end_session(&anna(), customer, "zz", None);
    assert_eq!(unknown.map_err(|error| error.code()), Err("OFF-002"));
    let records = desk.office.xdrs(&XdrQuery { customer: Some(customer), ..XdrQuery::default() }).unwrap();
    assert_eq!(records.items[0].xdr.units, 61, "what was reported is charged");
    assert!(desk.office.customer(customer).unwrap().live.head.purse.reserved.is_zero(), "the rest returns");
    let open = SessionQuery { customer: Some(customer), ..SessionQuery::default() };
    assert!(desk.office.sessions(&open).unwrap().items.is_empty());
    let trail = desk.office.audit(&AuditQuery { customer: Some(customer), ..AuditQuery::default() }).unwrap();
    let lines = trail.items.iter().filter(|line| line.action == "session/ended" && line.object == "call-1");
    assert_eq!(lines.count(), 1, "one line, though it was sent twice");
}
