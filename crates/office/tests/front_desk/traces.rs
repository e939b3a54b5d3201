//! Traces: started by whoever may, bounded, of a node, a peer or a subscriber; personal data for few, secrets for nobody, all in the audit.

use crate::desk::{Desk, anna};
use calendar::{Instant, Seconds};
use charging::SessionKey;
use office::{
    Actor, AuditQuery, MessageReader, NewTrace, NodeForm, NodeProtocol, OfficeError, Role, Sighting,
    TraceAsk, TraceClues, TraceLook, TracedMessage,
};
use std::net::SocketAddr;

/// A protocol of our own: `name/session/secret`, where a name or session may be left out.
struct Reader;

impl MessageReader for Reader {
    fn clues(&self, octets: &[u8]) -> TraceClues {
        let text = String::from_utf8_lossy(octets).into_owned();
        let mut parts = text.split('/');
        let names = parts.next().filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect();
        let session = parts.next().filter(|session| !session.is_empty());
        TraceClues { names, session: session.map(|session| SessionKey::diameter(session.as_bytes())) }
    }

    fn blank_secrets(&self, octets: &mut [u8]) {
        let from = octets.iter().rposition(|octet| *octet == b'/').map_or(octets.len(), |at| at + 1);
        octets[from..].fill(b'*');
    }
}

/// Who sends what, and after how many milliseconds.
struct Sent {
    node: &'static str,
    host: &'static str,
    remote: &'static str,
    sent: bool,
    request: bool,
    id: u32,
    after: i64,
}

const FROM_PGW: Sent = Sent {
    node: "pgw-1",
    host: "pgw.example",
    remote: "192.0.2.7:3868",
    sent: false,
    request: true,
    id: 1,
    after: 0,
};

impl Desk {
    fn passes(&self, sent: &Sent, text: &str) {
        let sighting = Sighting {
            // A minute after the desk opened: the clock goes on meanwhile, and what is asked are milliseconds.
            at: Instant::parse("2026-06-01T10:01:00Z").unwrap().plus_micros(sent.after * 1_000),
            protocol: NodeProtocol::Diameter,
            node: sent.node,
            host: sent.host,
            remote: sent.remote.parse::<SocketAddr>().unwrap(),
            local: "192.0.2.1:3868".parse().unwrap(),
            sent: sent.sent,
            request: sent.request,
            id: sent.id,
            octets: text.as_bytes(),
        };
        self.office.tracer().see(&sighting, &Reader);
    }

    fn kept(&self, trace: u64) -> Vec<TracedMessage> {
        self.office.trace_messages(&anna(), trace, TraceLook::default()).unwrap().items
    }

    fn texts(&self, trace: u64) -> Vec<String> {
        self.kept(trace).iter().map(|message| String::from_utf8(message.octets.clone()).unwrap()).collect()
    }

    fn trace(&self, of: TraceAsk) -> u64 {
        self.office.start_trace(&anna(), &NewTrace::new(of)).unwrap()
    }
}

fn with_node() -> Desk {
    let desk = Desk::new();
    let node = NodeForm {
        name: "pgw-1".into(),
        protocol: NodeProtocol::Diameter,
        address: "pgw.example".into(),
        profile: String::new(),
        secret: None,
        settings: Default::default(),
        enabled: true,
    };
    desk.office.create_node(&anna(), node).unwrap();
    desk
}

fn agent() -> Actor {
    Actor::Staff { login: "anton".into(), role: Role::Agent }
}

fn helpdesk() -> Actor {
    Actor::Staff { login: "hilda".into(), role: Role::Helpdesk }
}

#[test]
fn nothing_is_kept_until_a_trace_is_started_and_nothing_after_it_ended() {
    let desk = with_node();
    assert!(!desk.office.tracer().is_on());
    desk.passes(&FROM_PGW, "early//x");
    let trace = desk.trace(TraceAsk::Node("pgw-1".into()));
    assert!(desk.office.tracer().is_on());
    desk.passes(&FROM_PGW, "seen//x");
    desk.passes(&Sent { node: "pgw-2", ..FROM_PGW }, "of another node//x");
    desk.office.stop_trace(&anna(), trace).unwrap();
    assert!(!desk.office.tracer().is_on());
    desk.passes(&FROM_PGW, "late//x");
    assert_eq!(desk.texts(trace), ["seen//*"], "and the secret was never kept");
    let timed = desk.trace(TraceAsk::Node("pgw-1".into()));
    desk.passes(&Sent { after: 500_000, ..FROM_PGW }, "in time//x");
    desk.passes(&Sent { after: 700_000, ..FROM_PGW }, "too late//x");
    assert!(!desk.office.tracer().is_on(), "its time is over");
    assert_eq!(desk.texts(timed), ["in time//*"]);
    desk.office.clock().advance(Seconds(2 * 86_400));
    assert!(desk.office.traces(&anna(), false).unwrap().is_empty(), "a day after its end it is gone");
}

