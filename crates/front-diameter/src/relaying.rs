//! Relays between a client and us (RFC 6733 2.8.1, 6.1): whether a request that came is for us, and which client behind a relay it is
//! from. A client that is a node of its own keeps its name and profile whichever way its requests come; any other counts as the relay.
//! Must not know: money, connections.

use crate::ask::Refused;
use crate::door::Door;
use crate::peer_restart::{OwnState, hear_other};
use crate::peers::KnownPeer;
use crate::profile::PeerProfile;
use diameter::answer::Identity;
use diameter::codes::{application, result};
use diameter::credit_control::CreditControlRequest;
use diameter::peer::Capabilities;
use std::collections::HashMap;
use std::sync::Arc;

/// Clients behind one peer that are remembered.
const CLIENTS_MOST: usize = 4_096;

/// The clients that come through one peer.
#[derive(Default)]
pub(crate) struct Behind {
    peer: Box<str>,
    state: OwnState,
    /// Of the table of peers.
    round: u64,
    /// It has announced that it is a relay.
    relays: bool,
    /// Peers choose the keys, so the hasher is the safe one.
    clients: HashMap<Box<str>, Client>,
}

/// A client behind a peer.
struct Client {
    /// The node that it is; `None` = it counts as the peer.
    known: Option<Arc<KnownPeer>>,
    /// The Origin-State-Id that was heard last.
    heard: Option<u32>,
}

impl Behind {
    /// Who the peer itself is, and whether it has restarted.
    pub fn peer(&mut self, told: &Capabilities, known: &KnownPeer, door: &Door) {
        self.peer = told.host.as_str().into();
        self.relays = told.applications.contains(&application::RELAY);
        self.state.opened(told.state_id, (known, &self.peer), door);
    }

    /// Who the peer is now, where other profiles count since the last request; its clients are looked up again.
    pub fn refreshed(&mut self, door: &Door) -> Option<KnownPeer> {
        let round = door.peers.round();
        if std::mem::replace(&mut self.round, round) == round {
            return None;
        }
        self.clients.clear();
        door.admit(&self.peer)
    }

    /// The node that a request is from; `None` = the peer itself, or a client that counts as it. What the request tells of a restart
    /// is heard; of somebody else's only from a relay: no other peer ends its sessions.
    pub fn client(
        &mut self,
        ccr: &mut CreditControlRequest<'_>,
        peer: &KnownPeer,
        door: &Door,
    ) -> Option<Arc<KnownPeer>> {
        if ccr.origin_host.eq_ignore_ascii_case(&self.peer) {
            self.state.hear_own(ccr, peer, door);
            return None;
        }
        if !(self.relays || peer.profile.relays) {
            ccr.origin_state_id = None;
        }
        let Client { known, heard } = self.other_client(ccr, door);
        hear_other(ccr, (known.as_deref().unwrap_or(peer), heard), door);
        known.clone()
    }

    fn other_client(&mut self, ccr: &CreditControlRequest<'_>, door: &Door) -> &mut Client {
        if self.clients.len() >= CLIENTS_MOST && !self.clients.contains_key(ccr.origin_host) {
            self.clients.clear();
        }
        let found =
            || Client { known: door.peers.by_origin_host(ccr.origin_host).map(Arc::new), heard: None };
        self.clients.entry(ccr.origin_host.into()).or_insert_with(found)
    }
}

/// Why a request is not for us, where the profile wants to know (RFC 6733 6.1.4): the relay then tries another way or tells its client.
pub(crate) fn misrouted(
    ccr: &CreditControlRequest<'_>,
    profile: &PeerProfile,
    us: &Identity,
) -> Option<Refused> {
    if !profile.check_destination {
        return None;
    }
    match ccr.destination_host {
        Some(host) if !host.eq_ignore_ascii_case(&us.host) => {
            Some(Refused::new(result::UNABLE_TO_DELIVER, "the Destination-Host is another host"))
        }
        None if !ccr.destination_realm.eq_ignore_ascii_case(&us.realm) => {
            Some(Refused::new(result::REALM_NOT_SERVED, "the Destination-Realm is not served here"))
        }
        _ => None,
    }
}
