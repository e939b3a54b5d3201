//! Sessions: order, repetition, limits and refusals that a well-behaved client cannot show.

use crate::wire_client::{Session, WireClient, initial, written};
use crate::world::{MB, PEER, World, eventually, msisdn, usd};
use diameter::codes::{avp, flags};
use diameter::credit_control::{FinalUnit, RequestType, SubscriptionId, SubscriptionKind};
use diameter::{Encoder, Message};
use std::sync::atomic::Ordering;

/// The grant is what the funds allow; with the last of it comes Final-Unit-Indication TERMINATE, and then 4012.
#[test]
fn the_last_units_are_announced_and_then_refused() {
    let world = World::open();
    world.sign_up(1, "0.05");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;last" };
    let ccr = initial(&mut client, session.id, &who);
    let answer = client.ask(&ccr).read();
    let service = &answer.services[0];
    assert_eq!(service.granted.unwrap().units.total_octets, Some(5 * MB));
    assert_eq!((&service.final_unit, service.result_code), (&Some(FinalUnit::Terminate), Some(2001)));

    let ccr = session.step(&mut client, RequestType::Update, 1, (Some(5 * MB), Some(MB)), &who);
    let answer = client.ask(&ccr).read();
    assert_eq!((answer.result_code, answer.services[0].result_code), (2001, Some(4012)));
    let ccr = session.step(&mut client, RequestType::Termination, 2, (None, None), &who);
    assert_eq!(client.ask(&ccr).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.05"));
}

/// Every way of naming the subscriber finds him, several may be given, and a name nobody has is not in the way.
#[test]
fn a_subscriber_is_found_by_any_of_his_names() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    world.names.add("imsi", "001010000000001", account);
    world.names.add("user", "anna@home.example", account);
    let mut client = WireClient::open(&world);
    let ways = [
        (SubscriptionKind::Imsi, "001010000000001"),
        (SubscriptionKind::Nai, "Anna@home.example"),
        (SubscriptionKind::SipUri, "sip:+15551@ims.example;user=phone"),
        (SubscriptionKind::E164, "+15551"),
    ];
    for (kind, data) in ways {
        let session = format!("pgw;{data}");
        let mut ccr = initial(&mut client, &session, "999");
        ccr.subscription_ids.push(SubscriptionId { kind, data });
        assert_eq!(client.ask(&ccr).code(), 2001, "{data}");
    }
    let mut ccr = initial(&mut client, "pgw;by-name", "");
    ccr.subscription_ids.clear();
    ccr.user_name = Some("anna@home.example");
    assert_eq!(client.ask(&ccr).code(), 2001);
    let names: Vec<String> = world.customer(1).sessions.values().map(|s| s.identifier.to_string()).collect();
    assert!(
        names.contains(&"001010000000001".to_owned()) && names.contains(&"15551".to_owned()),
        "{names:?}"
    );
}

/// A subscriber whose look-up takes long holds up nobody but himself: others are answered before him, out of order.
#[test]
fn a_slow_look_up_holds_up_no_other_subscriber() {
    let world = World::open();
    world.sign_up(1, "100");
    world.sign_up(2, "100");
    let gate = world.names.hold(&msisdn(1));
    let mut client = WireClient::open(&world);
    let (slow_name, fast_name) = (msisdn(1), msisdn(2));
    let slow = initial(&mut client, "pgw;slow", &slow_name);
    let fast = initial(&mut client, "pgw;fast", &fast_name);
    client.send(&[written(&slow), written(&fast)].concat());
    let first = client.answer();
    assert_eq!((first.header().hop_by_hop, first.code()), (fast.header.hop_by_hop, 2001));
    gate.send(()).unwrap();
    let second = client.answer();
    assert_eq!((second.header().hop_by_hop, second.code()), (slow.header.hop_by_hop, 2001));
}

/// A Termination that comes before its Initial was answered waits behind it, also when only the Initial needed a look-up.
#[test]
fn a_termination_never_overtakes_its_initial_request() {
    let world = World::open();
    world.sign_up(1, "100");
    let gate = world.names.hold(&msisdn(1));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;hasty" };
    let first = initial(&mut client, session.id, &who);
    client.send(&written(&first));
    eventually("the request came", || world.server.peers()[0].requests == 1);
    let last = session.step(&mut client, RequestType::Termination, 1, (Some(MB), None), &who);
    client.send(&written(&last));
    eventually("both came", || world.server.peers()[0].requests == 2);
    gate.send(()).unwrap();
    let answers = [client.answer(), client.answer()];
    assert_eq!(answers.each_ref().map(|a| a.header().hop_by_hop), [first, last].map(|r| r.header.hop_by_hop));
    assert_eq!(answers.each_ref().map(|a| a.code()), [2001, 2001]);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.01"));
}

/// An unnamed Update that comes before its Initial was answered waits behind it and finds its session.
#[test]
fn an_unnamed_update_waits_behind_its_initial_request() {
    let world = World::open();
    world.sign_up(1, "100");
    let gate = world.names.hold(&msisdn(1));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;hasty" };
    let first = initial(&mut client, session.id, &who);
    let mut next = session.step(&mut client, RequestType::Update, 1, (Some(MB), Some(MB)), &who);
    next.subscription_ids.clear();
    client.send(&[written(&first), written(&next)].concat());
    eventually("both came", || world.server.peers()[0].requests == 2);
    gate.send(()).unwrap();
    let answers = [client.answer(), client.answer()];
    assert_eq!(answers.each_ref().map(|a| a.header().hop_by_hop), [first, next].map(|r| r.header.hop_by_hop));
    assert_eq!(answers.each_ref().map(|a| a.code()), [2001, 2001]);
    assert_eq!(world.customer(1).open_sessions().next().unwrap().meters[0].used, MB);
}

