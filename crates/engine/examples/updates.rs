//! How many durable session updates a second the engine does without any network, and how long they take: `cargo run --release -p
//! engine --example updates -- [sessions] [updates] [rate]`. Without a rate as many as are answered. Prints one line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    missing_docs
)]

#[path = "../tests/all/world/mod.rs"]
mod world;

use charging::Step;
use engine::Answer;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use world::{MB, sign_up, start, step};

/// Updates on their way at any time.
const IN_FLIGHT: usize = 4_000;
/// Customers signed up at the same time before.
const SIGN_UPS_AT_ONCE: usize = 64;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let (sessions, updates) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(400_000));
    let gap = arguments.next().map(|rate| Duration::from_secs(1) / u32::try_from(rate).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let accounts: Vec<_> = std::thread::scope(|scope| {
        let signing_up: Vec<_> = (0..SIGN_UPS_AT_ONCE)
            .map(|first| {
                let engine = &engine;
                scope.spawn(move || {
                    let mine = (1..=sessions).skip(first).step_by(SIGN_UPS_AT_ONCE);
                    mine.map(|n| sign_up(engine, u32::try_from(n).unwrap())).collect::<Vec<_>>()
                })
            })
            .collect();
        signing_up.into_iter().flat_map(|made| made.join().unwrap()).collect()
    });
    let (told, begun) = std::sync::mpsc::channel();
    for account in &accounts {
        let told = told.clone();
        let answer = Answer::new(move |outcome| told.send(outcome.is_ok()).unwrap());
        engine.submit_network(step(&engine, *account, 0, Step::Start, 0), answer);
    }
    assert!(begun.iter().take(sessions).all(|accepted| accepted));
    engine.store().flush().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let latencies = Arc::new(Mutex::new(Vec::with_capacity(updates)));
    let started = Instant::now();
    for number in 0..updates {
        let due = gap.map_or_else(Instant::now, |gap| started + gap * u32::try_from(number).unwrap());
        while due > Instant::now() {
            std::thread::park_timeout(Duration::from_micros(200));
        }
        while number - answered.load(Ordering::Acquire) > IN_FLIGHT {
            std::thread::yield_now();
        }
        let (account, request) = (accounts[number % sessions], 1 + number / sessions);
        let (done, latencies) = (answered.clone(), latencies.clone());
        let answer = Answer::new(move |outcome| {
            outcome.unwrap();
            latencies.lock().unwrap().push(due.elapsed());
            done.fetch_add(1, Ordering::Release);
        });
        let request = u64::try_from(request).unwrap();
        engine.submit_network(step(&engine, account, request, Step::Update, MB / 100), answer);
    }
    while answered.load(Ordering::Acquire) < updates {
        std::thread::yield_now();
    }
    let seconds = started.elapsed().as_secs_f64();
    let mut latencies = std::mem::take(&mut *latencies.lock().unwrap());
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 1000];
    println!(
        "{updates} updates of {sessions} sessions in {seconds:.2} s: {:.0}/s, p50 {:?} p99 {:?} p99.9 {:?} max {:?}",
        updates as f64 / seconds,
        at(500),
        at(990),
        at(999),
        at(1000)
    );
    engine.stop();
    assert!(engine.store().verify().unwrap().differences.is_empty());
}