#[test]
fn a_trace_keeps_the_last_messages_and_never_more_than_its_limits() {
    let desk = with_node();
    let new = NewTrace { messages: 3, ..NewTrace::new(TraceAsk::Node("pgw-1".into())) };
    let few = desk.office.start_trace(&anna(), &new).unwrap();
    let new = NewTrace { octets: 4_096, ..NewTrace::new(TraceAsk::Peer("PGW.example".into())) };
    let small = desk.office.start_trace(&anna(), &new).unwrap();
    for id in 0..10 {
        desk.passes(&Sent { id, ..FROM_PGW }, &format!("{id}{}//x", "-".repeat(1_000)));
    }
    let numbers = |trace| desk.kept(trace).iter().map(|message| message.number).collect::<Vec<_>>();
    assert_eq!((numbers(few), numbers(small)), (vec![8, 9, 10], vec![7, 8, 9, 10]));
    let view = desk.office.trace_messages(&anna(), small, TraceLook::default()).unwrap().trace;
    assert_eq!((view.seen, view.kept), (10, 4));
    assert!(view.octets <= 4_096);
    let after = TraceLook { after: Some(9), ..TraceLook::default() };
    let next = desk.office.trace_messages(&anna(), few, after).unwrap().items;
    assert_eq!(next.iter().map(|message| message.number).collect::<Vec<_>>(), [10]);
    for wrong in [
        NewTrace { messages: 0, ..new.clone() },
        NewTrace { messages: 1_001, ..new.clone() },
        NewTrace { octets: 1, ..new.clone() },
        NewTrace { seconds: 1, ..new.clone() },
        NewTrace::new(TraceAsk::Node("nobody".into())),
        NewTrace::new(TraceAsk::Peer(" ".into())),
    ] {
        let refused = desk.office.start_trace(&anna(), &wrong);
        assert!(matches!(refused, Err(OfficeError::Invalid(_))), "{wrong:?}");
    }
    for _ in 2..office::TRACES_RUNNING_MOST {
        desk.trace(TraceAsk::Peer("192.0.2.9".into()));
    }
    let one_more = desk.office.start_trace(&anna(), &NewTrace::new(TraceAsk::Peer("192.0.2.9".into())));
    assert!(matches!(one_more, Err(OfficeError::Conflict(_))));
}

#[test]
fn a_subscriber_is_followed_by_every_identifier_by_his_sessions_and_to_the_answers() {
    let desk = with_node();
    let made = desk.anna_smith();
    let account = desk.office.customer(made.customer).unwrap().accounts.remove(0);
    let user = account.identifiers.iter().find(|own| own.realm == "user").unwrap().value.clone();
    let other = account.identifiers.iter().find(|own| own.value != user).map(|own| own.value.clone());
    let trace = desk.trace(TraceAsk::Subscriber(other.unwrap_or_else(|| user.clone())));
    let answer = Sent { sent: true, request: false, after: 7, ..FROM_PGW };
    desk.passes(&FROM_PGW, &format!("{}/s1/x", user.to_uppercase()));
    desk.passes(&answer, "/s1/x");
    desk.passes(&Sent { id: 2, ..FROM_PGW }, "/s1/x");
    desk.passes(&Sent { id: 3, sent: true, ..FROM_PGW }, "/s1/ours");
    desk.passes(&Sent { id: 3, request: false, after: 2, ..FROM_PGW }, "/s1/ours");
    desk.passes(&Sent { id: 4, ..FROM_PGW }, "somebody@else/s2/x");
    desk.passes(&Sent { id: 4, ..answer }, "/s2/x");
    let kept = desk.kept(trace);
    let seen: Vec<(u32, bool, Option<u64>)> = kept
        .iter()
        .map(|message| (u32::try_from(message.number).unwrap(), message.sent, message.took))
        .collect();
    assert_eq!(
        seen,
        [
            (1, false, None),
            (2, true, Some(7_000)),
            (3, false, None),
            (4, true, None),
            (5, false, Some(2_000))
        ]
    );
    let stranger = desk.trace(TraceAsk::Subscriber("+1 (555) 010-9999".into()));
    desk.passes(&Sent { id: 5, ..FROM_PGW }, "15550109999/s3/x");
    desk.passes(&Sent { id: 6, ..FROM_PGW }, "tel:+15550109999/s4/x");
    assert_eq!(desk.kept(stranger).len(), 2, "whom nobody knows can be traced too");
    let view = &desk.office.traces(&agent(), false).unwrap()[0];
    assert_eq!((view.about.as_str(), view.customer), ("a subscriber", None), "agents do not see his number");
    assert_eq!(desk.office.traces(&anna(), false).unwrap()[1].customer, Some(made.customer));
}

