//! What the binary hands to the API: the office, and doors to rooms that the API must not know (`office::ImportDoor`,
//! `office::NetworkDoor`).

use crate::http::blocking::Turns;
use crate::http::replay::Memory;
use crate::metrics::Metrics;
use office::{ImportDoor, NetworkDoor, Office};
use provisioning::Provisioning;
use std::sync::Arc;

/// Everything the API needs. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) office: Office,
    pub(crate) provisioning: Option<Provisioning>,
    pub(crate) imports: Option<Arc<dyn ImportDoor>>,
    pub(crate) network: Option<Arc<dyn NetworkDoor>>,
    pub(crate) dev: bool,
    pub(crate) metrics: Metrics,
    pub(crate) turns: Turns,
    pub(crate) memory: Memory,
}

impl ApiState {
    /// The API over an office, without connectors, imports and development endpoints.
    pub fn new(office: Office) -> Self {
        Self {
            office,
            provisioning: None,
            imports: None,
            network: None,
            dev: false,
            metrics: Metrics::default(),
            turns: Turns::default(),
            memory: Memory::default(),
        }
    }

    /// With running connectors.
    #[must_use]
    pub fn with_provisioning(mut self, provisioning: Provisioning) -> Self {
        self.provisioning = Some(provisioning);
        self
    }

    /// With a way for files of purchases.
    #[must_use]
    pub fn with_imports(mut self, imports: Arc<dyn ImportDoor>) -> Self {
        self.imports = Some(imports);
        self
    }

    /// With a view of the network front doors.
    #[must_use]
    pub fn with_network(mut self, network: Arc<dyn NetworkDoor>) -> Self {
        self.network = Some(network);
        self
    }

    /// With the endpoints that move the clock. Never in production.
    #[must_use]
    pub fn with_dev(mut self, dev: bool) -> Self {
        self.dev = dev;
        self
    }

    /// Counting into these metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }
}
