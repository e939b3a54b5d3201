//! A thousand seeds keep every promise, and the simulation does enough for that to mean something.

use sim::{Plan, Tally};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds of a test run; the command line runs any number of others.
const SEEDS: u64 = 1_000;

#[test]
fn a_thousand_seeds_keep_every_promise() {
    let (next, total) = (AtomicU64::new(1), Mutex::new(Tally::default()));
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > SEEDS {
                        return;
                    }
                    let outcome = Plan { seed, ..Plan::default() }.run();
                    match &outcome.violation {
                        Some(violation) => failures.lock().unwrap().push(format!(
                            "{violation}\nagain: cargo run --release -p sim -- --seeds 1 --from {seed} --verbose"
                        )),
                        None => total.lock().unwrap().add(outcome.tally),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} seeds failed, the first: {}", failures.len(), failures[0]);
    let total = total.into_inner().unwrap();
    println!("{total}");
    assert!(total.crashes > SEEDS && total.setbacks > SEEDS / 10, "{total}");
    assert!(total.changes > 40 * SEEDS && total.xdrs > 5 * SEEDS, "{total}");
}

#[test]
fn a_seed_always_runs_the_same_way() {
    for seed in [3, 17, 99] {
        let plan = Plan { seed, verbose: true, ..Plan::default() };
        assert_eq!(plan.run().log, plan.run().log, "seed {seed}");
    }
}
