//! `talea verify`: every balance recomputed from the ledger.

use crate::config::Config;
use crate::console::say;
use crate::error::TaleaError;
use std::process::ExitCode;
use store::{Options, Store};

/// Opens the data directory (no other process may have it open) and compares. Fails when anything differs.
pub fn verify(config: &Config) -> Result<ExitCode, TaleaError> {
    if !config.data.is_dir() {
        return Err(TaleaError::Said(format!("the data directory {} does not exist", config.data.display())));
    }
    let store = Store::open(&Options { directory: config.data.clone() })?;
    let report = store.verify()?;
    say(format_args!(
        "{} customers, {} ledger entries, {} xDRs: {} differences",
        report.customers,
        report.entries,
        report.xdrs,
        report.differences.len()
    ));
    for difference in &report.differences {
        let (customer, what) = (difference.customer, difference.what);
        say(format_args!(
            "customer {customer}: {what}: stored {}, computed {}",
            difference.stored, difference.computed
        ));
    }
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
