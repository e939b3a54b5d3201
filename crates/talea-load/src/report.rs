//! What a run found, as a table for people and as one JSON object.

use crate::LoadError;
use crate::books::Comparison;
use crate::tally::{self, Faults, Tally};
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

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
    /// Processor time of the server for each request of the measured phase, nanoseconds.
    pub server_cpu_ns: Option<u64>,
    /// What the server did meanwhile, and whether the load noticed.
    pub beside: Option<Beside>,
    /// What an answer means.
    pub durability: &'static str,
}

/// Latencies while the server did something else beside the load, and in the rest of the same phase. Microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// What it did.
    pub chore: String,
    /// How often.
    pub times: u64,
    /// The longest of them, milliseconds.
    pub longest_ms: u128,
    /// Requests that waited for their answer while it was done.
    pub requests: u64,
    /// Their median.
    pub p50_us: u64,
    /// 99 of 100 of them were faster.
    pub p99_us: u64,
    /// The slowest of them.
    pub max_us: u64,
    /// The same of all others.
    pub quiet_p50_us: u64,
    /// The same of all others.
    pub quiet_p99_us: u64,
    /// The same of all others.
    pub quiet_max_us: u64,
}

impl Beside {
    /// From when it was done, and what the lanes remember.
    ///
    /// # Errors
    /// None in practice: the histograms' settings are right.
    pub fn new(chore: &str, spans: &[(Instant, Instant)], lanes: &[Tally]) -> Result<Self, LoadError> {
        let (mut beside, mut quiet) = (tally::latencies()?, tally::latencies()?);
        for (started, answers) in lanes.iter().filter_map(|lane| lane.answers.as_ref()) {
            for (at, latency) in answers {
                let end = *started + Duration::from_micros(*at);
                let begin = end.checked_sub(Duration::from_micros(*latency)).unwrap_or(end);
                let waited = spans.iter().any(|(from, to)| begin <= *to && *from <= end);
                let place = if waited { &mut beside } else { &mut quiet };
                place.saturating_record((*latency).max(1));
            }
        }
        let longest = spans.iter().map(|(from, to)| to.duration_since(*from)).max().unwrap_or_default();
        Ok(Self {
            chore: chore.to_owned(),
            times: spans.len() as u64,
            longest_ms: longest.as_millis(),
            requests: beside.len(),
            p50_us: beside.value_at_percentile(50.0),
            p99_us: beside.value_at_percentile(99.0),
            max_us: beside.max(),
            quiet_p50_us: quiet.value_at_percentile(50.0),
            quiet_p99_us: quiet.value_at_percentile(99.0),
            quiet_max_us: quiet.max(),
        })
    }
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chore, times, longest_ms, requests, .. } = self;
        writeln!(
            f,
            "  beside      {chore}, {times} times, {longest_ms} ms at most, {requests} requests meanwhile"
        )?;
        writeln!(f, "    p50       {:>10} us   else {} us", self.p50_us, self.quiet_p50_us)?;
        writeln!(f, "    p99       {:>10} us   else {} us", self.p99_us, self.quiet_p99_us)?;
        writeln!(f, "    max       {:>10} us   else {} us", self.max_us, self.quiet_max_us)
    }
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
    /// The figures of a measured phase without its first `warm_up`; `faults` are those of all phases.
    #[must_use]
    pub fn new(
        subject: &Subject,
        measured: &Tally,
        warm_up: Duration,
        faults: Faults,
        rss: Option<u64>,
    ) -> Self {
        let warm_up = u64::try_from(warm_up.as_micros()).unwrap_or(u64::MAX);
        let (sent, good) =
            (measured.sent.saturating_sub(measured.warm), measured.good.saturating_sub(measured.warm));
        let micros = measured.last_at.saturating_sub(warm_up);
        let percentile = |percentile: f64| measured.latency.value_at_percentile(percentile);
        Self {
            kind: subject.kind,
            pace: if subject.rate.is_some() { "open loop" } else { "max" },
            offered: subject.rate.unwrap_or_else(|| per_second(sent, micros)),
            achieved: per_second(good, micros),
            p50_us: percentile(50.0),
            p95_us: percentile(95.0),
            p99_us: percentile(99.0),
            p999_us: percentile(99.9),
            max_us: measured.latency.max(),
            errors: faults.total(),
            faults,
            balance_difference: None,
            books: None,
            seconds: (micros + 500_000) / 1_000_000,
            requests: sent,
            sessions: subject.sessions,
            connections: subject.connections,
            server_rss_mb: rss,
            stolen_ms: None,
            server_cpu_ns: None,
            beside: None,
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
        if let Some(cpu) = self.server_cpu_ns {
            writeln!(f, "  processor   {cpu:>10} ns   of the server for each request")?;
        }
        if let Some(stolen) = self.stolen_ms.filter(|stolen| *stolen > 0) {
            writeln!(f, "  stolen      {stolen:>10} ms   of processor time by the host of this machine")?;
        }
        if let Some(beside) = &self.beside {
            write!(f, "{beside}")?;
        }
        writeln!(f, "  books       {books}")?;
        write!(f, "  durability  {}", self.durability)
    }
}
