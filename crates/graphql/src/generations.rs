//! A bounded cache in two generations: when the young one is half of what may be kept, it becomes the old one, and what was not
//! looked up since is let go. Every step costs the same, however much is kept.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

/// What is kept at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Entries.
    pub(crate) entries: usize,
    /// Bytes, as those who put entries in count them.
    pub(crate) bytes: usize,
}

/// A cache of cheap clones.
pub(crate) struct Generations<K, V> {
    bounds: Bounds,
    inner: Mutex<Inner<K, V>>,
}

struct Inner<K, V> {
    young: HashMap<K, (V, usize)>,
    young_bytes: usize,
    old: HashMap<K, (V, usize)>,
}

impl<K: Eq + Hash, V: Clone> Generations<K, V> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let inner = Inner { young: HashMap::new(), young_bytes: 0, old: HashMap::new() };
        Self { bounds, inner: Mutex::new(inner) }
    }

    /// What is kept under a key. It stays for a while longer.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut inner = self.inner.lock().ok()?;
        if let Some((value, _)) = inner.young.get(key) {
            return Some(value.clone());
        }
        let (key, (value, bytes)) = inner.old.remove_entry(key)?;
        inner.put(self.bounds, key, value.clone(), bytes);
        Some(value)
    }

    /// Keeps a value of so many bytes, unless it alone is more than a generation may have.
    pub(crate) fn put(&self, key: K, value: V, bytes: usize) {
        if let Ok(mut inner) = self.inner.lock() {
            inner.put(self.bounds, key, value, bytes);
        }
    }
}

impl<K: Eq + Hash, V> Inner<K, V> {
    fn put(&mut self, bounds: Bounds, key: K, value: V, bytes: usize) {
        if bytes > bounds.bytes / 2 {
            return;
        }
        self.old.remove(&key);
        if let Some((_, former)) = self.young.remove(&key) {
            self.young_bytes = self.young_bytes.saturating_sub(former);
        }
        if self.young.len() >= bounds.entries / 2 || self.young_bytes + bytes > bounds.bytes / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young.insert(key, (value, bytes));
        self.young_bytes += bytes;
    }
}

#[cfg(test)]
mod tests;
