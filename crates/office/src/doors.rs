//! Doors that the binary fills: what the API and the staff portal need of rooms that neither they nor the office may know.
//!
//! Mediation stands behind [`ImportDoor`], the RADIUS and Diameter servers behind [`NetworkDoor`]. Must not know: how they do it.

use crate::{Actor, DecodedMessage, LinkFigures, NodeProtocol, OfficeError, TracedMessage};
use calendar::Instant;
use charging::{AccountId, CustomerId};
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

    /// Running sessions that may not go on and whose devices cannot be told, longest known first: somebody has to end them there.
    fn sessions_to_cut(&self) -> Vec<SessionToCut> {
        Vec::new()
    }

    /// What an administrator should put right, a sentence each.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
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

    fn sessions_to_cut(&self) -> Vec<SessionToCut> {
        self.iter().flat_map(|door| door.sessions_to_cut()).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.iter().flat_map(|door| door.warnings()).collect()
    }
}

/// A running session that may not go on, or not as it does, and whose device cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToCut {
    /// Name of its node.
    pub node: String,
    /// The session's name in the device: Acct-Session-Id.
    pub session: String,
    /// Whose.
    pub customer: CustomerId,
    /// Who uses.
    pub account: AccountId,
    /// Address, stations and what else names it in the device.
    pub details: String,
    /// Since when it should be otherwise.
    pub since: Instant,
}

/// What a network front door sees of one node: a Diameter connection, or everything a RADIUS node has sent since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLink {
    /// Protocol.
    pub protocol: NodeProtocol,
    /// Name of the node; empty for a stranger.
    pub node: String,
    /// Diameter: Origin-Host, empty before it is known; RADIUS over TLS: the certificate's fingerprint.
    pub host: String,
    /// Diameter: Origin-Realm.
    pub realm: String,
    /// Diameter: Product-Name, where it told one.
    pub product: String,
    /// Address and port of a connection of Diameter, or of RADIUS over TLS; empty for what a RADIUS node sent in all.
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
