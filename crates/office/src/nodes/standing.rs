//! How the nodes stand: their records joined with what the front doors see of them.

use super::{Node, NodeProtocol};
use crate::{LinkFigures, LinkState, NodeLink, Office, OfficeError};
use calendar::Instant;

/// How a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// Switched off: its requests are not answered.
    Off,
    /// Connected, or heard since the start.
    Up,
    /// Connected, but a watchdog was not answered.
    Suspect,
    /// A Diameter peer without a connection.
    Down,
    /// A RADIUS node that was not heard since the start.
    Silent,
}

impl NodeState {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Up => "up",
            Self::Suspect => "suspect",
            Self::Down => "down",
            Self::Silent => "silent",
        }
    }
}

/// A node with what is seen of it. Counters are those of its present links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStanding {
    /// The node.
    pub node: Node,
    /// How it stands.
    pub state: NodeState,
    /// Open connections of Diameter, or of RADIUS over TLS.
    pub connections: usize,
    /// Requests received.
    pub requests: u64,
    /// Answers sent.
    pub answers: u64,
    /// Messages that were refused, dropped or not understood.
    pub errors: u64,
    /// RADIUS: its last packet.
    pub last_at: Option<Instant>,
    /// The last error of any of its links.
    pub last_error: Option<(Instant, String)>,
    /// What else is counted, of all its links.
    pub figures: LinkFigures,
}

impl NodeStanding {
    fn of(node: Node, links: &[NodeLink]) -> Self {
        let own = || links.iter().filter(|link| link.protocol == node.protocol && link.node == node.name);
        let present = || own().filter(|link| link.state != LinkState::Closed);
        let is = |state| present().any(|link| link.state == state);
        let state = match node.protocol {
            _ if !node.enabled => NodeState::Off,
            _ if is(LinkState::Open) => NodeState::Up,
            NodeProtocol::Radius => NodeState::Silent,
            NodeProtocol::Diameter if is(LinkState::Suspect) => NodeState::Suspect,
            NodeProtocol::Diameter => NodeState::Down,
        };
        let sum = |count: fn(&NodeLink) -> u64| present().map(count).fold(0, u64::saturating_add);
        Self {
            state,
            connections: present().filter(|link| !link.address.is_empty()).count(),
            requests: sum(|link| link.requests),
            answers: sum(|link| link.answers),
            errors: sum(|link| link.errors),
            last_at: present().filter_map(|link| link.last_at).max(),
            last_error: own().filter_map(|link| link.last_error.clone()).max(),
            figures: own().fold(LinkFigures::default(), |sum, link| sum.plus(&link.figures)),
            node,
        }
    }
}

impl Office {
    /// All nodes by name, with what the network front doors see of them.
    pub fn node_standings(&self, links: &[NodeLink]) -> Result<Vec<NodeStanding>, OfficeError> {
        Ok(self.nodes()?.into_iter().map(|node| NodeStanding::of(node, links)).collect())
    }
}
