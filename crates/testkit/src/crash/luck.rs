//! Random choices that follow from a seed.

use atoll_host::{Random as _, SeededRandom};

/// A sequence of choices.
pub(super) struct Luck(SeededRandom);

impl Luck {
    /// The sequence of a seed and of a place in the run: other places, other sequences.
    pub(super) fn new(seed: u64, place: &[u64]) -> Self {
        let mix = |mixed: u64, part: &u64| mixed.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ *part;
        Self(SeededRandom::new(place.iter().fold(seed, mix)))
    }

    /// A sequence of its own that follows from this one.
    pub(super) fn branch(&self) -> Self {
        Self::new(self.number(), &[])
    }

    pub(super) fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number below `limit`, which must not be 0.
    pub(super) fn below(&self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True so many times out of a hundred.
    pub(super) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
