//! The private PostgreSQL keeps what it was told through a kill, keeps its databases apart, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use testkit::postgres::Server;

/// Set for the process that starts a server and is killed.
const KILLED: &str = "TALEA_TEST_KILLED";
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn each_database_is_empty_and_the_durable_settings_are_on() {
    let server = Server::shared().unwrap();
    let (first, second) = (server.database().unwrap(), server.database().unwrap());
    server.ask(&first, "CREATE TABLE tally (notch bigint)").unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(server.ask(&first, tables).unwrap().trim(), "1");
    assert_eq!(server.ask(&second, tables).unwrap().trim(), "0");
    for (setting, value) in [("fsync", "on"), ("synchronous_commit", "on"), ("listen_addresses", "")] {
        assert_eq!(server.ask(&first, &format!("SHOW {setting}")).unwrap().trim(), value, "{setting}");
    }
}

#[test]
fn what_was_committed_is_there_after_kill_9_and_after_a_clean_end() {
    let server = Server::start().unwrap();
    let url = server.database().unwrap();
    server.ask(&url, "CREATE TABLE tally (notch bigint)").unwrap();
    server.ask(&url, "INSERT INTO tally VALUES (41)").unwrap();
    server.kill();
    assert!(server.ask(&url, "SELECT 1").is_err(), "it is down");
    server.start_again().unwrap();
    server.ask(&url, "UPDATE tally SET notch = notch + 1").unwrap();
    server.stop();
    assert!(server.ask(&url, "SELECT 1").is_err(), "it is down");
    server.start_again().unwrap();
    assert_eq!(server.ask(&url, "SELECT notch FROM tally").unwrap().trim(), "42");
}

#[test]
fn nothing_is_left_of_a_server_whose_process_is_killed() {
    if std::env::var_os(KILLED).is_some() {
        let server = Server::shared().unwrap();
        println!("\ndirectory={}", server.socket_directory().display());
        std::thread::park();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_is_left_of_a_server_whose_process_is_killed", "--nocapture"])
        .env(KILLED, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let directory = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("directory=")?.to_owned()))
        .expect("it tells where its server is");
    let pid = std::fs::read_to_string(Path::new(&directory).join("data/postmaster.pid")).unwrap();
    let process = format!("/proc/{}", pid.lines().next().unwrap().trim());
    assert!(Path::new(&process).exists(), "the server runs");
    child.kill().unwrap();
    child.wait().unwrap();
    let began = Instant::now();
    while Path::new(&process).exists() || Path::new(&directory).exists() {
        assert!(began.elapsed() < PATIENCE, "{process} or {directory} is still there");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
