//! The office's nodes and directory as the front door asks for them, and what the front door tells screens.

use crate::tls::{self, CertificateRule, LinkView, PeerCertificate};
use crate::{
    Effort, Equipment, Found, Loaded, Lookup, NodeView, Nodes, Profiles, RadiusNode, Secret, Server,
    Subscribers,
};
use arc_swap::ArcSwapOption;
use charging::AccountId;
use office::{
    DecodedMessage, LinkState, NetworkDoor, NetworkNode, NodeLink, NodeProtocol, NodeTable, Office,
    OfficeError, SessionToCut, TracedMessage,
};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Nodes with their profiles, made anew when the office swaps its table.
pub struct OfficeNodes {
    office: Office,
    equipment: Equipment,
    made: ArcSwapOption<Made>,
}

struct Made {
    table: Arc<NodeTable>,
    /// The profiles they were made with.
    loaded: Arc<Loaded>,
    /// By number of the record: as it speaks UDP.
    nodes: HashMap<i64, Arc<RadiusNode>>,
    /// With a certificate: as it speaks TLS.
    over_tls: Vec<(Arc<NetworkNode>, Arc<RadiusNode>)>,
    by_name: HashMap<Box<str>, Arc<RadiusNode>>,
    accounting_targets: Arc<[Arc<RadiusNode>]>,
}

impl OfficeNodes {
    /// The office's nodes with these profiles.
    pub fn new(office: Office, equipment: Equipment) -> Self {
        Self { office, equipment, made: ArcSwapOption::empty() }
    }

    fn made(&self) -> Arc<Made> {
        let (table, loaded) = (self.office.node_table(), self.equipment.loaded());
        let is_new =
            |made: &Arc<Made>| Arc::ptr_eq(&made.table, &table) && Arc::ptr_eq(&made.loaded, &loaded);
        if let Some(made) = self.made.load_full().filter(is_new) {
            return made;
        }
        let (mut nodes, mut over_tls) = (HashMap::new(), Vec::new());
        for network in table.radius_nodes() {
            let node = radius_node(&loaded.profiles, network);
            if let Some(rule) = &node.certificate {
                let secret = Secret::new(tls::SECRET);
                // A certificate that is pinned is that of one device, wherever it connects from.
                let is_network = node.is_network && !matches!(rule, CertificateRule::Fingerprint(_));
                over_tls.push((network.clone(), Arc::new(RadiusNode { secret, is_network, ..node.clone() })));
            }
            nodes.insert(network.node.id, Arc::new(RadiusNode { certificate: None, ..node }));
        }
        let named = |node: &Arc<RadiusNode>| (node.name.clone(), node.clone());
        // A node that speaks TLS is told things over TLS, whatever else it speaks.
        let by_name = nodes.values().chain(over_tls.iter().map(|(_, node)| node)).map(named).collect();
        let targets = nodes.values().filter(|node| node.profile.accounting_target).cloned();
        let accounting_targets = targets.collect();
        let made = Made { accounting_targets, nodes, over_tls, by_name, table: table.clone(), loaded };
        let made = Arc::new(made);
        self.made.store(Some(made.clone()));
        made
    }
}

fn radius_node(profiles: &Profiles, network: &NetworkNode) -> RadiusNode {
    let node = &network.node;
    let profile = profiles.get(&node.profile).unwrap_or_else(|| {
        let (name, profile) = (&node.name, &node.profile);
        tracing::error!(node = name, profile, "there is no such RADIUS profile, the generic one serves");
        profiles.fallback()
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
    let certificate = node.settings.get(office::CERTIFICATE_SETTING).map(|text| CertificateRule::parse(text));
    let certificate = certificate.and_then(|rule| {
        rule.inspect_err(|reason| tracing::error!(node = node.name, reason, "the node's certificate")).ok()
    });
    let is_network = is_network(&node.address);
    let by_name = matches!(certificate, Some(CertificateRule::Name(_)));
    let profile = if is_network && by_name && profile.tls_dial.is_some() {
        let reason = "one device cannot be dialled for a whole prefix: give it a record with its own address, or its fingerprint";
        tracing::error!(node = node.name, reason, "the node's `tls_dial` is left out");
        Arc::new(profile.not_dialled())
    } else {
        profile
    };
    RadiusNode {
        name: node.name.as_str().into(),
        address: node.address.split('/').next().and_then(|address| address.trim().parse().ok()),
        secret: Secret::new(network.secret.clone()),
        profile,
        is_network,
        certificate,
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

    fn accounting_targets(&self) -> Arc<[Arc<RadiusNode>]> {
        self.made().accounting_targets.clone()
    }

    fn dialled(&self) -> Arc<[Arc<RadiusNode>]> {
        let made = self.made();
        let dialled = made.over_tls.iter().filter(|(_, node)| node.profile.tls_dial.is_some());
        dialled.map(|(_, node)| node.clone()).collect()
    }

    fn by_certificate(&self, certificate: &PeerCertificate<'_>, source: IpAddr) -> Option<Arc<RadiusNode>> {
        let made = self.made();
        let mut own = made.over_tls.iter().filter(|(network, _)| network.covers(source));
        let fits = |node: &RadiusNode| node.certificate.as_ref().is_some_and(|rule| certificate.fits(rule));
        own.find(|(_, node)| fits(node)).map(|(_, node)| node.clone())
    }

    fn expects_tls(&self, source: IpAddr) -> bool {
        self.made().over_tls.iter().any(|(network, _)| network.covers(source))
    }

    fn pins(&self, certificate: &PeerCertificate<'_>) -> bool {
        let made = self.made();
        let mut rules = made.over_tls.iter().filter_map(|(_, node)| node.certificate.as_ref());
        rules.any(|rule| certificate.is_pinned(rule))
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
        let heard = self.nodes().into_iter().map(of_node);
        heard.chain(self.tls_links().into_iter().map(of_connection)).collect()
    }

    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        crate::tap::decode(&self.dictionary(), message, masked)
    }

    fn sessions_to_cut(&self) -> Vec<SessionToCut> {
        self.to_cut()
    }

    fn warnings(&self) -> Vec<String> {
        self.troubles()
    }
}

fn of_node(node: NodeView) -> NodeLink {
    NodeLink {
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
    }
}

/// Its packets are counted with its node.
fn of_connection(link: LinkView) -> NodeLink {
    NodeLink {
        protocol: NodeProtocol::Radius,
        node: link.node.into(),
        host: link.certificate,
        realm: String::new(),
        product: "TLS".to_owned(),
        address: link.peer.to_string(),
        state: LinkState::Open,
        since: Some(link.since),
        last_at: Some(link.last_at),
        requests: 0,
        answers: 0,
        errors: 0,
        last_error: None,
        figures: office::LinkFigures::default(),
    }
}
