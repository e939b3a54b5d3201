//! Requests that the server begins about a client's session: Re-Auth-Request (RFC 6733 8.3, RFC 8506 5.5) makes the client ask anew with
//! an Update, Abort-Session-Request (RFC 6733 8.5) makes it end the session with a Termination.
//!
//! A request that is sent again over another connection keeps its End-to-End identifier and has the T flag (RFC 6733 5.5.4); the
//! Hop-by-Hop identifier is always the connection's own.

use crate::answer::Identity;
use crate::codes::{application, avp, command, flags, result};
use crate::encode::Encoder;
use crate::header::Header;

/// Re-Auth-Request-Type AUTHORIZE_ONLY (RFC 6733 8.12).
const AUTHORIZE_ONLY: i32 = 0;

/// What the client is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerCommand {
    /// Ask anew: RAR.
    ReAuth,
    /// End the session: ASR.
    Abort,
}

impl ServerCommand {
    /// `RAR` or `ASR`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReAuth => "RAR",
            Self::Abort => "ASR",
        }
    }

    const fn code(self) -> u32 {
        match self {
            Self::ReAuth => command::RE_AUTH,
            Self::Abort => command::ABORT_SESSION,
        }
    }
}

/// A request about one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRequest {
    /// What is asked.
    pub command: ServerCommand,
    /// Session-Id.
    pub session_id: Box<str>,
    /// CC-Sub-Session-Id: only this part of it is to be asked for anew (RFC 8506 5.5); an ASR is about all of it.
    pub sub_session_id: Option<u64>,
    /// Origin-Host of the client that began the session.
    pub destination_host: Box<str>,
    /// Its Origin-Realm.
    pub destination_realm: Box<str>,
}

impl ServerRequest {
    /// Writes it at the end of `out`; octets written. `ids` are Hop-by-Hop and End-to-End.
    pub fn write(&self, who: &Identity, ids: (u32, u32), repeated: bool, out: &mut Vec<u8>) -> usize {
        let again = if repeated { flags::RETRANSMITTED } else { 0 };
        let (code, credit_control) = (self.command.code(), application::CREDIT_CONTROL);
        let header = Header::request(code, credit_control, flags::PROXIABLE | again, ids.0, ids.1);
        let mut encoder = Encoder::new(out, &header);
        encoder.text(avp::SESSION_ID, &self.session_id);
        who.write(&mut encoder);
        encoder.text(avp::DESTINATION_REALM, &self.destination_realm);
        encoder.text(avp::DESTINATION_HOST, &self.destination_host);
        encoder.u32(avp::AUTH_APPLICATION_ID, credit_control);
        if self.command == ServerCommand::ReAuth {
            encoder.i32(avp::RE_AUTH_REQUEST_TYPE, AUTHORIZE_ONLY);
            if let Some(part) = self.sub_session_id {
                encoder.u64(avp::CC_SUB_SESSION_ID, part);
            }
        }
        encoder.finish()
    }
}

/// What an answer to such a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerAnswer {
    /// The client does it: 2001, 2002 (RFC 8506 5.5: the Update comes later).
    Done,
    /// The client has no such session: 5002.
    NoSession,
    /// Somebody on the way has trouble now: 3002, 3004, 5012 and transient failures.
    Later,
    /// The client does not do such things, or not for this session.
    Unable,
}

impl ServerAnswer {
    /// The meaning of a Result-Code.
    #[must_use]
    pub const fn of(result_code: u32) -> Self {
        match result_code {
            result::SUCCESS | result::LIMITED_SUCCESS => Self::Done,
            result::UNKNOWN_SESSION_ID => Self::NoSession,
            result::UNABLE_TO_DELIVER | result::TOO_BUSY | result::UNABLE_TO_COMPLY | 4_000..=4_999 => {
                Self::Later
            }
            _ => Self::Unable,
        }
    }
}
