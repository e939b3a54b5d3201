//! The look-up table of nodes: by source address (longest prefix) and by Diameter host.

use super::{Node, NodeProtocol};
use hashbrown::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A node with its secret in the clear; the secret is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct NetworkNode {
    /// The node.
    pub node: Node,
    /// Shared secret; empty when there is none.
    pub secret: Vec<u8>,
}

impl NetworkNode {
    /// Whether its address or prefix covers `source`.
    pub fn covers(&self, source: IpAddr) -> bool {
        let Some((family, own, length)) = stored(&self.node.address) else { return false };
        let (other, number) = number(source);
        family == other && masked(number, length) == own
    }
}

impl std::fmt::Debug for NetworkNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkNode").field("node", &self.node).finish_non_exhaustive()
    }
}

/// Enabled nodes of both protocols.
#[derive(Debug, Clone, Default)]
pub struct NodeTable {
    /// Prefixes by length, longest first; each masked address finds its node.
    radius: Vec<(Family, u8, HashMap<u128, Arc<NetworkNode>>)>,
    /// Every one of them: those that speak TLS may have the same address.
    radius_all: Vec<Arc<NetworkNode>>,
    diameter: HashMap<String, Arc<NetworkNode>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    V4,
    V6,
}

/// Address as a number, its family and the length of its prefix.
type Prefix = (Family, u128, u8);

/// `10.0.0.0/8`, `2001:db8::/32` or a single address; bits beyond the prefix are cleared.
pub(crate) fn prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.trim().parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(most), |length| length.trim().parse().ok())?;
    (length <= most).then_some((address, length))
}

/// IPv4 as the upper bits of the number, so that one mask serves both.
fn number(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(v4) => (Family::V4, u128::from(u32::from(v4)) << 96),
        // A dual-stack socket sees IPv4 peers as ::ffff:a.b.c.d.
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => (Family::V4, u128::from(u32::from(v4)) << 96),
            None => (Family::V6, u128::from(v6)),
        },
    }
}

fn masked(number: u128, length: u8) -> u128 {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    number & mask
}

fn stored(text: &str) -> Option<Prefix> {
    let (address, length) = prefix(text)?;
    let (family, number) = number(address);
    let length = if family == Family::V4 && address.is_ipv6() { length.saturating_sub(96) } else { length };
    Some((family, masked(number, length), length))
}

impl NodeTable {
    pub(crate) fn new(nodes: Vec<NetworkNode>) -> Self {
        let mut table = Self::default();
        for node in nodes.into_iter().filter(|n| n.node.enabled).map(Arc::new) {
            match node.node.protocol {
                NodeProtocol::Radius => table.add_radius(node),
                NodeProtocol::Diameter => {
                    table.diameter.insert(node.node.address.to_ascii_lowercase(), node);
                }
            }
        }
        table.radius.sort_by_key(|(family, length, _)| (*family, std::cmp::Reverse(*length)));
        table
    }

    fn add_radius(&mut self, node: Arc<NetworkNode>) {
        self.radius_all.push(node.clone());
        // Without a secret it speaks TLS only, and its address says nothing about datagrams.
        if node.secret.is_empty() && !node.node.has_secret {
            return;
        }
        let Some((family, number, length)) = stored(&node.node.address) else { return };
        let found = self.radius.iter_mut().find(|(f, l, _)| (*f, *l) == (family, length));
        match found {
            Some((_, _, nodes)) => {
                nodes.insert(number, node);
            }
            None => self.radius.push((family, length, HashMap::from_iter([(number, node)]))),
        }
    }

    /// The RADIUS node with the longest prefix that covers `source`.
    pub fn radius_node(&self, source: IpAddr) -> Option<&Arc<NetworkNode>> {
        let (family, number) = number(source);
        let of_family = self.radius.iter().filter(|(f, _, _)| *f == family);
        of_family.into_iter().find_map(|(_, length, nodes)| nodes.get(&masked(number, *length)))
    }

    /// The Diameter node with this Origin-Host; host names compare without case (RFC 6733 4.3.1).
    pub fn diameter_node(&self, origin_host: &str) -> Option<&Arc<NetworkNode>> {
        match self.diameter.get(origin_host) {
            Some(node) => Some(node),
            None => self.diameter.get(&origin_host.to_ascii_lowercase()),
        }
    }

    /// Enabled Diameter nodes.
    pub fn diameter_nodes(&self) -> impl Iterator<Item = &Arc<NetworkNode>> {
        self.diameter.values()
    }

    /// Enabled RADIUS nodes.
    pub fn radius_nodes(&self) -> impl Iterator<Item = &Arc<NetworkNode>> {
        self.radius_all.iter()
    }
}
