//! How much memory a customer takes whose aggregate is loaded and who does nothing: one account, no session.

use crate::LoadError;
use crate::seeded_start::SeededStart;
use crate::server_process::ServerProcess;
use serde::Serialize;
use std::fmt;

/// The chore that loads the next half of the customers. The first half fills what the start has left free.
const LOAD_HALF: &str = "load-half";

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// `memory`.
    pub kind: &'static str,
    /// Customers loaded, half of them before it is measured.
    pub customers: u32,
    /// The server's memory with half of them loaded, kilobytes.
    pub before_kb: u64,
    /// The same with all of them loaded.
    pub after_kb: u64,
    /// Octets for each of the second half.
    pub octets_each: u64,
    /// Loading those took so long, milliseconds.
    pub loaded_in_ms: u128,
}

/// Measures it.
///
/// # Errors
/// The server cannot be started or asked.
pub fn measure(seeded: SeededStart) -> Result<Memory, LoadError> {
    let gone = || LoadError::Server("the server is gone".to_owned());
    let mut server = ServerProcess::start(&seeded.start)?;
    let mut chores = server.chores().ok_or_else(gone)?;
    chores.run(LOAD_HALF)?;
    let before_kb = server.resident_kb().ok_or_else(gone)?;
    let (begun, ended) = chores.run(LOAD_HALF)?;
    let after_kb = server.resident_kb().ok_or_else(gone)?;
    server.stop()?;
    let customers = seeded.start.customers;
    Ok(Memory {
        kind: "memory",
        customers,
        before_kb,
        after_kb,
        octets_each: after_kb.saturating_sub(before_kb) * 1_024 / u64::from((customers / 2).max(1)),
        loaded_in_ms: ended.duration_since(begun).as_millis(),
    })
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "memory of {} idle customers", self.customers)?;
        writeln!(f, "  loaded in     {:>8} ms", self.loaded_in_ms)?;
        writeln!(f, "  server        {:>8} KB before, {} KB with them", self.before_kb, self.after_kb)?;
        write!(f, "  each          {:>8} octets", self.octets_each)
    }
}
