//! Counters of the Diameter front door. Peers are not labels: their names come from outside, and screens count per peer.

use diameter::Leniencies;
use diameter::codes::result;
use diameter::credit_control::RequestType;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Label of requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TypeLabel {
    /// `initial`, `update`, `termination`, `event`.
    pub r#type: &'static str,
}

/// Label of answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CodeLabel {
    /// Result-Code of the command.
    pub code: u32,
}

/// Label of tolerated deviations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DeviationLabel {
    /// Which leniency.
    pub deviation: &'static str,
}

/// Counters of all connections.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Credit-control requests by type.
    pub requests: Family<TypeLabel, Counter>,
    /// Credit-control answers by Result-Code.
    pub answers: Family<CodeLabel, Counter>,
    /// Requests with the T flag.
    pub retransmissions: Counter,
    /// Peers with capabilities exchanged.
    pub peers_up: Gauge,
    /// Connections open, peers or not.
    pub connections: Gauge,
    /// Connections refused or ended because of what the other side did.
    pub closed_for_cause: Counter,
    /// Messages that were not understood.
    pub decode_errors: Counter,
    /// Requests for other commands or applications.
    pub unsupported: Counter,
    /// Deviations from the book that were tolerated.
    pub tolerated: Family<DeviationLabel, Counter>,
    /// Seconds from a request's arrival to its answer being written.
    pub answer_seconds: Histogram,
    by_type: [Counter; 4],
    success: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<TypeLabel, Counter>::default();
        let answers = Family::<CodeLabel, Counter>::default();
        let of_type = |name| requests.get_or_create(&TypeLabel { r#type: name }).clone();
        let by_type = [of_type("initial"), of_type("update"), of_type("termination"), of_type("event")];
        let success = answers.get_or_create(&CodeLabel { code: result::SUCCESS }).clone();
        Self {
            requests,
            answers,
            retransmissions: Counter::default(),
            peers_up: Gauge::default(),
            connections: Gauge::default(),
            closed_for_cause: Counter::default(),
            decode_errors: Counter::default(),
            unsupported: Counter::default(),
            tolerated: Family::default(),
            answer_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            by_type,
            success,
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let door = registry.sub_registry_with_prefix("talea_diameter");
        door.register("requests", "Credit-control requests by type", self.requests.clone());
        door.register("answers", "Credit-control answers by Result-Code", self.answers.clone());
        door.register("retransmissions", "Requests with the T flag", self.retransmissions.clone());
        door.register("peers_up", "Peers with capabilities exchanged", self.peers_up.clone());
        door.register("connections", "Open connections", self.connections.clone());
        door.register(
            "closed_for_cause",
            "Connections refused or ended because of the other side",
            self.closed_for_cause.clone(),
        );
        door.register("decode_errors", "Messages that were not understood", self.decode_errors.clone());
        door.register(
            "unsupported",
            "Requests for commands or applications not served",
            self.unsupported.clone(),
        );
        door.register(
            "tolerated",
            "Deviations from the standards that were tolerated",
            self.tolerated.clone(),
        );
        door.register(
            "answer_seconds",
            "From the arrival of a request to its answer",
            self.answer_seconds.clone(),
        );
    }

    pub(crate) fn count_request(&self, kind: RequestType) {
        let [initial, update, termination, event] = &self.by_type;
        let counter = match kind {
            RequestType::Initial => initial,
            RequestType::Update => update,
            RequestType::Termination => termination,
            RequestType::Event => event,
        };
        counter.inc();
    }

    /// The usual code has its counter at hand; the others look theirs up.
    pub(crate) fn count_answer(&self, code: u32) {
        if code == result::SUCCESS {
            self.success.inc();
        } else {
            self.answers.get_or_create(&CodeLabel { code }).inc();
        }
    }

    pub(crate) fn count_tolerated(&self, seen: Leniencies) {
        for (leniency, name) in Leniencies::ALL {
            if seen.has(leniency) {
                self.tolerated.get_or_create(&DeviationLabel { deviation: name }).inc();
            }
        }
    }
}
