//! One connection to one peer: capabilities, watchdog, disconnect (RFC 6733 5, RFC 3539), without I/O.
//!
//! The caller owns the transport and the clock. It tells [`Peer`] what happened (connected, a message, a tick, a stop), sends
//! whatever was appended to `out`, and does what the [`Reaction`] says. Procedures are in files named like the RFC's:
//! [`capabilities`], [`watchdog`], [`disconnect`], [`state_machine`].
//!
//! Instants (`now`) are microseconds of any clock that never goes back; a business clock that a demo moves is no such clock.

pub mod capabilities;
pub mod disconnect;
pub mod identifiers;
pub mod state_machine;
pub mod watchdog;

use std::sync::Arc;

pub use capabilities::{Capabilities, LocalNode};
pub use disconnect::DisconnectCause;
pub use identifiers::Identifiers;
pub use state_machine::Peer;

use crate::error::DecodeError;
use crate::message::Message;

/// A connection must have exchanged capabilities within this time, microseconds.
pub const CAPABILITIES_TIMEOUT: u64 = 10_000_000;
/// A connection being disconnected is closed after this time, microseconds, whatever the peer does.
pub const DISCONNECT_TIMEOUT: u64 = 5_000_000;

/// Decides whether a peer is one of ours, from its CER or CEA.
pub type Admission = Arc<dyn Fn(&Capabilities) -> Verdict + Send + Sync>;

/// What becomes of a peer that gave its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in.
    Admitted,
    /// It is none of ours: 3010 and close.
    Unknown,
    /// Another connection with it stays (RFC 6733 5.6.4): 4003 and close.
    ElectionLost,
}

impl From<bool> for Verdict {
    fn from(admitted: bool) -> Self {
        if admitted { Self::Admitted } else { Self::Unknown }
    }
}

/// Whether we win an election as the side that accepted, so that the accepted connection stays: our Origin-Host is the later one as octets
/// (RFC 6733 5.6.4). Identities are compared without case, as everywhere.
#[must_use]
pub fn wins_election(ours: &str, theirs: &str) -> bool {
    ours.to_ascii_lowercase() > theirs.to_ascii_lowercase()
}

/// What a [`Peer`] needs to know.
#[derive(Clone)]
pub struct PeerSettings {
    /// Who we are.
    pub local: Arc<LocalNode>,
    /// Whom we let in.
    pub admission: Admission,
    /// Twinit of RFC 3539, microseconds; at least [`watchdog::MIN_INTERVAL`].
    pub watchdog_interval: u64,
    /// Any number that differs between connections and starts: jitter and identifiers come from it.
    pub seed: u64,
}

/// What the caller does after it sent `out`.
#[derive(Debug)]
#[must_use]
pub enum Reaction<'m> {
    /// Nothing.
    Nothing,
    /// Capabilities are exchanged: requests may flow.
    Opened(Box<Capabilities>),
    /// A request for the application.
    Request(Message<'m>),
    /// An answer to a request of the application; match it by Hop-by-Hop Identifier.
    Answer(Message<'m>),
    /// A request was wrong and its error answer is in `out`; count it.
    Refused(DecodeError),
    /// A request for a command or application that is not ours was answered with this Result-Code.
    Unsupported(u32),
    /// An answer was not readable and was dropped; count it.
    Dropped(DecodeError),
    /// The peer missed a watchdog: send new requests another way (RFC 3539 failover).
    Suspect,
    /// The peer is heard again, or proved itself after a reconnect: use it (failback).
    Recovered,
    /// The peer disconnects: send nothing more. It will close the transport.
    Leaving(DisconnectCause),
    /// Close the transport after sending `out`.
    Close(CloseReason),
}

/// Why a connection ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// No CER or CEA in time.
    #[error("no capabilities exchange in time")]
    CapabilitiesTimeout,
    /// Something else came before the capabilities.
    #[error("command {command} before the capabilities exchange")]
    MessageBeforeCapabilities {
        /// The command code.
        command: u32,
    },
    /// The capabilities message was not readable.
    #[error("unreadable capabilities exchange: {0}")]
    BadCapabilities(DecodeError),
    /// 5010.
    #[error("no application in common")]
    NoCommonApplication,
    /// 5017.
    #[error("no security mechanism in common")]
    NoCommonSecurity,
    /// 3010.
    #[error("unknown peer {host}")]
    UnknownPeer {
        /// The Origin-Host it gave.
        host: String,
    },
    /// 4003.
    #[error("another connection with {host} stays")]
    ElectionLost {
        /// The Origin-Host it gave.
        host: String,
    },
    /// The peer changed its Origin-Host within a connection.
    #[error("the peer changed its identity to {host}")]
    IdentityChanged {
        /// The Origin-Host it gave now.
        host: String,
    },
    /// The CEA was not a success.
    #[error("the peer refused our capabilities with {result_code}")]
    RefusedByPeer {
        /// Its Result-Code.
        result_code: u32,
    },
    /// Two watchdog intervals without a sign of life.
    #[error("watchdog: the peer is silent")]
    WatchdogLost,
    /// Our disconnect was answered.
    #[error("disconnected as asked")]
    Disconnected,
    /// The peer did not finish a disconnect in time.
    #[error("disconnect not finished in time")]
    DisconnectTimeout,
}
