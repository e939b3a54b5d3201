//! The office's nodes and directory as the front door asks for them, and what the front door tells screens.

use crate::{Effort, Found, Lookup, NodeView, Nodes, Profiles, RadiusNode, Secret, Server, Subscribers};
use arc_swap::ArcSwapOption;
use charging::AccountId;
use office::{
    DecodedMessage, LinkState, NetworkDoor, NetworkNode, NodeLink, NodeProtocol, NodeTable, Office,
    OfficeError, TracedMessage,
};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Nodes with their profiles, made anew when the office swaps its table.
pub struct OfficeNodes {
    office: Office,
    profiles: Profiles,
    made: ArcSwapOption<Made>,
}

struct Made {
    table: Arc<NodeTable>,
    nodes: HashMap<i64, Arc<RadiusNode>>,
    by_name: HashMap<Box<str>, Arc<RadiusNode>>,
}

impl OfficeNodes {
    /// The office's nodes with these profiles.
    pub fn new(office: Office, profiles: Profiles) -> Self {
        Self { office, profiles, made: ArcSwapOption::empty() }
    }

    fn made(&self) -> Arc<Made> {
        let table = self.office.node_table();
        if let Some(made) = self.made.load_full().filter(|made| Arc::ptr_eq(&made.table, &table)) {
            return made;
        }
        let nodes = table.radius_nodes().map(|node| (node.node.id, Arc::new(self.radius_node(node))));
        let nodes: HashMap<i64, Arc<RadiusNode>> = nodes.collect();
        let by_name = nodes.values().map(|node| (node.name.clone(), node.clone())).collect();
        let made = Arc::new(Made { nodes, by_name, table: table.clone() });
        self.made.store(Some(made.clone()));
        made
    }

    fn radius_node(&self, network: &NetworkNode) -> RadiusNode {
        let node = &network.node;
        let profile = self.profiles.get(&node.profile).unwrap_or_else(|| {
            let (name, profile) = (&node.name, &node.profile);
            tracing::error!(node = name, profile, "there is no such RADIUS profile, the generic one serves");
            self.profiles.fallback()
        });
        let profile = match profile.with_settings(&node.settings) {
            Ok(own) => Arc::new(own),
            Err(problems) => {
                for problem in problems {
                    tracing::error!(node = node.name, %problem, "the node's settings are left out");
                }
                profile
            }
        };
        RadiusNode {
            name: node.name.as_str().into(),
            address: node.address.split('/').next().and_then(|address| address.trim().parse().ok()),
            secret: Secret::new(network.secret.clone()),
            profile,
            is_network: is_network(&node.address),
        }
    }
}

impl Nodes for OfficeNodes {
    fn by_source(&self, source: IpAddr) -> Option<Arc<RadiusNode>> {
        let made = self.made();
        made.nodes.get(&made.table.radius_node(source)?.node.id).cloned()
    }

    fn by_name(&self, name: &str) -> Option<Arc<RadiusNode>> {
        self.made().by_name.get(name).cloned()
    }
}

/// Whether an address stands for more than one device.
fn is_network(address: &str) -> bool {
    let Some((address, length)) = address.split_once('/') else { return false };
    let all = if address.contains(':') { "128" } else { "32" };
    length.trim() != all
}

/// The office's directory.
pub struct OfficeSubscribers(pub Office);

impl Subscribers for OfficeSubscribers {
    fn find(&self, realm: &str, value: &str, effort: Effort) -> Lookup<Found> {
        let directory = self.0.directory();
        let found = match effort {
            Effort::Memory => directory.remembered(realm, value),
            Effort::Storage => stored(directory.try_find(realm, value)),
        };
        lookup(found.map(|found| found.map(|f| Found { customer: f.customer, account: f.account })))
    }

    fn password(&self, account: AccountId, effort: Effort) -> Lookup<Vec<u8>> {
        let directory = self.0.directory();
        lookup(match effort {
            Effort::Memory => directory.remembered_password(account),
            Effort::Storage => stored(directory.try_password(account)),
        })
    }
}

fn stored<T>(outcome: Result<T, OfficeError>) -> Option<T> {
    outcome.inspect_err(|error| tracing::error!(%error, "the subscriber directory cannot be read")).ok()
}

fn lookup<T>(found: Option<Option<T>>) -> Lookup<T> {
    match found {
        Some(Some(found)) => Lookup::Found(found),
        Some(None) => Lookup::Unknown,
        None => Lookup::NotNow,
    }
}

impl NetworkDoor for Server {
    fn links(&self) -> Vec<NodeLink> {
        let link = |node: NodeView| NodeLink {
            protocol: NodeProtocol::Radius,
            node: node.name.into(),
            host: String::new(),
            realm: String::new(),
            product: String::new(),
            address: String::new(),
            state: LinkState::Open,
            since: None,
            last_at: Some(node.last_at),
            requests: node.requests,
            answers: node.answers,
            errors: node.errors,
            last_error: node.last_error,
            figures: node.figures,
        };
        self.nodes().into_iter().map(link).collect()
    }

    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        crate::tap::decode(self.dictionary(), message, masked)
    }
}
