//! A private PostgreSQL for tests: a server of one test process, with a directory and a Unix socket of its own and no TCP.
//!
//! The programs are Debian's (`/usr/lib/postgresql/*/bin`, the newest) or those in `PATH`. PostgreSQL refuses to run as root; a root
//! process runs it as the user `postgres`, which Debian's package makes. What it writes it writes as in production (`fsync`,
//! `full_page_writes` and `synchronous_commit` are on), so that killing it proves something.
//!
//! Nothing is left behind, however the test process ends: a small shell holds the other end of a pipe that closes with the process,
//! ends the server then and removes the directory.
//!
//! ```no_run
//! # fn demo() -> Result<(), testkit::postgres::PostgresError> {
//! let server = testkit::postgres::Server::shared()?;
//! println!("an empty database: {}", server.database()?);
//! # Ok(())
//! # }
//! ```

mod programs;
mod worlds;

pub use worlds::{for_another_process, is_wanted, wanted};

use programs::{Programs, Runner};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Database user; owns everything.
const USER: &str = "talea";
/// Directories tried before giving up.
const NAMES_TRIED: u32 = 1_000;
/// Longest path of a Unix socket on Linux, without its end.
const SOCKET_PATH_MOST: usize = 107;
/// Files of a server that speaks TLS.
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";
/// Lines of the server's log told when it does not start.
const LOG_LINES: usize = 20;
/// What the server is told beside its defaults.
const SETTINGS: [&str; 8] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=64MB",
    "max_connections=800",
    "timezone=UTC",
];
/// Waits until standard input ends, ends the server of directory `$1` at once and removes the directory.
const UNDERTAKER: &str = r#"
while read -r _; do :; done
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
fi
rm -rf "$1"
"#;

/// Why there is no server, or it did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PostgresError {
    /// No programs were found.
    #[error("PostgreSQL is missing: run scripts/test setup, which installs Debian's package `postgresql`")]
    Missing,
    /// A root process needs another user to run it as.
    #[error("PostgreSQL refuses to run as root, and there is no user `postgres` to run it as")]
    NoUser,
    /// Something else went wrong.
    #[error("the private PostgreSQL: {what}: {reason}")]
    Failed {
        /// What was being done.
        what: &'static str,
        /// What came of it.
        reason: String,
    },
}

impl PostgresError {
    fn failed(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |reason| Self::Failed { what, reason: reason.to_string() }
    }
}

/// A server of this process; ends and leaves nothing when dropped, or when the process ends however it does.
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    directory: PathBuf,
    postmaster: Mutex<Option<Child>>,
    undertaker: Child,
    databases: AtomicU32,
    /// Where it listens beside its Unix socket, once it speaks TLS there.
    tls_port: OnceLock<u16>,
}

