//! Answers to any request: what every answer repeats from its request, and refusals.
//!
//! RFC 6733 6.2 (identifiers, P bit, Session-Id first, Proxy-Info in order), 7.2 (answer-message grammar of the E bit),
//! 7.1.3 (3xxx are protocol errors and carry E), 7.5 (Failed-AVP).

use crate::avp::AvpRef;
use crate::codes::{application, avp, command, flags};
use crate::credit_control::RequestType;
use crate::encode::Encoder;
use crate::error::{DecodeError, FailedAvp};
use crate::header::Header;
use crate::message::Message;
use smallvec::SmallVec;

/// Proxy-Info AVPs that are repeated; a path of more agents is refused by the readers.
pub const MAX_PROXY_INFOS: usize = 32;

/// Octets that most answers repeat.
const ECHO_USUAL: usize = 96;

/// Who answers: goes into every message that we send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Our Origin-Host.
    pub host: String,
    /// Our Origin-Realm.
    pub realm: String,
    /// Our Origin-State-Id: grows at every start that lost sessions (RFC 6733 8.16); `None` = not sent.
    pub state_id: Option<u32>,
}

impl Identity {
    /// Writes Origin-Host and Origin-Realm.
    pub fn write(&self, encoder: &mut Encoder<'_>) {
        encoder.text(avp::ORIGIN_HOST, &self.host);
        encoder.text(avp::ORIGIN_REALM, &self.realm);
    }

    /// Writes Origin-State-Id if there is one.
    pub fn write_state(&self, encoder: &mut Encoder<'_>) {
        if let Some(id) = self.state_id {
            encoder.u32(avp::ORIGIN_STATE_ID, id);
        }
    }
}

/// What an answer repeats from its request; owned, because answers may come long after the request's buffer is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    header: Header,
    /// Session-Id; CC-Request-Type, -Number and CC-Sub-Session-Id where the request is a readable CCR; Proxy-Info: AVPs as on the wire.
    avps: SmallVec<[u8; ECHO_USUAL]>,
    session_end: usize,
    credit_control_end: usize,
}

impl Echo {
    /// Takes it from a request as far as that is readable.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let (mut session, mut kind, mut number, mut part) = (None, None, None, None);
        let mut proxies = Vec::new();
        // A broken AVP ends the walk: what came before it is still echoed.
        for found in message.avps().map_while(Result::ok) {
            match found.id {
                avp::SESSION_ID if session.is_none() => session = Some(found),
                avp::CC_REQUEST_TYPE if kind.is_none() => kind = RequestType::read(&found).ok(),
                avp::CC_REQUEST_NUMBER if number.is_none() => number = found.u32().ok(),
                avp::CC_SUB_SESSION_ID if part.is_none() => part = found.u64().ok(),
                avp::PROXY_INFO if proxies.len() < MAX_PROXY_INFOS => proxies.push(found),
                _ => {}
            }
        }
        let is_ccr = message.header.application == application::CREDIT_CONTROL
            && message.header.command == command::CREDIT_CONTROL;
        let credit_control = (kind.zip(number).filter(|_| is_ccr), part);
        Self::new(message.header, session.map(|s| s.data), credit_control, &proxies)
    }

    /// Of a request of which only the header is to be trusted.
    #[must_use]
    pub fn of_header(header: Header) -> Self {
        Self::new(header, None, (None, None), &[])
    }

    pub(crate) fn new(
        header: Header,
        session: Option<&[u8]>,
        (credit_control, sub_session): (Option<(RequestType, u32)>, Option<u64>),
        proxies: &[AvpRef<'_>],
    ) -> Self {
        let mut avps = Vec::with_capacity(ECHO_USUAL);
        if let Some(session) = session {
            Encoder::fragment(&mut avps).octets(avp::SESSION_ID, session);
        }
        let session_end = avps.len();
        if let Some((kind, number)) = credit_control {
            let mut encoder = Encoder::fragment(&mut avps);
            encoder.i32(avp::CC_REQUEST_TYPE, kind.number());
            encoder.u32(avp::CC_REQUEST_NUMBER, number);
            if let Some(part) = sub_session {
                encoder.u64(avp::CC_SUB_SESSION_ID, part);
            }
        }
        let credit_control_end = avps.len();
        for proxy in proxies {
            Encoder::fragment(&mut avps).avp(proxy.id, proxy.flags, proxy.data);
        }
        // Here and not on the heap, since whoever answers is often another thread.
        let avps = SmallVec::from_slice(&avps);
        Self { header, avps, session_end, credit_control_end }
    }

    /// The request's header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Begins the answer: header and Session-Id.
    pub fn begin<'b>(&self, out: &'b mut Vec<u8>, error_bit: bool) -> Encoder<'b> {
        let mut header = self.header.answer();
        if error_bit {
            header.flags |= flags::ERROR;
        }
        let mut encoder = Encoder::new(out, &header);
        encoder.verbatim(self.avps.get(..self.session_end).unwrap_or_default());
        encoder
    }

    /// Writes Auth-Application-Id, CC-Request-Type, CC-Request-Number and CC-Sub-Session-Id; `false` when the request had none readable.
    pub(crate) fn write_credit_control(&self, encoder: &mut Encoder<'_>) -> bool {
        let range = self.session_end..self.credit_control_end;
        if range.is_empty() {
            return false;
        }
        encoder.u32(avp::AUTH_APPLICATION_ID, application::CREDIT_CONTROL);
        encoder.verbatim(self.avps.get(range).unwrap_or_default());
        true
    }

    /// Writes the Proxy-Info AVPs as they came, in their order.
    pub fn write_proxies(&self, encoder: &mut Encoder<'_>) {
        encoder.verbatim(self.avps.get(self.credit_control_end..).unwrap_or_default());
    }

    const fn has_credit_control(&self) -> bool {
        self.credit_control_end > self.session_end
    }
}

