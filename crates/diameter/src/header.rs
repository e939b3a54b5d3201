//! The twenty octets before the AVPs (RFC 6733 3).

use crate::codes::flags;
use crate::error::DecodeError;

/// Octets of a header.
pub const HEADER_OCTETS: usize = 20;
/// The only version there is.
pub const VERSION: u8 = 1;

/// A decoded message header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whole message, header and padding included.
    pub length: u32,
    /// R, P, E and T bits ([`crate::codes::flags`]).
    pub flags: u8,
    /// Command code, 24 bits.
    pub command: u32,
    /// Application of the command; 0 for base messages.
    pub application: u32,
    /// Pairs request and answer on one connection.
    pub hop_by_hop: u32,
    /// With Origin-Host: names the request end to end, for duplicate detection.
    pub end_to_end: u32,
}

impl Header {
    /// The header of a request that we start.
    #[must_use]
    pub const fn request(
        command: u32,
        application: u32,
        flags: u8,
        hop_by_hop: u32,
        end_to_end: u32,
    ) -> Self {
        Self { length: 0, flags: flags | flags::REQUEST, command, application, hop_by_hop, end_to_end }
    }

    /// The header that answers this one: same command, identifiers and P bit (RFC 6733 6.2).
    #[must_use]
    pub const fn answer(&self) -> Self {
        Self { length: 0, flags: self.flags & flags::PROXIABLE, ..*self }
    }

    /// The fields as they stand, nothing checked: enough to answer a message that is otherwise refused.
    /// `None` when there are fewer than twenty octets.
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<(u8, Self)> {
        let &[version, l0, l1, l2, flags, c0, c1, c2, a0, a1, a2, a3, h0, h1, h2, h3, e0, e1, e2, e3] =
            bytes.first_chunk::<HEADER_OCTETS>()?;
        let header = Self {
            length: u32::from_be_bytes([0, l0, l1, l2]),
            flags,
            command: u32::from_be_bytes([0, c0, c1, c2]),
            application: u32::from_be_bytes([a0, a1, a2, a3]),
            hop_by_hop: u32::from_be_bytes([h0, h1, h2, h3]),
            end_to_end: u32::from_be_bytes([e0, e1, e2, e3]),
        };
        Some((version, header))
    }

    /// The header of a whole message.
    ///
    /// # Errors
    /// 5015 for a length that is impossible, 5011 for another version, 3008 for a request with the E bit. Reserved
    /// bits are ignored, as section 3 asks. A missing or extra P bit is tolerated: it only concerns agents.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, header) = Self::peek(bytes).ok_or(DecodeError::Truncated { have: bytes.len() })?;
        if version != VERSION {
            return Err(DecodeError::UnsupportedVersion { version });
        }
        check_length(header.length)?;
        if header.is_request() && header.is_error() {
            return Err(DecodeError::HeaderBits { flags: header.flags });
        }
        Ok(header)
    }

    /// R bit.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        self.flags & flags::REQUEST != 0
    }

    /// E bit.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        self.flags & flags::ERROR != 0
    }

    /// T bit: the sender may have sent this request before. Only a hint (RFC 6733 5.5.4).
    #[must_use]
    pub const fn is_retransmitted(&self) -> bool {
        self.flags & flags::RETRANSMITTED != 0
    }

    /// The twenty octets, with `self.length` as it stands.
    #[must_use]
    pub const fn encode(&self) -> [u8; HEADER_OCTETS] {
        let [_, l0, l1, l2] = self.length.to_be_bytes();
        let [_, c0, c1, c2] = self.command.to_be_bytes();
        let [a0, a1, a2, a3] = self.application.to_be_bytes();
        let [h0, h1, h2, h3] = self.hop_by_hop.to_be_bytes();
        let [e0, e1, e2, e3] = self.end_to_end.to_be_bytes();
        [VERSION, l0, l1, l2, self.flags, c0, c1, c2, a0, a1, a2, a3, h0, h1, h2, h3, e0, e1, e2, e3]
    }
}

/// A message length must hold the header and be a multiple of four (RFC 6733 3).
pub(crate) const fn check_length(length: u32) -> Result<(), DecodeError> {
    if length < HEADER_OCTETS as u32 || !length.is_multiple_of(4) {
        return Err(DecodeError::MessageLength { length });
    }
    Ok(())
}
