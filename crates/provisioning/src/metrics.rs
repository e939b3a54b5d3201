//! Counters of provisioning for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::record::AttemptOutcome;

/// From 5 ms to about 80 s.
const ATTEMPT_BUCKETS: (f64, f64, u16) = (0.005, 2.0, 15);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfConnector {
    connector: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    connector: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    connector: String,
    state: &'static str,
}

type AttemptTimes = Family<OfConnector, Histogram, fn() -> Histogram>;

/// Counters of all connectors; clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    deliveries: Family<Outcome, Counter>,
    queue: Family<InState, Gauge>,
    attempt_seconds: AttemptTimes,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let times: fn() -> Histogram = || {
            let (first, factor, count) = ATTEMPT_BUCKETS;
            Histogram::new(exponential_buckets(first, factor, count))
        };
        Metrics {
            deliveries: Family::default(),
            queue: Family::default(),
            attempt_seconds: Family::new_with_constructor(times),
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let provisioning = registry.sub_registry_with_prefix("talea_provisioning");
        provisioning.register(
            "deliveries",
            "Attempts to deliver, by connector and outcome (done, retry, dead, refused)",
            self.deliveries.clone(),
        );
        provisioning.register(
            "queue_length",
            "Unfinished deliveries, by connector and state (pending, in_flight, dead)",
            self.queue.clone(),
        );
        provisioning.register(
            "attempt_seconds",
            "Time of one attempt, all its requests together",
            self.attempt_seconds.clone(),
        );
    }

    /// An attempt ended; `last` = no further one would follow a retry.
    pub(crate) fn attempt(&self, connector: &str, outcome: AttemptOutcome, last: bool, took: Duration) {
        let outcome = match outcome {
            AttemptOutcome::Done => "done",
            AttemptOutcome::Fatal => "dead",
            AttemptOutcome::Retry if last => "dead",
            AttemptOutcome::Retry => "retry",
            AttemptOutcome::Auth => "refused",
        };
        let connector = connector.to_owned();
        self.deliveries.get_or_create(&Outcome { connector: connector.clone(), outcome }).inc();
        self.attempt_seconds.get_or_create(&OfConnector { connector }).observe(took.as_secs_f64());
    }

    /// How many deliveries of a connector are in a state.
    pub(crate) fn queue_length(&self, connector: &str, state: &'static str, length: i64) {
        self.queue.get_or_create(&InState { connector: connector.to_owned(), state }).set(length);
    }
}
