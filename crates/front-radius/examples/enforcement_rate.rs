//! How fast running sessions are told what a commit changed, through the whole road: engine, question of a log-in for each session, CoA
//! over UDP, answer, line on the timeline. `cargo run --release -p front-radius --example enforcement_rate -- [SESSIONS]`
//!
//! Eight devices on loopback addresses, in a process of their own, acknowledge everything. Three rounds: two catalogs with another
//! speed (a CoA-Request for each session), then every account is blocked (a Disconnect-Request for each). Prints a line for each
//! round with the processor time that the server took; its devices take theirs beside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    missing_docs
)]

#[path = "../tests/all/world/mod.rs"]
mod world;

use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{Command as Order, Envelope, Payment};
use engine::Answer;
use radius::{Code, Packet, PacketBuilder};
use std::io::Read;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use world::wire::{Client, Counters, START, report};
use world::*;

const DEVICES: [&str; 8] = [MIKROTIK, HUAWEI, NOKIA, JUNIPER, VPN, CALM, AUTO, STRICT];
const NAMES: [&str; 8] = ["mikrotik-1", "cx-1", "sr-1", "mx-1", "vpn-1", "calm-1", "auto-1", "strict-1"];
const PLUS: &str = "service = \"internet\", down_kbps = 10000, up_kbps = 10000";
/// Kernel ticks of processor time in a second (`sysconf(_SC_CLK_TCK)` on Linux).
const TICKS: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(120);
/// Reports on their way at once.
const WINDOW: usize = 64;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("devices") {
        return devices(arguments.next().unwrap().parse().unwrap());
    }
    let sessions: u32 = first.map_or(20_000, |text| text.parse().unwrap());
    let port = child::free_port();
    let mut others = Command::new(std::env::current_exe().unwrap())
        .args(["devices", &port.to_string()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let world = World::with_hasty_devices_at(port);
    begin(&world, sessions);
    for (version, down) in [(2, 20_000), (3, 30_000)] {
        let faster = format!("service = \"internet\", down_kbps = {down}, up_kbps = 10000");
        let catalog: Catalog = toml::from_str(&CATALOG.replace(PLUS, &faster)).unwrap();
        let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(version), None).unwrap());
        measure("CoA", &world, sessions, || world.engine.publish(snapshot));
    }
    measure("Disconnect", &world, sessions, || block(&world, sessions));
    drop(others.stdin.take());
    others.wait().unwrap();
    world.stop();
}

/// Acknowledges everything until its input ends.
fn devices(port: u16) {
    for address in DEVICES {
        let socket = UdpSocket::bind((address, port)).unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let packet = Packet::decode(&buffer[..length]).unwrap();
                let code = match packet.code() {
                    Code::CoaRequest => Code::CoaAck,
                    _ => Code::DisconnectAck,
                };
                let reply = PacketBuilder::reply_to(&packet, code);
                let _ = socket.send_to(&reply.sign_reply(&packet, SECRET.as_bytes()).unwrap(), from);
            }
        });
    }
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Signs customers up and begins a session of each.
fn begin(world: &World, sessions: u32) {
    let each = |thread: u32| (1..=sessions).filter(move |number| number % 8 == thread);
    std::thread::scope(|scope| {
        for (thread, device) in (0..8).zip(DEVICES) {
            scope.spawn(move || {
                for number in each(thread) {
                    let user = format!("user{number}");
                    world.subscriber(number, "homeconnect-plus", Payment::Postpaid, &user, "x");
                }
                let mut client = Client::at(device);
                let numbers: Vec<u32> = each(thread).collect();
                for some in numbers.chunks(WINDOW) {
                    start(&mut client, world, some);
                }
            });
        }
    });
}

fn start(client: &mut Client, world: &World, numbers: &[u32]) {
    let server = world.server.accounting_address();
    for (identifier, number) in numbers.iter().enumerate() {
        let (session, user) = (format!("s-{number}"), format!("user{number}"));
        let begun = report(u8::try_from(identifier).unwrap(), START, &session, &user, Counters::default());
        client.send(server, begun.bytes());
    }
    for _ in numbers {
        client.receive(Duration::from_secs(20)).expect("every report is acknowledged");
    }
    client.seen.clear();
}

/// Blocks every account, some at a time: the engine takes no more at once than fits into its mailboxes.
fn block(world: &World, sessions: u32) {
    for first in (1..=sessions).step_by(1_000) {
        let (send, done) = mpsc::channel();
        for number in first..=sessions.min(first + 999) {
            let found = world.account_of(&format!("user{number}"));
            let command = Order::BlockAccount { account: found.account, blocked: true };
            let send = send.clone();
            let answer = Answer::new(move |reply| send.send(reply.is_ok()).unwrap());
            world.engine.submit_network(Envelope { customer: found.customer, key: None, command }, answer);
        }
        drop(send);
        assert!(done.iter().all(|done| done));
    }
}

/// Requests that were acknowledged so far.
fn told(world: &World) -> u64 {
    let metrics = world.server.metrics();
    let of =
        |node| ["coa_speed", "coa_resume", "disconnect"].map(|kind| metrics.steered_of(node, kind, "ack"));
    NAMES.into_iter().flat_map(of).sum()
}

fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = text.rsplit_once(')').unwrap();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS
}

fn measure(what: &str, world: &World, sessions: u32, change: impl FnOnce()) {
    let (before, busy, started) = (told(world), processor_seconds(), Instant::now());
    change();
    let mut last = (before, started);
    while last.0 < before + u64::from(sessions) && last.1.elapsed() < PATIENCE {
        std::thread::park_timeout(Duration::from_millis(5));
        let now = told(world);
        if now != last.0 {
            last = (now, Instant::now());
        }
    }
    let (done, took) = ((last.0 - before) as f64, (last.1 - started).as_secs_f64());
    let busy = processor_seconds() - busy;
    println!(
        "{what}: {done} of {sessions} sessions told in {took:.2} s: {:.0}/s; {busy:.2} s of processor time, {:.0} us each",
        done / took,
        busy * 1e6 / done.max(1.0),
    );
}