/// A directory that cannot be read is no unknown subscriber: 3004 with the E bit sends the request elsewhere or lets it come again.
#[test]
pub fn a_broken_directory_is_busy_and_not_user_unknown() {
    let world = World::open();
    world.sign_up(1, "100");
    world.names.forgetful.store(true, Ordering::SeqCst);
    world.names.broken.store(true, Ordering::SeqCst);
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let ccr = initial(&mut client, "pgw;1", &who);
    let answer = client.ask(&ccr);
    assert_eq!((answer.code(), answer.header().is_error()), (3004, true));
    world.names.broken.store(false, Ordering::SeqCst);
    let ccr = initial(&mut client, "pgw;1", &who);
    assert_eq!(client.ask(&ccr).code(), 2001, "nothing was remembered of it");
}

/// More requests than may be in flight are all answered: reading stops and goes on.
#[test]
fn a_flood_is_answered_whole_with_few_requests_in_flight() {
    let world = World::with(|config| config.in_flight_most = 3);
    world.sign_up(1, "100");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let sessions: Vec<String> = (0..200).map(|n| format!("pgw;{n}")).collect();
    let requests: Vec<_> = sessions.iter().map(|session| initial(&mut client, session, &who)).collect();
    client.send(&requests.iter().flat_map(written).collect::<Vec<u8>>());
    let mut answered: Vec<u32> = requests.iter().map(|_| client.answer().header().hop_by_hop).collect();
    answered.sort_unstable();
    let asked: Vec<u32> = requests.iter().map(|r| r.header.hop_by_hop).collect();
    assert_eq!(answered, asked);
    assert_eq!(world.customer(1).open_sessions().count(), 200);
}

/// What an agent put in comes back: Proxy-Info in its order, and the P bit.
#[test]
fn proxy_info_and_the_p_bit_come_back() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let mut stored = Vec::new();
    for host in ["dra1.x", "dra2.x"] {
        let mut encoder = Encoder::new(&mut stored, &initial(&mut client, "s", &who).header);
        let group = encoder.begin_group(avp::PROXY_INFO);
        encoder.text(avp::PROXY_HOST, host);
        encoder.octets(avp::PROXY_STATE, b"state");
        encoder.end_group(group);
        encoder.finish();
    }
    let length = stored.len() / 2;
    let proxies: Vec<_> = [&stored[..length], &stored[length..]]
        .into_iter()
        .map(|octets| Message::decode(octets).unwrap().find(avp::PROXY_INFO).unwrap().unwrap())
        .collect();
    let mut ccr = initial(&mut client, "pgw;proxied", &who);
    ccr.proxy_infos = proxies.clone();
    let answer = client.ask(&ccr);
    let returned: Vec<_> =
        answer.message().avps().map(Result::unwrap).filter(|found| found.id == avp::PROXY_INFO).collect();
    assert_eq!(
        returned.iter().map(|p| p.data).collect::<Vec<_>>(),
        proxies.iter().map(|p| p.data).collect::<Vec<_>>()
    );
    assert_ne!(answer.header().flags & flags::PROXIABLE, 0);
    assert_eq!(answer.code(), 2001);
}

/// Echo mode answers what is asked without an account, and charges nothing.
#[test]
fn echo_mode_answers_without_charging() {
    let world = World::with(|config| config.echo = true);
    let mut client = WireClient::open(&world);
    let ccr = initial(&mut client, "pgw;echo", "12345");
    let answer = client.ask(&ccr).read();
    assert_eq!(answer.result_code, 2001);
    assert_eq!(answer.services[0].granted.unwrap().units.total_octets, Some(10 * MB));
    assert_eq!(world.engine.metrics().commands.get(), 0);
    assert_eq!(PEER, world.server.peers()[0].host);
}

/// RFC 6733 5.5.4 and appendix C: a session goes on over another connection of its peer, and of a repeated request the copy with the T
/// flag may come before the original; it is counted once, and both get the same answer.
#[test]
fn a_session_fails_over_and_the_repeated_request_may_come_before_the_original() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut first, mut second) = (WireClient::open(&world), WireClient::open(&world));
    let (session, who) = (Session { id: "pgw;1;failover" }, msisdn(1));
    let begin = session.step(&mut first, RequestType::Initial, 0, (None, Some(10 * MB)), &who);
    assert_eq!(first.ask(&begin).code(), 2001);
    let original = session.step(&mut first, RequestType::Update, 1, (Some(5 * MB), Some(10 * MB)), &who);
    let mut copy = original.clone();
    copy.header.flags |= 0x10;
    let (early, late) = (second.ask(&copy).read(), first.ask(&original).read());
    assert_eq!((early.result_code, &early), (2001, &late));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.15"), "five used and ten granted, once");
    drop(first);
    let end = session.step(&mut second, RequestType::Termination, 2, (Some(MB), None), &who);
    assert_eq!(second.ask(&end).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.06"));
}
