#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
//! What a State vouches for, and what it does not.

use super::state::{Asked, Seal, State, Used};
use super::*;
use crate::Secret;
use charging::RowId;
use radius::client::RequestBuilder;
use std::sync::Arc;

const SECRET: &str = "of the node";
const NOW: u64 = 1_800_000_000;

fn state(asked: Asked) -> State {
    let (identifier, account, challenge) = (7, RowId(42), [9; 16]);
    State { identifier, naks: 1, account, made: NOW, challenge, asked }
}

#[test]
fn a_state_is_read_as_it_was_written_and_not_when_any_bit_of_it_is_another() {
    let seal = Seal::default();
    for asked in [Asked::Method(Method::Md5), Asked::Method(Method::MsChapV2), Asked::Proof([3; 24])] {
        let signed = state(asked).sign(&seal, "n");
        assert_eq!(State::open(&signed, &seal, "n"), Some(state(asked)));
        assert_eq!(State::open(&signed, &seal, "m"), None, "of another node");
        assert_eq!(State::open(&signed, &Seal::default(), "n"), None, "of another process");
        for bit in 0..signed.len() * 8 {
            let mut other = signed.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(State::open(&other, &seal, "n"), None, "bit {bit}");
        }
        for length in 0..signed.len() {
            assert_eq!(State::open(&signed[..length], &seal, "n"), None, "{length} octets");
        }
    }
}

#[test]
fn a_state_is_good_for_a_minute_and_for_one_request_with_its_repeats() {
    let fresh = state(Asked::Method(Method::Md5));
    assert!(fresh.is_fresh(NOW) && fresh.is_fresh(NOW + 60));
    assert!(!fresh.is_fresh(NOW + 61) && !fresh.is_fresh(NOW - 1));
    let (signed, mut used) = (fresh.sign(&Seal::default(), "n"), Used::default());
    assert!(used.take(&signed, &[1; 16], NOW));
    assert!(used.take(&signed, &[1; 16], NOW + 60), "the same request once more");
    assert!(!used.take(&signed, &[2; 16], NOW + 60));
}

/// A step of account 42 on a node, with a State and an answer.
fn step(state: &State, answer: EapAnswer) -> Step {
    let profile = crate::Equipment::shipped().unwrap().loaded().profiles.get("generic").unwrap().clone();
    let node = RadiusNode {
        name: "n".into(),
        address: None,
        secret: Secret::new(SECRET),
        profile: Arc::new((*profile).clone()),
        is_network: false,
        certificate: None,
    };
    let conversations = Conversations::default();
    let mut request = RequestBuilder::access(1, [5; 16]);
    request.attribute(number::STATE, &state.sign(&conversations.seal, "n")).unwrap();
    let request = request.sign(SECRET.as_bytes()).unwrap();
    let packet = Packet::decode(request.bytes()).unwrap();
    let peer =
        Peer { node: &node, account: RowId(42), password: b"correct horse", packet: &packet, now: NOW };
    conversations.step(&Eap { identifier: 7, answer }, &peer)
}

/// The State behind a proof lets its own account in, and nobody else.
#[test]
fn a_proof_is_of_one_account_and_is_no_answer_to_anything_else() {
    let proven = state(Asked::Proof([3; 24]));
    let Step::Good(attributes) = step(&proven, EapAnswer::MsChapSuccess) else { panic!("its own") };
    assert_eq!(attributes.len(), 3, "EAP-Success and two keys");
    assert_eq!(attributes[0].value, eap::success(7));
    let others = State { account: RowId(43), ..proven };
    assert!(matches!(step(&others, EapAnswer::MsChapSuccess), Step::No(_)));
    let other_question = State { identifier: 8, ..proven };
    assert!(matches!(step(&other_question, EapAnswer::MsChapSuccess), Step::No(_)));
    let not_yet = state(Asked::Method(Method::MsChapV2));
    assert!(matches!(step(&not_yet, EapAnswer::MsChapSuccess), Step::No(_)), "nothing is proved yet");
    let response =
        EapAnswer::MsChap { identifier: 7, peer: [1; 16], nt_response: [2; 24], name: "anna".into() };
    assert_eq!(step(&not_yet, response), Step::Wrong(WRONG));
}

/// A Nak gets a method that both sides have, each once, and else the reason.
#[test]
fn a_nak_gets_another_method_and_no_third() {
    let first = State { naks: 0, ..state(Asked::Method(Method::MsChapV2)) };
    assert!(matches!(step(&first, EapAnswer::Nak(vec![25, 4])), Step::Ask(_)));
    let Step::No(reason) = step(&first, EapAnswer::Nak(vec![25, 13])) else { panic!("nothing in common") };
    assert!(reason.contains("proxy"), "{reason}");
    assert!(matches!(step(&first, EapAnswer::Nak(vec![0])), Step::No(_)));
    let second = State { naks: 1, ..state(Asked::Method(Method::Md5)) };
    assert!(matches!(step(&second, EapAnswer::Nak(vec![26])), Step::No(_)), "it was offered before");
}
