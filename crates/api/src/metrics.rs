//! Counters of the API: requests by route and status, and how long they took.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Labels of a request. The route is the pattern, never the path, so that their number is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    pub method: &'static str,
    pub route: String,
    pub status: u16,
}

/// Labels of a duration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RouteLabels {
    pub method: &'static str,
    pub route: String,
}

/// Counters of all requests.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) requests: Family<RequestLabels, Counter>,
    pub(crate) seconds: Family<RouteLabels, Histogram>,
    pub(crate) at_work: Gauge,
    pub(crate) replayed: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_5, 2.0, 15))),
            at_work: Gauge::default(),
            replayed: Counter::default(),
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let api = registry.sub_registry_with_prefix("talea_api");
        api.register("requests", "Requests answered", self.requests.clone());
        api.register(
            "request_seconds",
            "From the first octet of a request to its answer",
            self.seconds.clone(),
        );
        api.register("requests_at_work", "Requests at work now", self.at_work.clone());
        api.register("replayed", "Answers given again to a repeated Idempotency-Key", self.replayed.clone());
    }
}
