#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic
)]
//! What thousands of idle peers cost: a server process with nothing but watchdogs, and its share of a processor core.
//!
//!     ulimit -n 16384; cargo run --release -p front-diameter --example watchdogs -- 10000 60
//!
//! Opens so many connections, each a peer of its own that exchanges capabilities, asks a watchdog every thirty seconds and answers ours
//! (RFC 3539), lets them settle, and reads from /proc how long the server process has worked in so many seconds.

use calendar::Instant as Moment;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{Charged, SessionKey, Xdr};
use diameter::Message;
use diameter::answer::{Echo, Identity};
use diameter::client::{write_cer, write_dwr};
use diameter::codes::command;
use diameter::frame::Splitter;
use diameter::peer::{LocalNode, watchdog};
use engine::{Clock, Engine};
use front_diameter::{Config, Found, KnownPeer, Peers, Remembered, Server, Subscribers, Unavailable};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Seconds between a peer's own watchdogs, and Twinit of the server.
const TWINIT: u64 = 30;
/// Peers that connect at the same time.
const AT_ONCE: usize = 100;
/// Ticks of /proc in a second.
const TICKS: f64 = 100.0;

/// Nobody is in the table, and nobody is charged.
struct Nobody;

impl Peers for Nobody {
    fn by_origin_host(&self, _host: &str) -> Option<KnownPeer> {
        None
    }
}

impl Subscribers for Nobody {
    fn remembered(&self, _realm: &str, _value: &str) -> Remembered {
        Remembered::Nobody
    }

    fn find(&self, _realm: &str, _value: &str) -> Result<Option<Found>, Unavailable> {
        Ok(None)
    }

    fn of_sessions(
        &self,
        _node: &str,
        _keys: &BTreeSet<SessionKey>,
    ) -> Result<Vec<(SessionKey, Found)>, Unavailable> {
        Ok(Vec::new())
    }

    fn charged(&self, record: &Xdr) -> Result<Charged, Unavailable> {
        Ok(Charged::from(record))
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == "serve") {
        return runtime.block_on(serve());
    }
    let number = |at: usize, usual: usize| arguments.get(at).map_or(usual, |text| text.parse().unwrap());
    runtime.block_on(measure(number(1, 10_000), number(2, 60) as u64));
}

async fn measure(peers: usize, seconds: u64) {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address: SocketAddr = line.trim().parse().unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    for first in (0..peers).step_by(AT_ONCE) {
        let opening = (first..peers.min(first + AT_ONCE)).map(|number| connect(address, number));
        let opening: Vec<_> = opening.map(tokio::spawn).collect();
        for opened in opening {
            tokio::spawn(idle(opened.await.unwrap(), heard.clone()));
        }
    }
    tokio::time::sleep(Duration::from_secs(TWINIT)).await;
    let (worked, already) = (ticks(server.id()), heard.load(Ordering::Relaxed));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let share = (ticks(server.id()) - worked) / TICKS / seconds as f64 * 100.0;
    let messages = heard.load(Ordering::Relaxed) - already;
    let memory = resident(server.id()) / 1_024;
    println!(
        "{peers} peers, {messages} watchdog messages in {seconds} s: {share:.2} % of a core, {memory} MB"
    );
    drop(server.stdin.take());
    server.wait().unwrap();
}

/// The server process: prints where it listens, ends with its standard input.
async fn serve() {
    let directory = tempfile::tempdir().unwrap();
    let store = store::Store::open(&store::Options { directory: directory.path().to_owned() }).unwrap();
    let catalog: Catalog = toml::from_str(include_str!("../tests/front_door/catalog.toml")).unwrap();
    let catalog = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
    let clock = Clock::starting_at(Moment::parse("2026-06-10T10:00:00Z").unwrap());
    let engine = Engine::start(Arc::new(store), catalog, clock, engine::Config::default()).unwrap();
    let mut config = Config::new("ocs.example", "example");
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    (config.accept_unknown_peers, config.connections_most) = (true, 100_000);
    config.watchdog_interval = Duration::from_secs(TWINIT);
    let server = Server::start(config, engine.clone(), Arc::new(Nobody), Arc::new(Nobody)).await.unwrap();
    println!("{}", server.addresses()[0]);
    std::io::stdout().flush().unwrap();
    let leash = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    let _ = tokio::task::spawn_blocking(leash).await;
    drop(directory);
    std::process::exit(0);
}

fn node(number: usize) -> LocalNode {
    let identity = Identity { host: format!("p{number}.example"), realm: "example".into(), state_id: None };
    LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "idle")
}

/// A peer with capabilities exchanged.
async fn connect(address: SocketAddr, number: usize) -> (TcpStream, usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut octets = Vec::new();
    write_cer(&node(number), (1, 1), &mut octets);
    stream.write_all(&octets).await.unwrap();
    let mut answer = [0; 1_024];
    assert!(stream.read(&mut answer).await.unwrap() > 0);
    (stream, number)
}

/// Asks and answers watchdogs for good.
async fn idle((mut stream, number): (TcpStream, usize), heard: Arc<AtomicUsize>) {
    let identity = node(number).identity;
    let mut splitter = Splitter::default();
    let mut timer = tokio::time::interval(Duration::from_secs(TWINIT));
    let (mut chunk, mut out) = ([0; 1_024], Vec::new());
    loop {
        out.clear();
        tokio::select! {
            _ = timer.tick() => {
                write_dwr(&identity, (2, 2), &mut out);
            }
            read = stream.read(&mut chunk) => {
                splitter.feed(&chunk[..read.unwrap()]);
                while let Some(octets) = splitter.next_message().unwrap() {
                    let message = Message::decode(octets).unwrap();
                    heard.fetch_add(1, Ordering::Relaxed);
                    if message.header.command == command::DEVICE_WATCHDOG && message.header.is_request() {
                        watchdog::write_answer(&identity, &Echo::of(&message), &mut out);
                    }
                }
            }
        }
        stream.write_all(&out).await.unwrap();
    }
}

/// Processor time of a process, ticks.
fn ticks(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// Resident memory of a process, kilobytes.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
