//! How long to wait before a delivery is tried again. Pure: the jitter is a function of the delivery and the attempt,
//! so that a run can be repeated exactly; no random source is read.

use serde::{Deserialize, Serialize};

/// The retry rules of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Wait after the first failed attempt, in milliseconds.
    pub first_ms: u64,
    /// Longest wait, in milliseconds.
    pub max_ms: u64,
    /// Attempts before the delivery becomes a dead letter.
    pub attempts: u32,
    /// While the connector is stopped because it was refused (credentials): wait between probes, in milliseconds.
    pub probe_ms: u64,
}

impl Default for RetryPolicy {
    /// One second doubling to a quarter of an hour; a hundred attempts outlast a platform that is down for a night.
    fn default() -> Self {
        RetryPolicy { first_ms: 1_000, max_ms: 900_000, attempts: 100, probe_ms: 60_000 }
    }
}

impl RetryPolicy {
    /// Wait in milliseconds after failed attempt number `attempt` (from 1): doubling, capped, of which the upper half is
    /// jitter, so that deliveries that failed together don't return together.
    pub fn delay_ms(&self, delivery_id: u64, attempt: u32) -> u64 {
        let doublings = attempt.saturating_sub(1).min(u64::BITS - 1);
        let full = self.first_ms.saturating_mul(1_u64 << doublings).min(self.max_ms);
        let half = full / 2;
        let spread = full - half;
        if spread == 0 {
            return full;
        }
        half + mixed(delivery_id ^ (u64::from(attempt) << 48)) % (spread + 1)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): spreads near numbers far apart.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
