//! Which session sends what: every value of a request follows from its number, so that sender, receiver and checker agree without
//! telling each other anything.

/// Requests of a session and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CCR-Initial, Accounting Start.
    Begin,
    /// CCR-Update, Accounting Interim.
    Continue,
    /// CCR-Terminate, Accounting Stop.
    End,
}

/// Octets of the smallest step; larger than nothing, smaller than a megabyte, so that started megabytes matter.
const STEP_LEAST: u64 = 300_001;
/// Steps of different sessions differ by up to this.
const STEP_SPREAD: u64 = 1_000_003;
/// Spreads neighbours.
const STEP_FACTOR: u64 = 7_919;

/// Octets that a session reports as used with each of its steps after the first.
#[must_use]
pub const fn octets_per_step(session: u32) -> u64 {
    STEP_LEAST + session as u64 * STEP_FACTOR % STEP_SPREAD
}

/// Customer and session have the same number, from 1: each customer has one session.
#[must_use]
pub fn msisdn(session: u32) -> String {
    format!("1555{session:07}")
}

/// The user name of a session's customer.
#[must_use]
pub fn user_name(session: u32) -> String {
    format!("user{session:07}@load.example")
}

/// Writes a number in decimal, right-aligned with leading zeros.
pub fn put_digits(place: &mut [u8], number: u64) {
    let mut rest = number;
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

/// The sessions of one lane (connection or socket): every `lanes`-th of all, in turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Which, from 0.
    pub index: u32,
    /// How many there are.
    pub lanes: u32,
    /// Sessions of this lane; at least 1.
    pub sessions: u32,
    /// Makes the session names of this run different from those of others.
    pub run: u32,
}

impl Lane {
    /// The lanes over which `sessions` sessions are spread; no more lanes than sessions.
    #[must_use]
    pub fn all(sessions: u32, lanes: u32, run: u32) -> Vec<Self> {
        let lanes = lanes.clamp(1, sessions.max(1));
        let of = |index: u32| sessions.max(1).saturating_sub(index).div_ceil(lanes);
        (0..lanes).map(|index| Self { index, lanes, sessions: of(index), run }).collect()
    }

    /// The session, from 1, that request `n` of a phase is about.
    #[must_use]
    pub const fn session(&self, n: u64) -> u32 {
        self.position(n) as u32 * self.lanes + self.index + 1
    }

    /// The same as a position among the lane's sessions, from 0.
    #[must_use]
    pub const fn position(&self, n: u64) -> usize {
        (n % self.sessions as u64) as usize
    }

    /// How often the session of request `n` had its turn before in the same phase.
    #[must_use]
    pub const fn turn(&self, n: u64) -> u64 {
        n / self.sessions as u64
    }

    /// Turns of the session at a position in a phase of so many requests.
    #[must_use]
    pub const fn turns_in(&self, requests: u64, position: usize) -> u64 {
        let (sessions, position) = (self.sessions as u64, position as u64);
        requests / sessions + (position < requests % sessions) as u64
    }
}