impl Server {
    /// Makes and starts a server for the caller alone: for tests that kill it.
    ///
    /// # Errors
    /// [`PostgresError`] when it is not installed or does not start.
    pub fn start() -> Result<Self, PostgresError> {
        let programs = Programs::find(Runner::of_this_process()?)?;
        let directory = make_directory(&programs)?;
        let undertaker = programs
            .command("/bin/sh")
            .args(["-c", UNDERTAKER, "sh"])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(PostgresError::failed("starting the shell that ends it"))?;
        let (postmaster, databases) = (Mutex::new(None), AtomicU32::new(0));
        let tls_port = OnceLock::new();
        let server = Self { programs, directory, postmaster, undertaker, databases, tls_port };
        let mut initdb = server.programs.command(server.programs.path("initdb"));
        initdb.arg("--pgdata").arg(server.data()).args(["--username", USER, "--auth", "trust"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        programs::run(initdb, "initdb")?;
        server.start_again()?;
        Ok(server)
    }

    /// The server that all tests of this process share, started by the first who asks.
    ///
    /// # Errors
    /// [`PostgresError`] when it is not installed or does not start.
    pub fn shared() -> Result<&'static Self, PostgresError> {
        static SHARED: OnceLock<Result<Server, PostgresError>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    /// Makes an empty database; tells its URL, `postgres://user@%2Fdirectory/name`.
    ///
    /// # Errors
    /// [`PostgresError`] when the server is down.
    pub fn database(&self) -> Result<String, PostgresError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.ask(&self.url("postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        let socket = self.directory.to_string_lossy().replace('/', "%2F");
        let port = self.tls_port.get().map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgres://{USER}@{socket}{port}/{database}")
    }

    /// Starts the server anew so that it listens on a port of 127.0.0.1, too, and there speaks TLS with this certificate (PEM).
    /// Tells the port. URLs of before name no port and are of no use any more.
    ///
    /// # Errors
    /// [`PostgresError`] when it does not start so.
    pub fn listen_with_tls(&self, certificate: &str, key: &str) -> Result<u16, PostgresError> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(PostgresError::failed("a free port"))?.port();
        for (name, text) in [(CERTIFICATE, certificate), (KEY, key)] {
            let path = self.directory.join(name);
            let written = std::fs::write(&path, text).and_then(|()| self.programs.give(&path));
            written.map_err(PostgresError::failed("its certificate"))?;
        }
        self.stop();
        let port = *self.tls_port.get_or_init(|| port);
        self.start_again().map(|()| port)
    }

    /// Runs SQL as an outsider would, by `psql`: rows as lines, columns separated by `|`, no heads.
    ///
    /// # Errors
    /// What `psql` says when the server is down or the SQL is refused.
    pub fn ask(&self, url: &str, sql: &str) -> Result<String, PostgresError> {
        let mut psql = self.programs.command(self.programs.path("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
        psql.args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", sql]);
        programs::run(psql, "psql")
    }

    /// Kills the server and everything of it at once, as a power cut would.
    pub fn kill(&self) {
        let mut postmaster = self.lock();
        if let Some(child) = postmaster.as_mut() {
            let backends = programs::children(child.id());
            let _ = child.kill();
            backends.into_iter().for_each(|pid| self.programs.signal("-KILL", pid));
            let _ = child.wait();
        }
        *postmaster = None;
    }

    /// Ends the server in order (`fast`: what is not committed is lost, connections are told).
    pub fn stop(&self) {
        let mut postmaster = self.lock();
        if let Some(child) = postmaster.as_mut() {
            self.programs.signal("-INT", child.id());
            let _ = child.wait();
        }
        *postmaster = None;
    }

    /// Starts the server again after [`Server::kill`] or [`Server::stop`], on the same socket with the same data; returns when it
    /// takes connections.
    ///
    /// # Errors
    /// [`PostgresError`] with the end of its log when it does not start.
    pub fn start_again(&self) -> Result<(), PostgresError> {
        let mut postmaster = self.lock();
        let began = Instant::now();
        while postmaster.is_none() {
            let mut child = self.launch()?;
            if self.until_ready(&mut child, began)? {
                *postmaster = Some(child);
            } else if began.elapsed() > PATIENCE {
                return Err(PostgresError::Failed { what: "starting", reason: self.log_end() });
            }
            // What the killed one left may need a moment to be gone.
            std::thread::park_timeout(LOOK_EVERY);
        }
        Ok(())
    }

    /// The directory of the socket.
    pub fn socket_directory(&self) -> &Path {
        &self.directory
    }

    fn launch(&self) -> Result<Child, PostgresError> {
        let log = File::options().create(true).append(true).open(self.directory.join("log"));
        let log = log.map_err(PostgresError::failed("its log"))?;
        let mut postgres = self.programs.command(self.programs.path("postgres"));
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.directory);
        SETTINGS.iter().for_each(|setting| {
            postgres.args(["-c", setting]);
        });
        if let Some(port) = self.tls_port.get() {
            let file = |name: &str| self.directory.join(name).display().to_string();
            for (name, value) in [
                ("listen_addresses", "127.0.0.1".to_owned()),
                ("port", port.to_string()),
                ("ssl", "on".to_owned()),
                ("ssl_cert_file", file(CERTIFICATE)),
                ("ssl_key_file", file(KEY)),
            ] {
                postgres.arg("-c").arg(format!("{name}={value}"));
            }
        }
        postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        postgres.spawn().map_err(PostgresError::failed("starting"))
    }

    /// Whether it takes connections now; not when it has ended again.
    fn until_ready(&self, child: &mut Child, began: Instant) -> Result<bool, PostgresError> {
        while began.elapsed() < PATIENCE {
            if child.try_wait().map_err(PostgresError::failed("waiting for it"))?.is_some() {
                return Ok(false);
            }
            // Its own file: process, directory, start, port, socket, address, memory, state. It may be what a killed one left.
            let told = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let mut lines = told.lines();
            let own = lines.next().is_some_and(|pid| pid.trim() == child.id().to_string());
            if own && lines.nth(6).is_some_and(|state| state.trim() == "ready") {
                return Ok(true);
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        let _ = child.kill();
        let _ = child.wait();
        Ok(false)
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        let skipped = log.lines().count().saturating_sub(LOG_LINES);
        log.lines().skip(skipped).collect::<Vec<_>>().join("\n")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // Ends its input: it removes the directory.
        drop(self.undertaker.stdin.take());
        let _ = self.undertaker.wait();
    }
}

/// A directory that the server's user owns.
fn make_directory(programs: &Programs) -> Result<PathBuf, PostgresError> {
    let what = "making its directory";
    let failed = PostgresError::failed(what);
    for number in 0..NAMES_TRIED {
        let directory = std::env::temp_dir().join(format!("talea-postgres-{}-{number}", std::process::id()));
        if directory.join(".s.PGSQL.5432.lock").as_os_str().len() > SOCKET_PATH_MOST {
            let reason = format!("{} is too long for a socket: set TMPDIR", directory.display());
            return Err(PostgresError::Failed { what, reason });
        }
        match std::fs::create_dir(&directory) {
            Ok(()) => {
                programs.give(&directory).map_err(failed)?;
                return Ok(directory);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(PostgresError::Failed { what, reason: "too many were left behind".to_owned() })
}
