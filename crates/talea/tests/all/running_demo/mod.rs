//! A demo that has told its story and stays up.
#![allow(dead_code, reason = "each test uses its own part")]

pub mod gateway;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A process that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the demo is to be found.
pub struct Demo {
    pub staff: String,
    pub selfcare: String,
    /// Base of the API and a token with every scope.
    pub api: (String, String),
    pub radius: SocketAddr,
    pub diameter: SocketAddr,
    _process: Running,
}

/// Starts the demo and waits until it has told its story.
pub fn demo() -> Demo {
    let mut child = Command::new(env!("CARGO_BIN_EXE_talea"))
        .arg("demo")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let process = Running(child);
    let mut told: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines.by_ref().skip_while(|line| !line.starts_with("Look around")) {
        let (name, rest) = line.trim_start().split_at_checked(14).unwrap_or_default();
        told.insert(name.trim().to_owned(), rest.split_whitespace().map(str::to_owned).collect());
        if name.starts_with("IPTV") {
            break;
        }
    }
    // Whoever prints into a pipe that nobody reads is ended by the system.
    std::thread::spawn(move || lines.for_each(drop));
    let word = |name: &str, at: usize| told.get(name).and_then(|words| words.get(at)).unwrap().clone();
    Demo {
        staff: word("staff portal", 0),
        selfcare: word("self-care", 0),
        api: (word("API", 0).replace("/api/docs", "/api/v1"), word("API", 2)),
        radius: word("RADIUS", 0).parse().unwrap(),
        diameter: word("Diameter", 0).parse().unwrap(),
        _process: process,
    }
}

/// What the API answers.
pub fn curl(demo: &Demo, arguments: &[&str], path: &str) -> Vec<u8> {
    let token = format!("Authorization: Bearer {}", demo.api.1);
    let output = Command::new("curl")
        .args(["-sS", "-m", "20", "-H", &token, "-H", "Content-Type: application/json"])
        .args(arguments)
        .arg(format!("{}{path}", demo.api.0))
        .output()
        .unwrap();
    output.stdout
}
