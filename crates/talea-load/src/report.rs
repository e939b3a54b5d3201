//! What a run found, as a table for people and as one JSON object.

use crate::books::Comparison;
use crate::tally::{Faults, Tally};
use serde::Serialize;
use std::fmt;

/// What every answer means: it left after the commit that carries it.
pub const DURABILITY: &str = "answered after the fdatasync of its journal record; SQLite tables behind it";
/// The same for a server that only echoes.
pub const NO_DURABILITY: &str = "none: the server only decodes and answers";

/// The figures of a run. Latencies are microseconds from the instant at which each request was due (at a rate) or sent (at max).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `gy` or `radius`.
    pub kind: &'static str,
    /// Whether the rate was given, or was as high as the window let through.
    pub pace: &'static str,
    /// Requests offered a second.
    pub offered: u64,
    /// Right answers a second.
    pub achieved: u64,
    /// Median.
    pub p50_us: u64,
    /// 95 of 100 are faster.
    pub p95_us: u64,
    /// 99 of 100 are faster.
    pub p99_us: u64,
    /// 999 of 1000 are faster.
    pub p999_us: u64,
    /// The slowest.
    pub max_us: u64,
    /// Wrong, missing and unexpected answers of all phases.
    pub errors: u64,
    /// What the errors were.
    pub faults: Faults,
    /// Every balance compared with what was sent, summed up, millionths; `None` when the books could not be opened: a running target,
    /// or a server that only echoes.
    pub balance_difference: Option<u64>,
    /// The rest of the comparison.
    pub books: Option<Comparison>,
    /// Length of the measured phase, seconds, rounded.
    pub seconds: u64,
    /// Requests sent in the measured phase.
    pub requests: u64,
    /// Sessions, each of a customer of its own.
    pub sessions: u32,
    /// Connections or sockets.
    pub connections: u32,
    /// The server's memory at the end of the measured phase, megabytes.
    pub server_rss_mb: Option<u64>,
    /// Processor time that the host took from the machine in the measured phase, milliseconds, all processors together.
    pub stolen_ms: Option<u64>,
    /// What an answer means.
    pub durability: &'static str,
}

/// What a run was.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// `gy` or `radius`.
    pub kind: &'static str,
    /// The rate, `None` for max.
    pub rate: Option<u64>,
    /// Sessions.
    pub sessions: u32,
    /// Connections or sockets.
    pub connections: u32,
    /// Whether the server only echoes.
    pub echo: bool,
}

/// Events a second when so many happened in so many microseconds.
#[must_use]
pub const fn per_second(count: u64, micros: u64) -> u64 {
    match count.saturating_mul(1_000_000).checked_div(micros) {
        Some(rate) => rate,
        None => 0,
    }
}

impl Report {
    /// The figures of a measured phase; `faults` are those of all phases.
    #[must_use]
    pub fn new(subject: &Subject, measured: &Tally, faults: Faults, rss: Option<u64>) -> Self {
        let percentile = |percentile: f64| measured.latency.value_at_percentile(percentile);
        Self {
            kind: subject.kind,
            pace: if subject.rate.is_some() { "open loop" } else { "max" },
            offered: subject.rate.unwrap_or_else(|| per_second(measured.sent, measured.last_at)),
            achieved: per_second(measured.good, measured.last_at),
            p50_us: percentile(50.0),
            p95_us: percentile(95.0),
            p99_us: percentile(99.0),
            p999_us: percentile(99.9),
            max_us: measured.latency.max(),
            errors: faults.total(),
            faults,
            balance_difference: None,
            books: None,
            seconds: (measured.last_at + 500_000) / 1_000_000,
            requests: measured.sent,
            sessions: subject.sessions,
            connections: subject.connections,
            server_rss_mb: rss,
            stolen_ms: None,
            durability: if subject.echo { NO_DURABILITY } else { DURABILITY },
        }
    }

    /// Adds the comparison with the books.
    #[must_use]
    pub fn with_books(mut self, books: Option<Comparison>) -> Self {
        self.balance_difference = books.map(|books| books.balance_difference);
        self.books = books;
        self
    }

    /// Whether every answer was right and every book that could be opened agrees.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.errors == 0 && self.books.is_none_or(|books| books.agrees())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let books = match self.books {
            Some(books) if books.agrees() => "every balance is what was sent".to_owned(),
            Some(books) => format!(
                "DIFFERENT: balances by {} millionths, units by {}, {} unfinished, {} findings of verify",
                books.balance_difference, books.unit_difference, books.unfinished, books.verify_differences
            ),
            None => "not compared (echo, or a server that goes on running)".to_owned(),
        };
        let Faults { wrong, unanswered, unexpected } = self.faults;
        writeln!(
            f,
            "{} {}, {} sessions over {} connections",
            self.kind, self.pace, self.sessions, self.connections
        )?;
        writeln!(f, "  offered     {:>10} /s", self.offered)?;
        writeln!(
            f,
            "  achieved    {:>10} /s   {} requests in {} s",
            self.achieved, self.requests, self.seconds
        )?;
        for (name, value) in [
            ("p50", self.p50_us),
            ("p95", self.p95_us),
            ("p99", self.p99_us),
            ("p99.9", self.p999_us),
            ("max", self.max_us),
        ] {
            writeln!(f, "  {name:<11} {value:>10} us")?;
        }
        writeln!(
            f,
            "  errors      {:>10}      {wrong} wrong, {unanswered} unanswered, {unexpected} unexpected",
            self.errors
        )?;
        if let Some(rss) = self.server_rss_mb {
            writeln!(f, "  server      {rss:>10} MB")?;
        }
        if let Some(stolen) = self.stolen_ms.filter(|stolen| *stolen > 0) {
            writeln!(f, "  stolen      {stolen:>10} ms   of processor time by the host of this machine")?;
        }
        writeln!(f, "  books       {books}")?;
        write!(f, "  durability  {}", self.durability)
    }
}
