//! What a port goes through with each request, on the wire's side: well-formed requests of three devices that come anew, again, with an
//! Identifier that was used before, while the first is worked on, after its answer, after it was dropped, and late. Whatever the order,
//! a request is worked on once, its repeat gets the same octets, no device gets the answer of another, and memory stays bounded.
//!
//! Input: steps of two octets. The first: 0-127 a request (its kind, device and Identifier), 128-191 answers one that is worked on,
//! 192-223 drops one, 224-255 moves the clock. The second: which request, or how long.
#![no_main]

use libfuzzer_sys::fuzz_target;
use radius::authenticator::{RequestPolicy, verify_request};
use radius::client::{Request, RequestBuilder};
use radius::{
    AccessRequest, AccountingReport, AccountingStatus, Code, DuplicateCache, Packet, PacketBuilder,
    RequestKey, Seen, number,
};
use std::collections::HashMap;
use std::sync::Arc;

const SECRET: &[u8] = b"xyzzy5461";
const KEPT_MOST: usize = 12;
const KEPT_MICROS: u64 = 10_000_000;

/// The request that these two octets mean: always the same one, as a device repeats it.
fn request(step: u8, variant: u8) -> Request {
    let identifier = (step >> 4) & 3;
    let mut request = match step & 3 {
        0 => RequestBuilder::status_server(identifier, [variant; 16]),
        1 => {
            let mut access = RequestBuilder::access(identifier, [variant; 16]);
            access.pap(&[variant, b'!'], SECRET).expect("short");
            access
        }
        _ => {
            let status = u32::from(variant % 16);
            let mut report = RequestBuilder::accounting(identifier, status).expect("room");
            report.attribute(number::ACCT_SESSION_ID, &[variant]).expect("room");
            report.integer(number::ACCT_INPUT_OCTETS, u32::from(variant) << 24).expect("room");
            report.integer(number::ACCT_INPUT_GIGAWORDS, u32::from(variant & 1)).expect("room");
            report
        }
    };
    if step & 3 != 0 {
        request.attribute(number::USER_NAME, &[b'a' + variant % 26]).expect("room");
    }
    request.sign(SECRET).expect("signs")
}

/// What the server reads of it is what the device has written.
fn reads_right(packet: &Packet<'_>, step: u8, variant: u8) {
    verify_request(packet, SECRET, RequestPolicy::default()).expect("genuine");
    match packet.code() {
        Code::AccessRequest => {
            let read = AccessRequest::read(packet, SECRET).expect("well-formed");
            let user = read.user_name.expect("named");
            assert!(
                read.credential.matches(&user, &[variant, b'!']) && !read.credential.matches(&user, b"other")
            );
        }
        Code::AccountingRequest => {
            let read = AccountingReport::read(packet).expect("well-formed");
            assert_eq!(read.status, AccountingStatus::from(u32::from(variant % 16)));
            assert_eq!(read.input_octets, (u64::from(variant & 1) << 32) | (u64::from(variant) << 24));
        }
        code => assert_eq!((code, step & 3), (Code::StatusServer, 0)),
    }
}

/// A request that is worked on.
struct Open {
    key: RequestKey,
    sent: Request,
}

fuzz_target!(|data: &[u8]| {
    let mut cache = DuplicateCache::new(KEPT_MOST, KEPT_MICROS);
    let (mut now, mut open) = (0_u64, Vec::<Open>::new());
    let mut answers: HashMap<(RequestKey, [u8; 16]), Arc<[u8]>> = HashMap::new();
    for step in data.chunks_exact(2) {
        let [step, variant] = [step[0], step[1]];
        match step {
            0..128 => {
                let sent = request(step, variant);
                let packet = Packet::decode(sent.bytes()).expect("well-formed");
                reads_right(&packet, step, variant);
                let source = ([127, 0, 0, (step >> 2) & 3], 1_000).into();
                let (code, identifier) = (packet.code(), packet.identifier());
                let key = RequestKey { socket: u32::from(step & 3), source, code, identifier };
                let is_it = |open: &Open| {
                    let known = Packet::decode(open.sent.bytes()).expect("well-formed");
                    open.key == key && known.authenticator() == packet.authenticator()
                };
                match cache.check(key, packet.authenticator(), now) {
                    Seen::InProgress => assert!(open.iter().any(is_it), "nobody works on it"),
                    Seen::Answered(octets) => {
                        let first = answers.get(&(key, *packet.authenticator()));
                        assert_eq!(first, Some(&octets), "the same octets again");
                        sent.check_response(&octets, SECRET).expect("its own answer");
                    }
                    Seen::New => open.push(Open { key, sent }),
                }
            }
            128..224 if !open.is_empty() => {
                let Open { key, sent } = open.swap_remove(usize::from(variant) % open.len());
                let packet = Packet::decode(sent.bytes()).expect("well-formed");
                if step >= 192 {
                    cache.forget(&key, packet.authenticator());
                } else {
                    let code = match packet.code() {
                        Code::AccountingRequest => Code::AccountingResponse,
                        _ => Code::AccessAccept,
                    };
                    let mut reply = PacketBuilder::reply_to(&packet, code);
                    reply.push(number::CLASS, &[step]).expect("room");
                    let octets: Arc<[u8]> = reply.sign_reply(&packet, SECRET).expect("signs").into();
                    sent.check_response(&octets, SECRET).expect("genuine");
                    cache.answered(&key, packet.authenticator(), octets.clone());
                    answers.insert((key, *packet.authenticator()), octets);
                }
            }
            224.. => now += u64::from(variant) * 100_000,
            _ => {}
        }
        assert!(cache.len() <= KEPT_MOST);
    }
});
