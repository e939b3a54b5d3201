//! What came back: latencies, right answers by session, and what was wrong.

use crate::LoadError;
use hdrhistogram::Histogram;
use std::time::Instant;

/// Longest latency that is told apart, microseconds.
const LATENCY_MOST: u64 = 120_000_000;
/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// What went wrong, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Faults {
    /// Answers with another result, session, number or signature than they must have.
    pub wrong: u64,
    /// Requests without an answer in time.
    pub unanswered: u64,
    /// Answers to nothing that was in flight.
    pub unexpected: u64,
}

impl Faults {
    /// All together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.wrong + self.unanswered + self.unexpected
    }

    /// Adds another lane's.
    pub const fn add(&mut self, other: Self) {
        self.wrong += other.wrong;
        self.unanswered += other.unanswered;
        self.unexpected += other.unexpected;
    }
}

/// No latencies yet.
///
/// # Errors
/// None in practice: the histogram's settings are right.
pub fn latencies() -> Result<Histogram<u64>, LoadError> {
    let latency = Histogram::new_with_bounds(1, LATENCY_MOST, DIGITS);
    latency.map_err(|error| LoadError::Options(error.to_string()))
}

/// One phase of one lane, or of all lanes together.
#[derive(Debug)]
pub struct Tally {
    /// Latencies of right answers, microseconds.
    pub latency: Histogram<u64>,
    /// Requests sent.
    pub sent: u64,
    /// Right answers, and how many of them came before anything was measured.
    pub good: u64,
    /// See there.
    pub warm: u64,
    /// What went wrong.
    pub faults: Faults,
    /// When the last answer came, microseconds after the start.
    pub last_at: u64,
    /// Right answers by the session's position in its lane.
    pub good_by_session: Vec<u32>,
    /// The start of the phase, and of each right answer when it came and how late it was, microseconds; where a phase remembers.
    pub answers: Option<(Instant, Vec<(u64, u64)>)>,
}

impl Tally {
    /// Nothing yet.
    ///
    /// # Errors
    /// None in practice: the histogram's settings are right.
    pub fn new(sessions: usize) -> Result<Self, LoadError> {
        let (latency, faults, good_by_session) = (latencies()?, Faults::default(), vec![0; sessions]);
        Ok(Self { latency, sent: 0, good: 0, warm: 0, faults, last_at: 0, good_by_session, answers: None })
    }

    /// A right answer to a request of the session at `position`; one of the warm-up only counts.
    pub fn note_good(&mut self, position: usize, latency: u64, now: u64, warm_up: bool) {
        self.good += 1;
        self.warm += u64::from(warm_up);
        if !warm_up {
            self.latency.saturating_record(latency.max(1));
        }
        self.last_at = now;
        if let Some(count) = self.good_by_session.get_mut(position) {
            *count += 1;
        }
        if let Some((_, answers)) = self.answers.as_mut().filter(|_| !warm_up) {
            answers.push((now, latency));
        }
    }

    /// Adds a lane to a sum over lanes; its sessions are not taken over.
    ///
    /// # Errors
    /// None in practice: all histograms have the same bounds.
    pub fn add(&mut self, lane: &Self) -> Result<(), LoadError> {
        self.latency.add(&lane.latency).map_err(|error| LoadError::Options(error.to_string()))?;
        self.sent += lane.sent;
        self.good += lane.good;
        self.warm += lane.warm;
        self.faults.add(lane.faults);
        self.last_at = self.last_at.max(lane.last_at);
        Ok(())
    }
}
