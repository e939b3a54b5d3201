//! Octets of any kind on both ports: nobody is stopped by them, nothing is half-applied, nothing panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::Payment;
use proptest::prelude::*;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use world::wire::{Client, Counters, INTERIM, STOP, pap, report};
use world::*;

/// Noise as fast as it goes, until told to stop: random lengths and a header that looks nearly right.
fn flood(
    from: &'static str,
    to: std::net::SocketAddr,
    stop: Arc<AtomicBool>,
) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let socket = UdpSocket::bind((from, 0)).unwrap();
        let (mut sent, mut state) = (0_u64, 0x9e37_79b9_7f4a_7c15_u64);
        let mut octets = [0_u8; 600];
        while !stop.load(Ordering::Relaxed) {
            for octet in &mut octets {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *octet = (state >> 56) as u8;
            }
            let length = usize::from(octets[0]) * 2;
            let stated = u16::try_from(length).unwrap().to_be_bytes();
            octets[0] = [1, 4, 12, 255][usize::from(octets[1] % 4)];
            octets[2..4].copy_from_slice(&stated);
            let _ = socket.send_to(&octets[..length.max(4)], to);
            sent += 1;
            if sent.is_multiple_of(64) {
                std::thread::yield_now();
            }
        }
        sent
    })
}

#[test]
fn a_flood_of_garbage_does_not_stop_others() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    let stop = Arc::new(AtomicBool::new(false));
    let floods = [flood(STRANGER, auth, stop.clone()), flood(MIKROTIK, accounting, stop.clone())];
    let mut client = Client::at(JUNIPER);
    let mut answered = 0;
    for number in 1..=50_u8 {
        let random = [number; 16];
        let login = pap(number, random, "anna@home", "x");
        let counters = Counters { input: u64::from(number), output: 0, seconds: 1, delay: 0 };
        let interim = report(number, INTERIM, "s1", "anna@home", counters);
        // UDP may lose a packet in the kernel's buffer: a client repeats, as it must.
        for (to, request) in [(auth, &login), (accounting, &interim)] {
            for _attempt in 0..5 {
                client.send(to, request.bytes());
                if client.receive(Duration::from_millis(500)).is_some() {
                    answered += 1;
                    break;
                }
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    let sent: u64 = floods.map(|flood| flood.join().unwrap()).iter().sum();
    let metrics = world.server.metrics();
    let noticed = metrics.discards_of("unknown_node") + metrics.discards_of("malformed");
    assert!(answered >= 98, "{answered} of 100 answered while {sent} packets of noise were sent");
    assert!(noticed > 100, "{noticed} of {sent} packets of noise were counted");
    world.stop();
}

#[test]
fn too_many_at_once_are_turned_away_and_come_again() {
    let world = World::start_with(|config| config.in_flight_most = 4);
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    let stops: Vec<_> = (0..60_u8)
        .map(|n| {
            let counters = Counters { input: 1, output: 0, seconds: 1, delay: 0 };
            report(n, STOP, &format!("s{n}"), "anna@home", counters)
        })
        .collect();
    let mut open: Vec<usize> = (0..stops.len()).collect();
    for _round in 0..50 {
        for number in &open {
            client.send(accounting, stops[*number].bytes());
        }
        while let Some(reply) = client.receive(Duration::from_millis(100)) {
            open.retain(|number| *number != usize::from(reply[1]));
        }
        if open.is_empty() {
            break;
        }
    }
    assert!(open.is_empty(), "{open:?} were never answered");
    assert_eq!(world.xdrs(7).len(), 60, "each is charged once");
    world.stop();
}

#[test]
fn any_octets_after_a_genuine_signature_are_survived() {
    // One server for all cases: what one case leaves behind must not hurt the next.
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    // Device types read different attributes: digests, sub-sessions, keys.
    let clients = [MIKROTIK, SIP, VPN, PDSN[0], ASR].map(|node| std::cell::RefCell::new(Client::at(node)));
    let attribute = (1_u8..=255, proptest::collection::vec(any::<u8>(), 0..40));
    let attributes = proptest::collection::vec(attribute, 0..12);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
    let law = runner.run(&(any::<u8>(), any::<u32>(), attributes), |(identifier, status, attributes)| {
        let mut client = clients[usize::from(identifier) % clients.len()].borrow_mut();
        let kinds = [
            (auth, radius::client::RequestBuilder::access(identifier, [identifier; 16])),
            (accounting, radius::client::RequestBuilder::accounting(identifier, status % 20).unwrap()),
        ];
        for (to, mut request) in kinds {
            for (number, value) in &attributes {
                request.attribute(*number, value).unwrap();
            }
            client.send(to, request.sign(SECRET.as_bytes()).unwrap().bytes());
        }
        Ok(())
    });
    law.unwrap();
    let mut client = Client::at(JUNIPER);
    client.ask(auth, &pap(1, [77; 16], "anna@home", "x")).unwrap();
    let counters = Counters { input: 1, output: 1, seconds: 1, delay: 0 };
    client.ask(accounting, &report(1, STOP, "after", "anna@home", counters)).unwrap();
    world.stop();
}
