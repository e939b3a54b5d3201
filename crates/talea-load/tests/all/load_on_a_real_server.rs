//! Short runs against the real server: answers are right and every balance is what was sent.

use crate::server;

use std::time::Duration;
use talea_load::run::{Protocol, Settings, Spawn, Target, run};
use talea_load::schedule::Pace;

fn settings(protocol: Protocol, pace: Pace, echo: bool) -> Settings {
    Settings {
        protocol,
        pace,
        warm_up: 0,
        seconds: 1,
        sessions: 200,
        connections: 2,
        window: 32,
        patience: Duration::from_secs(20),
        hot: false,
        target: Target::Spawn(Spawn { program: Some(server::program()), echo, ..Spawn::default() }),
    }
}

/// All sessions of one customer, on one quota together: every answer is right, every unit is in the books, and nothing was paid.
#[test]
fn gy_of_one_customer_shares_his_quota() {
    let report =
        run(&Settings { hot: true, ..settings(Protocol::Gy, Pace::PerSecond(1_000), false) }).unwrap();
    assert_eq!((report.errors, report.books.map(|books| books.agrees())), (0, Some(true)), "{report:?}");
}

/// Gy at a fixed rate: as many answers as were offered, and the books agree to the millionth.
#[test]
fn gy_charges_what_was_sent() {
    let report = run(&settings(Protocol::Gy, Pace::PerSecond(1_000), false)).unwrap();
    assert_eq!((report.errors, report.requests), (0, 1_000), "{report}");
    assert_eq!(report.balance_difference, Some(0), "{report}");
    assert!(report.is_good(), "{report}");
    assert!(report.server_rss_mb.is_some_and(|mb| mb > 0));
}

/// RADIUS accounting at "max": the same.
#[test]
fn radius_charges_what_was_sent() {
    let report = run(&settings(Protocol::Radius, Pace::Max, false)).unwrap();
    assert_eq!(report.errors, 0, "{report}");
    assert_eq!(report.balance_difference, Some(0), "{report}");
    assert!(report.is_good() && report.requests > 0, "{report}");
}

/// A server that echoes answers rightly, and its books are not compared: they are empty.
#[test]
fn an_echo_has_no_books() {
    let report = run(&settings(Protocol::Gy, Pace::PerSecond(1_000), true)).unwrap();
    assert_eq!((report.errors, report.balance_difference), (0, None), "{report}");
}

/// Beside the load the tables are brought up to date, a bill run sends an invoice to each customer who is due, a backup is made: the load goes on, the
/// books agree, and the report says when it was.
#[test]
fn a_chore_beside_the_load() {
    for chore in ["checkpoint", "bill-run", "backup"] {
        let mut settings = settings(Protocol::Gy, Pace::PerSecond(500), false);
        let spawn = Spawn { due: 3, chore: Some(chore.to_owned()), ..Spawn::default() };
        settings.target = Target::Spawn(Spawn { program: Some(server::program()), ..spawn });
        let report = run(&settings).unwrap();
        assert!(report.is_good() && report.errors == 0, "{report}");
        let beside = report.beside.as_ref().unwrap();
        assert!(beside.times > 0 && beside.chore == chore, "{report}");
    }
}
