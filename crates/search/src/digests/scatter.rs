//! A hash of digests. They are scattered as they are, but whoever pushes may choose the ones that a manifest names: so it is keyed at
//! random, and every byte counts. A general hash takes five times as long, which a start feels.

use std::hash::{BuildHasher as _, RandomState};

use super::Key;

/// Random keys, of which nobody outside learns anything.
#[derive(Debug, Clone)]
pub(super) struct Scatter([u64; 4]);

impl Default for Scatter {
    fn default() -> Self {
        let state = RandomState::new();
        Self([0_u64, 1, 2, 3].map(|nth| state.hash_one(nth)))
    }
}

impl Scatter {
    pub(super) fn hash(&self, key: &Key, rest: &[u8]) -> u64 {
        let [first, second, third, fourth] = self.0;
        let (words, last) = key.as_chunks::<8>();
        let mut words = words.iter().copied().map(u64::from_le_bytes);
        let mut next = || words.next().unwrap_or_default();
        let front = fold(next() ^ first, next() ^ second) ^ fold(next() ^ third, next() ^ fourth);
        let front = fold(front ^ number(last), first ^ third);
        rest.chunks(8).fold(front, |hash, piece| fold(hash ^ number(piece), second ^ fourth))
    }
}

fn number(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The halves of a product, one over the other: each bit hangs on all bits of both.
fn fold(left: u64, right: u64) -> u64 {
    let (low, high) = left.carrying_mul(right, 0);
    low ^ high
}
