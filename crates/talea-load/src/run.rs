//! A whole run: server, warm-up, measured load, end of all sessions, comparison with the books.

use crate::books::{self, Answered};
use crate::phase::{self, Extent, Link, Phase, Receiver, Sender};
use crate::plan::{Kind, Lane, octets_per_step};
use crate::report::{Beside, Report, Subject};
use crate::schedule::Pace;
use crate::server_process::{self, Chores, ServerProcess, Start};
use crate::stolen_time::stolen_ms;
use crate::tally::{Faults, Tally};
use crate::{LoadError, accounting, gy, seeded_start};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::DatabaseUrl;

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
    Spawn(Spawn),
    /// A running server with the sample customers.
    Running(SocketAddr),
}

/// A server of our own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spawn {
    /// Its program; `None` = beside ours.
    pub program: Option<PathBuf>,
    /// Its PostgreSQL database; `None` = the embedded one.
    pub database: Option<DatabaseUrl>,
    /// Answers without charging.
    pub echo: bool,
    /// Customers, when there are more than sessions.
    pub customers: u32,
    /// The last so many customers, beyond those with sessions, are due for a bill.
    pub due: u32,
    /// The server works on a copy of this directory, which is filled when it is empty: customers are made once for many runs.
    pub seeded: Option<PathBuf>,
    /// What it does beside the load, again and again in the middle third of the measured phase.
    pub chore: Option<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Protocol.
    pub protocol: Protocol,
    /// How fast.
    pub pace: Pace,
    /// Seconds of the same pace before anything is measured.
    pub warm_up: u64,
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

/// Between two of the same chore.
const CHORE_PAUSE: Duration = Duration::from_millis(500);
/// Between the beginning of all sessions and the measured phase, for each of them.
const SETTLE_EACH: Duration = Duration::from_micros(800);
/// At most.
const SETTLE_MOST: Duration = Duration::from_secs(8);

/// Runs it.
///
/// # Errors
/// It could not be made; wrong answers and books are in the report instead.
pub fn run(settings: &Settings) -> Result<Report, LoadError> {
    match &settings.target {
        Target::Running(address) => Ok(load(settings, *address, None, Usage::default)?.0),
        Target::Spawn(spawn) => {
            let directory = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
            let program = spawn.program.clone().map_or_else(server_process::find_program, Ok)?;
            let (data, echo, hot) = (directory.path().to_owned(), spawn.echo, settings.hot);
            let (database, due) = (spawn.database.clone(), spawn.due);
            let customers = spawn.customers.max(settings.sessions + due);
            let start = Start { program, data, database, customers, due, echo, hot, ports: None };
            seeded_start::fill(&start, spawn.seeded.as_deref())?;
            let mut server = ServerProcess::start(&start)?;
            let address = match settings.protocol {
                Protocol::Gy => server.ports().gy,
                Protocol::Radius => server.ports().radius_accounting,
            };
            let mut chores = server.chores();
            let beside = spawn.chore.as_deref().zip(chores.as_mut());
            let (report, answered) = load(settings, address, beside, || Usage::of(&server))?;
            server.stop()?;
            let compared = 1..=customers - spawn.due;
            let books = if echo {
                None
            } else {
                Some(books::compare(&start.open_books()?, &answered, compared, hot)?)
            };
            Ok(report.with_books(books))
        }
    }
}

/// What the server has used so far; nothing of one that is not ours.
#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    resident_mb: Option<u64>,
    processor_us: Option<u64>,
}

impl Usage {
    fn of(server: &ServerProcess) -> Self {
        Self { resident_mb: server.resident_mb(), processor_us: server.processor_us() }
    }

