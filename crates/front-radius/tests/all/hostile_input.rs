//! Octets of any kind on both ports: nobody is stopped by them, nothing is half-applied, nothing panics.

use crate::world;

use charging::Payment;
use proptest::prelude::*;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use world::wire::{Client, Counters, INTERIM, ON, START, STOP, pap, report};
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

/// One step of a device against the server's states.
#[derive(Debug, Clone, Copy)]
struct Act {
    node: u8,
    session: u8,
    kind: u8,
    megabytes: u16,
    again: bool,
}

/// Well-formed packets in any order: log-ins, Starts, reports, Stops, restarts of nodes and of sub-sessions, repeats, counters that go
/// back. Each genuine request is answered, a repeat with the same octets, nothing is charged that no report has counted, and the books
/// balance. `TALEA_RADIUS_STEPS` makes it longer than the 400 steps of the tests.
#[test]
fn any_order_of_well_formed_requests_is_answered_and_charges_no_more_than_was_counted() {
    let world = World::start();
    for (number, user) in [(7, "anna@home"), (8, "berta@home")] {
        world.subscriber(number, "mobile-data", Payment::Postpaid, user, "x");
    }
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    let nodes = [MOBILE, GENERIC, PDSN[0], PDSN[1]];
    let clients = nodes.map(|node| std::cell::RefCell::new(Client::at(node)));
    let steps = std::env::var("TALEA_RADIUS_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(400);
    let act = (0..4_u8, 0..3_u8, 0..12_u8, 0..5_000_u16, any::<bool>());
    let act =
        act.prop_map(|(node, session, kind, megabytes, again)| Act { node, session, kind, megabytes, again });
    let counted = std::cell::RefCell::new(std::collections::HashMap::<(u8, u8), u64>::new());
    let number = std::cell::Cell::new(0_u32);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(steps));
    let law = runner.run(&act, |Act { node, session, kind, megabytes, again }| {
        let mut client = clients[usize::from(node)].borrow_mut();
        number.set(number.get() + 1);
        let (count, identifier) = (number.get(), number.get().to_be_bytes()[3]);
        let user = ["anna@home", "berta@home"][usize::from(session % 2)];
        let octets = u64::from(megabytes) << 20;
        let (to, request) = match kind {
            0 | 1 => {
                let mut random = [0; 16];
                random[..4].copy_from_slice(&count.to_be_bytes());
                (auth, pap(identifier, random, user, if kind == 0 { "x" } else { "wrong" }))
            }
            _ => {
                let status = [START, INTERIM, INTERIM, INTERIM, STOP, ON][usize::from(kind) % 6];
                let counters = Counters { input: octets, output: 0, seconds: count, delay: 0 };
                if status != START && status != ON {
                    *counted.borrow_mut().entry((node, session)).or_default() += octets;
                }
                (accounting, report(identifier, status, &format!("s{session}"), user, counters))
            }
        };
        let answer = insist(&mut client, to, &request);
        if again {
            prop_assert_eq!(insist(&mut client, to, &request), answer, "the same octets again");
        }
        Ok(())
    });
    law.unwrap();
    // Every end of a session begins another one of that name, so the sum of what was ever reported is the most that may be charged.
    let most: u64 = counted.borrow().values().sum();
    let open = |customer| world.open(customer).iter().map(|session| session.key.shown()).collect::<Vec<_>>();
    let (xdrs, still) = ([world.xdrs(7), world.xdrs(8)].concat(), open(7).len() + open(8).len());
    let units: i64 = xdrs.iter().map(|(units, _)| units).sum();
    assert!(u64::try_from(units).unwrap() <= most, "{units} charged of {most} counted");
    assert!(still <= 12, "{still} sessions of twelve names");
    world.stop();
}

/// The answer, asked for again where a datagram was lost or the engine was busy.
fn insist(client: &mut Client, to: std::net::SocketAddr, request: &radius::client::Request) -> Vec<u8> {
    let answer = (0..20).find_map(|_| {
        client.send(to, request.bytes());
        client.receive(Duration::from_millis(500))
    });
    let answer = answer.expect("every genuine request is answered");
    request.check_response(&answer, SECRET.as_bytes()).unwrap();
    answer
}
