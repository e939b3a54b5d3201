//! What sender and receiver of one lane share: how far each is, and when each request in flight was sent. No locks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Longest wait for room before looking again.
const WAIT_MOST: Duration = Duration::from_millis(5);

/// Requests `low..sent` of a phase are in flight; there are never more than the window has places.
#[derive(Debug)]
pub struct Window {
    started: Instant,
    sent: AtomicU64,
    low: AtomicU64,
    done: AtomicBool,
    /// The sender waits for room.
    waits: AtomicBool,
    stamps: Box<[AtomicU64]>,
}

impl Window {
    /// A window of so many places, at least one.
    #[must_use]
    pub fn new(started: Instant, places: usize) -> Self {
        let stamps = (0..places.max(1)).map(|_| AtomicU64::new(0)).collect();
        Self { started, sent: 0.into(), low: 0.into(), done: false.into(), waits: false.into(), stamps }
    }

    /// Begins anew at this moment.
    pub const fn start(&mut self, started: Instant) {
        self.started = started;
    }

    /// The start of the phase.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// Microseconds since the start of the phase.
    #[must_use]
    pub fn micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Places.
    #[must_use]
    pub fn places(&self) -> u64 {
        self.stamps.len() as u64
    }

    /// Requests sent, or about to be.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    /// The oldest request in flight.
    #[must_use]
    pub fn low(&self) -> u64 {
        self.low.load(Ordering::Acquire)
    }

    /// Whether the sender has ended.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// When a request that is in flight was sent.
    #[must_use]
    pub fn sent_at(&self, n: u64) -> u64 {
        self.stamp(n).map_or(0, |stamp| stamp.load(Ordering::Relaxed))
    }

    fn stamp(&self, n: u64) -> Option<&AtomicU64> {
        self.stamps.get(usize::try_from(n % self.places()).unwrap_or(0))
    }

    /// Sender: notes that the requests up to `upto` (exclusive) are sent now; before they really are, so that no answer is early.
    pub fn note_sent(&self, upto: u64, now: u64) {
        for n in self.sent()..upto {
            if let Some(stamp) = self.stamp(n) {
                stamp.store(now, Ordering::Relaxed);
            }
        }
        self.sent.store(upto, Ordering::Release);
    }

    /// Sender: nothing more comes.
    pub fn end(&self) {
        self.done.store(true, Ordering::Release);
    }

    /// Sender: waits until something was answered or a moment has passed.
    pub fn wait_for_room(&self, low_seen: u64) {
        self.waits.store(true, Ordering::SeqCst);
        if self.low() == low_seen {
            std::thread::park_timeout(WAIT_MOST);
        }
        self.waits.store(false, Ordering::SeqCst);
    }

    /// Receiver: everything below `low` is answered or given up.
    pub fn move_low(&self, low: u64, sender: &Thread) {
        self.low.store(low, Ordering::SeqCst);
        if self.waits.load(Ordering::SeqCst) {
            sender.unpark();
        }
    }
}
