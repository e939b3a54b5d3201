//! Why a connection ends, in words for logs and screens.
//!
//! Must not know: what is done about it.

use diameter::answer::{Echo, Identity, Refusal, refuse};
use diameter::peer::CloseReason;
use diameter::{DecodeError, Header};
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

/// What a peer hears before its connection ends for octets that cannot be cut into messages: another version, an impossible length (RFC
/// 6733 7.1.5). Nothing where not even a header of a request is there.
pub(crate) fn last_words(unread: &[u8], error: &DecodeError, who: &Identity, out: &mut Vec<u8>) {
    let header = Header::peek(unread).map(|(_, header)| header).filter(Header::is_request);
    if let Some(header) = header {
        refuse(&Echo::of_header(header), who, &Refusal::of(error), out);
    }
}
