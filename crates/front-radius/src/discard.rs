//! Why a packet gets no answer. RADIUS has no error reply for most of what can be wrong: it is discarded silently, counted, and told
//! in the log.

use charging::Refusal;
use engine::EngineError;
use radius::{Code, PacketError};
use thiserror::Error;

/// Why a packet was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Discard {
    /// No node has this source address (RFC 2865 3: silent discard).
    #[error("no node has this source address")]
    UnknownNode,
    /// The octets are no RADIUS packet, or attributes do not fit.
    #[error("{0}")]
    Malformed(PacketError),
    /// Authenticator or Message-Authenticator wrong or missing.
    #[error("{0}")]
    NotGenuine(PacketError),
    /// Sent to the wrong port, or of a kind nobody sends to a server.
    #[error("{0} is not served on this port")]
    WrongKind(Code),
    /// A repeat of a request that is being worked on (RFC 5080 2.2.2).
    #[error("a repeat of a request that is being worked on")]
    InProgress,
    /// Too many requests are being worked on.
    #[error("too many requests are being worked on")]
    Overload,
    /// The node sends more than its record allows.
    #[error("the node sends more than its accepted_per_second")]
    TooFast,
    /// The directory does not answer.
    #[error("the subscriber directory does not answer now")]
    NoDirectory,
    /// Memory does not know the names of the request, and too many of the node's were nobody's.
    #[error("too many names that nobody has came from this node; this one is looked up when it comes again")]
    TooManyStrangers,
    /// Nobody has the identifiers of an accounting report; what is not recorded must not be acknowledged (RFC 2866 2).
    #[error("no account has the identifiers of this report")]
    UnknownSubscriber,
    /// The service of the node's profile is not in the catalog.
    #[error("the catalog has no service {0}, which the node's profile names")]
    UnknownService(Box<str>),
    /// The core refuses to record the report.
    #[error("{0}")]
    Refused(Refusal),
    /// The engine gave no answer.
    #[error("{0}")]
    Engine(EngineError),
    /// The reply cannot be made or sent.
    #[error("the reply cannot be sent: {0}")]
    NoReply(PacketError),
}

impl Discard {
    /// A stable code; see the guide.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownNode => "FRD-001",
            Self::Malformed(error) | Self::NotGenuine(error) => error.code(),
            Self::WrongKind(_) => "FRD-002",
            Self::InProgress => "FRD-003",
            Self::Overload => "FRD-004",
            Self::NoDirectory => "FRD-005",
            Self::UnknownSubscriber => "FRD-006",
            Self::UnknownService(_) => "FRD-007",
            Self::Refused(refusal) => refusal.code(),
            Self::Engine(_) => "FRD-008",
            Self::NoReply(_) => "FRD-009",
            Self::TooFast => "FRD-010",
            Self::TooManyStrangers => "FRD-014",
        }
    }

    /// The label of the counter.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::UnknownNode => "unknown_node",
            Self::Malformed(_) => "malformed",
            Self::NotGenuine(_) => "not_genuine",
            Self::WrongKind(_) => "wrong_kind",
            Self::InProgress => "in_progress",
            Self::Overload => "overload",
            Self::NoDirectory => "no_directory",
            Self::UnknownSubscriber => "unknown_subscriber",
            Self::UnknownService(_) => "unknown_service",
            Self::Refused(_) => "refused",
            Self::Engine(_) => "engine",
            Self::NoReply(_) => "no_reply",
            Self::TooFast => "too_fast",
            Self::TooManyStrangers => "strangers",
        }
    }
}
