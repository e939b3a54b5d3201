//! The peer state machine in scenes: both sides, every ending, with time as a number.

use std::sync::Arc;

use diameter::answer::Identity;
use diameter::codes::{avp, command, flags, result};
use diameter::credit_control::{CreditControlRequest, RequestType};
use diameter::frame::Splitter;
use diameter::peer::{
    CAPABILITIES_TIMEOUT, Capabilities, CloseReason, DISCONNECT_TIMEOUT, DisconnectCause, LocalNode, Peer,
    PeerSettings, Reaction, Verdict, watchdog, wins_election,
};
use diameter::{Encoder, Header, Message, client};
use proptest::collection::vec;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000;
/// Longer than any jittered watchdog interval.
const LATER: u64 = 33 * SECOND;

fn node(host: &str) -> LocalNode {
    let identity = Identity { host: host.into(), realm: "example".into(), state_id: Some(5) };
    LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "Talea")
}

fn settings_of(local: LocalNode) -> PeerSettings {
    PeerSettings {
        local: Arc::new(local),
        admission: Arc::new(|peer: &Capabilities| match peer.host.as_str() {
            "again.example" => Verdict::ElectionLost,
            host => (host != "stranger.example").into(),
        }),
        watchdog_interval: watchdog::DEFAULT_INTERVAL,
        seed: 42,
    }
}

fn settings(host: &str) -> PeerSettings {
    settings_of(node(host))
}

fn server() -> Peer {
    Peer::accepted(settings("ocs.example"), 0)
}

fn cer(local: &LocalNode) -> Vec<u8> {
    let mut out = Vec::new();
    client::write_cer(local, (1, 1), &mut out);
    out
}

/// A server that has exchanged capabilities with gw.example at time 0.
fn open_server() -> Peer {
    let mut peer = server();
    let hello = cer(&node("gw.example"));
    let reaction = peer.received(0, &hello, &mut Vec::new());
    assert!(matches!(reaction, Reaction::Opened(_)), "{reaction:?}");
    peer
}

/// A client whose CEA came at time 0.
fn open_client(reconnected: bool) -> (Peer, Vec<u8>) {
    let mut peer = Peer::dialled(settings("gw.example"), reconnected);
    let (mut hello, mut answer, mut out) = (Vec::new(), Vec::new(), Vec::new());
    peer.connected(0, &mut hello);
    let _ = server().received(0, &hello, &mut answer);
    let reaction = peer.received(0, &answer, &mut out);
    assert!(matches!(reaction, Reaction::Opened(_)), "{reaction:?}");
    (peer, out)
}

fn ccr() -> Vec<u8> {
    let mut out = Vec::new();
    CreditControlRequest::new("s;1", RequestType::Initial, 0, "32251@3gpp.org", (7, 8))
        .from_node("gw.example", "example")
        .to_realm("example", None)
        .write(&mut out);
    out
}

fn simple(command: u32, application: u32, request: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut header = Header::request(command, application, 0, 3, 4);
    if !request {
        header.flags = 0;
    }
    let mut encoder = Encoder::new(&mut out, &header);
    encoder.text(avp::ORIGIN_HOST, "gw.example");
    encoder.text(avp::ORIGIN_REALM, "example");
    encoder.finish();
    out
}

/// The only message in `out`: command, whether a request, Result-Code, E bit.
fn sent(out: &[u8]) -> (u32, bool, Option<u32>, bool) {
    let message = Message::decode(out).expect("one whole message");
    diameter::Rules::default().examine_all(&message).expect("well-formed by the dictionary");
    (message.header.command, message.header.is_request(), message.result_code(), message.header.is_error())
}

fn closed(reaction: Reaction<'_>) -> CloseReason {
    match reaction {
        Reaction::Close(reason) => reason,
        other => panic!("expected a close, got {other:?}"),
    }
}

