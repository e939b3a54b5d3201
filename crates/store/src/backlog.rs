//! How much was answered and is not in the tables yet: commits wait when it is too much, so memory does not grow.

use parking_lot::{Condvar, Mutex};

/// Octets of images that may wait before commits wait for them.
const BACKLOG_MOST: usize = 256 << 20;

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

    pub fn wait_for_room(&self) {
        let mut waiting = self.octets.lock();
        while *waiting > BACKLOG_MOST {
            self.fallen.wait(&mut waiting);
        }
    }
}
