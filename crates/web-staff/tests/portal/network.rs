//! The network: how nodes and peers stand, and a session ended by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use calendar::Instant;
use charging::{Step, Used};
use office::{
    Actor, AuditQuery, LinkFigures, LinkState, NetworkDoor, NodeForm, NodeLink, NodeProtocol, SessionToCut,
};

use crate::browser::Portal;
use crate::world;

/// A few repeats, a refusal, quick answers.
fn figures(words: &str) -> LinkFigures {
    let mut figures = LinkFigures::default();
    figures.repeated = 7;
    figures.drop_for("5030");
    figures.latency.count(700);
    figures.error(Instant::parse("2026-06-01T09:57:00Z").unwrap(), words.to_owned());
    figures
}

/// Front doors that see two connections.
struct Seen;

impl NetworkDoor for Seen {
    fn links(&self) -> Vec<NodeLink> {
        let link = |node: &str, host: &str, state, words: &str| NodeLink {
            protocol: NodeProtocol::Diameter,
            node: node.into(),
            host: host.into(),
            realm: "example.net".into(),
            product: "<script>".into(),
            address: "192.0.2.7:3868".into(),
            state,
            since: Instant::parse("2026-06-01T09:00:00Z"),
            last_at: None,
            requests: 4_711,
            answers: 4_710,
            errors: 1,
            last_error: Instant::parse("2026-06-01T09:57:00Z").map(|at| (at, words.to_owned())),
            figures: figures(words),
        };
        vec![
            link("pgw-1", "pgw-1.example.net", LinkState::Open, "the command 274 is not served"),
            link("", "stranger.example", LinkState::Closed, "unknown peer stranger.example"),
            NodeLink { protocol: NodeProtocol::Radius, ..link("bng-1", "sha256:00ff", LinkState::Open, "") },
        ]
    }

    fn sessions_to_cut(&self) -> Vec<SessionToCut> {
        vec![SessionToCut {
            node: "ggsn-1".into(),
            session: "0A0B<b>".into(),
            customer: charging::CustomerId(7),
            account: charging::RowId((7 << 32) + 1),
            details: "10.0.0.9".into(),
            since: Instant::parse("2026-06-01T09:57:00Z").unwrap(),
        }]
    }

