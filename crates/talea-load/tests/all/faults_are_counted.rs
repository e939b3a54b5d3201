//! Against a server that misbehaves: every wrong, missing or unexpected answer is counted, and none else.

use crate::fake_server;

use fake_server::{Mischief, start};
use std::net::SocketAddr;
use std::time::Duration;
use talea_load::run::{Protocol, Settings, Target, run};
use talea_load::schedule::Pace;
use talea_load::tally::Faults;
use talea_load::{LoadError, Report};

fn gy(target: SocketAddr, pace: Pace) -> Result<Report, LoadError> {
    run(&Settings {
        protocol: Protocol::Gy,
        pace,
        warm_up: 0,
        seconds: 1,
        sessions: 20,
        connections: 1,
        window: 16,
        patience: Duration::from_millis(300),
        hot: false,
        target: Target::Running(target),
    })
}

/// A server that does everything right has no faults, and as many answers as were offered.
#[test]
fn a_good_server_has_no_faults() {
    let report = gy(start(|_| Mischief::None), Pace::PerSecond(500)).unwrap();
    assert_eq!((report.errors, report.requests, report.offered), (0, 500, 500));
    assert!(report.is_good());
    assert!((400..=501).contains(&report.achieved), "{}", report.achieved);
    assert!(report.p50_us > 0 && report.p50_us <= report.p99_us && report.p99_us <= report.max_us);
}

/// At "max" the window is filled again and again for as long as was asked.
#[test]
fn max_goes_on_for_the_whole_time() {
    let report = gy(start(|_| Mischief::None), Pace::Max).unwrap();
    assert_eq!(report.errors, 0);
    assert!(report.requests > 200 && report.pace == "max", "{}", report.requests);
    assert!((1..=2).contains(&report.seconds), "{}", report.seconds);
}

/// Each kind of mischief is one fault for each time it is done, of the right kind.
#[test]
fn mischief_is_counted() {
    let one_in_ten = |what: Mischief| move |n: u64| if n % 10 == 3 { what } else { Mischief::None };
    let wrong = Faults { wrong: 20, ..Faults::default() };
    let kinds = [
        ("Result-Code", Mischief::Refuse, wrong),
        ("service", Mischief::RefuseService, wrong),
        ("number", Mischief::WrongNumber, wrong),
        ("session", Mischief::WrongSession, wrong),
        ("silent", Mischief::Silence, Faults { unanswered: 20, ..Faults::default() }),
        ("twice", Mischief::Twice, Faults { unexpected: 20, ..Faults::default() }),
    ];
    // Each run waits for its second most of the time.
    std::thread::scope(|scope| {
        for (name, what, expected) in kinds {
            scope.spawn(move || {
                let report = gy(start(one_in_ten(what)), Pace::PerSecond(200)).unwrap();
                assert_eq!(report.faults, expected, "{name}");
                assert!(report.errors == 20 || expected != wrong, "{name}: {}", report.errors);
                assert!(!report.is_good(), "{name}");
            });
        }
    });
}

/// A server that stands still for a while is seen as slow by all requests that were due meanwhile, not by one (no coordinated omission).
#[test]
fn a_pause_is_seen_by_everything_that_was_due() {
    let pause = |n| {
        if n == 100 {
            std::thread::park_timeout(Duration::from_millis(200));
        }
        Mischief::None
    };
    let report = gy(start(pause), Pace::PerSecond(500)).unwrap();
    assert_eq!(report.errors, 0);
    // 100 requests were due during the pause: one in five waited, half of these over a tenth of a second.
    assert!(report.p95_us > 50_000, "{}", report.p95_us);
    assert!(report.max_us >= 200_000, "{}", report.max_us);
}
