//! Why a packet is refused or can't be built. One enum for the whole crate but the dictionary's, whose errors concern an operator's
//! text and not a peer's octets. No variant carries a secret or a password.

use crate::code::Code;
use thiserror::Error;

/// Why octets from a peer are not usable, or a packet of ours can't be made. RFC 2865 3 asks for silent discard of nearly all of
/// these; `code` is what the counter and the log line carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PacketError {
    /// Fewer octets than a header.
    #[error("{got} octets are no RADIUS packet, the header alone has 20")]
    TooShort {
        /// Octets received.
        got: usize,
    },
    /// The Length field lies outside 20..=4096.
    #[error("the Length field says {stated}, allowed are 20 to 4096")]
    LengthOutOfRange {
        /// What the Length field says.
        stated: usize,
    },
    /// Fewer octets arrived than the Length field says.
    #[error("the Length field says {stated}, only {got} octets arrived")]
    Truncated {
        /// What the Length field says.
        stated: usize,
        /// Octets received.
        got: usize,
    },
    /// An attribute whose length is under 2 or reaches beyond the packet.
    #[error("attribute {attribute} at octet {offset} has a wrong length")]
    AttributeLength {
        /// Attribute number.
        attribute: u8,
        /// Where it starts, counted from the packet's first octet.
        offset: usize,
    },
    /// The packet is not of the kind this reader reads.
    #[error("{got} where {expected} belongs")]
    UnexpectedCode {
        /// The kind that belongs here.
        expected: Code,
        /// The kind received.
        got: Code,
    },
    /// A request lacks an attribute it must have.
    #[error("attribute {attribute} is missing")]
    Missing {
        /// Attribute number.
        attribute: u8,
    },
    /// An attribute's value has not the size or form its type needs.
    #[error("attribute {attribute} has a value of {got} octets that does not fit its type")]
    BadValue {
        /// Attribute number.
        attribute: u8,
        /// Octets of the value.
        got: usize,
    },
    /// More than one attribute that may be there once, where taking any would be a guess.
    #[error("attribute {attribute} is there more than once")]
    Repeated {
        /// Attribute number.
        attribute: u8,
    },
    /// Two of User-Password, CHAP-Password and EAP-Message (RFC 2865 4.1 and RFC 3579 3.1 forbid it).
    #[error("two of User-Password, CHAP-Password and EAP-Message are there")]
    TwoCredentials,
    /// A password over 128 octets can't be hidden (RFC 2865 5.2).
    #[error("a password of {got} octets is too long, 128 are allowed")]
    PasswordTooLong {
        /// Octets of the password.
        got: usize,
    },
    /// The shared secret is empty (RFC 2865 3 forbids it).
    #[error("the shared secret is empty")]
    EmptySecret,
    /// Request or Response Authenticator doesn't match: wrong shared secret, or not the peer it seems.
    #[error("the authenticator does not match the shared secret")]
    WrongAuthenticator,
    /// Message-Authenticator doesn't match (RFC 3579 3.2).
    #[error("the Message-Authenticator does not match the shared secret")]
    WrongMessageAuthenticator,
    /// Message-Authenticator is required here and absent.
    #[error("a Message-Authenticator is required and missing")]
    NoMessageAuthenticator,
    /// A reply that answers another request.
    #[error("identifier {got} answers another request than {expected}")]
    WrongIdentifier {
        /// Identifier of our request.
        expected: u8,
        /// Identifier of the reply.
        got: u8,
    },
    /// A value to send doesn't fit into one attribute.
    #[error("a value of {got} octets does not fit into attribute {attribute}")]
    ValueTooLong {
        /// Attribute number.
        attribute: u8,
        /// Octets of the value.
        got: usize,
    },
    /// A packet to send would be over 4096 octets.
    #[error("the packet would have {got} octets, 4096 are allowed")]
    PacketTooLong {
        /// Octets it would have.
        got: usize,
    },
}

impl PacketError {
    /// A stable code for counters, log lines and the guide; never changes its meaning.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "RADIUS-001",
            Self::LengthOutOfRange { .. } => "RADIUS-002",
            Self::Truncated { .. } => "RADIUS-003",
            Self::AttributeLength { .. } => "RADIUS-004",
            Self::UnexpectedCode { .. } => "RADIUS-005",
            Self::Missing { .. } => "RADIUS-006",
            Self::BadValue { .. } => "RADIUS-007",
            Self::Repeated { .. } => "RADIUS-008",
            Self::TwoCredentials => "RADIUS-009",
            Self::PasswordTooLong { .. } => "RADIUS-010",
            Self::EmptySecret => "RADIUS-011",
            Self::WrongAuthenticator => "RADIUS-012",
            Self::WrongMessageAuthenticator => "RADIUS-013",
            Self::NoMessageAuthenticator => "RADIUS-014",
            Self::WrongIdentifier { .. } => "RADIUS-015",
            Self::ValueTooLong { .. } => "RADIUS-016",
            Self::PacketTooLong { .. } => "RADIUS-017",
        }
    }
}
