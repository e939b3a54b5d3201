//! The server as a process of its own: started on a data directory, stopped in order or killed.

use crate::LoadError;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use store::{DatabaseUrl, Entry, Store, StoreError};

/// Longest wait for a stop in order.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether the server has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Microseconds of a tick of `/proc/PID/stat` (`getconf CLK_TCK` is 100 on Linux).
const MICROS_PER_TICK: u64 = 10_000;
/// The server's program.
const PROGRAM: &str = "talea";

/// Where the server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Ports {
    /// Diameter.
    pub gy: SocketAddr,
    /// RADIUS authentication.
    pub radius_auth: SocketAddr,
    /// RADIUS accounting.
    pub radius_accounting: SocketAddr,
}

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Start {
    /// The program.
    pub program: PathBuf,
    /// Its data directory.
    pub data: PathBuf,
    /// Its PostgreSQL database; `None` = the embedded one.
    pub database: Option<DatabaseUrl>,
    /// Customers to make when the directory is empty.
    pub customers: u32,
    /// The last so many of them are due for a bill.
    pub due: u32,
    /// Answers without charging.
    pub echo: bool,
    /// One customer with so many accounts instead, who share a quota.
    pub hot: bool,
    /// The ports of an earlier start; `None` = any free ones.
    pub ports: Option<Ports>,
}

impl Start {
    /// Opens the books of a server that is not running.
    ///
    /// # Errors
    /// They cannot be opened.
    pub fn open_books(&self) -> Result<Store, StoreError> {
        Store::at(&self.data, self.database.as_ref(), Entry::WhenFree)
    }
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    ports: Ports,
    took: Duration,
    said: Option<BufReader<ChildStdout>>,
}

/// Has the server do something beside its load. While it lives the server does: its standard input is open.
#[derive(Debug)]
pub struct Chores {
    input: ChildStdin,
    said: BufReader<ChildStdout>,
}

/// What the server says about a chore.
#[derive(Debug, Deserialize)]
struct Said {
    state: String,
    reason: String,
}

impl Chores {
    /// Has it do one; gives when it began and when it had ended.
    ///
    /// # Errors
    /// It is gone, knows no such chore, or failed.
    pub fn run(&mut self, chore: &str) -> Result<(Instant, Instant), LoadError> {
        let asking = LoadError::io("asking the server for a chore");
        writeln!(self.input, "{chore}").and_then(|()| self.input.flush()).map_err(asking)?;
        let mut begun = Instant::now();
        loop {
            let mut line = String::new();
            self.said.read_line(&mut line).map_err(LoadError::io("reading what the server says"))?;
            let said: Said = serde_json::from_str(&line)
                .map_err(|_| LoadError::Server(format!("the server ended with the chore {chore}")))?;
            match said.state.as_str() {
                "begun" => begun = Instant::now(),
                "done" => return Ok((begun, Instant::now())),
                _ => return Err(LoadError::Server(format!("the chore {chore} failed: {}", said.reason))),
            }
        }
    }
}

/// The server's program: beside our own, or one directory above (where test programs live one deeper).
///
/// # Errors
/// It is in neither place.
pub fn find_program() -> Result<PathBuf, LoadError> {
    let own = std::env::current_exe().map_err(LoadError::io("finding this program"))?;
    let places = own.ancestors().skip(1).take(2);
    let found = places.map(|directory| directory.join(PROGRAM)).find(|path| path.is_file());
    found.ok_or_else(|| {
        LoadError::Options(format!(
            "the server's program {PROGRAM} is not beside {}; build it (cargo build --release -p talea) or name it with --server",
            own.display()
        ))
    })
}

impl ServerProcess {
    /// Starts a server and waits until it serves.
    ///
    /// # Errors
    /// It cannot be started, or ends before it serves; what it said is on standard error.
    pub fn start(start: &Start) -> Result<Self, LoadError> {
        let begun = Instant::now();
        let mut command = Command::new(&start.program);
        command.arg("load-server").arg("--leash").arg("--data").arg(&start.data);
        command.args(["--customers", &start.customers.to_string()]);
        if start.due > 0 {
            command.args(["--due", &start.due.to_string()]);
        }
        if start.echo {
            command.arg("--echo");
        }
        if start.hot {
            command.arg("--hot");
        }
        if let Some(database) = &start.database {
            command.arg("--database").arg(database.with_password());
        }
        if let Some(ports) = start.ports {
            command.args(["--gy", &ports.gy.to_string()]);
            command.args(["--radius-auth", &ports.radius_auth.to_string()]);
            command.args(["--radius-accounting", &ports.radius_accounting.to_string()]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let shown = start.program.display();
        let mut child = command.spawn().map_err(LoadError::io(format!("starting {shown}")))?;
        let mut line = String::new();
        let mut said = child.stdout.take().map(BufReader::new);
        if let Some(said) = &mut said {
            said.read_line(&mut line).map_err(LoadError::io("reading what the server says"))?;
        }
        match serde_json::from_str(&line) {
            Ok(ports) => Ok(Self { child, ports, took: begun.elapsed(), said }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(LoadError::Server(format!("{shown} ended before it served; see its messages above")))
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn ports(&self) -> Ports {
        self.ports
    }

    /// From the start of the process until it served.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }

    /// What to ask for chores with; only once.
    pub fn chores(&mut self) -> Option<Chores> {
        Some(Chores { input: self.child.stdin.take()?, said: self.said.take()? })
    }

    /// Memory in use now, megabytes (2^20).
    #[must_use]
    pub fn resident_mb(&self) -> Option<u64> {
        Some(self.resident_kb()? / 1_024)
    }

    /// The same in kilobytes (2^10).
    #[must_use]
    pub fn resident_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Processor time that it has used, microseconds; the system counts in hundredths of a second.
    #[must_use]
    pub fn processor_us(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name, in parentheses, may contain blanks; behind it user and system time are fields 12 and 13.
        let mut times = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2);
        let mut next = || times.next()?.parse::<u64>().ok();
        Some((next()? + next()?) * MICROS_PER_TICK)
    }

    /// Ends it at once with SIGKILL: nothing of it can tidy up.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill(mut self) -> Result<(), LoadError> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(|_| ()).map_err(LoadError::io("killing the server"))
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// It does not stop in time (it is killed then), or says that it failed.
    pub fn stop(mut self) -> Result<(), LoadError> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM)
                .map_err(|error| LoadError::io("stopping the server")(error.into()))?;
        }
        let asked = Instant::now();
        while asked.elapsed() < STOP_PATIENCE {
            match self.child.try_wait().map_err(LoadError::io("waiting for the server's end"))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(LoadError::Server(format!("the server ended with {status}"))),
                None => std::thread::park_timeout(LOOK_EVERY),
            }
        }
        Err(LoadError::Server("the server did not stop in time".to_owned()))
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A copy of the books of a server that is not running, to be looked at without changing what the server will find.
///
/// # Errors
/// The files cannot be copied.
pub fn copy_books(from: &Path, to: &Path) -> Result<(), LoadError> {
    let copying = || LoadError::io(format!("copying {}", from.display()));
    for entry in std::fs::read_dir(from).map_err(copying())? {
        let entry = entry.map_err(copying())?;
        let name = entry.file_name();
        // The index of the write-ahead log is made anew from the log.
        if entry.path().is_dir() {
            let inner = to.join(&name);
            std::fs::create_dir(&inner).map_err(copying())?;
            copy_books(&entry.path(), &inner)?;
        } else if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(&name)).map_err(copying())?;
        }
    }
    Ok(())
}
