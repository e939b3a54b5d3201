//! The office's nodes and directory as the front door asks for them.

use crate::peers::{KnownPeer, Peers};
use crate::profile::PeerProfile;
use crate::subscribers::{Found, Remembered, Subscribers, Unavailable};
use office::Office;

/// Profile of nodes whose own is unknown.
const FALLBACK: &str = "generic";

impl Peers for Office {
    fn by_origin_host(&self, host: &str) -> Option<KnownPeer> {
        let table = self.node_table();
        let node = &table.diameter_node(host)?.node;
        let wanted = if node.profile.is_empty() { FALLBACK } else { &node.profile };
        let profile = PeerProfile::shipped_by_name(wanted).or_else(|| {
            tracing::error!(
                node = node.name,
                profile = wanted,
                "no such Diameter profile, the generic one serves"
            );
            PeerProfile::shipped_by_name(FALLBACK)
        })?;
        Some(KnownPeer { node: node.name.as_str().into(), profile })
    }
}

impl Subscribers for Office {
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
}

fn own(found: office::Found) -> Found {
    Found { customer: found.customer, account: found.account }
}
