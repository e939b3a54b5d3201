//! How many requests of a node are worked on each second, so that one that has gone mad leaves the others their share.
//!
//! A bucket that fills by the second and holds one second's worth; only nodes with a limit have one. Bounded. What is over is dropped
//! before any look-up; the node repeats it. Must not know: what is asked.

use parking_lot::Mutex;
use std::collections::HashMap;

/// Nodes that are counted.
const NODES_MOST: usize = 20_000;
const SECOND: u64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Millionths of a request that may still come.
    left: u64,
    at: u64,
}

impl Bucket {
    fn fill(&mut self, per_second: u32, now: u64) {
        let gained = now.saturating_sub(self.at).saturating_mul(u64::from(per_second));
        let full = u64::from(per_second) * SECOND;
        self.left = self.left.saturating_add(gained).min(full);
        self.at = self.at.max(now);
    }
}

/// All buckets.
#[derive(Default)]
pub(crate) struct NodeRates(Mutex<HashMap<Box<str>, Bucket>>);

impl NodeRates {
    /// Whether another request of a node is worked on, which counts then; `now` in microseconds from any fixed origin.
    pub fn pass(&self, node: &str, per_second: u32, now: u64) -> bool {
        if per_second == 0 {
            return true;
        }
        let full = u64::from(per_second) * SECOND;
        let mut buckets = self.0.lock();
        if let Some(bucket) = buckets.get_mut(node) {
            bucket.fill(per_second, now);
            let passes = bucket.left >= SECOND;
            bucket.left -= if passes { SECOND } else { 0 };
            return passes;
        }
        if buckets.len() < NODES_MOST {
            buckets.insert(node.into(), Bucket { left: full - SECOND, at: now });
        }
        true
    }

    /// Whether another one would pass; nothing counts.
    pub fn has(&self, node: &str, per_second: u32, now: u64) -> bool {
        let mut buckets = self.0.lock();
        let Some(bucket) = buckets.get_mut(node) else { return true };
        bucket.fill(per_second, now);
        bucket.left >= SECOND
    }
}

#[cfg(test)]
mod tests;
