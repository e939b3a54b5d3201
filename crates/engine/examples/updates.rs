//! How many durable session updates a second the engine does without any network: `cargo run --release -p engine --example
//! updates -- [sessions] [updates]`. Prints one line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    missing_docs
)]

#[path = "../tests/world/mod.rs"]
mod world;

use charging::Step;
use engine::Answer;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use world::{MB, sign_up, start, step};

/// Updates on their way at any time.
const IN_FLIGHT: usize = 4_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let (sessions, updates) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(400_000));
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let accounts: Vec<_> = (1..=sessions).map(|n| sign_up(&engine, u32::try_from(n).unwrap())).collect();
    for account in &accounts {
        engine.submit_network(step(&engine, *account, 0, Step::Start, 0), Answer::nobody());
    }
    engine.store().flush().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let started = std::time::Instant::now();
    for number in 0..updates {
        while number - answered.load(Ordering::Acquire) > IN_FLIGHT {
            std::thread::yield_now();
        }
        let (account, request) = (accounts[number % sessions], 1 + number / sessions);
        let done = answered.clone();
        let answer = Answer::new(move |outcome| {
            outcome.unwrap();
            done.fetch_add(1, Ordering::Release);
        });
        let request = u64::try_from(request).unwrap();
        engine.submit_network(step(&engine, account, request, Step::Update, MB / 100), answer);
    }
    while answered.load(Ordering::Acquire) < updates {
        std::thread::yield_now();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{updates} updates of {sessions} sessions in {seconds:.2} s: {:.0}/s", updates as f64 / seconds);
    engine.stop();
    assert!(engine.store().verify().unwrap().differences.is_empty());
}
