//! When each request is due: an open loop that does not wait for answers, so that a slow server is seen as slow (no coordinated
//! omission), or "as soon as there is room".

/// Microseconds of a second.
const SECOND: u64 = 1_000_000;

/// How fast requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// So many a second over all lanes together, whatever the server does.
    PerSecond(u64),
    /// As many as the window lets through.
    Max,
}

impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse() {
            Ok(rate @ 1..=10_000_000) => Ok(Self::PerSecond(rate)),
            _ => Err("is \"max\" or a number from 1 to 10000000".to_owned()),
        }
    }
}

/// The due times of one lane's requests at a fixed rate. The lanes take turns: request `n` of lane `index` is request
/// `n * lanes + index` of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    rate: u64,
    lanes: u64,
    index: u64,
}

impl Schedule {
    /// For one of `lanes` lanes that together send `rate` requests a second; none of the numbers may be 0 but `index`.
    #[must_use]
    pub const fn new(rate: u64, lanes: u64, index: u64) -> Self {
        Self { rate, lanes, index }
    }

    /// Microseconds after the start at which request `n` (from 0) of this lane is due.
    #[must_use]
    pub const fn due_at(&self, n: u64) -> u64 {
        (n * self.lanes + self.index).saturating_mul(SECOND).div_ceil(self.rate)
    }

    /// Requests of this lane that are due when so many microseconds have passed.
    #[must_use]
    pub const fn due_by(&self, elapsed: u64) -> u64 {
        let of_all = elapsed.saturating_mul(self.rate) / SECOND + 1;
        of_all.saturating_sub(self.index).div_ceil(self.lanes)
    }

    /// Requests of this lane among the first `of_all` of all lanes.
    #[must_use]
    pub const fn share(&self, of_all: u64) -> u64 {
        of_all.saturating_sub(self.index).div_ceil(self.lanes)
    }
}
