//! How long a server with many customers takes to start: seeded once, stopped in order, started again until its first answer.

use crate::phase::{Extent, Phase};
use crate::plan::{Kind, Lane};
use crate::schedule::Pace;
use crate::server_process::{self, ServerProcess, Start};
use crate::{LoadError, gy, phase};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest wait for the first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartUp {
    /// `start-up`.
    pub kind: &'static str,
    /// Customers in the books.
    pub customers: u32,
    /// Making them, from nothing until it served, milliseconds.
    pub seed_ms: u128,
    /// Second start: from the start of the process until it serves, milliseconds.
    pub start_ms: u128,
    /// Second start: until the first CCR-Initial is answered, milliseconds.
    pub first_answer_ms: u128,
    /// Memory after the first answer of the second start, megabytes.
    pub server_rss_mb: Option<u64>,
    /// Wrong or missing answers.
    pub errors: u64,
}

/// Measures it.
///
/// # Errors
/// The server cannot be started or reached.
pub fn measure(program: Option<PathBuf>, customers: u32) -> Result<StartUp, LoadError> {
    let directory = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
    let program = program.map_or_else(server_process::find_program, Ok)?;
    let data = directory.path().to_owned();
    let start = Start { program, data, customers, echo: false, hot: false, ports: None };
    let seeding = ServerProcess::start(&start)?;
    let seed_ms = seeding.took().as_millis();
    seeding.stop()?;
    let begun = Instant::now();
    let server = ServerProcess::start(&start)?;
    let start_ms = server.took().as_millis();
    let lanes = Lane::all(1, 1, crate::run::new_run());
    let mut links = gy::open(server.ports().gy, &lanes)?;
    let first = Phase {
        kind: Kind::Begin,
        number: 0,
        pace: Pace::Max,
        extent: Extent::Sessions,
        places: 1,
        patience: PATIENCE,
        before: 0,
    };
    let tallies = phase::run(&mut links, &[first])?;
    let first_answer_ms = begun.elapsed().as_millis();
    let errors = tallies.iter().map(|tally| tally.faults.total()).sum();
    links.iter().for_each(|link| link.sender.leave());
    let server_rss_mb = server.resident_mb();
    server.stop()?;
    Ok(StartUp { kind: "start-up", customers, seed_ms, start_ms, first_answer_ms, server_rss_mb, errors })
}

impl fmt::Display for StartUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "start-up with {} customers", self.customers)?;
        writeln!(f, "  made in       {:>8} ms", self.seed_ms)?;
        writeln!(f, "  serves after  {:>8} ms", self.start_ms)?;
        writeln!(f, "  first answer  {:>8} ms", self.first_answer_ms)?;
        writeln!(f, "  server        {:>8} MB", self.server_rss_mb.unwrap_or(0))?;
        write!(f, "  errors        {:>8}", self.errors)
    }
}
