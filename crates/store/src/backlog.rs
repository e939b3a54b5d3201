//! How much was answered and is not in the tables yet: commits wait when it is too much, so memory does not grow.

use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// Octets of images that may wait before commits wait for them.
const BACKLOG_MOST: usize = 256 << 20;

/// Between two looks whether it is still worth waiting.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How much is durable and not yet in the tables: commits wait when it is too much.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    octets: Mutex<usize>,
    fallen: Condvar,
}

impl Backlog {
    pub fn grow(&self, octets: usize) {
        *self.octets.lock() += octets;
    }

    pub fn fall(&self, octets: usize) {
        let mut waiting = self.octets.lock();
        *waiting = waiting.saturating_sub(octets);
        drop(waiting);
        self.fallen.notify_all();
    }

    /// Waits while it is too much; not for tables that cannot be written, once nobody needs the commits any more.
    pub fn wait_for_room(&self, is_over: impl Fn() -> bool) {
        let mut waiting = self.octets.lock();
        while *waiting > BACKLOG_MOST && !is_over() {
            self.fallen.wait_for(&mut waiting, LOOK_EVERY);
        }
    }
}
