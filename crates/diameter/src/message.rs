//! A whole message: header and a walk over its AVPs.

use crate::avp::{AvpIter, AvpRef};
use crate::codes::AvpId;
use crate::error::DecodeError;
use crate::header::{HEADER_OCTETS, Header};

/// Octets of the longest message we take; the wire could carry 16 MiB.
pub const MESSAGE_LIMIT: u32 = 64 * 1024;

/// A message, borrowed from the buffer it came in.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The decoded header.
    pub header: Header,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Views `bytes` as one message. Only the header is checked here; AVPs are checked while they are walked.
    ///
    /// # Errors
    /// As [`Header::decode`], and 5015 when the header's length is not that of `bytes`.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let header = Header::decode(bytes)?;
        if header.length as usize != bytes.len() {
            return Err(DecodeError::MessageLength { length: header.length });
        }
        Ok(Self { header, body: bytes.get(HEADER_OCTETS..).unwrap_or_default() })
    }

    /// Views refused octets as far as needed to answer them; `None` when not even a header is there.
    #[must_use]
    pub fn for_refusal(bytes: &'a [u8]) -> Option<Self> {
        let (_, header) = Header::peek(bytes)?;
        Some(Self { header, body: bytes.get(HEADER_OCTETS..).unwrap_or_default() })
    }

    /// The AVPs in order.
    #[must_use]
    pub const fn avps(&self) -> AvpIter<'a> {
        AvpIter::new(self.body)
    }

    /// The first top-level AVP with this id.
    ///
    /// # Errors
    /// What the walk up to it finds wrong.
    pub fn find(&self, id: AvpId) -> Result<Option<AvpRef<'a>>, DecodeError> {
        for avp in self.avps() {
            let avp = avp?;
            if avp.id == id {
                return Ok(Some(avp));
            }
        }
        Ok(None)
    }

    /// Result-Code of an answer, if it has one that is readable.
    #[must_use]
    pub fn result_code(&self) -> Option<u32> {
        self.find(crate::codes::avp::RESULT_CODE).ok().flatten()?.u32().ok()
    }
}
