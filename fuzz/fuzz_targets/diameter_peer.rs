//! A hostile peer and a moving clock against the peer state machine: nothing may panic, everything sent must be well-formed, and a
//! closed connection stays silent.
//!
//! Input: the first octet chooses the role; then steps. An octet below 16 is an event (tick, stop, a ready-made message), any other
//! begins a message of that many octets, which gets a right version and length so that it is read further.
#![no_main]

use std::sync::Arc;

use diameter::answer::Identity;
use diameter::client;
use diameter::frame::Splitter;
use diameter::peer::{
    Capabilities, DisconnectCause, LocalNode, Peer, PeerSettings, Reaction, Verdict, watchdog,
};
use libfuzzer_sys::fuzz_target;

fn node(host: &str) -> LocalNode {
    let identity = Identity { host: host.into(), realm: "example".into(), state_id: Some(1) };
    LocalNode::credit_control(identity, vec!["127.0.0.1".parse().unwrap()], "Talea")
}

fn settings() -> PeerSettings {
    PeerSettings {
        local: Arc::new(node("ocs.example")),
        admission: Arc::new(|peer: &Capabilities| match peer.host.bytes().next() {
            Some(b'y') => Verdict::ElectionLost,
            first => (first != Some(b'x')).into(),
        }),
        watchdog_interval: watchdog::DEFAULT_INTERVAL,
        seed: 1,
    }
}

fn whole(octets: &[u8]) -> Vec<u8> {
    let mut bytes = octets.to_vec();
    bytes.resize(octets.len().max(20).next_multiple_of(4), 0);
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    bytes[..4].copy_from_slice(&[1, length[1], length[2], length[3]]);
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((role, mut rest)) = data.split_first() else { return };
    let mut peer = match role % 3 {
        0 => Peer::accepted(settings(), 0),
        kind => Peer::dialled(settings(), kind == 2),
    };
    let gateway = node("gw.example");
    let (mut now, mut closed) = (0_u64, false);
    while let Some((&step, tail)) = rest.split_first() {
        rest = tail;
        let mut out = Vec::new();
        let mut message = Vec::new();
        let reaction = match step {
            0..4 => {
                now += u64::from(step) * 11_000_000;
                peer.tick(now, &mut out)
            }
            4 => {
                peer.connected(now, &mut out);
                Reaction::Nothing
            }
            5 if !closed => peer.stop(now, DisconnectCause::Busy, &mut out),
            6..9 => {
                client::write_cer(&gateway, (1, 1), &mut message);
                peer.received(now, &message, &mut out)
            }
            9..12 => {
                client::write_dwr(&gateway.identity, (1, 1), &mut message);
                peer.received(now, &message, &mut out)
            }
            12 => {
                client::write_dpr(&gateway.identity, DisconnectCause::Rebooting, (1, 1), &mut message);
                peer.received(now, &message, &mut out)
            }
            octets => {
                let (taken, tail) = rest.split_at(rest.len().min(usize::from(octets)));
                rest = tail;
                message = whole(taken);
                peer.received(now, &message, &mut out)
            }
        };
        assert!(!closed || (out.is_empty() && matches!(reaction, Reaction::Nothing)));
        closed |= matches!(reaction, Reaction::Close(_));
        let mut splitter = Splitter::default();
        splitter.feed(&out);
        while splitter.next_message().expect("what is sent is well-formed").is_some() {}
        assert_eq!(splitter.pending(), 0);
    }
});
