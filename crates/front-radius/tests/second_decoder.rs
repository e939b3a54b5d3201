//! What we send is read by a decoder not written here: tshark finds nothing malformed and every signature good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::Payment;
use std::net::SocketAddr;
use std::process::Command;
use world::wire::{Client, Counters, Datagram, INTERIM, START, STOP, pap, pcap, report};
use world::*;

/// One line per datagram: code, whether the authenticator holds, malformed or not, rate limit.
fn dissect(datagrams: &[Datagram], server: SocketAddr, port: u16) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("exchange.pcap");
    std::fs::write(&file, pcap(datagrams, server, port)).unwrap();
    let output = Command::new("tshark")
        .args(["-r", file.to_str().unwrap(), "-T", "fields", "-E", "separator=;"])
        .args(["-o", &format!("radius.shared_secret:{SECRET}"), "-o", "radius.validate_authenticator:TRUE"])
        .args(["-e", "radius.code", "-e", "radius.authenticator.valid", "-e", "radius.authenticator.invalid"])
        .args(["-e", "_ws.malformed", "-e", "_ws.expert.severity", "-e", "radius.Mikrotik_Rate_Limit"])
        .output()
        .expect("this test needs tshark: run scripts/test setup, or apt-get install tshark");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| line.split(';').map(str::to_owned).collect()).collect()
}

#[test]
fn tshark_reads_both_conversations_without_a_fault() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    let mut client = Client::at(MIKROTIK);
    client.ask(auth, &pap(1, [1; 16], "anna@home", "x")).unwrap();
    client.ask(auth, &pap(2, [2; 16], "anna@home", "wrong")).unwrap();
    let alive = radius::client::RequestBuilder::status_server(3, [3; 16]).sign(SECRET.as_bytes()).unwrap();
    client.ask(auth, &alive).unwrap();
    for node in [JUNIPER, HUAWEI, NOKIA] {
        let mut other = Client::at(node);
        other.ask(auth, &pap(4, [4; 16], "anna@home", "x")).unwrap();
        client.seen.extend(other.seen);
    }
    world.suspend(account);
    client.ask(auth, &pap(5, [5; 16], "anna@home", "x")).unwrap();
    let lines = dissect(&client.seen, auth, 1812);
    let codes: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    assert_eq!(codes, ["1", "2", "1", "3", "12", "2", "1", "2", "1", "2", "1", "2", "1", "2"]);
    assert_sound(&lines);
    assert_eq!(lines[1][5], "10M/10M", "the story's 10 Mbps in MikroTik's own words");

    let mut client = Client::at(MIKROTIK);
    let used = Counters { input: 5 << 32, output: 9, seconds: 60, delay: 1 };
    for (identifier, status) in [(1, START), (2, INTERIM), (3, STOP)] {
        client.ask(accounting, &report(identifier, status, "s1", "anna@home", used)).unwrap();
    }
    let lines = dissect(&client.seen, accounting, 1813);
    let codes: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    assert_eq!(codes, ["4", "5", "4", "5", "4", "5"]);
    assert_sound(&lines);
    world.stop();
}

/// Nothing is malformed, nothing is remarkable, and the Response Authenticator of every reply holds. tshark does not check replies to
/// Status-Server; our own client did.
fn assert_sound(lines: &[Vec<String>]) {
    for pair in lines.chunks(2) {
        for line in pair {
            let [_code, _valid, _invalid, malformed, severity, ..] = &line[..] else { panic!("{line:?}") };
            assert!(malformed.is_empty() && severity.is_empty(), "{line:?}");
        }
        if pair[0][0] != "12" {
            assert_eq!((pair[1][1].as_str(), pair[1][2].as_str()), ("1", "0"), "{pair:?}");
        }
    }
}
