//! Why a connection ends, in words for logs and screens.
//!
//! Must not know: what is done about it.

use diameter::DecodeError;
use diameter::peer::CloseReason;
use std::fmt;

/// Why a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    /// By the book.
    Peer(CloseReason),
    /// The stream is no longer one of messages.
    Garbage(DecodeError),
    /// The other side closed, or the network failed.
    Gone(Option<std::io::Error>),
    /// The directory's thread failed.
    LookUpFailed,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(reason) => reason.fmt(f),
            Self::Garbage(error) => write!(f, "this is not Diameter: {error}"),
            Self::Gone(Some(error)) => write!(f, "the connection was lost: {error}"),
            Self::Gone(None) => f.write_str("the other side closed the connection"),
            Self::LookUpFailed => f.write_str("a look-up failed"),
        }
    }
}
