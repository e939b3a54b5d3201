//! CoA and Disconnect against a device that nobody here wrote (pyrad), and every datagram of it read by tshark: hotline when funds end,
//! resume on payment, disconnect on a block, a session that the device does not know.

use crate::world;

use charging::*;
use money::Amount;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command as Process, Stdio};
use world::tshark::dissect;
use world::wire::{Client, Counters, Datagram, INTERIM, START, report};
use world::*;

struct Nas {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
    /// Both datagrams of each request.
    seen: Vec<Datagram>,
}

impl Nas {
    fn knowing(sessions: &[&str]) -> Self {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let given = std::env::var_os("TALEA_TEST_PYTHON").map(PathBuf::from);
        let python = given.unwrap_or_else(|| here.join("../../target/test-venv/bin/python3"));
        let mut child = Process::new(&python)
            .arg(here.join("tests/all/coa_stranger/nas.py"))
            .args([MOBILE, SECRET])
            .args(sessions)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run `scripts/test setup` once", python.display()));
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let port = line(&mut lines)["port"].as_u64().unwrap().try_into().unwrap();
        Self { child, lines, port, seen: Vec::new() }
    }

    /// The next request as pyrad understood it.
    fn told(&mut self) -> Value {
        let told = line(&mut self.lines);
        assert_eq!(told["genuine"], true, "pyrad finds both signatures good: {told}");
        let from =
            SocketAddr::new("127.0.0.1".parse().unwrap(), told["from"].as_u64().unwrap().try_into().unwrap());
        let device = SocketAddr::new(MOBILE.parse().unwrap(), self.port);
        self.seen.push((from, device, octets(&told["request"])));
        self.seen.push((device, from, octets(&told["reply"])));
        told
    }
}

impl Drop for Nas {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(lines: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "the Python device ended early; its errors are above");
    serde_json::from_str(&line).unwrap()
}

fn octets(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn pay(world: &World, amount: &str) {
    let amount = Amount::parse(amount).unwrap();
    let pay = Pay { amount, account: None, exchanged: None, note: "cash".to_owned() };
    world.command(CustomerId(8), Command::Pay(pay));
}

/// Codes in order; fails on anything malformed or remarkable.
fn dissected(nas: &Nas) -> Vec<String> {
    dissect(&nas.seen, &[(nas.port, 3799)], &[]).into_iter().map(|mut line| line.remove(0)).collect()
}

#[test]
fn a_foreign_device_is_hotlined_resumed_and_disconnected_as_the_books_say() {
    let mut nas = Nas::knowing(&["s-1"]);
    let world = World::with_devices_at(nas.port);
    let account = world.subscriber(8, "mobile-data", Payment::Prepaid, "ben", "x");
    pay(&world, "1.00");
    let mut client = Client::at(MOBILE);
    let accounting = world.server.accounting_address();
    client.ask(accounting, &report(1, START, "s-1", "ben", Counters::default())).unwrap();
    let used = Counters { input: 400 << 20, output: 100 << 20, seconds: 60, delay: 0 };
    client.ask(accounting, &report(2, INTERIM, "s-1", "ben", used)).unwrap();
    let told = nas.told();
    assert_eq!(
        (told["code"].as_u64(), &told["attributes"]["Mikrotik-Address-List"][0]),
        (Some(43), &"hotline".into())
    );
    assert_eq!(told["attributes"]["Framed-IP-Address"][0], "10.0.0.9");
    pay(&world, "50.00");
    let told = nas.told();
    assert_eq!(
        (told["code"].as_u64(), &told["attributes"]["Mikrotik-Address-List"][0]),
        (Some(43), &"online".into())
    );
    world.command(CustomerId(8), Command::BlockAccount { account, blocked: true });
    let told = nas.told();
    assert_eq!(told["code"].as_u64(), Some(40));
    let attributes: Vec<&String> = told["attributes"].as_object().unwrap().keys().collect();
    assert_eq!(attributes, ["Acct-Session-Id", "Framed-IP-Address", "User-Name"]);
    assert_eq!(dissected(&nas), ["43", "44", "43", "44", "40", "41"]);
    world.stop();
}

#[test]
fn a_foreign_device_that_does_not_know_a_session_says_503_and_is_believed() {
    let mut nas = Nas::knowing(&[]);
    let world = World::with_devices_at(nas.port);
    let account = world.subscriber(8, "mobile-data", Payment::Prepaid, "ben", "x");
    pay(&world, "1.00");
    let start = report(1, START, "gone", "ben", Counters::default());
    Client::at(MOBILE).ask(world.server.accounting_address(), &start).unwrap();
    world.command(CustomerId(8), Command::BlockAccount { account, blocked: true });
    assert_eq!(nas.told()["code"].as_u64(), Some(40));
    assert_eq!(dissected(&nas), ["40", "42"]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while world.server.metrics().steered_of("mobile-1", "disconnect", "no_session") == 0 {
        assert!(std::time::Instant::now() < until, "the refusal is counted");
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    world.stop();
}
