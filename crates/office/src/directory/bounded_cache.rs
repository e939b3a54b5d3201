//! A bounded cache of two halves: what is used moves to the young half; when that is full, it becomes the old one and the old
//! one is dropped. No clock, no list, and never more than twice the limit.

use crate::OfficeError;
use foldhash::quality::RandomState;
use hashbrown::{Equivalent, HashMap};
use parking_lot::RwLock;
use std::hash::Hash;

/// Something a cache can be asked with, without owning a key.
pub trait KeyLike<K>: Hash + Equivalent<K> {
    /// The key to keep.
    fn to_key(&self) -> K;
}

impl<K: Hash + Eq + Clone> KeyLike<K> for K {
    fn to_key(&self) -> K {
        self.clone()
    }
}

/// Keys come from peers, so they are hashed with a random seed.
type Map<K, V> = HashMap<K, V, RandomState>;

struct Halves<K, V> {
    young: Map<K, V>,
    old: Map<K, V>,
    /// Counts what was forgotten: a value loaded before may be stale and is not kept.
    changes: u64,
}

impl<K: Eq + Hash, V> Halves<K, V> {
    fn keep(&mut self, key: K, value: V, most: usize) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// The cache.
pub struct BoundedCache<K, V> {
    halves: RwLock<Halves<K, V>>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone> BoundedCache<K, V> {
    /// At most `most` values in each half.
    pub fn new(most: usize) -> Self {
        let halves = Halves { young: Map::default(), old: Map::default(), changes: 0 };
        Self { halves: RwLock::new(halves), most }
    }

    /// The value, if it is here.
    pub fn get(&self, asked: &impl KeyLike<K>) -> Option<V> {
        if let Some(value) = self.halves.read().young.get(asked) {
            return Some(value.clone());
        }
        let mut halves = self.halves.write();
        let value = halves.old.remove(asked)?;
        halves.keep(asked.to_key(), value.clone(), self.most);
        Some(value)
    }

    /// The value, loaded when it is not here.
    pub fn get_or_load(
        &self,
        asked: &impl KeyLike<K>,
        load: impl FnOnce() -> Result<V, OfficeError>,
    ) -> Result<V, OfficeError> {
        let changes = {
            let halves = self.halves.read();
            if let Some(value) = halves.young.get(asked) {
                return Ok(value.clone());
            }
            halves.changes
        };
        let kept = self.halves.write().old.remove(asked);
        let value = match kept {
            // Taken out of the old half under the lock that also forgets, so it can only be fresh or be forgotten below.
            Some(value) => value,
            None => load()?,
        };
        let mut halves = self.halves.write();
        if halves.changes == changes {
            halves.keep(asked.to_key(), value.clone(), self.most);
        }
        Ok(value)
    }

    /// Keeps a value.
    pub fn keep(&self, key: K, value: V) {
        self.halves.write().keep(key, value, self.most);
    }

    /// Forgets a value, and whatever is being loaded at this moment.
    pub fn forget(&self, asked: &impl KeyLike<K>) {
        let mut halves = self.halves.write();
        halves.young.remove(asked);
        halves.old.remove(asked);
        halves.changes += 1;
    }
}