/// A known peer with a common application gets a CEA 2001 with our capabilities, and its requests are delivered.
#[test]
fn capabilities_exchange() {
    let mut peer = server();
    let mut out = Vec::new();
    let hello = cer(&node("gw.example"));
    let Reaction::Opened(capabilities) = peer.received(0, &hello, &mut out) else { panic!("not opened") };
    assert_eq!((capabilities.host.as_str(), capabilities.realm.as_str()), ("gw.example", "example"));
    assert_eq!((capabilities.applications.as_slice(), capabilities.state_id), ([4].as_slice(), Some(5)));
    assert_eq!(sent(&out), (command::CAPABILITIES_EXCHANGE, false, Some(result::SUCCESS), false));
    let answer = Message::decode(&out).unwrap();
    assert_eq!((answer.header.hop_by_hop, answer.header.end_to_end), (1, 1));
    let ours = Capabilities::read(&answer).unwrap();
    assert_eq!((ours.host.as_str(), ours.product_name.as_deref()), ("ocs.example", Some("Talea")));
    assert!(peer.is_open() && peer.is_usable());

    out.clear();
    let request = ccr();
    let Reaction::Request(message) = peer.received(1, &request, &mut out) else { panic!("not delivered") };
    assert_eq!((message.header.hop_by_hop, out.len()), (7, 0));
}

/// Kamailio advertises credit control only inside Vendor-Specific-Application-Id; a relay shares every application.
#[test]
fn common_applications() {
    let vendor_only = LocalNode { applications: vec![], ..node("gw.example") };
    let relay =
        LocalNode { applications: vec![0xffff_ffff], vendor_applications: vec![], ..node("gw.example") };
    for local in [vendor_only, relay] {
        let reaction = server().received(0, &cer(&local), &mut Vec::new()).is_opened();
        assert!(reaction);
    }
    let other = LocalNode { applications: vec![3], vendor_applications: vec![], ..node("gw.example") };
    let mut out = Vec::new();
    assert_eq!(closed(server().received(0, &cer(&other), &mut out)), CloseReason::NoCommonApplication);
    assert_eq!(
        sent(&out),
        (command::CAPABILITIES_EXCHANGE, false, Some(result::NO_COMMON_APPLICATION), false)
    );
}

trait Opened {
    fn is_opened(&self) -> bool;
}

impl Opened for Reaction<'_> {
    fn is_opened(&self) -> bool {
        matches!(self, Reaction::Opened(_))
    }
}

/// A stranger gets 3010 with the E bit; a CER without Origin-Host 5005; a peer that insists on TLS inside Diameter 5017.
#[test]
fn refused_capabilities() {
    let mut out = Vec::new();
    let reason = closed(server().received(0, &cer(&node("stranger.example")), &mut out));
    assert_eq!(reason, CloseReason::UnknownPeer { host: "stranger.example".into() });
    assert_eq!(sent(&out), (command::CAPABILITIES_EXCHANGE, false, Some(result::UNKNOWN_PEER), true));

    out.clear();
    let mut nameless = Vec::new();
    Encoder::new(&mut nameless, &Header::request(command::CAPABILITIES_EXCHANGE, 0, 0, 1, 1)).finish();
    assert!(matches!(closed(server().received(0, &nameless, &mut out)), CloseReason::BadCapabilities(_)));
    assert_eq!(sent(&out).2, Some(result::MISSING_AVP));

    out.clear();
    let mut tls = cer(&node("gw.example"));
    tls.extend_from_slice(&[0, 0, 1, 0x2b, 0x40, 0, 0, 12, 0, 0, 0, 1]);
    tls[3] += 12;
    assert_eq!(closed(server().received(0, &tls, &mut out)), CloseReason::NoCommonSecurity);
    assert_eq!(sent(&out).2, Some(result::NO_COMMON_SECURITY));
}

/// RFC 6733 5.6.4: a peer with which another connection stays gets 4003 without the E bit; the later name wins as the side that accepted.
#[test]
fn a_lost_election_is_told_and_closes() {
    let mut out = Vec::new();
    let reason = closed(server().received(0, &cer(&node("again.example")), &mut out));
    assert_eq!(reason, CloseReason::ElectionLost { host: "again.example".into() });
    assert_eq!(sent(&out), (command::CAPABILITIES_EXCHANGE, false, Some(result::ELECTION_LOST), false));
    assert!(wins_election("ocs.example", "dra.example") && !wins_election("dra.example", "OCS.example"));
    assert!(!wins_election("ocs.example", "OCS.example"), "nobody wins against himself");
}

/// Anything but a CER closes a new connection without a word, and so does silence.
#[test]
fn nothing_before_capabilities() {
    let mut out = Vec::new();
    for (bytes, command) in [(ccr(), 272), (simple(command::DEVICE_WATCHDOG, 0, true), 280)] {
        let reason = closed(server().received(0, &bytes, &mut out));
        assert_eq!(reason, CloseReason::MessageBeforeCapabilities { command });
    }
    let mut silent = server();
    assert!(matches!(silent.tick(CAPABILITIES_TIMEOUT - 1, &mut out), Reaction::Nothing));
    assert_eq!(silent.deadline(), Some(CAPABILITIES_TIMEOUT));
    assert_eq!(closed(silent.tick(CAPABILITIES_TIMEOUT, &mut out)), CloseReason::CapabilitiesTimeout);
    assert!(out.is_empty());
}

