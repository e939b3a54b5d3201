//! Programs of others that take part in a test: started in a temporary directory, ended with the test.

use crate::world::PATIENCE;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to leave.
const LEAVE_PATIENCE: Duration = Duration::from_secs(5);

/// A running program; ended when it goes out of scope.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it; what it says goes into a file of the directory. Fails where it is not installed.
    pub fn start(name: &str, arguments: &[&str], directory: &Path) -> Self {
        let log = directory.join(format!("{}.log", name.rsplit('/').next().unwrap()));
        let said = std::fs::File::create(&log).unwrap();
        let child = Command::new(name)
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{name} cannot be started ({error}); run `scripts/test setup` once")
        });
        Self { child, log }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// How it ended; fails when it does not in time.
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE * 3, "it does not end:\n{}", self.said());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Asked first, so that it ends its own children, too.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let start = Instant::now();
        while start.elapsed() < LEAVE_PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A TCP port of the loopback address that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The same for UDP.
pub fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
