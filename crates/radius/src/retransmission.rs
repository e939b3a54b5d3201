//! When a request is sent again (RFC 5080 2.2.1): after times that double and tremble, so that many clients do not repeat in step.
//!
//! Times are microseconds from any fixed origin. Randomness comes in from the caller.

/// The four constants of RFC 5080 2.2.1, with its default values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetransmissionTimes {
    /// IRT: first repetition after this, microseconds.
    pub first: u64,
    /// MRT: no wait is longer, microseconds; 0 = no bound.
    pub longest: u64,
    /// MRC: repetitions at most.
    pub most: u32,
    /// MRD: given up after this, microseconds.
    pub duration: u64,
}

impl Default for RetransmissionTimes {
    fn default() -> Self {
        Self { first: 2_000_000, longest: 16_000_000, most: 5, duration: 30_000_000 }
    }
}

/// A tenth up or down, in thousandths of the whole: RAND of the RFC.
const TREMBLE: u64 = 100;

/// The times of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    times: RetransmissionTimes,
    began: u64,
    wait: u64,
    repeated: u32,
}

impl Schedule {
    /// The request was sent at `now`; its first deadline.
    pub fn start(times: RetransmissionTimes, now: u64, random: u64) -> (Self, u64) {
        let schedule =
            Self { times, began: now, wait: trembling(times.first, times.first, random), repeated: 0 };
        (schedule, schedule.deadline(now))
    }

    /// The deadline has passed: the next one when the request is to be sent again, nothing when it is given up.
    pub fn repeat(&mut self, now: u64, random: u64) -> Option<u64> {
        let over = self.began.saturating_add(self.times.duration);
        if self.repeated >= self.times.most || now >= over {
            return None;
        }
        self.repeated += 1;
        let doubled = trembling(self.wait.saturating_mul(2), self.wait, random);
        let bounded = self.times.longest > 0 && doubled > self.times.longest;
        self.wait = if bounded { trembling(self.times.longest, self.times.longest, random) } else { doubled };
        Some(self.deadline(now))
    }

    /// How often it was repeated.
    pub const fn repeated(&self) -> u32 {
        self.repeated
    }

    fn deadline(&self, now: u64) -> u64 {
        now.saturating_add(self.wait).min(self.began.saturating_add(self.times.duration))
    }
}

/// `base` and up to a tenth of `of` more or less.
fn trembling(base: u64, of: u64, random: u64) -> u64 {
    let thousandths = random % (2 * TREMBLE + 1);
    (base + of / 1_000 * thousandths).saturating_sub(of / 1_000 * TREMBLE)
}

#[cfg(test)]
mod tests;
