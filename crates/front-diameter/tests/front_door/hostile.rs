//! Hostile peers against the open server: conversations of damaged messages in any order. The server answers with well-formed messages or
//! closes; it never fails, and neither other peers nor the books notice.
//!
//! Bounded here; for longer: `TALEA_FUZZ_CONVERSATIONS=1000000 cargo test -p front-diameter --test front_door hostile`.

use crate::wire_client::{WireClient, cer, initial, request};
use crate::world::{PATIENCE, PEER, World, eventually, msisdn, usd};
use diameter::Message;
use diameter::client::{write_dpr, write_dwr};
use diameter::credit_control::{CreditControlRequest, RequestType, RequestedAction, Units, UsedUnits};
use diameter::frame::Splitter;
use diameter::peer::DisconnectCause;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Conversations without the variable.
const CONVERSATIONS: u64 = 400;
/// Messages of one conversation at most.
const MESSAGES_MOST: u64 = 6;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn at(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}

/// Good messages of every kind that a peer may send.
fn good() -> Vec<Vec<u8>> {
    let identity =
        diameter::answer::Identity { host: PEER.into(), realm: "test.example".into(), state_id: None };
    let who = msisdn(1);
    let mut messages = vec![cer(PEER, 4), cer(PEER, 4), cer("other.example", 4), request(4, 258, (7, 7))];
    let (mut watchdog, mut leave) = (Vec::new(), Vec::new());
    write_dwr(&identity, (3, 3), &mut watchdog);
    write_dpr(&identity, DisconnectCause::Busy, (4, 4), &mut leave);
    messages.extend([watchdog, leave]);
    for kind in [RequestType::Initial, RequestType::Update, RequestType::Termination, RequestType::Event] {
        let mut ccr = CreditControlRequest::new("pgw;hostile", kind, 1, "32251@3gpp.org", (5, 5))
            .from_node(PEER, "test.example")
            .to_realm("talea.example", None)
            .about(diameter::credit_control::SubscriptionId {
                kind: diameter::credit_control::SubscriptionKind::E164,
                data: &who,
            });
        let octets = |count| Units { total_octets: Some(count), ..Units::default() };
        ccr.requested = Some(octets(1_000));
        if matches!(kind, RequestType::Update | RequestType::Termination) {
            ccr.used = vec![UsedUnits { units: octets(500), ..UsedUnits::default() }];
        }
        ccr.requested_action = (kind == RequestType::Event).then_some(RequestedAction::DirectDebiting);
        let mut octets = Vec::new();
        ccr.write(&mut octets);
        messages.push(octets);
    }
    messages
}

/// One to four octets are others, or the message is cut or grown; its length stays right three times of four, so that it is read further.
fn damage(message: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.at(message.len());
        message[at] = u8::try_from(dice.below(256)).unwrap();
    }
    if dice.below(4) == 0 {
        let length = message.len();
        message.resize(20 + dice.at(length + 40), 0);
    }
    if dice.below(4) > 0 {
        message.resize(message.len().next_multiple_of(4), 0);
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        message[..4].copy_from_slice(&[1, length[1], length[2], length[3]]);
    }
}

/// Says all of it, closes, and hears the answers out: each is a whole message.
fn converse(world: &World, messages: &[Vec<u8>]) {
    let mut stream = TcpStream::connect(world.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for message in messages {
        // The server may have closed already.
        if stream.write_all(message).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let (mut splitter, mut chunk) = (Splitter::default(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        splitter.feed(&chunk[..count]);
        while let Some(octets) = splitter.next_message().unwrap() {
            let message = Message::decode(octets).unwrap();
            assert!(message.avps().all(|found| found.is_ok()), "every AVP of ours is whole");
        }
    }
}

#[test]
fn damaged_conversations_harm_nobody() {
    let conversations = std::env::var("TALEA_FUZZ_CONVERSATIONS").ok();
    let conversations = conversations.map_or(CONVERSATIONS, |text| text.parse().unwrap());
    let world = World::open();
    world.sign_up(1, "1000000");
    world.sign_up(2, "100");
    let mut bystander = WireClient::open(&world);
    let good = good();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..conversations {
        let mut messages = vec![cer(PEER, 4)];
        for _ in 0..=dice.below(MESSAGES_MOST) {
            let mut message = good[dice.at(good.len())].clone();
            if dice.below(5) > 0 {
                damage(&mut message, &mut dice);
            }
            messages.push(message);
        }
        if dice.below(8) == 0 {
            messages.remove(0);
        }
        converse(&world, &messages);
    }
    let who = msisdn(2);
    let ccr = initial(&mut bystander, "pgw;good", &who);
    assert_eq!(bystander.ask(&ccr).code(), 2001);
    let customer = world.customer(2);
    assert_eq!((customer.head.purse.balance, customer.head.purse.reserved), (usd("0"), usd("0.10")));
    eventually("the hostile connections are gone", || world.server.peers().len() == 1);
}

/// A stranger who opens connections and says nothing gets so many of them, and a peer from elsewhere still finds a place.
#[test]
fn silent_connections_of_one_address_are_bounded() {
    let world = World::with(|config| config.connections_most = 200);
    let from = |address: &str| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&format!("{address}:0").parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.connect(&world.address().into()).unwrap();
        TcpStream::from(socket)
    };
    let silent: Vec<TcpStream> = (0..250).map(|_| from("127.0.0.9")).collect();
    eventually("the others are closed", || world.server.metrics().closed_for_cause.get() >= 250 - 128);
    assert_eq!(world.server.peers().len(), 128);
    let mut peer = from("127.0.0.1");
    peer.write_all(&cer(PEER, 4)).unwrap();
    eventually("a peer is let in", || world.server.peers().iter().any(|peer| peer.host == PEER));
    drop(silent);
}
