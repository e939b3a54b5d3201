//! How long a server with many customers takes to start, until its first answer: after a stop in order, or after SIGKILL with many
//! open sessions.

use crate::phase::{Extent, Phase};
use crate::plan::{Kind, Lane};
use crate::schedule::Pace;
use crate::seeded_start::SeededStart;
use crate::server_process::ServerProcess;
use crate::tally::Tally;
use crate::{LoadError, gy, phase};
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

/// Longest wait for the first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests in flight of each connection while sessions begin.
const PLACES: usize = 512;
/// Connections.
const CONNECTIONS: u32 = 2;

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartUp {
    /// `start-up`.
    pub kind: &'static str,
    /// Customers in the books.
    pub customers: u32,
    /// Open sessions when the server was killed; 0 = it was stopped in order.
    pub sessions: u32,
    /// Making the customers, milliseconds; 0 when they were there.
    pub seed_ms: u128,
    /// From the start of the process until it serves, milliseconds.
    pub start_ms: u128,
    /// Until the first answer: CCR-Update of an open session, or CCR-Initial when there is none; milliseconds.
    pub first_answer_ms: u128,
    /// Memory after the first answer, megabytes.
    pub server_rss_mb: Option<u64>,
    /// Wrong or missing answers.
    pub errors: u64,
}

/// Measures it: a start after a stop in order, or after SIGKILL in the moment in which so many sessions have begun.
///
/// # Errors
/// The server cannot be started or reached.
pub fn measure(seeded: SeededStart, sessions: u32) -> Result<StartUp, LoadError> {
    let SeededStart { start, took, .. } = &seeded;
    let phase = |kind, extent, places| Phase {
        kind,
        number: 0,
        pace: Pace::Max,
        extent,
        places,
        warm_up: Duration::ZERO,
        patience: PATIENCE,
        before: 0,
        remembers: false,
    };
    let lanes = Lane::all(sessions.max(1), CONNECTIONS, crate::run::new_run());
    let mut errors = 0;
    if sessions > 0 {
        let server = ServerProcess::start(start)?;
        let mut links = gy::open(server.ports().gy, &lanes)?;
        let begin = phase(Kind::Begin, Extent::Sessions, PLACES);
        errors += faults(&phase::run(&mut links, &vec![begin; lanes.len()])?);
        server.kill()?;
    }
    let begun = Instant::now();
    let server = ServerProcess::start(start)?;
    let start_ms = server.took().as_millis();
    // One connection is enough for one request; its first session is open where there are any.
    let mut links = gy::open(server.ports().gy, lanes.get(..1).unwrap_or_default())?;
    let kind = if sessions > 0 { Kind::Continue } else { Kind::Begin };
    errors += faults(&phase::run(&mut links, &[phase(kind, Extent::Requests(1), 1)])?);
    let first_answer_ms = begun.elapsed().as_millis();
    links.iter().for_each(|link| link.sender.leave());
    let server_rss_mb = server.resident_mb();
    server.stop()?;
    let (customers, seed_ms) = (start.customers, took.as_millis());
    Ok(StartUp {
        kind: "start-up",
        customers,
        sessions,
        seed_ms,
        start_ms,
        first_answer_ms,
        server_rss_mb,
        errors,
    })
}

fn faults(tallies: &[Tally]) -> u64 {
    tallies.iter().map(|tally| tally.faults.total()).sum()
}

impl fmt::Display for StartUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "start-up with {} customers, {} open sessions", self.customers, self.sessions)?;
        writeln!(f, "  made in       {:>8} ms", self.seed_ms)?;
        writeln!(f, "  serves after  {:>8} ms", self.start_ms)?;
        writeln!(f, "  first answer  {:>8} ms", self.first_answer_ms)?;
        writeln!(f, "  server        {:>8} MB", self.server_rss_mb.unwrap_or(0))?;
        write!(f, "  errors        {:>8}", self.errors)
    }
}