/// A CER on an open connection is answered again and changes nothing, unless the peer says it is another.
#[test]
fn capabilities_again() {
    let mut peer = open_server();
    let mut out = Vec::new();
    let hello = cer(&node("gw.example"));
    assert!(matches!(peer.received(1, &hello, &mut out), Reaction::Nothing));
    assert_eq!(sent(&out).2, Some(result::SUCCESS));
    assert!(peer.is_open());
    let other = cer(&node("other.example"));
    let reason = closed(peer.received(2, &other, &mut out));
    assert_eq!(reason, CloseReason::IdentityChanged { host: "other.example".into() });
}

/// DWR is answered with 2001 and our Origin-State-Id.
#[test]
fn watchdog_is_answered() {
    let mut out = Vec::new();
    let watchdog = simple(command::DEVICE_WATCHDOG, 0, true);
    assert!(matches!(open_server().received(1, &watchdog, &mut out), Reaction::Nothing));
    assert_eq!(sent(&out), (command::DEVICE_WATCHDOG, false, Some(result::SUCCESS), false));
    let answer = Message::decode(&out).unwrap();
    assert_eq!(answer.find(avp::ORIGIN_STATE_ID).unwrap().unwrap().u32(), Ok(5));
    assert_eq!((answer.header.hop_by_hop, answer.header.end_to_end), (3, 4));
}

/// Silence: a DWR after Twinit, then suspect, then closed; each interval is 30 s within 2 s of jitter.
#[test]
fn missed_watchdogs() {
    let mut peer = open_server();
    let mut out = Vec::new();
    let mut now = 0;
    let mut wait = |peer: &Peer| {
        let deadline = peer.deadline().unwrap();
        let interval = deadline - now;
        assert!((28 * SECOND..=32 * SECOND).contains(&interval), "{interval}");
        now = deadline;
        deadline
    };
    let deadline = wait(&peer);
    assert!(matches!(peer.tick(deadline - 1, &mut out), Reaction::Nothing));
    assert!(out.is_empty());
    assert!(matches!(peer.tick(deadline, &mut out), Reaction::Nothing));
    assert_eq!(sent(&out), (command::DEVICE_WATCHDOG, true, None, false));
    let deadline = wait(&peer);
    assert!(matches!(peer.tick(deadline, &mut out), Reaction::Suspect));
    assert!(peer.is_open() && !peer.is_usable());
    let deadline = wait(&peer);
    assert_eq!(closed(peer.tick(deadline, &mut out)), CloseReason::WatchdogLost);
    assert!(!peer.is_open() && peer.deadline().is_none());
}

/// A suspect peer that is heard again is used again; traffic postpones the watchdog.
#[test]
fn recovery_and_traffic() {
    let mut peer = open_server();
    let mut out = Vec::new();
    let _ = peer.tick(LATER, &mut out);
    let watchdog_ids = Message::decode(&out).unwrap().header;
    assert!(matches!(peer.tick(2 * LATER, &mut out), Reaction::Suspect));
    let mut answer = simple(command::DEVICE_WATCHDOG, 0, false);
    answer[12..16].copy_from_slice(&watchdog_ids.hop_by_hop.to_be_bytes());
    assert!(matches!(peer.received(2 * LATER + 1, &answer, &mut out), Reaction::Recovered));
    assert!(peer.is_usable());

    out.clear();
    let request = ccr();
    for minute in 1..10 {
        let now = 3 * LATER + minute * 20 * SECOND;
        assert!(matches!(peer.received(now, &request, &mut out), Reaction::Request(_)));
        assert!(matches!(peer.tick(now + 1, &mut out), Reaction::Nothing));
    }
    assert!(out.is_empty(), "no watchdog while there is traffic");
}

