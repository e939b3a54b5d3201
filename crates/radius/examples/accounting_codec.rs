#![allow(clippy::unwrap_used)]
//! What the codec does for one Accounting-Request, as often as is said; for counting instructions (`scripts/instructions`). The core's
//! part is counted by `charging`'s example.
//! `cargo run --release -p radius --example accounting_codec requests ROUNDS`

use radius::authenticator::{RequestPolicy, verify_request};
use radius::client::RequestBuilder;
use radius::{AccountingReport, Code, DuplicateCache, Packet, PacketBuilder, RequestKey, Seen, number};
use std::hint::black_box;
use std::net::SocketAddr;

const SECRET: &[u8] = b"a secret of sixteen";
/// Replies kept for repeats, and for how many microseconds.
const KEPT: (usize, u64) = (1_024, 10_000_000);

/// An Interim as an access server sends it.
fn request(identifier: u8) -> Vec<u8> {
    let mut request = RequestBuilder::accounting(identifier, 3).unwrap();
    request.attribute(number::USER_NAME, b"user0000001@load.example").unwrap();
    request.attribute(number::NAS_IDENTIFIER, b"nas.load.example").unwrap();
    request.integer(number::NAS_PORT, 1).unwrap();
    request.attribute(number::CALLED_STATION_ID, b"internet").unwrap();
    request.attribute(number::ACCT_SESSION_ID, b"0123456700000001").unwrap();
    request.integer(number::ACCT_SESSION_TIME, 600).unwrap();
    for counter in [
        number::ACCT_INPUT_OCTETS,
        number::ACCT_OUTPUT_OCTETS,
        number::ACCT_INPUT_GIGAWORDS,
        number::ACCT_OUTPUT_GIGAWORDS,
    ] {
        request.integer(counter, 700_001).unwrap();
    }
    request.sign(SECRET).unwrap().bytes().to_vec()
}

/// From the datagram to what charging is told, and from its answer to the signed reply.
#[inline(never)]
fn requests(datagrams: &[Vec<u8>], rounds: u64) -> u64 {
    let mut duplicates = DuplicateCache::new(KEPT.0, KEPT.1);
    let source: SocketAddr = "192.0.2.1:1645".parse().unwrap();
    let mut answered = 0;
    for (round, datagram) in (0..rounds).zip(datagrams.iter().cycle()) {
        let packet = Packet::decode(black_box(datagram)).unwrap();
        verify_request(&packet, SECRET, RequestPolicy::default()).unwrap();
        // As if each came from a socket of its own.
        let socket = u32::try_from(round).unwrap();
        let key = RequestKey { socket, source, code: packet.code(), identifier: packet.identifier() };
        let new = duplicates.check(key, packet.authenticator(), round);
        black_box(AccountingReport::read(&packet).unwrap());
        let reply = PacketBuilder::reply_to(&packet, Code::AccountingResponse);
        let reply = reply.sign_reply(&packet, SECRET).unwrap();
        duplicates.answered(&key, packet.authenticator(), black_box(reply).into());
        answered += u64::from(new == Seen::New);
    }
    answered
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    assert_eq!(arguments.next().as_deref(), Some("requests"), "usage: accounting_codec requests ROUNDS");
    let rounds: u64 = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000);
    let datagrams: Vec<_> = (0..=255).map(request).collect();
    assert_eq!(requests(&datagrams, rounds), rounds, "every one was answered");
    println!("requests: {rounds}");
}
