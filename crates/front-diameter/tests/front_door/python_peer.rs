//! The foreign client: python-diameter, driven line by line.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct PythonPeer {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The interpreter that has the test packages.
fn python() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let given = std::env::var_os("TALEA_TEST_PYTHON").map(PathBuf::from);
    let python = given.unwrap_or_else(|| root.join("target/test-venv/bin/python3"));
    assert!(
        python.exists(),
        "{} is missing: it has python-diameter, the foreign client; run `scripts/test setup` once",
        python.display()
    );
    python
}

impl PythonPeer {
    /// Connected to a server on the loopback address, capabilities exchanged.
    pub fn connect(address: SocketAddr) -> Self {
        Self::connect_to(address, &[])
    }

    /// Connected to the peer of a name and realm, a relay say.
    pub fn connect_to(address: SocketAddr, name_and_realm: &[&str]) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/front_door/peer.py");
        let mut child = Command::new(python())
            .arg(script)
            .arg(address.port().to_string())
            .args(name_and_realm)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut peer = Self { child, orders, answers };
        assert_eq!(peer.line(), json!({ "ready": true }));
        peer
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the Python client ended early; its errors are above");
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a request; its answer as the client understood it.
    pub fn ask(&mut self, order: &Value) -> Value {
        let orders = self.orders.as_mut().unwrap();
        writeln!(orders, "{order}").unwrap();
        orders.flush().unwrap();
        let answer = self.line();
        assert_eq!(answer.get("failed"), None, "{answer}");
        answer
    }

    /// Takes leave with a DPR and ends.
    pub fn leave(mut self) {
        drop(self.orders.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for PythonPeer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
