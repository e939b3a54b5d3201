//! Are credit-control answers right? Result-Code of the command and of the service, Session-Id, CC-Request-Type and CC-Request-Number
//! must be those of the request that the Hop-by-Hop names.

use super::connection::{Reader, Writer, answer_request};
use super::requests::{Step, named, session_id};
use crate::LoadError;
use crate::phase::{Phase, Receiver, Seen};
use crate::plan::{Kind, Lane};
use diameter::codes::{avp, command, result};
use diameter::{AvpRef, DecodeError, Message};

/// What the answer to a step must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Session-Id.
    pub session_id: &'a [u8],
    /// What the step was.
    pub kind: Kind,
    /// CC-Request-Number.
    pub number: u32,
}

/// Whether an answer is right.
#[must_use]
pub fn check(message: &Message<'_>, expected: &Expected<'_>) -> bool {
    message.header.command == command::CREDIT_CONTROL
        && !message.header.is_error()
        && all_members(message, expected).unwrap_or(false)
}

fn all_members(message: &Message<'_>, expected: &Expected<'_>) -> Result<bool, DecodeError> {
    let request_type = match expected.kind {
        Kind::Begin => 1,
        Kind::Continue => 2,
        Kind::End => 3,
    };
    let (mut session, mut code, mut kind, mut number, mut granted) = (false, false, false, false, false);
    for member in message.avps() {
        let member = member?;
        match member.id {
            avp::SESSION_ID => session = member.data == expected.session_id,
            avp::RESULT_CODE => code = member.u32()? == result::SUCCESS,
            avp::CC_REQUEST_TYPE => kind = member.u32()? == request_type,
            avp::CC_REQUEST_NUMBER => number = member.u32()? == expected.number,
            avp::MULTIPLE_SERVICES_CREDIT_CONTROL => granted = service_is_granted(&member)?,
            _ => {}
        }
    }
    // A Terminate asks for nothing, so nothing need be granted.
    Ok(session && code && kind && number && (granted || expected.kind == Kind::End))
}

/// A service has a good Result-Code and quota.
fn service_is_granted(service: &AvpRef<'_>) -> Result<bool, DecodeError> {
    let (mut good, mut granted) = (true, false);
    for member in service.group()? {
        let member = member?;
        match member.id {
            avp::RESULT_CODE => good = member.u32()? == result::SUCCESS,
            avp::GRANTED_SERVICE_UNIT => granted = true,
            _ => {}
        }
    }
    Ok(good && granted)
}

/// Receives the answers of one lane.
#[derive(Debug)]
pub struct GyReceiver {
    reader: Reader,
    writer: Writer,
    lane: Lane,
    session_id: Vec<u8>,
}

impl GyReceiver {
    pub(super) fn new(reader: Reader, writer: Writer, lane: Lane) -> Self {
        Self { reader, writer, lane, session_id: session_id(lane.run, 0).into_bytes() }
    }

    fn look(message: &Message<'_>, phase: &Phase, lane: Lane, session_id: &mut [u8]) -> Seen {
        let (number, n) = named(message.header.hop_by_hop);
        if number != phase.number {
            return Seen::Stray;
        }
        let step = Step::of_phase(phase, lane, n);
        let at = session_id.len().saturating_sub(8);
        if let Some(place) = session_id.get_mut(at..) {
            crate::plan::put_digits(place, u64::from(step.session));
        }
        let expected = Expected { session_id, kind: step.kind, number: step.number };
        let right = message.header.end_to_end == step.end_to_end && check(message, &expected);
        if right { Seen::Good(n) } else { Seen::Wrong(n) }
    }
}

impl Receiver for GyReceiver {
    fn receive(&mut self, phase: &Phase, seen: &mut Vec<Seen>) -> Result<(), LoadError> {
        let closed = || LoadError::Server("the server closed the connection".to_owned());
        if !self.reader.fill()? {
            return Err(closed());
        }
        while let Some(octets) = self.reader.next_message()? {
            match Message::decode(octets) {
                Ok(message) if message.header.is_request() => {
                    if !answer_request(&message, &self.writer)? {
                        return Err(closed());
                    }
                }
                Ok(message) => seen.push(Self::look(&message, phase, self.lane, &mut self.session_id)),
                Err(_) => seen.push(Seen::Stray),
            }
        }
        Ok(())
    }
}
