//! `talea verify`: every balance recomputed from the ledger, redeemed vouchers compared with their credits, and each level of resellers compared with the one below.

use crate::books;
use crate::config::Config;
use crate::console::say;
use crate::error::TaleaError;
use std::process::ExitCode;
use store::VerifyReport;

/// Opens the data directory or database (no other process may have it open) and compares. Fails when anything differs.
pub fn verify(config: &Config) -> Result<ExitCode, TaleaError> {
    if config.database.is_none() && !config.data.is_dir() {
        return Err(TaleaError::Said(format!("the data directory {} does not exist", config.data.display())));
    }
    Ok(tell(&books::open(config)?.verify()?))
}

/// Tells what was compared and every difference; success when there is none.
pub fn tell(report: &VerifyReport) -> ExitCode {
    say(format_args!(
        "{} customers, {} ledger entries, {} xDRs: {} differences",
        report.customers,
        report.entries,
        report.xdrs,
        report.differences.len() + report.vouchers.len() + report.relays.differences.len()
    ));
    for difference in report.differences.iter().chain(&report.vouchers) {
        let (customer, what) = (difference.customer, difference.what);
        say(format_args!(
            "customer {customer}: {what}: stored {}, computed {}",
            difference.stored, difference.computed
        ));
    }
    let relays = &report.relays;
    let (waiting, parked) = (relays.counts.waiting, relays.counts.parked);
    if waiting + parked > 0 {
        say(format_args!(
            "messages between resellers and their customers: {waiting} not delivered yet, {parked} parked; their levels were not compared"
        ));
    }
    for difference in &relays.differences {
        say(format_args!("{difference}"));
    }
    if report.differences.is_empty() && report.vouchers.is_empty() && relays.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
