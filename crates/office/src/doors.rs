//! Doors that the binary fills: what the API and the staff portal need of rooms that neither they nor the office may know.
//!
//! Mediation stands behind [`ImportDoor`], the RADIUS and Diameter servers behind [`NetworkDoor`]. Must not know: how they do it.

use crate::{Actor, DecodedMessage, LinkFigures, NodeProtocol, OfficeError, TracedMessage};
use calendar::Instant;
use std::sync::Arc;

/// Takes a file of purchases.
pub trait ImportDoor: Send + Sync {
    /// Charges each line of a file once; answers the file's number when every line is decided. A file seen before answers its first
    /// number. Blocks the calling thread.
    ///
    /// # Errors
    /// Fields of the header or limits of the file that cannot be accepted, the office's errors otherwise; nothing was charged then.
    fn import(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError>;
}

/// Tells what the network front doors see of their nodes.
pub trait NetworkDoor: Send + Sync {
    /// Every RADIUS node that was heard since the start, every Diameter connection, and the last one of each peer that is gone.
    fn links(&self) -> Vec<NodeLink>;

    /// Reads a message of a trace; `None` for other protocols than the door's own. `masked` keeps personal data back, secrets never
    /// show.
    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        let (_, _) = (message, masked);
        None
    }
}

/// Several front doors as one.
impl NetworkDoor for Vec<Arc<dyn NetworkDoor>> {
    fn links(&self) -> Vec<NodeLink> {
        self.iter().flat_map(|door| door.links()).collect()
    }

    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        self.iter().find_map(|door| door.decode(message, masked))
    }
}

/// What a network front door sees of one node: a Diameter connection, or everything a RADIUS node has sent since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLink {
    /// Protocol.
    pub protocol: NodeProtocol,
    /// Name of the node; empty for a stranger.
    pub node: String,
    /// Diameter: Origin-Host; empty before it is known, and for RADIUS.
    pub host: String,
    /// Diameter: Origin-Realm.
    pub realm: String,
    /// Diameter: Product-Name, where it told one.
    pub product: String,
    /// Diameter: address and port of the connection.
    pub address: String,
    /// How far it is.
    pub state: LinkState,
    /// Diameter: when the connection came.
    pub since: Option<Instant>,
    /// RADIUS: the last packet.
    pub last_at: Option<Instant>,
    /// Requests received.
    pub requests: u64,
    /// Answers sent.
    pub answers: u64,
    /// Messages that were refused, dropped or not understood.
    pub errors: u64,
    /// The last of these, or why the connection ended.
    pub last_error: Option<(Instant, String)>,
    /// What else is counted.
    pub figures: LinkFigures,
}

/// How far a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// The peer has not said yet who it is.
    Connecting,
    /// Requests flow; a RADIUS node was heard.
    Open,
    /// A watchdog was not answered.
    Suspect,
    /// One side is leaving.
    Closing,
    /// The connection is gone.
    Closed,
}

impl LinkState {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Suspect => "suspect",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}
