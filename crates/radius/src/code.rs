//! Packet kinds (RFC 2865 3, RFC 5176 2.3, RFC 5997 1.1).

/// The first octet of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// 1: may this user use the service?
    AccessRequest,
    /// 2: yes, and this is how.
    AccessAccept,
    /// 3: no.
    AccessReject,
    /// 4: what was used.
    AccountingRequest,
    /// 5: it is written down.
    AccountingResponse,
    /// 11: more is needed to decide.
    AccessChallenge,
    /// 12: are you there? (RFC 5997)
    StatusServer,
    /// 40: end this session (RFC 5176).
    DisconnectRequest,
    /// 41: ended.
    DisconnectAck,
    /// 42: not ended.
    DisconnectNak,
    /// 43: change this session (RFC 5176).
    CoaRequest,
    /// 44: changed.
    CoaAck,
    /// 45: not changed.
    CoaNak,
    /// Anything else; a server discards it silently.
    Other(u8),
}

impl Code {
    /// Whether the Request Authenticator of this packet is computed from its content (RFC 2866 3, RFC 5176 2.3) and not random.
    pub fn authenticator_is_computed(self) -> bool {
        matches!(self, Self::AccountingRequest | Self::DisconnectRequest | Self::CoaRequest)
    }

    /// Whether this packet answers an Access-Request.
    pub fn answers_access(self) -> bool {
        matches!(self, Self::AccessAccept | Self::AccessReject | Self::AccessChallenge)
    }
}

impl From<u8> for Code {
    fn from(octet: u8) -> Self {
        match octet {
            1 => Self::AccessRequest,
            2 => Self::AccessAccept,
            3 => Self::AccessReject,
            4 => Self::AccountingRequest,
            5 => Self::AccountingResponse,
            11 => Self::AccessChallenge,
            12 => Self::StatusServer,
            40 => Self::DisconnectRequest,
            41 => Self::DisconnectAck,
            42 => Self::DisconnectNak,
            43 => Self::CoaRequest,
            44 => Self::CoaAck,
            45 => Self::CoaNak,
            other => Self::Other(other),
        }
    }
}

impl From<Code> for u8 {
    fn from(code: Code) -> Self {
        match code {
            Code::AccessRequest => 1,
            Code::AccessAccept => 2,
            Code::AccessReject => 3,
            Code::AccountingRequest => 4,
            Code::AccountingResponse => 5,
            Code::AccessChallenge => 11,
            Code::StatusServer => 12,
            Code::DisconnectRequest => 40,
            Code::DisconnectAck => 41,
            Code::DisconnectNak => 42,
            Code::CoaRequest => 43,
            Code::CoaAck => 44,
            Code::CoaNak => 45,
            Code::Other(octet) => octet,
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AccessRequest => "Access-Request",
            Self::AccessAccept => "Access-Accept",
            Self::AccessReject => "Access-Reject",
            Self::AccountingRequest => "Accounting-Request",
            Self::AccountingResponse => "Accounting-Response",
            Self::AccessChallenge => "Access-Challenge",
            Self::StatusServer => "Status-Server",
            Self::DisconnectRequest => "Disconnect-Request",
            Self::DisconnectAck => "Disconnect-ACK",
            Self::DisconnectNak => "Disconnect-NAK",
            Self::CoaRequest => "CoA-Request",
            Self::CoaAck => "CoA-ACK",
            Self::CoaNak => "CoA-NAK",
            Self::Other(octet) => return write!(f, "Code-{octet}"),
        })
    }
}
