//! Logs and metrics of the whole program.

use crate::config::{Log, LogFormat};
use crate::error::TaleaError;
use prometheus_client::registry::Registry;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error: text for people or JSON for programs.
pub fn start_logs(log: &Log) -> Result<(), TaleaError> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|error| TaleaError::Said(format!("log.level \"{}\" is wrong: {error}", log.level)))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let started = match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| TaleaError::Said(format!("logs cannot be started: {error}")))
}

/// The text of `/metrics` (OpenMetrics).
pub fn metrics_text(registry: &Registry) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = prometheus_client::encoding::text::encode(&mut text, registry);
    text
}
