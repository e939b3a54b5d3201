//! How many durable accounting reports a second the front door takes, with the generator on the same machine:
//! `cargo run --release -p front-radius --example accounting -- [accounts] [seconds] [sockets]`. Prints one line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    missing_docs
)]

#[path = "../tests/all/world/mod.rs"]
mod world;

use charging::Payment;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use world::wire::{Counters, INTERIM, report};
use world::{MIKROTIK, World};

/// Reports on their way per socket.
const WINDOW: usize = 200;

/// What one socket saw.
#[derive(Default)]
struct Tally {
    answered: usize,
    lost: usize,
    micros: Vec<u32>,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u32>().unwrap());
    let accounts = arguments.next().unwrap_or(2_000);
    let seconds = arguments.next().unwrap_or(5);
    let sockets = arguments.next().unwrap_or(2);
    let world = World::start();
    for number in 1..=accounts {
        world.subscriber(number, "homeconnect-plus", Payment::Postpaid, &format!("user{number}"), "x");
    }
    let server = world.server.accounting_address();
    let until = Duration::from_secs(u64::from(seconds));
    let started = Instant::now();
    let generators: Vec<_> = (0..sockets)
        .map(|socket| {
            let mine = (1..=accounts).filter(move |n| n % sockets == socket).collect::<Vec<_>>();
            std::thread::spawn(move || generate(server, &mine, until))
        })
        .collect();
    let mut all = Tally::default();
    for generator in generators {
        let tally = generator.join().unwrap();
        all.answered += tally.answered;
        all.lost += tally.lost;
        all.micros.extend(tally.micros);
    }
    let took = started.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    let percentile = |p: usize| all.micros.get(all.micros.len() * p / 1_000).copied().unwrap_or(0);
    println!(
        "{} reports of {accounts} sessions in {took:.1} s: {:.0}/s, p50 {} us, p99 {} us, {} unanswered",
        all.answered,
        all.answered as f64 / took,
        percentile(500),
        percentile(990),
        all.lost,
    );
    world.stop();
}

fn generate(server: SocketAddr, accounts: &[u32], until: Duration) -> Tally {
    let socket = UdpSocket::bind((MIKROTIK, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut tally, mut buffer) = (Tally::default(), [0; 64]);
    let mut sent_at: [Option<Instant>; 256] = [None; 256];
    let (started, mut number, mut waiting) = (Instant::now(), 0_usize, 0_usize);
    let mut identifier = 0_u8;
    loop {
        let more = started.elapsed() < until;
        while more && waiting < WINDOW {
            while sent_at[usize::from(identifier)].is_some() {
                identifier = identifier.wrapping_add(1);
            }
            let user = accounts[number % accounts.len()];
            let total = u64::try_from(number / accounts.len()).unwrap() * 1_000 + 1;
            let counters =
                Counters { input: total, output: total, seconds: u32::try_from(total).unwrap(), delay: 0 };
            let report = report(identifier, INTERIM, &format!("s{user}"), &format!("user{user}"), counters);
            socket.send_to(report.bytes(), server).unwrap();
            sent_at[usize::from(identifier)] = Some(Instant::now());
            identifier = identifier.wrapping_add(1);
            number += 1;
            waiting += 1;
        }
        match socket.recv(&mut buffer) {
            Ok(_) => {
                if let Some(at) = sent_at[usize::from(buffer[1])].take() {
                    tally.answered += 1;
                    waiting -= 1;
                    tally.micros.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            }
            Err(_) => {
                tally.lost += waiting;
                waiting = 0;
                sent_at = [None; 256];
            }
        }
        if !more && waiting == 0 {
            return tally;
        }
    }
}
