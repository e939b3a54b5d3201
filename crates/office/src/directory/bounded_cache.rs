//! A bounded cache of two halves: what is used moves to the young half; when that is full, it becomes the old one and the old
//! one is dropped. No clock, no list, and never more than twice the limit.

use crate::OfficeError;
use foldhash::quality::RandomState;
use hashbrown::hash_table::Entry;
use hashbrown::{Equivalent, HashTable};
use parking_lot::RwLock;
use std::hash::{BuildHasher, Hash};
use store::prefetch;

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

type Table<K, V> = HashTable<(K, V)>;

struct Halves<K, V> {
    young: Table<K, V>,
    old: Table<K, V>,
    /// Keys come from peers, so they are hashed with a random seed.
    hasher: RandomState,
    /// Counts what was forgotten: a value loaded before may be stale and is not kept.
    changes: u64,
}

impl<K: Eq + Hash, V> Halves<K, V> {
    fn young(&self, asked: &impl KeyLike<K>) -> Option<&V> {
        let found = self.young.find(self.hasher.hash_one(asked), |(key, _)| asked.equivalent(key));
        found.map(|(_, value)| value)
    }

    fn keep(&mut self, key: K, value: V, most: usize) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        let hasher = &self.hasher;
        let place =
            self.young.entry(hasher.hash_one(&key), |(known, _)| *known == key, |(k, _)| hasher.hash_one(k));
        match place {
            Entry::Occupied(mut known) => known.get_mut().1 = value,
            Entry::Vacant(vacant) => drop(vacant.insert((key, value))),
        }
    }

    /// Takes a value out of the old half.
    fn take_old(&mut self, asked: &impl KeyLike<K>) -> Option<V> {
        take(&mut self.old, self.hasher.hash_one(asked), asked)
    }

    fn forget(&mut self, asked: &impl KeyLike<K>) {
        let hash = self.hasher.hash_one(asked);
        take(&mut self.young, hash, asked);
        take(&mut self.old, hash, asked);
        self.changes += 1;
    }
}

fn take<K, V>(from: &mut Table<K, V>, hash: u64, asked: &impl KeyLike<K>) -> Option<V> {
    let found = from.find_entry(hash, |(key, _)| asked.equivalent(key)).ok()?;
    let ((_, value), _) = found.remove();
    Some(value)
}

/// The cache.
pub struct BoundedCache<K, V> {
    halves: RwLock<Halves<K, V>>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone> BoundedCache<K, V> {
    /// At most `most` values in each half.
    pub fn new(most: usize) -> Self {
        let (young, old, hasher) = (Table::new(), Table::new(), RandomState::default());
        Self { halves: RwLock::new(Halves { young, old, hasher, changes: 0 }), most }
    }

    /// Asks for the memory in which the value lies, if it is here.
    pub fn expect(&self, asked: &impl KeyLike<K>) {
        let halves = self.halves.read();
        // The one that is asked for, and rarely one that looks like it.
        halves.young.iter_hash(halves.hasher.hash_one(asked)).for_each(prefetch);
    }

    /// The value, if it is here.
    pub fn get(&self, asked: &impl KeyLike<K>) -> Option<V> {
        if let Some(value) = self.halves.read().young(asked) {
            return Some(value.clone());
        }
        let mut halves = self.halves.write();
        let value = halves.take_old(asked)?;
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
            if let Some(value) = halves.young(asked) {
                return Ok(value.clone());
            }
            halves.changes
        };
        let kept = self.halves.write().take_old(asked);
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
        self.halves.write().forget(asked);
    }
}
