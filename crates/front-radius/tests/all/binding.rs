//! A policy broker that does not hear the network itself is told which session has which address (DPI-04, DPI-05): by requests of ours
//! that are repeated, kept and sent in order. The broker here is FreeRADIUS's rules in a socket of the test.

use crate::world;

use charging::{Command, CustomerId, Payment};
use radius::{AccountingReport, AccountingStatus, Code, Packet, PacketBuilder, number};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;
use world::wire::{Client, Counters, INTERIM, ON, START, STOP, report};
use world::*;

struct Broker(UdpSocket);

impl Broker {
    fn open() -> (Self, World) {
        Self::at(SPB)
    }

    fn at(address: &str) -> (Self, World) {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        let world = World::with_broker_at(socket.local_addr().unwrap().port());
        (Self(socket), world)
    }

    fn hear(&self, patience: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut buffer = [0; 4096];
        let (length, from) = self.0.recv_from(&mut buffer).ok()?;
        let packet = Packet::decode(&buffer[..length]).unwrap();
        assert_eq!(packet.code(), Code::AccountingRequest);
        radius::authenticator::verify_request(&packet, SECRET.as_bytes(), Default::default()).unwrap();
        Some((buffer[..length].to_vec(), from))
    }

    fn acknowledge(&self, request: &[u8], from: SocketAddr) {
        let packet = Packet::decode(request).unwrap();
        let reply = PacketBuilder::reply_to(&packet, Code::AccountingResponse);
        self.0.send_to(&reply.sign_reply(&packet, SECRET.as_bytes()).unwrap(), from).unwrap();
    }

    /// The next report, acknowledged.
    fn next(&self) -> AccountingReport<'static> {
        let (request, from) = self.hear(Duration::from_secs(20)).expect("the broker is told");
        self.acknowledge(&request, from);
        let packet = Packet::decode(request.leak()).unwrap();
        assert_eq!(packet.text(number::NAS_IDENTIFIER).as_deref(), Some("mikrotik-1"));
        AccountingReport::read(&packet).unwrap()
    }
}

