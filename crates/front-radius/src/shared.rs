//! What both ports have in common: the engine, who may speak, whom they speak of, and everything that is counted or limited.

use crate::chargeable_identity::Identities;
use crate::eap::Conversations;
use crate::enforcement::Enforcement;
use crate::forward::Forwarder;
use crate::guess_limit::GuessLimit;
use crate::identify::{Identified, Search};
use crate::later_reports::Running;
use crate::log_limit::LogLimit;
use crate::lookup_pool::LookupPool;
use crate::node_board::NodeBoard;
use crate::node_rate::NodeRates;
use crate::node_restart::Restart;
use crate::port::Retry;
use crate::profile::UseOf;
use crate::signing_habit::SigningHabits;
use crate::strangers::Strangers;
use crate::tap::Tap;
use crate::{Discard, Effort, Equipment, Lookup, Metrics, Nodes, RadiusNode, Subscribers};
use charging::SessionKey;
use engine::Engine;
use office::{BoundedCache, Zones};
use radius::Packet;
use std::sync::Arc;
use std::time::Instant;

/// What both ports have in common.
pub(crate) struct Shared {
    pub engine: Engine,
    pub nodes: Arc<dyn Nodes>,
    pub subscribers: Arc<dyn Subscribers>,
    pub equipment: Equipment,
    pub metrics: Metrics,
    pub board: Arc<NodeBoard>,
    pub log: LogLimit,
    pub guesses: GuessLimit,
    pub conversations: Conversations,
    pub habits: SigningHabits,
    pub rates: NodeRates,
    pub strangers: Strangers,
    pub lookups: LookupPool<Retry>,
    pub restarts: LookupPool<Restart>,
    /// Sessions that charging knows to have begun, as far as memory goes.
    pub begun: BoundedCache<SessionKey, Running>,
    pub enforcement: Enforcement,
    pub tap: Tap,
    pub identities: Identities,
    /// The operator's zones of visited networks.
    pub zones: Zones,
    pub forwarder: Forwarder,
    pub started: Instant,
    /// The same by the engine's clock.
    pub began: calendar::Instant,
    pub echo: bool,
}

impl Shared {
    /// Whose request is it?
    ///
    /// # Errors
    /// As [`Search::identify`].
    pub fn identify(
        &self,
        node: &RadiusNode,
        packet: &Packet<'_>,
        effort: Effort,
    ) -> Result<Lookup<Identified>, Discard> {
        let (subscribers, strangers) = (&*self.subscribers, &self.strangers);
        let clock = || self.elapsed(Instant::now());
        Search { subscribers, strangers, node, clock: &clock }.identify(packet, effort)
    }

    /// What a packet is about, as prices know it; nothing where it is no use that is charged. `later` = not the first of its session.
    pub fn use_of<'n>(&self, node: &'n RadiusNode, packet: &Packet<'_>, later: bool) -> Option<UseOf<'n>> {
        let profile = &*node.profile;
        let catalog = self.engine.catalog();
        profile.services.read(profile.service(), packet, (&self.zones, &*catalog), later)
    }

    /// Microseconds since the start.
    pub fn elapsed(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.started).as_micros()).unwrap_or(u64::MAX)
    }
}
