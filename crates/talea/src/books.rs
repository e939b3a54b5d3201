//! Where the books are: in the data directory, or on a PostgreSQL server. How they are doing, for metrics.

use crate::config::Config;
use crate::error::TaleaError;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;
use store::{Entry, Store, StoreError};

/// Opens them.
pub fn open(config: &Config) -> Result<Store, StoreError> {
    let entry = if config.take_over { Entry::TakeOver } else { Entry::WhenFree };
    Store::at(&config.data, config.database.as_ref(), entry)
}

/// Refuses books that were moved elsewhere: what is charged here would be missing there.
pub fn refuse_moved(store: &Store) -> Result<(), TaleaError> {
    match store.moved_to()? {
        None => Ok(()),
        Some(place) => Err(TaleaError::Said(format!(
            "what is in {} was moved to {place}: serve that (if `talea migrate-store` was interrupted, run it once more)",
            store.place()
        ))),
    }
}

/// Whether the database is there, as metrics.
pub struct BooksMetrics(pub Arc<Store>);

impl fmt::Debug for BooksMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BooksMetrics")
    }
}

impl Collector for BooksMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let health = self.0.health();
        let reachable = ConstGauge::new(i64::from(health.reachable));
        let kind = reachable.metric_type();
        let words = "Whether the database takes commits, as far as is known";
        reachable.encode(encoder.encode_descriptor("talea_store_reachable", words, None, kind)?)?;
        let lost = ConstCounter::new(health.connections_lost);
        let words = "Connections to the database that were lost";
        lost.encode(encoder.encode_descriptor(
            "talea_store_connections_lost",
            words,
            None,
            lost.metric_type(),
        )?)
    }
}