    fn warnings(&self) -> Vec<String> {
        vec!["acme.toml stays as it was".into()]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_peers_tell_state_counters_and_their_last_error() {
    let portal = Portal::with(|state| state.network = Some(Arc::new(Seen)));
    for name in ["pgw-1", "pgw-2"] {
        let node = NodeForm {
            name: name.into(),
            protocol: NodeProtocol::Diameter,
            address: format!("{name}.example.net"),
            profile: String::new(),
            secret: None,
            settings: Default::default(),
            enabled: true,
        };
        portal.office.create_node(&Actor::System("demo"), node).unwrap();
    }
    let (ada, hilda) = (portal.sign_in("ada").await, portal.sign_in("hilda").await);
    for path in ["/staff/network/nodes", "/staff/live/nodes"] {
        let page = ada.page(path).await;
        for words in [
            "RADIUS over TLS",
            "sha256:00ff",
            "Sessions to end in the device",
            "0A0B&lt;b&gt;",
            "acme.toml stays as it was",
            "Up</span>",
            "Not connected",
            "4,711",
            "3 min ago",
            "the command 274 is not served",
            "stranger.example",
            "Gone</span>",
            "no node",
            "hx-get=\"/staff/live/nodes\"",
        ] {
            assert!(page.contains(words), "{path} lacks {words}: {page}");
        }
        assert!(!page.contains("<script>"), "what a peer calls itself is text");
    }
    assert!(ada.page("/staff/network/nodes").await.contains("/staff/network/nodes/1"));
    for (who, may) in [(&ada, true), (&hilda, false)] {
        let node = who.page("/staff/network/nodes/1").await;
        for words in
            ["4,711", "4,710", "5030", "Requests sent again", "1 ms", "pgw-1.example.net", "3 min ago"]
        {
            assert!(node.contains(words), "{words}: {node}");
        }
        assert!(!node.contains("<script>"), "what a peer calls itself is text");
        assert_eq!(node.contains("/network/nodes/1/edit"), may, "no link that only refuses");
        assert_eq!(node.contains("/network/traces?node=pgw-1"), may);
    }
    assert!(ada.page("/staff").await.contains("1 Diameter peer is not connected"));
}

/// The customer has nothing left, and the policy of his account sends him to a portal then.
fn send_to_portal(portal: &Portal, phone: charging::AccountId) {
    let engine = portal.office.engine();
    let service = portal.office.catalog().service("mobile-data").unwrap().id;
    let regular = charging::Policy {
        attributes: vec![("hotline_without_funds".into(), "yes".into())],
        ..charging::Policy::default()
    };
    let final_action = Some(catalog::FinalAction::Redirect { url: "https://pay.example.net".into() });
    let policy = charging::AccountPolicy { service, regular, limited: Default::default(), final_action };
    let policy = Some(Box::new(policy));
    let credit = charging::LimitChange::Credit(Some(money::Amount::ZERO));
    for command in [
        charging::Command::SetPolicy { account: phone, service, policy },
        charging::Command::SetLimit { account: None, change: credit },
    ] {
        engine.call(phone.customer().unwrap(), None, command, None).unwrap();
    }
    // To the end of the megabyte: what is paid for would be granted.
    let rest = Used::Since(2 * 1_048_576 - 1_500_000);
    world::session_step(&portal.office, phone, "mobile-data", "gy;1", (2, Step::Update, rest));
}

/// A customer with Internet at home, and her mobile account.
fn ada_with_a_phone(portal: &Portal) -> (office::SignedUp, charging::AccountId) {
    let form = world::home("Ada Okafor", "homeconnect-plus", &[], "ada@home", "");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    let phone = world::phone("15550100");
    let phone = portal.office.add_account(&Actor::System("demo"), made.customer, phone, None);
    (made, phone.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_by_hand_after_being_told_what_happens_and_what_does_not() {
    let portal = Portal::new();
    let (made, phone) = ada_with_a_phone(&portal);
    world::session_step(&portal.office, phone, "mobile-data", "gy;1", (0, Step::Start, Used::None));
    world::session_step(
        &portal.office,
        phone,
        "mobile-data",
        "gy;1",
        (1, Step::Update, Used::Since(1_500_000)),
    );
    send_to_portal(&portal, phone);
    let customer = format!("/staff/customers/{}", made.customer);
    let (anton, hilda) = (portal.sign_in("anton").await, portal.sign_in("hilda").await);
    let mut page = anton.page(&customer).await;
    for _ in 0..200 {
        if page.contains("End…") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        page = anton.page(&customer).await;
    }
    assert!(page.contains("at the portal"), "{page}");
    let at = page.find(&format!("{customer}/sessions/")).expect("a link that ends the session");
    let end: String = page[at..].split('"').next().unwrap().to_owned();
    assert!(!hilda.page(&customer).await.contains("End…"), "helpdesk has no such link");
    assert_eq!(hilda.post(&end, &[]).await.status, StatusCode::FORBIDDEN);
    let asked = anton.page(&end).await;
    for words in [
        "gy;1",
        "pgw-01",
        "2.1",
        "Mobile data",
        "He is sent to the portal",
        "The gateway is told to abort the session",
        "End this session",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    assert_eq!(anton.post(&end, &[]).await.location, customer);
    let after = anton.page(&customer).await;
    assert!(after.contains("The session was ended") && !after.contains("Online now"), "{after}");
    assert!(portal.office.customer(made.customer).unwrap().live.head.purse.reserved.is_zero());
    assert!(
        anton.page(&format!("{customer}/usage")).await.contains("0.02"),
        "two started megabytes at a cent"
    );
    assert_eq!(anton.post(&end, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(anton.page(&customer).await.contains("had ended by itself"), "a second press changes nothing");
    assert_eq!(anton.get(&end).await.status, StatusCode::NOT_FOUND);
    let query = AuditQuery { action: Some("session/ended".into()), ..AuditQuery::default() };
    let lines = portal.office.audit(&query).unwrap().items;
    assert_eq!((lines.len(), lines[0].actor.as_str()), (1, "staff:anton"));
}

#[tokio::test(flavor = "multi_thread")]
async fn self_care_opens_as_the_customer_once_with_a_ticket_and_is_audited() {
    let hidden = Portal::new();
    let form = || world::home("Ada Okafor", "homeconnect-plus", &[], "ada@home", "");
    let made = hidden.office.sign_up(&Actor::System("demo"), form(), None).unwrap();
    let page = hidden.sign_in("anton").await.page(&format!("/staff/customers/{}", made.customer)).await;
    assert!(!page.contains("/self-care"), "nowhere to go, nothing to press");

    let portal = Portal::with(|state| state.selfcare = "https://my.example.net".into());
    let made = portal.office.sign_up(&Actor::System("demo"), form(), None).unwrap();
    let customer = format!("/staff/customers/{}", made.customer);
    let (anton, hilda) = (portal.sign_in("anton").await, portal.sign_in("hilda").await);
    assert!(anton.page(&customer).await.contains("Open self-care as him"));
    assert!(anton.page(&format!("{customer}/self-care")).await.contains("recorded under your name"));
    assert_eq!(hilda.post(&format!("{customer}/self-care"), &[]).await.status, StatusCode::FORBIDDEN);
    let opened = anton.post(&format!("{customer}/self-care"), &[]).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
    let at = opened.refresh.find("https://my.example.net/enter?ticket=").expect("the way there");
    let ticket = opened.refresh[at..].split_once('=').unwrap().1.to_owned();
    assert!(opened.body.contains(&ticket), "a link for browsers that do not go by themselves");
    let session = portal.office.enter_self_care(&ticket).unwrap().unwrap();
    let who = portal.office.subscriber_by_session(session.text()).unwrap().unwrap();
    assert_eq!((who.customer, who.opened_by.as_deref()), (made.customer, Some("anton")));
    assert!(portal.office.enter_self_care(&ticket).unwrap().is_none());
    let timeline = anton.page(&format!("{customer}/timeline")).await;
    assert!(timeline.contains("Self-care opened as the customer") && timeline.contains("anton"));
}

/// What stands under each heading in the row of a table that holds these words; nothing when there is no such row.
fn row(page: &str, words: &str) -> BTreeMap<String, String> {
    let found = page.split("<tr").skip(1).filter_map(|rest| rest.split("</tr>").next());
    let Some(found) = found.filter(|row| row.contains("data-label")).find(|row| row.contains(words)) else {
        return BTreeMap::new();
    };
    let cells = found.split("data-label=\"").skip(1);
    let read = |cell: &str| {
        let (heading, rest) = cell.split_once('"').unwrap();
        let inside = rest.split_once('>').unwrap().1.split("</td>").next().unwrap();
        // The words outside the marks.
        let text = inside.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        (heading.to_owned(), text.collect::<String>().replace('\u{a0}', " ").trim().to_owned())
    };
    cells.map(read).collect()
}

/// The pages of live sessions follow the books: what was used, what the network may still use, and the money locked for both; accounting
/// alone grants and locks nothing.
#[tokio::test(flavor = "multi_thread")]
async fn live_sessions_show_what_is_used_granted_and_reserved() {
    let portal = Portal::new();
    let (made, phone) = ada_with_a_phone(&portal);
    let step = |account, service, name, request, step, used| {
        world::session_step(&portal.office, account, service, name, (request, step, used));
    };
    step(phone, "mobile-data", "gy;1", 0, Step::Start, Used::None);
    step(made.account.unwrap(), "internet", "s-1", 0, Step::Start, Used::None);
    let hilda = portal.sign_in("hilda").await;
    let customer = format!("/staff/customers/{}", made.customer);
    for (reported, used, reserved) in [(0, "0 B", "0.10 USD"), (1_500_000, "1.5 MB", "0.12 USD")] {
        if reported > 0 {
            step(phone, "mobile-data", "gy;1", 1, Step::Update, Used::Since(reported));
        }
        let mut page = hilda.page("/staff/network").await;
        for _ in 0..200 {
            if row(&page, "pgw-01").get("Used").is_some_and(|shown| shown == used) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            page = hilda.page("/staff/network").await;
        }
        let shown = row(&page, "pgw-01");
        let expected = [
            ("Customer", "Ada Okafor"),
            ("Service", "Mobile data group 10"),
            ("Protocol", "Diameter"),
            ("Used", used),
            ("Granted", "10.4 MB"),
            ("Reserved", reserved),
        ];
        for (heading, words) in expected {
            assert_eq!(shown.get(heading).map(String::as_str), Some(words), "{heading}: {shown:?}");
        }
        let counted = row(&page, "bng-01");
        assert_eq!(
            (counted["Granted"].as_str(), counted["Reserved"].as_str()),
            ("–", "0.00 USD"),
            "{counted:?}"
        );
        for path in ["/staff", customer.as_str()] {
            let shown = row(&hilda.page(path).await, "Mobile data");
            assert_eq!(shown.get("Reserved").map(String::as_str), Some(reserved), "{path}: {shown:?}");
        }
        let locked = portal.office.customer(made.customer).unwrap().live.head.purse.reserved;
        assert_eq!(Some(locked), reserved.split(' ').next().map(world::amount), "what the books say");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sessions_are_narrowed_and_several_are_ended_at_once() {
    let portal = Portal::new();
    let (made, phone) = ada_with_a_phone(&portal);
    for name in ["gy;1", "gy;2"] {
        world::session_step(&portal.office, phone, "mobile-data", name, (0, Step::Start, Used::None));
    }
    let (anton, hilda) = (portal.sign_in("anton").await, portal.sign_in("hilda").await);
    let mut page = anton.page("/staff/network").await;
    for _ in 0..200 {
        if page.matches("End…").count() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        page = anton.page("/staff/network").await;
    }
    for words in ["group 10", "100.64.0.17", "End several…", "Mobile data"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for (filter, found) in [
        ("service=mobile-data", true),
        ("service=vod", false),
        ("who=15550100", true),
        ("who=ADA@home", true),
        ("who=nobody", false),
        ("node=pgw-01", true),
        ("node=elsewhere", false),
    ] {
        let page = anton.page(&format!("/staff/network?{filter}")).await;
        assert_eq!(page.contains("End…"), found, "{filter}");
    }
    assert_eq!(
        hilda.post("/staff/network/end", &[("session.1.00", "on")]).await.status,
        StatusCode::FORBIDDEN
    );
    let asked = anton.page("/staff/network/end?service=mobile-data").await;
    assert!(asked.contains("End 2 sessions?"), "{asked}");
    let names: Vec<String> = asked
        .split("name=\"session.")
        .skip(1)
        .map(|rest| format!("session.{}", rest.split('"').next().unwrap()))
        .collect();
    assert_eq!(names.len(), 2);
    let ticked: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "on")).collect();
    anton.post("/staff/network/end", &ticked).await;
    assert!(anton.page("/staff/network").await.contains("2 sessions were ended"));
    assert_eq!(portal.office.customer(made.customer).unwrap().live.open_sessions().count(), 0);
}
