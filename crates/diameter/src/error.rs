//! Why octets were not understood: one enum for the whole crate, each case with the Result-Code that RFC 6733 7.1
//! wants in the answer and the AVP to show in Failed-AVP (7.5).

use crate::avp::AvpRef;
use crate::codes::{AvpId, flags, result};
use crate::dictionary::Dictionary;
use crate::encode::Encoder;

/// A Failed-AVP copies at most this many octets of the offending AVP's data; a longer one is shown without data, so that a
/// hostile request cannot make us send large answers.
pub const FAILED_AVP_LIMIT: usize = 1024;

/// The AVP to put into Failed-AVP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAvp {
    /// Which AVP.
    pub id: AvpId,
    /// Its flags as received, or as we would send it.
    pub flags: u8,
    /// Its data: copied, or zeros of the least length its type allows.
    pub data: Vec<u8>,
}

impl FailedAvp {
    /// A copy of an AVP that came in.
    #[must_use]
    pub fn copy(avp: &AvpRef<'_>) -> Box<Self> {
        let data = if avp.data.len() > FAILED_AVP_LIMIT { Vec::new() } else { avp.data.to_vec() };
        Box::new(Self { id: avp.id, flags: avp.flags, data })
    }

    /// An example of an AVP: zeros of the least length its type allows (RFC 6733 7.1.5, 5005 and 5014).
    #[must_use]
    pub fn example(id: AvpId, flags: u8) -> Box<Self> {
        let octets = Dictionary::builtin().avp(id).map_or(0, |definition| definition.kind.least_octets());
        Box::new(Self { id, flags, data: vec![0; octets] })
    }

    /// The same AVP shown within its group, so that the receiver finds the place (RFC 6733 7.5).
    #[must_use]
    pub fn within(self, group: &AvpRef<'_>) -> Box<Self> {
        let mut data = Vec::with_capacity(self.data.len() + 12);
        Encoder::fragment(&mut data).avp(self.id, self.flags, &self.data);
        Box::new(Self { id: group.id, flags: group.flags, data })
    }
}

/// Why a message was not accepted. [`DecodeError::result_code`] is what to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer octets than a header, or than the length it announces.
    #[error("message cut short: {have} octets")]
    Truncated {
        /// Octets at hand.
        have: usize,
    },
    /// The version octet is not 1.
    #[error("Diameter version {version} is not supported")]
    UnsupportedVersion {
        /// What the octet said.
        version: u8,
    },
    /// The length is below the header's, not a multiple of four, or not that of the octets at hand.
    #[error("message length {length} is invalid")]
    MessageLength {
        /// The length announced.
        length: u32,
    },
    /// The length is above the limit of the receiver.
    #[error("message of {length} octets is above the limit of {limit}")]
    MessageTooLong {
        /// The length announced.
        length: u32,
        /// The receiver's limit.
        limit: u32,
    },
    /// A request with the E bit.
    #[error("header flags {flags:#04x} are invalid")]
    HeaderBits {
        /// The flags octet.
        flags: u8,
    },
    /// An AVP's length does not fit its header, its message or its type.
    #[error("AVP {}/{} has an invalid length", .0.id.vendor, .0.id.code)]
    AvpLength(Box<FailedAvp>),
    /// An AVP's value is not one its definition allows.
    #[error("AVP {}/{} has an invalid value", .0.id.vendor, .0.id.code)]
    AvpValue(Box<FailedAvp>),
    /// An AVP's flags contradict its definition.
    #[error("AVP {}/{} has invalid flags", .0.id.vendor, .0.id.code)]
    AvpBits(Box<FailedAvp>),
    /// An AVP with the M bit that we do not know.
    #[error("AVP {}/{} is mandatory and unknown", .0.id.vendor, .0.id.code)]
    AvpUnsupported(Box<FailedAvp>),
    /// An AVP that the command requires is absent.
    #[error("AVP {}/{} is missing", .0.id.vendor, .0.id.code)]
    MissingAvp(Box<FailedAvp>),
    /// An AVP comes more often than the limit for it.
    #[error("AVP {}/{} occurs too many times", .0.id.vendor, .0.id.code)]
    AvpTooOften(Box<FailedAvp>),
    /// More AVPs on one level than [`crate::avp::MAX_AVPS`].
    #[error("more than {limit} AVPs on one level")]
    TooManyAvps {
        /// The limit.
        limit: u16,
    },
    /// Groups nested deeper than [`crate::avp::MAX_DEPTH`].
    #[error("AVPs nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: u8,
    },
}

impl DecodeError {
    /// The Result-Code to answer with (RFC 6733 7.1).
    #[must_use]
    pub const fn result_code(&self) -> u32 {
        match self {
            Self::Truncated { .. } | Self::MessageLength { .. } | Self::MessageTooLong { .. } => {
                result::INVALID_MESSAGE_LENGTH
            }
            Self::UnsupportedVersion { .. } => result::UNSUPPORTED_VERSION,
            Self::HeaderBits { .. } => result::INVALID_HDR_BITS,
            Self::AvpLength(_) => result::INVALID_AVP_LENGTH,
            Self::AvpValue(_) => result::INVALID_AVP_VALUE,
            Self::AvpBits(_) => result::INVALID_AVP_BITS,
            Self::AvpUnsupported(_) => result::AVP_UNSUPPORTED,
            Self::MissingAvp(_) => result::MISSING_AVP,
            Self::AvpTooOften(_) => result::AVP_OCCURS_TOO_MANY_TIMES,
            // The RFC has no code for a receiver's own limits: "unable to comply" is the general refusal.
            Self::TooManyAvps { .. } | Self::TooDeep { .. } => result::UNABLE_TO_COMPLY,
        }
    }

    /// The AVP to show in Failed-AVP, when the error is about one.
    #[must_use]
    pub fn failed_avp(&self) -> Option<&FailedAvp> {
        match self {
            Self::AvpLength(avp)
            | Self::AvpValue(avp)
            | Self::AvpBits(avp)
            | Self::AvpUnsupported(avp)
            | Self::MissingAvp(avp)
            | Self::AvpTooOften(avp) => Some(avp),
            _ => None,
        }
    }

    /// "Missing": with an example of the AVP that should have been there.
    #[must_use]
    pub fn missing(id: AvpId) -> Self {
        Self::MissingAvp(FailedAvp::example(id, id.flags() & (flags::AVP_VENDOR | flags::AVP_MANDATORY)))
    }

    /// The same error, its AVP shown within the group it was found in.
    #[must_use]
    pub fn within(self, group: &AvpRef<'_>) -> Self {
        match self {
            Self::AvpLength(avp) => Self::AvpLength(avp.within(group)),
            Self::AvpValue(avp) => Self::AvpValue(avp.within(group)),
            Self::AvpBits(avp) => Self::AvpBits(avp.within(group)),
            Self::AvpUnsupported(avp) => Self::AvpUnsupported(avp.within(group)),
            Self::MissingAvp(avp) => Self::MissingAvp(avp.within(group)),
            Self::AvpTooOften(avp) => Self::AvpTooOften(avp.within(group)),
            other => other,
        }
    }
}
