//! The misses of a node.

use super::*;

/// Asks for a name as the ports do; whether the database was asked.
fn ask(strangers: &Strangers, node: &str, name: &str, known: bool, now: u64) -> bool {
    let asked = strangers.may_ask(node, [name.as_bytes()].into_iter(), now);
    if asked && !known {
        strangers.missed(node, now);
    }
    asked
}

#[test]
fn a_flood_of_ever_new_names_asks_so_often_a_second_and_leaves_known_names_their_repeat() {
    let strangers = Strangers::default();
    let flood = |from: u32, now: u64| {
        (from..from + 10_000).filter(|n| ask(&strangers, "one", &format!("n{n}"), false, now)).count()
    };
    assert_eq!(flood(0, 1), 100);
    assert_eq!(flood(10_000, 500_001), 50, "half a second later half as many");
    assert!(!ask(&strangers, "one", "anna", true, 500_002), "the first time she is one of many");
    assert!(ask(&strangers, "one", "anna", true, 3_000_000), "her device asks again");
    assert!(ask(&strangers, "other", "anna", true, 500_002), "other nodes have their own");
}

#[test]
fn names_that_are_found_cost_nothing() {
    let strangers = Strangers::default();
    let found = (0..10_000).filter(|n| ask(&strangers, "one", &format!("n{n}"), true, 1)).count();
    assert_eq!(found, 10_000);
}

#[test]
fn a_flood_that_repeats_its_names_is_bounded_too() {
    let strangers = Strangers::default();
    let twice = (0..20_000).filter(|n| ask(&strangers, "one", &format!("n{}", n / 2), false, 1)).count();
    assert_eq!(twice, 200);
}
