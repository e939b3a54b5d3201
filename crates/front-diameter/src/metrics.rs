//! Counters of the Diameter front door. Peers are not labels: their names come from outside, and screens count per peer.

use crate::errands::Reply;
use diameter::Leniencies;
use diameter::codes::result;
use diameter::credit_control::{RequestType, ServiceRequest};
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

/// Label of reports.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabel {
    /// Reporting-Reason in words.
    pub reason: &'static str,
}

/// Reporting-Reasons by number (TS 32.299 7.2.175).
const REASONS: [&str; 10] = [
    "threshold",
    "quota_holding_time",
    "final",
    "quota_exhausted",
    "validity_time",
    "other_quota_type",
    "rating_condition_change",
    "forced_reauthorisation",
    "pool_exhausted",
    "unused_quota_timer",
];

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
    /// Reports of services by Reporting-Reason.
    pub reports: Family<ReasonLabel, Counter>,
    /// Seconds from a request's arrival to its answer being written.
    pub answer_seconds: Histogram,
    /// RAR and ASR by node, command and Result-Code.
    pub steered: Family<SteeredLabel, Counter>,
    /// Restarts of peers that have lost sessions by them.
    pub peer_restarts: Counter,
    /// Sessions that were lost so, and ended here.
    pub sessions_lost: Counter,
    by_type: [Counter; 4],
    by_reason: [Counter; REASONS.len()],
    success: Counter,
}

/// Labels of requests of ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SteeredLabel {
    /// Node through which the session came.
    pub node: String,
    /// `RAR` or `ASR`.
    pub command: &'static str,
    /// Result-Code, `no_answer` or `no_route`.
    pub outcome: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<TypeLabel, Counter>::default();
        let answers = Family::<CodeLabel, Counter>::default();
        let of_type = |name| requests.get_or_create(&TypeLabel { r#type: name }).clone();
        let by_type = [of_type("initial"), of_type("update"), of_type("termination"), of_type("event")];
        let reports = Family::<ReasonLabel, Counter>::default();
        let by_reason = REASONS.map(|reason| reports.get_or_create(&ReasonLabel { reason }).clone());
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
            reports,
            answer_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            steered: Family::default(),
            peer_restarts: Counter::default(),
            sessions_lost: Counter::default(),
            by_type,
            by_reason,
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
        door.register("reports", "Reports of services by Reporting-Reason", self.reports.clone());
        door.register(
            "answer_seconds",
            "From the arrival of a request to its answer",
            self.answer_seconds.clone(),
        );
        door.register("steered", "RAR and ASR by node, command and Result-Code", self.steered.clone());
        let restarts = self.peer_restarts.clone();
        door.register("peer_restarts", "Restarts of peers that have lost sessions by them", restarts);
        let lost = self.sessions_lost.clone();
        door.register("sessions_lost", "Sessions ended since their peer has restarted", lost);
    }

    /// Requests of ours so far: `RAR` or `ASR`; a Result-Code, `no_answer` or `no_route`.
    #[must_use]
    pub fn steered_of(&self, node: &str, command: &'static str, outcome: &str) -> u64 {
        let label = SteeredLabel { node: node.to_owned(), command, outcome: outcome.to_owned() };
        self.steered.get_or_create(&label).get()
    }

    pub(crate) fn steered(&self, node: &str, command: &'static str, reply: Reply) {
        let outcome = match reply {
            Reply::Code(code) => code.to_string(),
            Reply::NoAnswer => "no_answer".to_owned(),
            Reply::NoRoute => "no_route".to_owned(),
        };
        self.steered.get_or_create(&SteeredLabel { node: node.to_owned(), command, outcome }).inc();
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

    /// Counts why services were reported; the reason may stand in the service or in its used units.
    pub(crate) fn count_reports(&self, services: &[ServiceRequest]) {
        for service in services {
            let inside = || service.used.iter().find_map(|used| used.reporting_reason);
            let number = service.reporting_reason.or_else(inside).and_then(|n| usize::try_from(n).ok());
            if let Some(counter) = number.and_then(|number| self.by_reason.get(number)) {
                counter.inc();
            }
        }
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
