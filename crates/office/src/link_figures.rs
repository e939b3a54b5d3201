//! What a network front door counts of one node beside requests and answers: repeats, drops by reason, answer times, the last errors.
//!
//! Filled by the doors, added up for pages. Must not know: protocols.

use calendar::Instant;
use std::collections::{BTreeMap, VecDeque};

/// Last errors that are remembered of a link.
const ERRORS_KEPT: usize = 10;
/// Reasons that are told apart; further ones count as `other`.
const REASONS_MOST: usize = 40;
/// Upper bounds of the classes of answer times, microseconds; beyond is a class of its own.
const BOUNDS: [u64; 12] =
    [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkFigures {
    /// Requests that were sent again.
    pub repeated: u64,
    /// Requests that got a refusal or no answer, by reason.
    pub drops: BTreeMap<String, u64>,
    /// Answer times.
    pub latency: Latency,
    /// The last errors, newest first.
    errors: VecDeque<(Instant, String)>,
}

/// Answer times in classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    classes: [u64; BOUNDS.len() + 1],
}

impl Latency {
    /// Counts one answer.
    pub fn count(&mut self, micros: u64) {
        let class = BOUNDS.partition_point(|bound| *bound < micros);
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
    }

    /// Within how many microseconds so many of a thousand answers came, as far as the classes tell; `None` without answers.
    pub fn within(&self, thousandths: u64) -> Option<u64> {
        let all: u64 = self.classes.iter().sum();
        let wanted = all.saturating_mul(thousandths).div_ceil(1_000).max(1);
        let mut sum = 0;
        let class = self.classes.iter().position(|count| {
            sum += count;
            sum >= wanted
        })?;
        Some(BOUNDS.get(class).copied().unwrap_or(u64::MAX))
    }
}

impl LinkFigures {
    /// Counts a request that gets a refusal or no answer.
    pub fn drop_for(&mut self, reason: &str) {
        if let Some(count) = self.drops.get_mut(reason) {
            *count += 1;
            return;
        }
        let reason = if self.drops.len() < REASONS_MOST { reason } else { "other" };
        *self.drops.entry(reason.to_owned()).or_default() += 1;
    }

    /// Remembers an error.
    pub fn error(&mut self, at: Instant, words: String) {
        self.errors.push_front((at, words));
        self.errors.truncate(ERRORS_KEPT);
    }

    /// The last errors, newest first.
    pub fn errors(&self) -> impl Iterator<Item = &(Instant, String)> {
        self.errors.iter()
    }

    /// The same with another link's.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.repeated = self.repeated.saturating_add(other.repeated);
        for (reason, count) in &other.drops {
            *self.drops.entry(reason.clone()).or_default() += count;
        }
        for (sum, count) in self.latency.classes.iter_mut().zip(other.latency.classes) {
            *sum = sum.saturating_add(count);
        }
        self.errors.extend(other.errors.iter().cloned());
        self.errors.make_contiguous().sort_by(|one, another| another.cmp(one));
        self.errors.truncate(ERRORS_KEPT);
        self
    }
}

#[cfg(test)]
mod tests;
