//! Keys that carry their hash: a map that grows does not read all its keys again, which lie all over the memory.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::Arc;

use crate::numbers::Numbers;

/// A map by such keys.
pub(crate) type ByHashed<K, V> = HashMap<Hashed<K>, V, BuildHasherDefault<Numbers>>;

/// A key with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hashed<K> {
    hash: u64,
    key: K,
}

impl<K> Hashed<K> {
    pub(crate) fn key(&self) -> &K {
        &self.key
    }
}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// How keys are hashed: keyed at random, since whoever pushes may choose them.
#[derive(Debug, Default)]
pub(crate) struct Hashes(RandomState);

impl Hashes {
    pub(crate) fn of<K: Hash>(&self, key: K) -> Hashed<K> {
        Hashed { hash: self.0.hash_one(&key), key }
    }
}

/// What many rows have in common, kept once.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    known: HashSet<Hashed<Arc<T>>, BuildHasherDefault<Numbers>>,
    hashes: Hashes,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { known: HashSet::default(), hashes: Hashes::default() }
    }
}

impl<T: Hash + Eq> Shared<T> {
    /// The one copy. What nobody shares any more is thrown out when the set has doubled since it was last looked at.
    pub(crate) fn one(&mut self, one: Arc<T>) -> Arc<T> {
        let hashed = self.hashes.of(one);
        if let Some(found) = self.known.get(&hashed) {
            return Arc::clone(found.key());
        }
        if self.known.len() == self.known.capacity() {
            self.known.retain(|shared| Arc::strong_count(shared.key()) > 1);
        }
        let one = Arc::clone(hashed.key());
        self.known.insert(hashed);
        one
    }

    /// All copies.
    pub(crate) fn into_all(self) -> impl Iterator<Item = Arc<T>> {
        self.known.into_iter().map(|hashed| hashed.key)
    }
}

#[cfg(test)]
mod tests;
