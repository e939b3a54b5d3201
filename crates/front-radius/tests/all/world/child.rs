//! A program of others, ended with the test.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to leave.
const LEAVE_PATIENCE: Duration = Duration::from_secs(3);

pub struct Program(Child);

impl Program {
    /// Starts it with its words thrown away; `package` is where it comes from.
    pub fn start(command: &mut Command, package: &str) -> Self {
        let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match silent.spawn() {
            Ok(child) => Self(child),
            Err(error) => panic!("this test needs {package} ({error}): see scripts/install-test-tools"),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Asked first, so that it ends its own children, too.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let asked = Instant::now();
        while asked.elapsed() < LEAVE_PATIENCE && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `holds`; on a busy machine that may take a while.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A free UDP port.
pub fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
