//! Our requests to a device: numbered so that answers find them, repeated unchanged, given up in time, held to the device's limits.

use radius::client::RequestBuilder;
use radius::dynamic_client::{DynamicClient, Finished, Limits, Outcome, Sending, Stray};
use radius::{CauseKind, Code, ErrorCause, Packet, PacketBuilder, PacketError, RetransmissionTimes, number};
use std::sync::Arc;

const SECRET: &[u8] = b"xyzzy5461";
const SECOND: u64 = 1_000_000;

struct Nas {
    client: DynamicClient<u32>,
    sent: Vec<Sending>,
    done: Vec<Finished<u32>>,
}

impl Nas {
    fn with(limits: Limits) -> Self {
        Self { client: DynamicClient::new(limits, 7), sent: Vec::new(), done: Vec::new() }
    }

    fn ask(&mut self, token: u32) {
        let mut request = RequestBuilder::change_of_authorization(0);
        request.attribute(number::ACCT_SESSION_ID, token.to_string().as_bytes()).unwrap();
        self.client.offer(request, Arc::from(SECRET), token).unwrap();
    }

    fn pump(&mut self, now: u64) -> Option<u64> {
        self.sent.clear();
        self.done.clear();
        self.client.pump(now, &mut self.sent, &mut self.done)
    }
}

fn answer(request: &[u8], code: Code, cause: Option<u32>) -> Vec<u8> {
    let request = Packet::decode(request).unwrap();
    let mut reply = PacketBuilder::reply_to(&request, code);
    if let Some(cause) = cause {
        reply.push_integer(number::ERROR_CAUSE, cause).unwrap();
    }
    reply.sign_reply(&request, SECRET).unwrap()
}

#[test]
fn an_unanswered_request_is_repeated_with_the_same_octets_from_the_same_port_and_given_up() {
    let mut nas = Nas::with(Limits::default());
    nas.ask(1);
    let mut next = nas.pump(0);
    let first = nas.sent[0].clone();
    let mut times = Vec::new();
    while let Some(at) = next {
        next = nas.pump(at);
        for again in &nas.sent {
            assert_eq!(*again, first, "a repetition is the same datagram (RFC 5176 2.3)");
            times.push(at / SECOND);
        }
    }
    assert_eq!(times.len(), 3, "at about 2, 6 and 14 seconds: {times:?}");
    assert_eq!(nas.done, [Finished { token: 1, outcome: Outcome::NoAnswer, repeated: 3 }]);
    assert!(nas.client.is_idle());
}

#[test]
fn ack_nak_and_error_cause_reach_whoever_asked() {
    let mut nas = Nas::with(Limits::default());
    (1..=3).for_each(|token| nas.ask(token));
    nas.pump(0);
    let sent = nas.sent.clone();
    let replies = [(Code::CoaAck, None), (Code::CoaNak, Some(503)), (Code::CoaNak, None)];
    let outcomes =
        [Outcome::Done, Outcome::Refused(Some(ErrorCause::SESSION_NOT_FOUND)), Outcome::Refused(None)];
    for ((sending, (code, cause)), outcome) in sent.iter().zip(replies).zip(outcomes) {
        let finished = nas.client.received(sending.port, &answer(&sending.octets, code, cause)).unwrap();
        assert_eq!(finished.outcome, outcome);
        let again = nas.client.received(sending.port, &answer(&sending.octets, code, cause));
        assert_eq!(again, Err(Stray::NoRequest), "an answer counts once");
    }
}

#[test]
fn an_answer_that_is_forged_or_to_another_request_changes_nothing() {
    let mut nas = Nas::with(Limits::default());
    nas.ask(1);
    nas.pump(0);
    let request = nas.sent[0].octets.clone();
    let mut forged = answer(&request, Code::CoaAck, None);
    forged[4] ^= 1;
    let stray = Stray::NotAnAnswer(PacketError::WrongAuthenticator);
    assert_eq!(nas.client.received(0, &forged), Err(stray));
    let of_another_kind = answer(&request, Code::DisconnectAck, None);
    assert!(matches!(nas.client.received(0, &of_another_kind), Err(Stray::NotAnAnswer(_))));
    assert_eq!(nas.client.received(0, &[44]), Err(Stray::NoRequest));
    assert_eq!(nas.client.received(3, &answer(&request, Code::CoaAck, None)), Err(Stray::NoRequest));
    assert_eq!(nas.client.in_flight(), 1, "it waits on");
    assert!(nas.client.received(0, &answer(&request, Code::CoaAck, None)).is_ok());
}