#[test]
fn a_repeated_request_counts_from_its_first_try_and_one_without_an_answer_says_why() {
    let desk = with_node();
    let trace = desk.trace(TraceAsk::Peer("192.0.2.7".into()));
    desk.passes(&FROM_PGW, "a//x");
    desk.passes(&Sent { after: 5, ..FROM_PGW }, "a//x");
    desk.passes(&Sent { after: 9, sent: true, request: false, ..FROM_PGW }, "a//x");
    assert_eq!(desk.kept(trace)[2].took, Some(9_000));
    desk.passes(&Sent { id: 2, ..FROM_PGW }, "b//x");
    let octets = b"b//x";
    let sighting = Sighting {
        at: desk.office.now(),
        protocol: NodeProtocol::Diameter,
        node: "",
        host: "",
        remote: "192.0.2.7:3868".parse().unwrap(),
        local: "192.0.2.1:3868".parse().unwrap(),
        sent: false,
        request: true,
        id: 2,
        octets,
    };
    desk.office.tracer().unanswered(&sighting, || "no account".to_owned());
    assert_eq!(desk.kept(trace)[3].note.as_deref(), Some("no account"));
}

#[test]
fn who_may_do_what_and_the_audit_tells_who_did() {
    let desk = with_node();
    let new = NewTrace::new(TraceAsk::Node("pgw-1".into()));
    assert!(matches!(desk.office.start_trace(&helpdesk(), &new), Err(OfficeError::Denied(_))));
    let trace = desk.office.start_trace(&agent(), &new).unwrap();
    desk.passes(&FROM_PGW, "anna//x");
    let look = |actor: &Actor, masked| {
        let look = TraceLook { masked, ..TraceLook::default() };
        desk.office.trace_messages(actor, trace, look).unwrap().masked
    };
    assert!(look(&helpdesk(), false) && look(&agent(), false), "personal data is for administrators");
    assert!(!look(&anna(), false) && look(&anna(), true), "who may see it may leave it");
    look(&agent(), false);
    for nobody in [helpdesk(), agent()] {
        assert!(matches!(desk.office.trace_capture(&nobody, trace), Err(OfficeError::Denied(_))));
    }
    assert!(matches!(desk.office.stop_trace(&helpdesk(), trace), Err(OfficeError::Denied(_))));
    desk.office.trace_capture(&anna(), trace).unwrap();
    desk.office.stop_trace(&agent(), trace).unwrap();
    desk.office.remove_trace(&agent(), trace).unwrap();
    assert!(matches!(desk.office.trace_capture(&anna(), trace), Err(OfficeError::NotFound { .. })));
    let lines = desk.office.audit(&AuditQuery::default()).unwrap().items;
    let mut told: Vec<(String, String)> = lines
        .into_iter()
        .filter(|line| line.action.starts_with("trace/"))
        .map(|line| (line.action, line.actor))
        .collect();
    told.reverse();
    let told: Vec<(&str, &str)> =
        told.iter().map(|(action, actor)| (action.as_str(), actor.as_str())).collect();
    assert_eq!(
        told,
        [
            ("trace/started", "staff:anton"),
            ("trace/read", "staff:hilda"),
            ("trace/read", "staff:anton"),
            ("trace/read", "staff:anna"),
            ("trace/read", "staff:anna"),
            ("trace/downloaded", "staff:anna"),
            ("trace/stopped", "staff:anton"),
            ("trace/removed", "staff:anton"),
        ]
    );
}
