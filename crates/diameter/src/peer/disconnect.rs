//! Disconnect: DPR and DPA (RFC 6733 5.4).
//!
//! Whoever receives the DPA closes the transport, so the side that was asked to leave waits for the other's close, and
//! closes itself only when that does not come in [`super::DISCONNECT_TIMEOUT`].

use crate::answer::{Echo, Identity};
use crate::codes::{application, avp, command, result};
use crate::encode::Encoder;
use crate::header::Header;
use crate::message::Message;

/// Disconnect-Cause (RFC 6733 5.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectCause {
    /// A planned restart: come back soon.
    Rebooting,
    /// Out of resources: try another node.
    Busy,
    /// No more messages are expected: do not come back unasked.
    DoNotWantToTalkToYou,
}

impl DisconnectCause {
    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Rebooting => 0,
            Self::Busy => 1,
            Self::DoNotWantToTalkToYou => 2,
        }
    }

    /// The cause in a DPR; one that is absent or unknown counts as rebooting, the mildest.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let cause = message.find(avp::DISCONNECT_CAUSE).ok().flatten().and_then(|found| found.i32().ok());
        match cause {
            Some(1) => Self::Busy,
            Some(2) => Self::DoNotWantToTalkToYou,
            _ => Self::Rebooting,
        }
    }
}

/// Writes a DPR at the end of `out`; octets written. `ids` are Hop-by-Hop and End-to-End.
pub fn write_request(who: &Identity, cause: DisconnectCause, ids: (u32, u32), out: &mut Vec<u8>) -> usize {
    let header = Header::request(command::DISCONNECT_PEER, application::COMMON, 0, ids.0, ids.1);
    let mut encoder = Encoder::new(out, &header);
    who.write(&mut encoder);
    encoder.i32(avp::DISCONNECT_CAUSE, cause.number());
    encoder.finish()
}

/// Writes a DPA at the end of `out`; octets written.
pub fn write_answer(who: &Identity, echo: &Echo, out: &mut Vec<u8>) -> usize {
    let mut encoder = echo.begin(out, false);
    encoder.u32(avp::RESULT_CODE, result::SUCCESS);
    who.write(&mut encoder);
    encoder.finish()
}