#[test]
fn beyond_256_requests_another_source_port_is_taken_and_all_answers_find_their_request() {
    let mut nas = Nas::with(Limits { ports: 2, ..Limits::default() });
    (0..950).for_each(|token| nas.ask(token));
    // A device that has had nothing to do gets few at once, and more with each answer.
    let mut token = 0;
    for (now, sent, of_second) in [(0, 128, 0), (1, 256, 0), (2, 512, 256), (3, 54, 0)] {
        nas.pump(now);
        assert_eq!(nas.sent.len(), sent, "two ports of 256; the rest waits");
        assert_eq!(nas.sent.iter().filter(|sending| sending.port == 1).count(), of_second);
        for sending in nas.sent.clone() {
            let reply = answer(&sending.octets, Code::CoaAck, None);
            assert_eq!(nas.client.received(sending.port, &reply).unwrap().token, token);
            token += 1;
        }
    }
    nas.pump(4);
    assert!(nas.client.is_idle());
    (0..600).for_each(|token| nas.ask(token));
    nas.pump(5);
    assert_eq!(nas.sent.len(), 128, "a new burst begins small again");
    // Those that are lost hold no others up once they are repeated.
    nas.pump(3 * SECOND);
    assert_eq!(nas.sent.len(), 128 + 128, "the lost ones again, and as many new ones");
}

#[test]
fn identifiers_go_round_so_that_a_late_answer_meets_nobody() {
    let mut nas = Nas::with(Limits::default());
    for token in 0..3_u8 {
        nas.ask(u32::from(token));
        nas.pump(0);
        assert_eq!(nas.sent[0].octets[1], token, "the next identifier although the last is free again");
        let octets = nas.sent[0].octets.clone();
        nas.client.received(0, &answer(&octets, Code::CoaAck, None)).unwrap();
    }
}

#[test]
fn a_device_is_not_asked_more_than_its_limits_say() {
    let limits = Limits { per_second: 100, in_flight: 50, waiting: 60, ..Limits::default() };
    let mut nas = Nas::with(limits);
    (0..60).for_each(|token| nas.ask(token));
    let refused = nas.client.offer(RequestBuilder::disconnect(0), Arc::from(SECRET), 60);
    assert_eq!(refused, Err(60), "the queue is bounded");
    let (mut sent, mut now) = (0, 0);
    while now <= SECOND / 5 {
        nas.pump(now);
        sent += nas.sent.len();
        now += 1_000;
    }
    assert!((20..=32).contains(&sent), "a fifth of a second at 100 each second and a small burst: {sent}");
    while now < 2 * SECOND / 3 + SECOND {
        nas.pump(now);
        sent += nas.sent.len();
        now += 1_000;
    }
    assert_eq!(sent, 50, "no more than may be in flight");
}

#[test]
fn a_request_that_cannot_be_signed_ends_at_once() {
    let mut nas = Nas::with(Limits::default());
    nas.client.offer(RequestBuilder::disconnect(0), Arc::from(&b""[..]), 5).unwrap();
    assert_eq!(nas.pump(0), None);
    let outcome = Outcome::NotMade(PacketError::EmptySecret);
    assert_eq!(nas.done, [Finished { token: 5, outcome, repeated: 0 }]);
}

#[test]
fn every_error_cause_is_of_the_kind_that_decides_what_follows() {
    let kind = |number| ErrorCause(number).kind();
    assert_eq!(kind(503), CauseKind::SessionGone);
    assert_eq!(kind(507), CauseKind::WillAsk);
    assert!([502, 505, 506].into_iter().all(|n| kind(n) == CauseKind::Later));
    assert!([401, 402, 403, 404, 407].into_iter().all(|n| kind(n) == CauseKind::Misconfigured));
    assert!([405, 406, 501, 504, 508, 999].into_iter().all(|n| kind(n) == CauseKind::Unable));
    assert_eq!(ErrorCause(503).to_string(), "503 Session-Context-Not-Found");
    assert_eq!(ErrorCause(999).to_string(), "Error-Cause 999");
}

#[test]
fn the_default_times_are_those_of_the_rfc() {
    let RetransmissionTimes { first, longest, most, duration } = RetransmissionTimes::default();
    assert_eq!((first, longest, most, duration), (2 * SECOND, 16 * SECOND, 5, 30 * SECOND));
}
