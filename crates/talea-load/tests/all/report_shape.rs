//! The JSON object that scripts read: its members, and what makes the exit code.

use std::collections::BTreeSet;
use std::time::Duration;
use talea_load::Report;
use talea_load::books::Comparison;
use talea_load::report::{DURABILITY, NO_DURABILITY, Subject, per_second};
use talea_load::tally::{Faults, Tally};

fn report(echo: bool, faults: Faults) -> Report {
    let mut tally = Tally::new(1).unwrap();
    for latency in 1..=1_000 {
        tally.note_good(0, latency, latency * 1_000, false);
    }
    tally.sent = 1_000;
    let subject = Subject { kind: "gy", rate: Some(20_000), sessions: 1, connections: 2, echo };
    Report::new(&subject, &tally, Duration::ZERO, faults, Some(42))
}

/// The object has the members that are agreed upon, with the values of the run.
#[test]
fn json_members() {
    let report = report(false, Faults::default()).with_books(Some(Comparison::default()));
    let json = serde_json::to_value(&report).unwrap();
    let members: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    for wanted in [
        "offered",
        "achieved",
        "p50_us",
        "p95_us",
        "p99_us",
        "p999_us",
        "max_us",
        "errors",
        "balance_difference",
        "kind",
        "seconds",
        "sessions",
        "connections",
        "server_rss_mb",
        "stolen_ms",
        "durability",
    ] {
        assert!(members.contains(wanted), "{wanted} is missing");
    }
    assert_eq!(json["offered"], 20_000);
    // A thousand answers in one second.
    assert_eq!((&json["achieved"], &json["seconds"]), (&1_000.into(), &1.into()));
    assert_eq!((&json["p50_us"], &json["p95_us"], &json["p99_us"]), (&500.into(), &950.into(), &990.into()));
    // One of a thousand: the histogram may take either neighbour.
    assert!(json["p999_us"] == 999 || json["p999_us"] == 1_000);
    assert_eq!((&json["max_us"], &json["errors"]), (&1_000.into(), &0.into()));
    assert_eq!((&json["balance_difference"], &json["server_rss_mb"]), (&0.into(), &42.into()));
    assert_eq!(json["durability"], DURABILITY);
}

/// Without books the difference is null, not 0: nothing was compared. An echo is not called durable.
#[test]
fn nothing_compared_is_null() {
    let json = serde_json::to_value(report(true, Faults::default())).unwrap();
    assert!(json["balance_difference"].is_null() && json["books"].is_null());
    assert_eq!(json["durability"], NO_DURABILITY);
}

/// A run is good only without faults and with books that agree in every respect.
#[test]
fn what_makes_a_run_good() {
    let good = || report(false, Faults::default());
    assert!(good().is_good() && good().with_books(Some(Comparison::default())).is_good());
    for faults in [
        Faults { wrong: 1, ..Faults::default() },
        Faults { unanswered: 1, ..Faults::default() },
        Faults { unexpected: 1, ..Faults::default() },
    ] {
        assert!(!report(false, faults).is_good(), "{faults:?}");
    }
    for books in [
        Comparison { balance_difference: 1, ..Comparison::default() },
        Comparison { unit_difference: 1, ..Comparison::default() },
        Comparison { unfinished: 1, ..Comparison::default() },
        Comparison { verify_differences: 1, ..Comparison::default() },
    ] {
        let report = good().with_books(Some(books));
        assert!(!report.is_good(), "{books:?}");
        assert!(report.to_string().contains("DIFFERENT"), "people see it too");
    }
}

/// No time, no rate.
#[test]
fn rates() {
    assert_eq!(per_second(500, 250_000), 2_000);
    assert_eq!(per_second(5, 0), 0);
}
