//! Keeps a flood out of the log: so many lines a second for each reason, and the number of those left out with the next line.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Lines of one reason in one window.
const LINES_MOST: u32 = 5;
/// A window.
const WINDOW: Duration = Duration::from_secs(1);

struct Count {
    since: Instant,
    lines: u32,
    left_out: u64,
}

/// Counts lines by reason. Reasons are words of ours, so there are few.
#[derive(Default)]
pub(crate) struct LogLimit {
    counts: Mutex<HashMap<&'static str, Count>>,
}

impl LogLimit {
    /// Whether to write a line now: how many of its kind were left out before it, or nothing.
    pub fn pass(&self, reason: &'static str) -> Option<u64> {
        let now = Instant::now();
        let mut counts = self.counts.lock();
        let count = counts.entry(reason).or_insert(Count { since: now, lines: 0, left_out: 0 });
        if now.duration_since(count.since) >= WINDOW {
            (count.since, count.lines) = (now, 0);
        }
        if count.lines >= LINES_MOST {
            count.left_out += 1;
            return None;
        }
        count.lines += 1;
        Some(std::mem::take(&mut count.left_out))
    }
}
