//! The command line.

use crate::kill_test::{self, KillTest};
use crate::run::{self, Protocol, Settings, Spawn, Target};
use crate::schedule::Pace;
use crate::seeded_start::SeededStart;
use crate::{LoadError, memory, start_up};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use store::DatabaseUrl;

/// Sends charging load and checks every answer and, at the end, every balance.
#[derive(Debug, Parser)]
#[command(name = "talea-load", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Diameter credit control: CCR-Initial for all sessions, CCR-Update at the rate, CCR-Terminate for all.
    Gy(Gy),
    /// RADIUS accounting: Start for all sessions, Interim at the rate, Stop for all.
    Radius(Load),
    /// Time to start with many customers in the books, after a stop in order or with open sessions after SIGKILL.
    StartUp(StartUpOptions),
    /// Memory of each customer whose aggregate is loaded and who does nothing.
    Memory(Books),
}

#[derive(Debug, Args)]
struct Gy {
    #[command(flatten)]
    load: Load,
    /// All sessions are of one customer, whose accounts share one quota; with 10,000 sessions at most.
    #[arg(long, requires = "spawn", conflicts_with_all = ["kills", "due", "chore"])]
    hot: bool,
    /// Kills the server with SIGKILL so many times in the middle of the load and compares every answered request with the books.
    #[arg(long, requires = "spawn", conflicts_with = "echo")]
    kills: Option<u32>,
    /// CCR-Updates of each session in a kill test.
    #[arg(long, default_value_t = 8, requires = "kills")]
    updates: u32,
}

#[derive(Debug, Args)]
struct Load {
    /// Requests a second, or "max".
    #[arg(long, default_value = "max")]
    rate: Pace,
    /// Length of the measured phase.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Sessions, each of a customer of its own.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=9_999_999))]
    sessions: u32,
    /// Starts a server of its own on a fresh data directory and stops it again.
    #[arg(long, conflicts_with = "target")]
    spawn: bool,
    /// Starts a server that only decodes and answers: the ceiling of the machine.
    #[arg(long, requires = "spawn")]
    echo: bool,
    /// Database of that server: an empty one of PostgreSQL instead of the embedded one.
    #[arg(long, requires = "spawn")]
    database: Option<DatabaseUrl>,
    /// A running server (`talea load-server`): its Diameter or its RADIUS accounting port.
    #[arg(long, required_unless_present = "spawn")]
    target: Option<SocketAddr>,
    /// The server's program [default: talea beside this one].
    #[arg(long)]
    server: Option<PathBuf>,
    /// Connections (Gy) or sockets (RADIUS).
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Requests in flight per connection at "max"; at most 256 for RADIUS.
    #[arg(long)]
    window: Option<usize>,
    /// A request without an answer for so many seconds is an error.
    #[arg(long, default_value_t = 10)]
    patience: u64,
    /// Customers in the books, when there are more than sessions.
    #[arg(long, requires = "spawn", default_value_t = 0)]
    customers: u32,
    /// Works on a copy of this directory; customers are made there first when it is empty.
    #[arg(long, requires = "spawn", conflicts_with = "database")]
    seeded: Option<PathBuf>,
    /// Has the server do this beside the load, again and again in the middle third, and shows the latencies meanwhile: "checkpoint",
    /// "publish" (a catalog with five million rates), "bill-run" (see --due), "backup" (of the embedded database), or what else the
    /// server knows.
    #[arg(long = "while", requires = "spawn")]
    chore: Option<String>,
    /// Customers beyond those with sessions whom a bill run finds due.
    #[arg(long, requires = "spawn", default_value_t = 0)]
    due: u32,
    /// Prints one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Books {
    /// Customers in the books.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=9_999_999))]
    customers: u32,
    /// The server's program [default: talea beside this one].
    #[arg(long)]
    server: Option<PathBuf>,
    /// Database of the server: an empty one of PostgreSQL instead of the embedded one.
    #[arg(long)]
    database: Option<DatabaseUrl>,
    /// Works on a copy of this directory; customers are made there first when it is empty.
    #[arg(long, conflicts_with = "database")]
    seeded: Option<PathBuf>,
    /// Prints one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct StartUpOptions {
    #[command(flatten)]
    books: Books,
    /// Begins so many sessions and then kills the server, instead of stopping it in order.
    #[arg(long, default_value_t = 0)]
    sessions: u32,
}

/// Seconds before anything is measured: the first touch of memory that the system gave back while nothing happened takes many times as
/// long as every later one, where the machine is a guest.
const WARM_UP: u64 = 1;
/// Default windows: as many as give the most answers; Gy's waits for commits with nearly all of ten thousand sessions.
const GY_WINDOW: usize = 4_096;
const RADIUS_WINDOW: usize = 128;

impl Load {
    fn settings(&self, protocol: Protocol, hot: bool) -> Settings {
        let window = match protocol {
            Protocol::Gy => GY_WINDOW,
            Protocol::Radius => RADIUS_WINDOW,
        };
        let spawn = Target::Spawn(Spawn {
            program: self.server.clone(),
            database: self.database.clone(),
            echo: self.echo,
            customers: self.customers,
            due: self.due,
            seeded: self.seeded.clone(),
            chore: self.chore.clone(),
        });
        Settings {
            protocol,
            pace: self.rate,
            warm_up: WARM_UP,
            seconds: self.seconds,
            sessions: self.sessions,
            connections: self.connections,
            window: self.window.unwrap_or(window),
            patience: Duration::from_secs(self.patience),
            hot,
            target: self.target.map_or(spawn, Target::Running),
        }
    }
}

impl Arguments {
    /// Runs what was asked for. The exit code is not 0 when an answer was wrong or missing or a book does not agree.
    ///
    /// # Errors
    /// It could not be run.
    pub fn run(self) -> Result<ExitCode, LoadError> {
        match self.command {
            Command::Gy(Gy { load, kills: Some(kills), updates, .. }) => {
                let test = KillTest {
                    program: load.server.clone(),
                    database: load.database.clone(),
                    sessions: load.sessions,
                    updates,
                    connections: load.connections,
                    kills,
                };
                let report = kill_test::run(&test)?;
                show(&report, load.json, report.is_good())
            }
            Command::Gy(Gy { load, hot, .. }) => run_load(&load, Protocol::Gy, hot),
            Command::Radius(load) => run_load(&load, Protocol::Radius, false),
            Command::StartUp(StartUpOptions { books, sessions }) => {
                let report = start_up::measure(books.seeded()?, sessions)?;
                show(&report, books.json, report.errors == 0)
            }
            Command::Memory(books) => show(&memory::measure(books.seeded()?)?, books.json, true),
        }
    }
}

impl Books {
    /// A directory with the customers in it, and how to start a server there.
    fn seeded(&self) -> Result<SeededStart, LoadError> {
        SeededStart::new(self.server.clone(), self.database.clone(), self.customers, self.seeded.as_deref())
    }
}

fn run_load(load: &Load, protocol: Protocol, hot: bool) -> Result<ExitCode, LoadError> {
    let report = run::run(&load.settings(protocol, hot))?;
    show(&report, load.json, report.is_good())
}

fn show(report: &(impl Serialize + Display), json: bool, good: bool) -> Result<ExitCode, LoadError> {
    if json {
        let text = serde_json::to_string(report).map_err(|error| LoadError::Options(error.to_string()))?;
        println!("{text}");
    } else {
        println!("{report}");
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
