//! Against a server that misbehaves: every wrong, missing or unexpected answer is counted, and none else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod fake_server;

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
    let faults = |mischief: fn(u64) -> Mischief| gy(start(mischief), Pace::PerSecond(200)).unwrap();
    let wrong = Faults { wrong: 20, ..Faults::default() };
    for (name, mischief) in [
        ("Result-Code", (|n| if n % 10 == 3 { Mischief::Refuse } else { Mischief::None }) as fn(u64) -> _),
        ("service", |n| if n % 10 == 3 { Mischief::RefuseService } else { Mischief::None }),
        ("number", |n| if n % 10 == 3 { Mischief::WrongNumber } else { Mischief::None }),
        ("session", |n| if n % 10 == 3 { Mischief::WrongSession } else { Mischief::None }),
    ] {
        let report = faults(mischief);
        assert_eq!(report.faults, wrong, "{name}");
        assert_eq!(report.errors, 20, "{name}");
        assert!(!report.is_good(), "{name}");
    }
    let silent = faults(|n| if n % 10 == 3 { Mischief::Silence } else { Mischief::None });
    assert_eq!(silent.faults, Faults { unanswered: 20, ..Faults::default() });
    let twice = faults(|n| if n % 10 == 3 { Mischief::Twice } else { Mischief::None });
    assert_eq!(twice.faults, Faults { unexpected: 20, ..Faults::default() });
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