#[test]
fn start_and_stop_tell_name_address_and_session_and_reports_between_tell_nothing_new() {
    let (broker, world) = Broker::open();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let server = world.server.accounting_address();
    client.ask(server, &report(1, START, "s-1", "anna@home", Counters::default())).unwrap();
    let begun = broker.next();
    assert_eq!(begun.status, AccountingStatus::Start);
    assert_eq!(begun.framed_ipv4, Some(Ipv4Addr::new(10, 0, 0, 9)));
    assert_eq!((begun.user_name.as_deref(), &*begun.session_id), (Some("anna@home"), "s-1"));
    assert!(begun.event_timestamp.is_some());
    let used = Counters { input: 5, output: 5, seconds: 60, delay: 0 };
    client.ask(server, &report(2, INTERIM, "s-1", "anna@home", used)).unwrap();
    assert!(broker.hear(Duration::from_millis(500)).is_none(), "the address is the same");
    client.ask(server, &report(3, STOP, "s-1", "anna@home", Counters { seconds: 61, ..used })).unwrap();
    let over = broker.next();
    assert_eq!((over.status, &*over.session_id), (AccountingStatus::Stop, "s-1"));
    assert_eq!(over.framed_ipv4, Some(Ipv4Addr::new(10, 0, 0, 9)));
    let metrics = world.server.metrics();
    let acknowledged = || {
        metrics.steered_of("spb-1", "forward_start", "ack")
            + metrics.steered_of("spb-1", "forward_stop", "ack")
    };
    while acknowledged() < 2 {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    world.stop();
}

#[test]
fn what_the_broker_does_not_answer_is_sent_again_unchanged_and_a_stop_waits_for_its_start() {
    let (broker, world) = Broker::open();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let server = world.server.accounting_address();
    client.ask(server, &report(1, START, "s-1", "anna@home", Counters::default())).unwrap();
    let (first, _) = broker.hear(Duration::from_secs(20)).unwrap();
    let used = Counters { input: 5, output: 5, seconds: 61, delay: 0 };
    client.ask(server, &report(2, STOP, "s-1", "anna@home", used)).unwrap();
    let (again, from) = broker.hear(Duration::from_secs(20)).unwrap();
    assert_eq!(again, first, "the same octets, three seconds later");
    broker.acknowledge(&again, from);
    let over = broker.next();
    assert_eq!(over.status, AccountingStatus::Stop);
    assert_eq!(over.session_id, "s-1");
    world.stop();
}

#[test]
fn reports_of_the_broker_itself_and_of_refused_sessions_are_not_sent_on() {
    let (broker, world) = Broker::open();
    let mut client = Client::at(MIKROTIK);
    client.send(
        world.server.accounting_address(),
        report(1, START, "s-1", "nobody", Counters::default()).bytes(),
    );
    assert!(broker.hear(Duration::from_millis(500)).is_none(), "nobody's session");
    assert_eq!(world.server.metrics().discards_of("unknown_subscriber"), 1);
    world.stop();
}

/// The next report, which must be the Stop of this session with its address.
fn hears_stop(broker: &Broker, session: &str) {
    let over = broker.next();
    assert_eq!((over.status, &*over.session_id), (AccountingStatus::Stop, session));
    assert_eq!(over.user_name.as_deref(), Some("anna@home"), "the name it was told with the Start");
    assert_eq!(over.framed_ipv4, Some(Ipv4Addr::new(10, 0, 0, 9)));
}

#[test]
fn sessions_that_end_without_a_report_by_hand_by_silence_or_with_their_node_are_told_too() {
    let (broker, world) = Broker::open();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let server = world.server.accounting_address();
    let mut begin = |session: &str| {
        client.ask(server, &report(1, START, session, "anna@home", Counters::default())).unwrap();
        assert_eq!(broker.next().status, AccountingStatus::Start);
    };
    begin("s-1");
    let session = world.open(7)[0].key.clone();
    world.command(CustomerId(7), Command::EndSession { session });
    hears_stop(&broker, "s-1");
    begin("s-2");
    world.engine.clock().advance(calendar::Seconds(2 * 3_600));
    hears_stop(&broker, "s-2");
    begin("s-3");
    world.engine.clock().advance(calendar::Seconds(1));
    let mut node = Client::at(MIKROTIK);
    node.ask(server, &report(9, ON, "boot", "", Counters::default())).unwrap();
    hears_stop(&broker, "s-3");
    assert!(broker.hear(Duration::from_millis(300)).is_none(), "each is told once");
    world.stop();
}

#[test]
fn a_stop_that_was_not_answered_before_a_restart_is_sent_again_after_it() {
    let (broker, mut world) = Broker::open();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let server = world.server.accounting_address();
    client.ask(server, &report(1, START, "s-1", "anna@home", Counters::default())).unwrap();
    assert_eq!(broker.next().status, AccountingStatus::Start);
    client
        .ask(server, &report(2, STOP, "s-1", "anna@home", Counters { seconds: 5, ..Default::default() }))
        .unwrap();
    broker.hear(Duration::from_secs(20)).expect("not answered");
    world.without_door(|world| world.engine.store().flush().unwrap());
    while let Some((_stale, _)) = broker.hear(Duration::from_millis(1)) {}
    let over = broker.next();
    assert_eq!((over.status, over.framed_ipv4), (AccountingStatus::Stop, Some(Ipv4Addr::new(10, 0, 0, 9))));
    world.stop();
}

/// A broker that goes by addresses would end the other's session.
#[test]
fn a_stop_that_is_sent_again_never_names_an_address_that_somebody_else_has_meanwhile() {
    let (broker, mut world) = Broker::open();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    world.subscriber(8, "homeconnect-plus", Payment::Postpaid, "ben@home", "x");
    let mut client = Client::at(MIKROTIK);
    let server = world.server.accounting_address();
    client.ask(server, &report(1, START, "s-1", "anna@home", Counters::default())).unwrap();
    assert_eq!(broker.next().status, AccountingStatus::Start);
    let used = Counters { seconds: 5, ..Counters::default() };
    client.ask(server, &report(2, STOP, "s-1", "anna@home", used)).unwrap();
    broker.hear(Duration::from_secs(20)).expect("not answered");
    client.ask(server, &report(3, START, "s-2", "ben@home", Counters::default())).unwrap();
    let begun = broker.next();
    assert_eq!((begun.status, &*begun.session_id), (AccountingStatus::Start, "s-2"));
    world.without_door(|world| {
        while broker.hear(Duration::from_millis(1)).is_some() {}
        world.engine.store().flush().unwrap();
    });
    assert!(broker.hear(Duration::from_secs(1)).is_none(), "the address is ben's");
    let server = world.server.accounting_address();
    client.ask(server, &report(4, STOP, "s-2", "ben@home", used)).unwrap();
    let over = broker.next();
    assert_eq!((over.status, &*over.session_id), (AccountingStatus::Stop, "s-2"));
    world.stop();
}

/// RAD-31: business customers have a package without P2P; the SCE is told it with the address, and another one when the product's policy
/// changes, at once.
#[test]
fn an_sce_is_told_the_package_with_the_start_and_again_when_it_changes() {
    let (broker, world) = Broker::at(SCE_FEED);
    let account = world.subscriber(7, "mobile-data", Payment::Postpaid, "anna@home", "x");
    let package = |name: &str| world.set_attributes(account, "mobile-data", &[("sce_package", name)]);
    let told = |broker: &Broker| {
        let (request, from) = broker.hear(Duration::from_secs(20)).expect("the SCE is told");
        broker.acknowledge(&request, from);
        let packet = Packet::decode(&request).unwrap();
        let status = AccountingReport::read(&packet).unwrap().status;
        (status, packet.text(11))
    };
    package("residential");
    let mut client = Client::at(SCE);
    let server = world.server.accounting_address();
    client.ask(server, &report(1, START, "s-1", "anna@home", Counters::default())).unwrap();
    assert_eq!(told(&broker), (AccountingStatus::Start, Some("residential".to_owned())));
    let used = Counters { input: 5, output: 5, seconds: 60, delay: 0 };
    client.ask(server, &report(2, INTERIM, "s-1", "anna@home", used)).unwrap();
    package("business-no-p2p");
    assert_eq!(told(&broker), (AccountingStatus::Start, Some("business-no-p2p".to_owned())));
    client.ask(server, &report(3, STOP, "s-1", "anna@home", Counters { seconds: 61, ..used })).unwrap();
    assert_eq!(told(&broker), (AccountingStatus::Stop, None));
    world.stop();
}
