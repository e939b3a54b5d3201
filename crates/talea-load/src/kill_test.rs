//! The kill test: SIGKILL in the middle of load, again and again, and every answered request compared with the books.
//!
//! After each kill the books, as the dead process left them, are opened (in a directory: a copy of it): no session may know less than was answered, nor more
//! than was sent. The server is started again on the same directory and ports; every unanswered request is sent again with the T flag
//! and must be answered, a sample of answered ones is sent again and must get the same answer. At the end all sessions have ended and
//! every balance is compared.

mod client;
mod left_behind;

pub use client::{Client, Session};
pub use left_behind::{Violation, examine};

use crate::LoadError;
use crate::books::{self, Answered, Comparison};
use crate::server_process::{self, ServerProcess, Start};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::DatabaseUrl;

/// How often it is looked whether the moment of the kill has come.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Violations shown in words.
const SHOWN_MOST: usize = 10;

/// A kill test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillTest {
    /// The server's program; `None` = beside ours.
    pub program: Option<PathBuf>,
    /// The server's PostgreSQL database; `None` = the embedded one.
    pub database: Option<DatabaseUrl>,
    /// Sessions, each of a customer of its own.
    pub sessions: u32,
    /// CCR-Updates of each session.
    pub updates: u32,
    /// Connections.
    pub connections: u32,
    /// Kills, spread over the whole load: beginnings, updates and ends.
    pub kills: u32,
}

/// What it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KillReport {
    /// `kill`.
    pub kind: &'static str,
    /// Kills.
    pub kills: u32,
    /// Requests answered in the end.
    pub answered: u64,
    /// Unanswered ones sent again after a kill, and then answered.
    pub sent_again: u64,
    /// Answered ones sent again after a kill.
    pub asked_again: u64,
    /// Of these, those whose second answer was another one.
    pub answered_differently: u64,
    /// Wrong answers, and requests never answered.
    pub errors: u64,
    /// Sessions that a dead server's books did not have as they were answered.
    pub lost_or_doubled: u64,
    /// The first of them, in words.
    pub violations: Vec<String>,
    /// Sum of all balances' differences at the end, millionths.
    pub balance_difference: u64,
    /// The whole comparison at the end.
    pub books: Comparison,
}

impl KillReport {
    /// Whether nothing was lost, doubled or answered otherwise.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.errors == 0 && self.answered_differently == 0 && self.lost_or_doubled == 0 && self.books.agrees()
    }
}

impl fmt::Display for KillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} kills, {} requests answered", self.kills, self.answered)?;
        writeln!(f, "  unanswered, sent again and answered   {:>8}", self.sent_again)?;
        writeln!(f, "  answered, sent again                  {:>8}", self.asked_again)?;
        writeln!(f, "  ... with another answer               {:>8}", self.answered_differently)?;
        writeln!(f, "  sessions lost or doubled after a kill {:>8}", self.lost_or_doubled)?;
        writeln!(f, "  wrong or missing answers              {:>8}", self.errors)?;
        writeln!(f, "  balances differ by (millionths)       {:>8}", self.balance_difference)?;
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        write!(f, "  {}", if self.is_good() { "nothing lost, nothing doubled" } else { "FAILED" })
    }
}

/// Runs it.
///
/// # Errors
/// It could not be run; what was lost is in the report instead.
pub fn run(test: &KillTest) -> Result<KillReport, LoadError> {
    let directory = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
    let program = test.program.clone().map_or_else(server_process::find_program, Ok)?;
    let data = directory.path().join("data");
    let (database, customers) = (test.database.clone(), test.sessions);
    let mut start =
        Start { program, data, database, customers, due: 0, echo: false, hot: false, ports: None };
    let run = crate::run::new_run();
    let mut clients = Client::all(run, test.sessions, test.connections, test.updates);
    let whole = u64::from(test.sessions) * (u64::from(test.updates) + 2);
    let (mut left_behind, mut server) = (Vec::new(), ServerProcess::start(&start)?);
    start.ports = Some(server.ports());
    for kill in 1..=test.kills {
        let moment = whole * u64::from(kill) / (u64::from(test.kills) + 1);
        drive(&mut clients, server, Some(moment))?;
        left_behind.extend(examine_left(&start, run, &clients)?);
        server = ServerProcess::start(&start)?;
    }
    drive(&mut clients, server, None)?;
    let answered: Answered =
        clients.iter().flat_map(Client::sessions).map(|s| (s.number, s.octets_answered())).collect();
    let books = books::compare(&start.open_books()?, &answered, 1..=u32::MAX, false)?;
    let sum = |count: fn(&Client) -> u64| clients.iter().map(count).sum();
    Ok(KillReport {
        kind: "kill",
        kills: test.kills,
        answered: sum(|c| c.counts.answered),
        sent_again: sum(|c| c.counts.sent_again),
        asked_again: sum(|c| c.counts.asked_again),
        answered_differently: sum(|c| c.counts.answered_differently),
        errors: sum(|c| c.counts.wrong) + whole.abs_diff(sum(|c| c.counts.answered)),
        lost_or_doubled: left_behind.len() as u64,
        violations: left_behind.iter().take(SHOWN_MOST).map(Violation::to_string).collect(),
        balance_difference: books.balance_difference,
        books,
    })
}

/// Lets all clients go on until `moment` requests were answered, then kills the server; without a moment, until all is done, then
/// stops it in order.
fn drive(clients: &mut [Client], server: ServerProcess, moment: Option<u64>) -> Result<(), LoadError> {
    let before: u64 = clients.iter().map(|client| client.counts.answered).sum();
    let answered = AtomicU64::new(before);
    let address = server.ports().gy;
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                let answered = &answered;
                scope.spawn(move || client.go_on(address, answered))
            })
            .collect();
        let ended = match moment {
            Some(moment) => {
                while answered.load(Ordering::Relaxed) < moment && !threads.iter().any(|t| t.is_finished()) {
                    std::thread::park_timeout(LOOK_EVERY);
                }
                server.kill().map(|()| None)
            }
            None => Ok(Some(server)),
        };
        for thread in threads {
            let finished = thread.join().map_err(|_| LoadError::Thread)??;
            if moment.is_none() && !finished {
                return Err(LoadError::Server(
                    "the server closed a connection without being killed".to_owned(),
                ));
            }
        }
        ended?.map_or(Ok(()), ServerProcess::stop)
    })
}

/// Books in a directory are looked at in a copy; a server's where they are, as another process would take them over.
fn examine_left(start: &Start, run: u32, clients: &[Client]) -> Result<Vec<Violation>, LoadError> {
    let copy = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
    let mut books = start.clone();
    if start.database.is_none() {
        server_process::copy_books(&start.data, copy.path())?;
        copy.path().clone_into(&mut books.data);
    }
    examine(&books.open_books()?, run, clients.iter().flat_map(Client::sessions))
}
