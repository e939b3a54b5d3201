//! `sim --seeds N [--from S]`: runs seeds, prints how to run a failing one again, and ends with a code other than 0.
//! Knows nothing but how to ask and how to print.

use clap::Parser;
use sim::{Plan, Tally};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs the system through simulated trouble and watches its promises.
#[derive(Parser)]
#[command(name = "sim", version)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// No more steps than these in each.
    #[arg(long)]
    steps: Option<u64>,
    /// Print every step.
    #[arg(long)]
    verbose: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let next = AtomicU64::new(0);
    let (failed, total) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= arguments.seeds {
                        return;
                    }
                    let seed = arguments.from + number;
                    let tally = run(&arguments, seed);
                    failed.fetch_add(u64::from(tally.is_none()), Ordering::Relaxed);
                    if let (Some(tally), Ok(mut total)) = (tally, total.lock()) {
                        total.add(tally);
                    }
                }
            });
        }
    });
    let failed = failed.load(Ordering::Relaxed);
    if let Ok(total) = total.lock() {
        println!("{} seeds, {failed} failed; {total}", arguments.seeds);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One seed; `None` when it failed.
fn run(arguments: &Arguments, seed: u64) -> Option<Tally> {
    let plan = Plan { seed, steps: arguments.steps, sabotage: None, verbose: arguments.verbose };
    let outcome = plan.run();
    for line in &outcome.log {
        println!("{seed}: {line}");
    }
    let Some(violation) = &outcome.violation else { return Some(outcome.tally) };
    let steps = plan.shrink(&outcome);
    println!("seed {seed}: after {} steps: {violation}", outcome.steps);
    println!("again: cargo run --release -p sim -- --seeds 1 --from {seed} --steps {steps} --verbose");
    None
}
