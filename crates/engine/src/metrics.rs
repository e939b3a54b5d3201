//! Counters of the engine.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Counters of all engine threads.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Commands answered.
    pub commands: Counter,
    /// Commands refused by the core.
    pub refused: Counter,
    /// Commands not answered because too much waited or a commit failed.
    pub busy: Counter,
    /// Batches committed.
    pub batches: Counter,
    /// Commits that failed.
    pub failed_commits: Counter,
    /// Aggregates in memory.
    pub loaded: Gauge,
    /// Messages between resellers and their customers that are in memory and not taken yet.
    pub relays_waiting: Gauge,
    /// Such messages taken since the start.
    pub relays_delivered: Counter,
    /// Such messages parked: their receivers refused them for good.
    pub relays_parked: Gauge,
    /// Seconds from the application of a batch to its durability.
    pub commit_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            commands: Counter::default(),
            refused: Counter::default(),
            busy: Counter::default(),
            batches: Counter::default(),
            failed_commits: Counter::default(),
            loaded: Gauge::default(),
            relays_waiting: Gauge::default(),
            relays_delivered: Counter::default(),
            relays_parked: Gauge::default(),
            commit_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 14)),
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let engine = registry.sub_registry_with_prefix("talea_engine");
        engine.register("commands", "Commands answered", self.commands.clone());
        engine.register("refused", "Commands refused by the charging core", self.refused.clone());
        engine.register("busy", "Commands turned away because of load or a failed commit", self.busy.clone());
        engine.register("batches", "Batches committed", self.batches.clone());
        engine.register("failed_commits", "Commits that failed", self.failed_commits.clone());
        engine.register("loaded_customers", "Customer aggregates in memory", self.loaded.clone());
        let (waiting, parked) = (self.relays_waiting.clone(), self.relays_parked.clone());
        engine.register("relays_waiting", "Messages between customers on their way", waiting);
        engine.register(
            "relays_delivered",
            "Messages between customers taken",
            self.relays_delivered.clone(),
        );
        engine.register("relays_parked", "Messages between customers that were refused for good", parked);
        engine.register(
            "commit_seconds",
            "From applying a batch to its durability",
            self.commit_seconds.clone(),
        );
    }
}
