//! FreeRADIUS's radclient: a client not written here.

use super::SECRET;
use super::child::eventually;
use front_radius::Metrics;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// Sends one request with these attributes and returns what radclient printed; `secret` and `kind` as on its command line.
pub fn ask_as(server: SocketAddr, kind: &str, secret: &str, attributes: &str) -> String {
    ask_for("2", server, kind, secret, attributes)
}

/// Sends what must not be answered: it is seen to be discarded for that reason, and no answer comes before or soon after.
pub fn unanswered(
    metrics: &Metrics,
    reason: &'static str,
    (server, kind, secret): (SocketAddr, &str, &str),
    attributes: &str,
) {
    let before = metrics.discards_of(reason);
    let heard = ask_for("0.3", server, kind, secret, attributes);
    assert!(heard.contains("No reply from server"), "{heard}");
    eventually("it is counted", || metrics.discards_of(reason) == before + 1);
}

fn ask_for(seconds: &str, server: SocketAddr, kind: &str, secret: &str, attributes: &str) -> String {
    let mut child = Command::new("radclient")
        .args(["-x", "-r", "1", "-t", seconds, &server.to_string(), kind, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test needs radclient: run scripts/test setup, or apt-get install freeradius-utils");
    child.stdin.take().unwrap().write_all(attributes.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The same with the right secret.
pub fn ask(server: SocketAddr, kind: &str, attributes: &str) -> String {
    ask_as(server, kind, SECRET, attributes)
}
