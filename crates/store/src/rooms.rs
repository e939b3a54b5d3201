//! Lists whose contents have left, for the next ones: memory that one thread gives back and another takes again is cleared by the system
//! each time.

use parking_lot::Mutex;
use std::sync::Arc;

/// Rooms kept.
const ROOMS_MOST: usize = 64;
/// Octets of all of them.
const OCTETS_MOST: usize = 16 << 20;

/// Empty lists with room in them. Cheap to clone; the clones share one.
#[derive(Debug)]
pub struct Rooms<T>(Arc<Mutex<Vec<Vec<T>>>>);

impl<T> Clone for Rooms<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Rooms<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Rooms<T> {
    /// An empty list, with room if there is any.
    pub fn take(&self) -> Vec<T> {
        self.0.lock().pop().unwrap_or_default()
    }

    /// Keeps a list for the next one, unless enough are kept.
    pub fn keep(&self, mut list: Vec<T>) {
        list.clear();
        let mut rooms = self.0.lock();
        let all = rooms.iter().fold(list.capacity(), |sum, room| sum.saturating_add(room.capacity()));
        if rooms.len() < ROOMS_MOST && all.saturating_mul(size_of::<T>()) <= OCTETS_MOST {
            rooms.push(list);
        }
    }
}

#[cfg(test)]
mod tests;
