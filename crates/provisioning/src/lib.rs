//! Events to deliveries to connectors.