    /// Nanoseconds of processor time for each of so many requests.
    fn each_since(&self, before: &Self, requests: u64) -> Option<u64> {
        let used = self.processor_us?.checked_sub(before.processor_us?)?;
        used.saturating_mul(1_000).checked_div(requests)
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
    beside: Option<(&str, &mut Chores)>,
    usage: impl Fn() -> Usage,
) -> Result<(Report, Answered), LoadError> {
    let lanes = Lane::all(settings.sessions, settings.connections, new_run());
    match settings.protocol {
        Protocol::Gy => {
            let mut links = gy::open(address, &lanes)?;
            let outcome = phases(settings, &mut links, beside, usage);
            links.iter().for_each(|link| link.sender.leave());
            outcome
        }
        Protocol::Radius => phases(settings, &mut accounting::open(address, &lanes)?, beside, usage),
    }
}

/// How much is sent in the measured phase with what comes before it, and how many requests may be in flight.
fn extent(settings: &Settings, most: usize) -> (Extent, usize) {
    let seconds = settings.warm_up.saturating_add(settings.seconds);
    match settings.pace {
        Pace::PerSecond(rate) => (Extent::Requests(rate.saturating_mul(seconds)), most),
        Pace::Max => (Extent::For(Duration::from_secs(seconds)), settings.window.clamp(1, most)),
    }
}

fn phases<S: Sender, R: Receiver>(
    settings: &Settings,
    links: &mut [Link<S, R>],
    mut beside: Option<(&str, &mut Chores)>,
    usage: impl Fn() -> Usage,
) -> Result<(Report, Answered), LoadError> {
    let (warm_up, most) = match settings.protocol {
        Protocol::Gy => (GY_WARM_UP_PLACES, OPEN_LOOP_PLACES),
        Protocol::Radius => (ACCOUNTING_WARM_UP_PLACES, accounting::WINDOW_MOST),
    };
    let warm_up_span = Duration::from_secs(settings.warm_up);
    let (extent, places) = extent(settings, most);
    let patience = settings.patience;
    let all = |kind, number| Phase {
        kind,
        number,
        pace: Pace::Max,
        extent: Extent::Sessions,
        places: warm_up,
        warm_up: Duration::ZERO,
        patience,
        before: 0,
        remembers: false,
    };
    if let Some((chore, chores)) = &mut beside {
        chores.run(&format!("prepare {chore}"))?;
    }
    let begin = phase::run(links, &vec![all(Kind::Begin, 0); links.len()])?;
    // Ten thousand sessions that begin within a blink are not what is measured: their rows get to the tables first.
    settle(settings.sessions);
    let remembers = beside.is_some();
    let go_on = Phase {
        pace: settings.pace,
        extent,
        places,
        warm_up: warm_up_span,
        remembers,
        ..all(Kind::Continue, 1)
    };
    let (stolen_before, used_before) = (stolen_ms(), usage());
    let (measured, beside) = with_chore(links, &go_on, beside, settings.warm_up + settings.seconds)?;
    let stolen = stolen_ms().zip(stolen_before).map(|(after, before)| after.saturating_sub(before));
    let used = usage();
    let ends: Vec<_> =
        measured.iter().map(|tally| Phase { before: tally.sent, ..all(Kind::End, 2) }).collect();
    let end = phase::run(links, &ends)?;

    let mut faults = Faults::default();
    begin.iter().chain(&measured).chain(&end).for_each(|tally| faults.add(tally.faults));
    let mut sum = Tally::new(0)?;
    for tally in &measured {
        sum.add(tally)?;
    }
    let subject = subject(settings, links.len());
    let mut answered = Answered::new();
    for ((link, measured), end) in links.iter().zip(&measured).zip(&end) {
        count_answered(&mut answered, settings.protocol, link.lane, measured, end);
    }
    let server_cpu_ns = used.each_since(&used_before, sum.sent);
    let report = Report::new(&subject, &sum, warm_up_span, faults, used.resident_mb);
    let report = Report { stolen_ms: stolen, server_cpu_ns, beside, ..report };
    Ok((report, answered))
}

/// Waits until the phase before is over in the tables, too. The threads of that phase may have left this one a wake-up.
fn settle(sessions: u32) {
    let (begun, span) = (Instant::now(), SETTLE_MOST.min(SETTLE_EACH * sessions));
    while let Some(rest) = span.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero()) {
        std::thread::park_timeout(rest);
    }
}

fn subject(settings: &Settings, connections: usize) -> Subject {
    Subject {
        kind: match settings.protocol {
            Protocol::Gy => "gy",
            Protocol::Radius => "radius",
        },
        rate: match settings.pace {
            Pace::PerSecond(rate) => Some(rate),
            Pace::Max => None,
        },
        sessions: settings.sessions,
        connections: u32::try_from(connections).unwrap_or(u32::MAX),
        echo: matches!(&settings.target, Target::Spawn(spawn) if spawn.echo),
    }
}

/// The measured phase, and in its middle third the chore.
fn with_chore<S: Sender, R: Receiver>(
    links: &mut [Link<S, R>],
    phase: &Phase,
    beside: Option<(&str, &mut Chores)>,
    seconds: u64,
) -> Result<(Vec<Tally>, Option<Beside>), LoadError> {
    let phases = vec![*phase; links.len()];
    let Some((chore, chores)) = beside else { return Ok((phase::run(links, &phases)?, None)) };
    let (begun, over) = (Instant::now(), AtomicBool::new(false));
    let third = Duration::from_secs(seconds) / 3;
    let (measured, spans) = std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let mut spans = Vec::new();
            std::thread::park_timeout(third);
            while begun.elapsed() < third * 2 && !over.load(Ordering::Acquire) {
                spans.push(chores.run(chore)?);
                std::thread::park_timeout(CHORE_PAUSE);
            }
            Ok::<_, LoadError>(spans)
        });
        let measured = phase::run(links, &phases);
        over.store(true, Ordering::Release);
        work.thread().unpark();
        (measured, work.join().map_err(|_| LoadError::Thread))
    });
    let (measured, spans) = (measured?, spans??);
    let beside = Beside::new(chore, &spans, &measured)?;
    Ok((measured, Some(beside)))
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
