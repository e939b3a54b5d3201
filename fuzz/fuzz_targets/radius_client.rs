//! A hostile device and a moving clock against the client of CoA, Disconnect and Accounting, and the same octets against the memory of
//! repeats: nothing panics, every request that was taken ends exactly once, and no more are in flight than the limits allow.
//!
//! Input: steps of one octet and what follows it. 0-63 offer a request, 64-127 move the clock, 128-191 a genuine answer to something that
//! was sent, 192-255 a datagram of that many octets less 191.
#![no_main]

use libfuzzer_sys::fuzz_target;
use radius::client::RequestBuilder;
use radius::dynamic_client::{DynamicClient, Limits};
use radius::{Code, DuplicateCache, Packet, PacketBuilder, RequestKey, number};
use std::collections::HashSet;
use std::sync::Arc;

const SECRET: &[u8] = b"xyzzy5461";

fuzz_target!(|data: &[u8]| {
    let limits = Limits { in_flight: 8, waiting: 16, per_second: 50, ports: 2, ..Limits::default() };
    let mut client = DynamicClient::new(limits, 7);
    let mut repeats = DuplicateCache::new(16, 10_000_000);
    let (mut now, mut next, mut open, mut sent) = (0_u64, 0_u32, HashSet::new(), Vec::new());
    let mut rest = data;
    while let Some((step, after)) = rest.split_first() {
        rest = after;
        let mut over = Vec::new();
        match step {
            0..=63 => {
                let mut request = match step % 3 {
                    0 => RequestBuilder::disconnect(0),
                    1 => RequestBuilder::change_of_authorization(0),
                    _ => RequestBuilder::accounting(0, 1).expect("empty"),
                };
                request.attribute(number::ACCT_SESSION_ID, &[*step]).expect("room");
                next += 1;
                if client.offer(request, Arc::from(SECRET), next).is_ok() {
                    open.insert(next);
                }
            }
            64..=127 => now += u64::from(step - 63) * 250_000,
            128..=191 => {
                let at = usize::from(step - 128);
                if let Some((port, octets)) = sent.get(at % sent.len().max(1)).cloned() {
                    let octets: Arc<[u8]> = octets;
                    let packet = Packet::decode(&octets).expect("ours is well-formed");
                    let code = match (packet.code(), step % 2) {
                        (Code::DisconnectRequest, 0) => Code::DisconnectAck,
                        (Code::DisconnectRequest, _) => Code::DisconnectNak,
                        (Code::CoaRequest, 0) => Code::CoaAck,
                        (Code::CoaRequest, _) => Code::CoaNak,
                        _ => Code::AccountingResponse,
                    };
                    let reply =
                        PacketBuilder::reply_to(&packet, code).sign_reply(&packet, SECRET).expect("signs");
                    over.extend(client.received(port, &reply).ok());
                }
            }
            192..=255 => {
                let length = usize::from(step - 191).min(rest.len());
                let (datagram, after) = rest.split_at(length);
                rest = after;
                over.extend(client.received(0, datagram).ok());
                if let Ok(packet) = Packet::decode(datagram) {
                    let source = ([127, 0, 0, 1], 1).into();
                    let key = RequestKey {
                        socket: 0,
                        source,
                        code: packet.code(),
                        identifier: packet.identifier(),
                    };
                    let _ = repeats.check(key, packet.authenticator(), now);
                }
            }
        }
        let mut out = Vec::new();
        client.pump(now, &mut out, &mut over);
        sent.extend(out.into_iter().map(|sending| (sending.port, sending.octets)));
        over.iter().for_each(|end| assert!(open.remove(&end.token), "each ends once"));
        assert!(client.in_flight() <= 8 && repeats.len() <= 16);
    }
    client.give_up().iter().for_each(|end| assert!(open.remove(&end.token), "each ends once"));
    assert!(open.is_empty(), "none is forgotten");
});
