//! The office's nodes and directory as the front door asks for them, and what the front door tells screens.

use crate::peer_profiles::PeerProfiles;
use crate::peers::{KnownPeer, PeerState, PeerView, Peers};
use crate::profile::PeerProfile;
use crate::server::Server;
use crate::subscribers::{Found, Remembered, Subscribers, Unavailable};
use charging::{Charged, SessionKey, Xdr};
use office::{DecodedMessage, LinkState, NetworkDoor, NodeLink, NodeProtocol, Office, TracedMessage};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Profile of nodes whose own is unknown.
const FALLBACK: &str = "generic";

/// The office's nodes, with profiles of which some may be the operator's own.
pub struct OfficePeers {
    office: Office,
    profiles: PeerProfiles,
}

impl OfficePeers {
    /// Nodes find their profiles among these, also after a change of their files.
    #[must_use]
    pub fn new(office: Office, profiles: PeerProfiles) -> Self {
        profiles.watch();
        Self { office, profiles }
    }
}

impl Peers for OfficePeers {
    fn by_origin_host(&self, host: &str) -> Option<KnownPeer> {
        known(&self.office, host, |name| self.profiles.by_name(name))
    }

    fn round(&self) -> u64 {
        self.profiles.round()
    }

    fn warnings(&self) -> Vec<String> {
        self.profiles.trouble().into_iter().collect()
    }
}

impl Peers for Office {
    fn by_origin_host(&self, host: &str) -> Option<KnownPeer> {
        known(self, host, PeerProfile::shipped_by_name)
    }
}

fn known(
    office: &Office,
    host: &str,
    profile: impl Fn(&str) -> Option<Arc<PeerProfile>>,
) -> Option<KnownPeer> {
    let table = office.node_table();
    let node = &table.diameter_node(host)?.node;
    let wanted = if node.profile.is_empty() { FALLBACK } else { &node.profile };
    let profile = profile(wanted).or_else(|| {
        tracing::error!(
            node = node.name,
            profile = wanted,
            "no such Diameter profile, the generic one serves"
        );
        profile(FALLBACK)
    })?;
    Some(KnownPeer { node: node.name.as_str().into(), profile })
}

impl Subscribers for Office {
    fn expect(&self, realm: &str, value: &str) {
        self.directory().expect(realm, value);
    }

    fn remembered(&self, realm: &str, value: &str) -> Remembered {
        match self.directory().remembered(realm, value) {
            Some(Some(found)) => Remembered::Found(own(found)),
            Some(None) => Remembered::Nobody,
            None => Remembered::NotInMemory,
        }
    }

    fn find(&self, realm: &str, value: &str) -> Result<Option<Found>, Unavailable> {
        let found = self.directory().try_find(realm, value);
        found.map(|found| found.map(own)).map_err(|error| Unavailable(error.to_string()))
    }

    fn of_sessions(
        &self,
        node: &str,
        keys: &BTreeSet<SessionKey>,
    ) -> Result<Vec<(SessionKey, Found)>, Unavailable> {
        let mut all = Vec::new();
        for key in keys {
            let found = self.store().session_of_node(node, key);
            let found = found.map_err(|error| Unavailable(error.to_string()))?;
            all.extend(found.map(|(customer, account)| (key.clone(), Found { customer, account })));
        }
        Ok(all)
    }

    fn charged(&self, record: &Xdr) -> Result<Charged, Unavailable> {
        self.charge_with_taxes(record).map_err(|error| Unavailable(error.to_string()))
    }
}

fn own(found: office::Found) -> Found {
    Found { customer: found.customer, account: found.account }
}

impl NetworkDoor for Server {
    fn links(&self) -> Vec<NodeLink> {
        let departed = self.departed();
        let mut peers = self.peers();
        // A peer that is back is shown as it is now.
        let is_back =
            |gone: &PeerView| !gone.host.is_empty() && peers.iter().any(|peer| peer.host == gone.host);
        let gone: Vec<PeerView> = departed.into_iter().filter(|gone| !is_back(gone)).collect();
        peers.extend(gone);
        peers.into_iter().map(link).collect()
    }

    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        crate::tap::decode(message, masked)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings()
    }
}

fn link(peer: PeerView) -> NodeLink {
    let state = match peer.state {
        PeerState::Connecting => LinkState::Connecting,
        PeerState::Open => LinkState::Open,
        PeerState::Suspect => LinkState::Suspect,
        PeerState::Closing => LinkState::Closing,
        PeerState::Closed => LinkState::Closed,
    };
    NodeLink {
        protocol: NodeProtocol::Diameter,
        node: peer.node,
        host: peer.host,
        realm: peer.realm,
        product: peer.product.unwrap_or_default(),
        address: format!("{} {}", peer.transport, peer.address),
        state,
        since: Some(peer.since),
        last_at: None,
        requests: peer.requests,
        answers: peer.answers,
        errors: peer.errors,
        last_error: peer.last_error,
        figures: peer.figures,
    }
}