/// A reconnected client sends a DWR at once and is usable only after three DWAs; what the peer sends meanwhile is delivered.
#[test]
fn reopened_connection_proves_itself() {
    let (mut peer, out) = open_client(true);
    assert_eq!(sent(&out), (command::DEVICE_WATCHDOG, true, None, false));
    let answer = simple(command::DEVICE_WATCHDOG, 0, false);
    let request = simple(command::RE_AUTH, 4, true);
    let mut out = Vec::new();
    for round in 1..=3 {
        assert!(peer.is_open() && !peer.is_usable());
        assert!(matches!(peer.received(round * LATER, &request, &mut out), Reaction::Request(_)));
        let reaction = peer.received(round * LATER, &answer, &mut out);
        assert_eq!(matches!(reaction, Reaction::Recovered), round == 3, "{round}: {reaction:?}");
        let _ = peer.tick((round + 1) * LATER, &mut out);
    }
    assert!(peer.is_usable());
    let (fresh, out) = open_client(false);
    assert!(fresh.is_usable() && out.is_empty());
}

/// The client closes on a refusal, on another message than its CEA, and on silence.
#[test]
fn client_side_capabilities() {
    let dial = || {
        let mut peer = Peer::dialled(settings("stranger.example"), false);
        let mut hello = Vec::new();
        peer.connected(0, &mut hello);
        (peer, hello)
    };
    let mut out = Vec::new();
    let (mut peer, hello) = dial();
    let mut answer = Vec::new();
    let _ = server().received(0, &hello, &mut answer);
    let reason = closed(peer.received(0, &answer, &mut out));
    assert_eq!(reason, CloseReason::RefusedByPeer { result_code: result::UNKNOWN_PEER });

    let (mut peer, _) = dial();
    let watchdog = simple(command::DEVICE_WATCHDOG, 0, true);
    let reason = closed(peer.received(0, &watchdog, &mut out));
    assert_eq!(reason, CloseReason::MessageBeforeCapabilities { command: command::DEVICE_WATCHDOG });

    let (mut peer, _) = dial();
    assert_eq!(closed(peer.tick(CAPABILITIES_TIMEOUT, &mut out)), CloseReason::CapabilitiesTimeout);
}

/// The peer leaves: DPA goes out, what follows is ignored, and its close is awaited for a bounded time.
#[test]
fn disconnect_by_the_peer() {
    let mut peer = open_server();
    let mut out = Vec::new();
    let mut leave = Vec::new();
    client::write_dpr(&node("gw.example").identity, DisconnectCause::Busy, (3, 4), &mut leave);
    let reaction = peer.received(SECOND, &leave, &mut out);
    assert!(matches!(reaction, Reaction::Leaving(DisconnectCause::Busy)), "{reaction:?}");
    assert_eq!(sent(&out), (command::DISCONNECT_PEER, false, Some(result::SUCCESS), false));
    out.clear();
    let request = ccr();
    assert!(matches!(peer.received(SECOND, &request, &mut out), Reaction::Nothing));
    assert!(matches!(peer.stop(SECOND, DisconnectCause::Rebooting, &mut out), Reaction::Nothing));
    assert!(out.is_empty() && !peer.is_open());
    let reason = closed(peer.tick(SECOND + DISCONNECT_TIMEOUT, &mut out));
    assert_eq!(reason, CloseReason::DisconnectTimeout);
}

/// We leave: DPR goes out, late answers are delivered, new requests are sent elsewhere with 3004, and DPA closes.
#[test]
fn disconnect_by_us() {
    let mut peer = open_server();
    let mut out = Vec::new();
    assert!(matches!(peer.stop(SECOND, DisconnectCause::Rebooting, &mut out), Reaction::Nothing));
    assert_eq!(sent(&out), (command::DISCONNECT_PEER, true, None, false));
    let leave = Message::decode(&out).unwrap();
    assert_eq!(DisconnectCause::of(&leave), DisconnectCause::Rebooting);
    let mut answer_to_us = Vec::new();
    let reaction = open_client(false).0.received(SECOND, &out, &mut answer_to_us);
    assert!(matches!(reaction, Reaction::Leaving(DisconnectCause::Rebooting)));

    out.clear();
    let late = simple(command::RE_AUTH, 4, false);
    assert!(matches!(peer.received(SECOND, &late, &mut out), Reaction::Answer(_)));
    let request = ccr();
    assert!(matches!(peer.received(SECOND, &request, &mut out), Reaction::Unsupported(result::TOO_BUSY)));
    assert_eq!(sent(&out), (command::CREDIT_CONTROL, false, Some(result::TOO_BUSY), true));
    assert_eq!(closed(peer.received(SECOND, &answer_to_us, &mut out)), CloseReason::Disconnected);
}

