//! Counters of the RADIUS front door.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// One label.
type Label = [(&'static str, &'static str); 1];

/// Counters of both ports. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<Label, Counter>,
    answers: Family<Label, Counter>,
    discards: Family<Label, Counter>,
    guesses_limited: Family<Label, Counter>,
    in_flight: Gauge,
    access_seconds: Histogram,
    accounting_seconds: Histogram,
    steered: Family<SteeredLabel, Counter>,
    steer_seconds: Histogram,
    tls_connections: Gauge,
    tls_refused: Family<Label, Counter>,
    tls_closed: Family<Label, Counter>,
}

/// Labels of what a device was told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SteeredLabel {
    node: String,
    request: &'static str,
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_1, 2.0, 15));
        Self {
            requests: Family::default(),
            answers: Family::default(),
            discards: Family::default(),
            guesses_limited: Family::default(),
            in_flight: Gauge::default(),
            access_seconds: seconds(),
            accounting_seconds: seconds(),
            steered: Family::default(),
            steer_seconds: Histogram::new(exponential_buckets(0.000_5, 2.0, 17)),
            tls_connections: Gauge::default(),
            tls_refused: Family::default(),
            tls_closed: Family::default(),
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let radius = registry.sub_registry_with_prefix("talea_radius");
        radius.register("requests", "Genuine requests of known nodes by kind", self.requests.clone());
        radius.register("answers", "Replies sent by kind", self.answers.clone());
        radius.register("discards", "Packets without an answer by reason", self.discards.clone());
        let limited = self.guesses_limited.clone();
        radius.register("guesses_limited", "Log-ins rejected unseen after too many wrong passwords", limited);
        radius.register("in_flight", "Requests being worked on", self.in_flight.clone());
        let (access, accounting) = (self.access_seconds.clone(), self.accounting_seconds.clone());
        radius.register("access_seconds", "From an Access-Request to its reply", access);
        radius.register("accounting_seconds", "From an Accounting-Request to its reply", accounting);
        let steered = self.steered.clone();
        radius.register("steered", "CoA and Disconnect requests by node, request and outcome", steered);
        let told = self.steer_seconds.clone();
        radius.register("steer_seconds", "From a CoA or Disconnect request to its end", told);
        radius.register("tls_connections", "Open RADIUS/TLS connections", self.tls_connections.clone());
        let (refused, closed) = (self.tls_refused.clone(), self.tls_closed.clone());
        radius.register("tls_refused", "RADIUS/TLS connections that were refused, by reason", refused);
        radius.register("tls_closed", "RADIUS/TLS connections that ended, by reason", closed);
    }

    /// Replies of a kind so far: `accept`, `reject`, `hotline`, `accounting`, `status`, `repeat`.
    pub fn answers_of(&self, kind: &'static str) -> u64 {
        self.answers.get_or_create(&[("kind", kind)]).get()
    }

    /// Packets without an answer so far, by reason: `unknown_node`, `malformed`, `not_genuine` and so on.
    pub fn discards_of(&self, reason: &'static str) -> u64 {
        self.discards.get_or_create(&[("reason", reason)]).get()
    }

    /// Log-ins rejected without a look at the password so far, by what had too many wrong ones: `user` or `place`.
    pub fn guesses_limited_of(&self, by: &'static str) -> u64 {
        self.guesses_limited.get_or_create(&[("by", by)]).get()
    }

    /// CoA and Disconnect requests so far, by node, request (`coa_speed`, `coa_hotline`, `coa_resume`, `disconnect`) and outcome (`ack`,
    /// `nak`, `no_session`, `no_answer`, `not_made`).
    pub fn steered_of(&self, node: &str, request: &'static str, outcome: &'static str) -> u64 {
        self.steered.get_or_create(&SteeredLabel { node: node.to_owned(), request, outcome }).get()
    }

    /// TLS connections refused so far, by reason: `stranger`, `busy`, `slow`, `handshake`, `certificate`.
    pub fn tls_refused_of(&self, reason: &'static str) -> u64 {
        self.tls_refused.get_or_create(&[("reason", reason)]).get()
    }

    /// TLS connections ended so far, by reason: `peer`, `malformed`, `not_genuine`, `slow`, `not_reading`, `node_changed` and so on.
    pub fn tls_closed_of(&self, reason: &'static str) -> u64 {
        self.tls_closed.get_or_create(&[("reason", reason)]).get()
    }

    pub(crate) fn tls_refused(&self, reason: &'static str) {
        self.tls_refused.get_or_create(&[("reason", reason)]).inc();
    }

    pub(crate) fn tls_closed(&self, reason: &'static str) {
        self.tls_closed.get_or_create(&[("reason", reason)]).inc();
    }

    /// Open TLS connections.
    pub fn tls_connections(&self) -> &Gauge {
        &self.tls_connections
    }

    pub(crate) fn steered(&self, node: &str, request: &'static str, outcome: &'static str) {
        self.steered.get_or_create(&SteeredLabel { node: node.to_owned(), request, outcome }).inc();
    }

    pub(crate) fn steer_seconds(&self) -> &Histogram {
        &self.steer_seconds
    }

    pub(crate) fn guess_limited(&self, by: &'static str) {
        self.guesses_limited.get_or_create(&[("by", by)]).inc();
    }

    pub(crate) fn request(&self, kind: &'static str) {
        self.requests.get_or_create(&[("kind", kind)]).inc();
    }

    pub(crate) fn answer(&self, kind: &'static str) {
        self.answers.get_or_create(&[("kind", kind)]).inc();
    }

    pub(crate) fn discard(&self, reason: &'static str) {
        self.discards.get_or_create(&[("reason", reason)]).inc();
    }

    pub(crate) fn in_flight(&self) -> &Gauge {
        &self.in_flight
    }

    pub(crate) fn access_seconds(&self) -> &Histogram {
        &self.access_seconds
    }

    pub(crate) fn accounting_seconds(&self) -> &Histogram {
        &self.accounting_seconds
    }
}
