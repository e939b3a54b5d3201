//! A hostile device and a moving clock against the client of CoA, Disconnect and Accounting, in any order: every request that was taken
//! ends exactly once, and no more are in flight than the limits allow. `fuzz/fuzz_targets/radius_client.rs` does the same for hours.

use proptest::prelude::*;
use radius::client::RequestBuilder;
use radius::dynamic_client::{DynamicClient, Limits, Outcome};
use radius::{Code, Packet, PacketBuilder, number};
use std::collections::HashMap;
use std::sync::Arc;

const SECRET: &[u8] = b"xyzzy5461";

#[derive(Debug, Clone)]
enum Step {
    Offer(u8),
    Wait(u32),
    /// A genuine answer to one of the datagrams so far; whether it is an ACK.
    Answer(prop::sample::Index, bool),
    Garbage(u16, Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8).prop_map(Step::Offer),
        2 => (0..5_000_000_u32).prop_map(Step::Wait),
        3 => any::<(prop::sample::Index, bool)>().prop_map(|(which, ack)| Step::Answer(which, ack)),
        1 => (0..4_u16, prop::collection::vec(any::<u8>(), 0..60)).prop_map(|(port, octets)| Step::Garbage(port, octets)),
    ]
}

fn request(kind: u8) -> RequestBuilder {
    let mut request = match kind {
        0 => RequestBuilder::disconnect(0),
        1 => RequestBuilder::change_of_authorization(0),
        _ => RequestBuilder::accounting(0, 1).unwrap(),
    };
    request.attribute(number::ACCT_SESSION_ID, b"s-1").unwrap();
    request
}

fn answer(octets: &[u8], ack: bool) -> Vec<u8> {
    let packet = Packet::decode(octets).unwrap();
    let code = match (packet.code(), ack) {
        (Code::DisconnectRequest, true) => Code::DisconnectAck,
        (Code::DisconnectRequest, false) => Code::DisconnectNak,
        (Code::CoaRequest, true) => Code::CoaAck,
        (Code::CoaRequest, false) => Code::CoaNak,
        _ => Code::AccountingResponse,
    };
    PacketBuilder::reply_to(&packet, code).sign_reply(&packet, SECRET).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_request_ends_once_whatever_the_device_sends(steps in prop::collection::vec(step(), 0..120)) {
        let limits = Limits { in_flight: 8, waiting: 16, per_second: 50, ports: 2, ..Limits::default() };
        let mut client = DynamicClient::new(limits, 7);
        let (mut now, mut next, mut sent) = (0_u64, 0_u32, Vec::new());
        let mut ends: HashMap<u32, u32> = HashMap::new();
        for step in steps {
            let mut over = Vec::new();
            match step {
                Step::Offer(kind) => {
                    next += 1;
                    if client.offer(request(kind), Arc::from(SECRET), next).is_ok() {
                        ends.insert(next, 0);
                    }
                }
                Step::Wait(micros) => now += u64::from(micros),
                Step::Answer(which, ack) if !sent.is_empty() => {
                    let (port, octets): &(u16, Arc<[u8]>) = which.get(&sent);
                    over.extend(client.received(*port, &answer(octets, ack)).ok());
                }
                Step::Answer(..) => {}
                Step::Garbage(port, octets) => prop_assert!(client.received(port, &octets).is_err()),
            }
            let mut out = Vec::new();
            client.pump(now, &mut out, &mut over);
            sent.extend(out.into_iter().map(|sending| (sending.port, sending.octets)));
            for end in over {
                *ends.get_mut(&end.token).unwrap() += 1;
            }
            prop_assert!(client.in_flight() <= 8);
        }
        for end in client.give_up() {
            prop_assert_eq!(end.outcome, Outcome::NoAnswer);
            *ends.get_mut(&end.token).unwrap() += 1;
        }
        prop_assert!(ends.values().all(|count| *count == 1), "{:?}", ends);
    }
}
