//! A system with one promise broken is caught within a few seeds, and for the right reason.

use sim::{Plan, Promise, Sabotage};

/// Seeds in which a broken system must be noticed.
const SEEDS: u64 = 60;

/// The promise that breaks when this is broken; the first of several to be noticed counts.
fn broken_by(sabotage: Sabotage) -> &'static [Promise] {
    match sabotage {
        Sabotage::AnswerEarly => &[Promise::Durable],
        Sabotage::DropKey | Sabotage::RenumberResend => &[Promise::Once, Promise::SameAnswer],
        Sabotage::ChangeAnswer => &[Promise::SameAnswer],
        Sabotage::LoseRelease | Sabotage::LockNothing => &[Promise::Units],
        Sabotage::OlderOverNewer | Sabotage::ForgetRow => &[Promise::Whole, Promise::Durable],
        Sabotage::SkipLedger => &[Promise::Money],
        Sabotage::ForgetEvent => &[Promise::Events],
        Sabotage::AcceptTorn => &[Promise::Starts, Promise::Whole, Promise::Durable],
        Sabotage::IgnoreFailedSync => &[Promise::Durable, Promise::Starts],
        Sabotage::ForgetFolded => &[Promise::Starts, Promise::Durable],
        Sabotage::KeepAfterFailure => &[Promise::Whole, Promise::Durable],
        Sabotage::LoadStale => &[Promise::Durable],
        Sabotage::DoubleRelay => &[Promise::Levels],
    }
}

#[test]
fn every_broken_system_is_caught_for_what_is_broken() {
    for sabotage in Sabotage::ALL {
        let mut runs =
            (1..=SEEDS).map(|seed| (seed, Plan { seed, sabotage: Some(sabotage), ..Plan::default() }.run()));
        let caught = runs.find_map(|(seed, outcome)| Some((seed, outcome.violation?)));
        let Some((seed, violation)) = caught else { panic!("{sabotage:?} is not noticed in {SEEDS} seeds") };
        println!("{sabotage:?}: seed {seed}: {}", violation.promise);
        assert!(broken_by(sabotage).contains(&violation.promise), "{sabotage:?} is noticed as {violation}");
    }
}
