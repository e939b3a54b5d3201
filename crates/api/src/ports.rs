//! What the binary hands to the API: the office, and doors to rooms that the API must not know.

use crate::http::blocking::Turns;
use crate::http::replay::Memory;
use crate::metrics::Metrics;
use office::{Actor, Office, OfficeError};
use provisioning::Provisioning;
use std::sync::Arc;

/// Takes a file of purchases: mediation, as the binary wires it.
pub trait ImportSink: Send + Sync {
    /// Charges each line of a file once; answers the file's number when every line is decided. Blocks the calling thread.
    ///
    /// # Errors
    /// Fields of the header or limits of the file that cannot be accepted; nothing was charged then.
    fn import(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError>;
}

/// Everything the API needs. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) office: Office,
    pub(crate) provisioning: Option<Provisioning>,
    pub(crate) imports: Option<Arc<dyn ImportSink>>,
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
    pub fn with_imports(mut self, imports: Arc<dyn ImportSink>) -> Self {
        self.imports = Some(imports);
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
