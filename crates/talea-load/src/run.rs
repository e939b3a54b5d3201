//! A whole run: server, warm-up, measured load, end of all sessions, comparison with the books.

use crate::books::{self, Answered};
use crate::phase::{self, Extent, Link, Phase, Receiver, Sender};
use crate::plan::{Kind, Lane, octets_per_step};
use crate::report::{Report, Subject};
use crate::schedule::Pace;
use crate::server_process::{self, ServerProcess, Start};
use crate::stolen_time::stolen_ms;
use crate::tally::{Faults, Tally};
use crate::{LoadError, accounting, gy};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Requests in flight of one lane at a fixed rate: room for seconds of a server that stands still.
const OPEN_LOOP_PLACES: usize = 65_536;
/// Requests in flight of one socket while sessions begin and end: what a kernel's default buffer holds.
const ACCOUNTING_WARM_UP_PLACES: usize = 64;
/// Requests in flight of one connection while sessions begin and end.
const GY_WARM_UP_PLACES: usize = 512;

/// Which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Diameter credit control.
    Gy,
    /// RADIUS accounting.
    Radius,
}

/// Where the load goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A server of our own on a fresh directory.
    Spawn {
        /// Its program; `None` = beside ours.
        program: Option<PathBuf>,
        /// Answers without charging.
        echo: bool,
    },
    /// A running server with the sample customers.
    Running(SocketAddr),
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Protocol.
    pub protocol: Protocol,
    /// How fast.
    pub pace: Pace,
    /// How long the measured phase is.
    pub seconds: u64,
    /// Sessions, each of a customer of its own.
    pub sessions: u32,
    /// Connections or sockets.
    pub connections: u32,
    /// Requests in flight per connection at `max`.
    pub window: usize,
    /// A request without an answer for so long is an error.
    pub patience: Duration,
    /// All sessions are of one customer, whose accounts share a quota; Gy only.
    pub hot: bool,
    /// Where.
    pub target: Target,
}

/// Between the beginning of all sessions and the measured phase.
const SETTLE: Duration = Duration::from_secs(8);

/// Runs it.
///
/// # Errors
/// It could not be made; wrong answers and books are in the report instead.
pub fn run(settings: &Settings) -> Result<Report, LoadError> {
    match &settings.target {
        Target::Running(address) => Ok(load(settings, *address, || None)?.0),
        Target::Spawn { program, echo } => {
            let directory = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
            let program = program.clone().map_or_else(server_process::find_program, Ok)?;
            let data = directory.path().to_owned();
            let (customers, hot) = (settings.sessions, settings.hot);
            let start = Start { program, data, customers, echo: *echo, hot, ports: None };
            let server = ServerProcess::start(&start)?;
            let address = match settings.protocol {
                Protocol::Gy => server.ports().gy,
                Protocol::Radius => server.ports().radius_accounting,
            };
            let (report, answered) = load(settings, address, || server.resident_mb())?;
            server.stop()?;
            let books = if *echo { None } else { Some(books::compare(directory.path(), &answered, hot)?) };
            Ok(report.with_books(books))
        }
    }
}

/// A number that no earlier run had, so that no session name comes twice.
pub(crate) fn new_run() -> u32 {
    // Without randomness the process number must do.
    getrandom::u32().unwrap_or_else(|_| std::process::id())
}

fn load(
    settings: &Settings,
    address: SocketAddr,
    resident: impl FnOnce() -> Option<u64>,
) -> Result<(Report, Answered), LoadError> {
    let lanes = Lane::all(settings.sessions, settings.connections, new_run());
    match settings.protocol {
        Protocol::Gy => {
            let mut links = gy::open(address, &lanes)?;
            let outcome = phases(settings, &mut links, resident);
            links.iter().for_each(|link| link.sender.leave());
            outcome
        }
        Protocol::Radius => phases(settings, &mut accounting::open(address, &lanes)?, resident),
    }
}

fn phases<S: Sender, R: Receiver>(
    settings: &Settings,
    links: &mut [Link<S, R>],
    resident: impl FnOnce() -> Option<u64>,
) -> Result<(Report, Answered), LoadError> {
    let (warm_up, most) = match settings.protocol {
        Protocol::Gy => (GY_WARM_UP_PLACES, OPEN_LOOP_PLACES),
        Protocol::Radius => (ACCOUNTING_WARM_UP_PLACES, accounting::WINDOW_MOST),
    };
    let (extent, places) = match settings.pace {
        Pace::PerSecond(rate) => (Extent::Requests(rate.saturating_mul(settings.seconds)), most),
        Pace::Max => (Extent::For(Duration::from_secs(settings.seconds)), settings.window.clamp(1, most)),
    };
    let patience = settings.patience;
    let all = |kind, number| Phase {
        kind,
        number,
        pace: Pace::Max,
        extent: Extent::Sessions,
        places: warm_up,
        patience,
        before: 0,
    };
    let begin = phase::run(links, &vec![all(Kind::Begin, 0); links.len()])?;
    // Ten thousand sessions that begin within a blink are not what is measured: their rows get to the tables first.
    std::thread::park_timeout(SETTLE);
    let go_on = Phase { pace: settings.pace, extent, places, ..all(Kind::Continue, 1) };
    let stolen_before = stolen_ms();
    let measured = phase::run(links, &vec![go_on; links.len()])?;
    let stolen = stolen_ms().zip(stolen_before).map(|(after, before)| after.saturating_sub(before));
    let rss = resident();
    let ends: Vec<_> =
        measured.iter().map(|tally| Phase { before: tally.sent, ..all(Kind::End, 2) }).collect();
    let end = phase::run(links, &ends)?;

    let mut faults = Faults::default();
    begin.iter().chain(&measured).chain(&end).for_each(|tally| faults.add(tally.faults));
    let mut sum = Tally::new(0)?;
    for tally in &measured {
        sum.add(tally)?;
    }
    let subject = Subject {
        kind: match settings.protocol {
            Protocol::Gy => "gy",
            Protocol::Radius => "radius",
        },
        rate: match settings.pace {
            Pace::PerSecond(rate) => Some(rate),
            Pace::Max => None,
        },
        sessions: settings.sessions,
        connections: u32::try_from(links.len()).unwrap_or(u32::MAX),
        echo: matches!(settings.target, Target::Spawn { echo: true, .. }),
    };
    let mut answered = Answered::new();
    for ((link, measured), end) in links.iter().zip(&measured).zip(&end) {
        count_answered(&mut answered, settings.protocol, link.lane, measured, end);
    }
    let report = Report { stolen_ms: stolen, ..Report::new(&subject, &sum, faults, rss) };
    Ok((report, answered))
}

/// What the books must have of a lane. Gy reports use since the last request: each answered request counts. RADIUS reports use since
/// the beginning: the Stop tells all.
fn count_answered(answered: &mut Answered, protocol: Protocol, lane: Lane, measured: &Tally, end: &Tally) {
    for (position, (go_on, end)) in measured.good_by_session.iter().zip(&end.good_by_session).enumerate() {
        let session = lane.session(position as u64);
        let steps = match protocol {
            Protocol::Gy => u64::from(*go_on) + u64::from(*end),
            Protocol::Radius => (lane.turns_in(measured.sent, position) + 1) * u64::from(*end),
        };
        answered.insert(session, steps * octets_per_step(session));
    }
}
