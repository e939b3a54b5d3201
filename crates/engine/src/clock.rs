//! The one clock. Nothing else asks the system for the time; development and tests may move it forward.

use calendar::{Instant, Seconds};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

/// System time plus an offset that only grows.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows `start` now and goes on from there.
    pub fn starting_at(start: Instant) -> Self {
        let clock = Self::default();
        clock.offset_micros.store(start.as_micros() - system_micros(), Ordering::Relaxed);
        clock
    }

    /// Now.
    pub fn now(&self) -> Instant {
        Instant::from_micros(system_micros().saturating_add(self.offset_micros.load(Ordering::Relaxed)))
    }

    /// Moves forward by a span.
    pub fn advance(&self, span: Seconds) {
        let target = self.now().plus(span);
        self.advance_to(target);
    }

    /// Moves forward to an instant; an earlier one changes nothing.
    pub fn advance_to(&self, target: Instant) {
        let forward = target.as_micros().saturating_sub(self.now().as_micros());
        if forward > 0 {
            self.offset_micros.fetch_add(forward, Ordering::Relaxed);
        }
    }

    /// By how much this clock differs from the system's, in microseconds.
    pub fn offset_micros(&self) -> i64 {
        self.offset_micros.load(Ordering::Relaxed)
    }

    /// Sets the difference again after a restart.
    pub fn set_offset_micros(&self, micros: i64) {
        self.offset_micros.store(micros, Ordering::Relaxed);
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place that asks the system")]
fn system_micros() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