/// Requests that nobody here serves get 3007 for the application and 3001 for the command, with the E bit.
#[test]
fn foreign_requests() {
    let mut peer = open_server();
    let cases = [
        (simple(272, 16_777_238, true), result::APPLICATION_UNSUPPORTED),
        (simple(999, 0, true), result::COMMAND_UNSUPPORTED),
    ];
    for (bytes, code) in cases {
        let mut out = Vec::new();
        let reaction = peer.received(1, &bytes, &mut out);
        assert!(matches!(reaction, Reaction::Unsupported(found) if found == code), "{reaction:?}");
        let (_, request, found, error_bit) = sent(&out);
        assert_eq!((request, found, error_bit), (false, Some(code), true));
    }
}

/// A request that cannot be read is refused and the connection lives on; an unreadable answer is dropped.
#[test]
fn unreadable_messages() {
    let mut peer = open_server();
    let mut out = Vec::new();
    let mut bad = ccr();
    bad[4] = flags::REQUEST | flags::ERROR;
    assert!(matches!(peer.received(1, &bad, &mut out), Reaction::Refused(_)));
    assert_eq!(sent(&out), (command::CREDIT_CONTROL, false, Some(result::INVALID_HDR_BITS), true));
    out.clear();
    let mut cut = simple(272, 4, false);
    cut.truncate(24);
    assert!(matches!(peer.received(1, &cut, &mut out), Reaction::Dropped(_)));
    assert!(out.is_empty() && peer.is_open());
}

#[derive(Debug, Clone)]
enum Step {
    Message(usize),
    Octets(Vec<u8>),
    Tick(u64),
    Stop,
    Connected,
    Disconnected,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..9_usize).prop_map(Step::Message),
        1 => vec(any::<u8>(), 0..80).prop_map(Step::Octets),
        3 => (0..40 * SECOND).prop_map(Step::Tick),
        1 => Just(Step::Stop),
        1 => Just(Step::Connected),
        1 => Just(Step::Disconnected),
    ]
}

proptest! {
    /// Whatever happens in whatever order, both sides send only whole well-formed messages, deliver only while open or
    /// leaving, and nothing comes out of a closed connection.
    #[test]
    fn any_order_of_events(dialled in any::<bool>(), reconnected in any::<bool>(), steps in vec(step(), 1..40)) {
        let accepted = Peer::accepted(settings("ocs.example"), 0);
        let mut peer = if dialled { Peer::dialled(settings("ocs.example"), reconnected) } else { accepted };
        let good_answer = {
            let (mut hello, mut answer) = (Vec::new(), Vec::new());
            // The same seed gives the same identifiers, so this CEA fits the CER of `peer`.
            Peer::dialled(settings("ocs.example"), false).connected(0, &mut hello);
            let _ = Peer::accepted(settings("gw.example"), 0).received(0, &hello, &mut answer);
            answer
        };
        let messages = [
            cer(&node("gw.example")), good_answer, ccr(), simple(272, 4, false), simple(999, 0, true),
            simple(command::DEVICE_WATCHDOG, 0, true), simple(command::DEVICE_WATCHDOG, 0, false),
            simple(command::DISCONNECT_PEER, 0, true), simple(command::DISCONNECT_PEER, 0, false),
        ];
        let (mut now, mut ended) = (0, false);
        for step in steps {
            let mut out = Vec::new();
            let was_open = peer.is_open();
            let reaction = match &step {
                Step::Message(index) => peer.received(now, &messages[*index], &mut out),
                Step::Octets(bytes) => peer.received(now, bytes, &mut out),
                Step::Tick(micros) => {
                    now += micros;
                    peer.tick(now, &mut out)
                }
                Step::Stop if !ended => peer.stop(now, DisconnectCause::Rebooting, &mut out),
                Step::Stop => Reaction::Nothing,
                Step::Connected => {
                    peer.connected(now, &mut out);
                    Reaction::Nothing
                }
                Step::Disconnected => {
                    peer.disconnected();
                    ended = true;
                    Reaction::Nothing
                }
            };
            if ended {
                prop_assert!(out.is_empty() && matches!(reaction, Reaction::Nothing), "{step:?} {reaction:?}");
            }
            if matches!(reaction, Reaction::Request(_)) {
                prop_assert!(was_open);
            }
            prop_assert!(!peer.is_usable() || peer.is_open());
            ended |= matches!(reaction, Reaction::Close(_));
            prop_assert!(!ended || peer.deadline().is_none());
            let mut splitter = Splitter::default();
            splitter.feed(&out);
            while let Some(message) = splitter.next_message().unwrap() {
                sent(message);
            }
            prop_assert_eq!(splitter.pending(), 0);
        }
    }
}
