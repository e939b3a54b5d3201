//! Counters of traces.

use crate::NodeProtocol;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Which protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProtocolLabel {
    protocol: &'static str,
}

/// Counters of traces.
#[derive(Debug, Clone, Default)]
pub(super) struct TraceMetrics {
    /// Traces that run.
    pub running: Gauge,
    /// Messages that made room for newer ones.
    pub dropped: Counter,
    messages: Family<ProtocolLabel, Counter>,
}

impl TraceMetrics {
    /// A trace took a message.
    pub fn message(&self, protocol: NodeProtocol) {
        self.messages.get_or_create(&ProtocolLabel { protocol: protocol.name() }).inc();
    }

    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let traces = registry.sub_registry_with_prefix("talea_traces");
        traces.register("running", "Network traces that run", self.running.clone());
        traces.register("messages", "Messages taken by network traces", self.messages.clone());
        traces.register(
            "dropped",
            "Messages of network traces that made room for newer ones",
            self.dropped.clone(),
        );
    }
}