/// A refusal to be written.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// Result-Code.
    pub result_code: u32,
    /// The AVP at fault.
    pub failed_avp: Option<&'a FailedAvp>,
    /// A sentence for people.
    pub message: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    /// Only a code.
    #[must_use]
    pub const fn code(result_code: u32) -> Self {
        Self { result_code, failed_avp: None, message: None }
    }

    /// What a decoding error asks for.
    #[must_use]
    pub fn of(error: &'a DecodeError) -> Self {
        Self { result_code: error.result_code(), failed_avp: error.failed_avp(), message: None }
    }

    /// With a sentence for people.
    #[must_use]
    pub const fn saying(mut self, message: &'a str) -> Self {
        self.message = Some(message);
        self
    }
}

/// Writes a refusal of any request at the end of `out`; octets written.
///
/// 3xxx: E bit and answer-message grammar. Others: a normal answer where its grammar can be met (a CCA needs the request's
/// type and number), else E and answer-message, which 7.2 allows for 5xxx.
pub fn refuse(echo: &Echo, who: &Identity, refusal: &Refusal<'_>, out: &mut Vec<u8>) -> usize {
    let is_protocol_error = (3000..4000).contains(&refusal.result_code);
    let is_credit_control = echo.header.application == application::CREDIT_CONTROL;
    let with_grammar = !is_protocol_error && (!is_credit_control || echo.has_credit_control());
    let mut encoder = echo.begin(out, !with_grammar);
    encoder.u32(avp::RESULT_CODE, refusal.result_code);
    who.write(&mut encoder);
    if with_grammar {
        echo.write_credit_control(&mut encoder);
    }
    who.write_state(&mut encoder);
    write_reason(&mut encoder, refusal.failed_avp, refusal.message);
    echo.write_proxies(&mut encoder);
    encoder.finish()
}

/// Writes Error-Message and Failed-AVP.
pub(crate) fn write_reason(encoder: &mut Encoder<'_>, failed: Option<&FailedAvp>, message: Option<&str>) {
    if let Some(message) = message {
        encoder.text(avp::ERROR_MESSAGE, message);
    }
    if let Some(failed) = failed {
        let group = encoder.begin_group(avp::FAILED_AVP);
        encoder.avp(failed.id, failed.flags, &failed.data);
        encoder.end_group(group);
    }
}
