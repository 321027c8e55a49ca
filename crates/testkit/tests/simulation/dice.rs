//! Choices.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Random, SeededRandom};

/// Whoever draws from one seed draws the same again.
#[derive(Clone)]
pub(crate) struct Dice(Arc<SeededRandom>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(SeededRandom::new(seed)))
    }

    pub(crate) fn random(&self) -> Arc<SeededRandom> {
        Arc::clone(&self.0)
    }

    /// Dice of their own, which do not depend on how often these are thrown later.
    pub(crate) fn split(&self) -> Self {
        Self::new(self.draw())
    }

    fn draw(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        self.draw() % limit.max(1)
    }

    pub(crate) fn one_in(&self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }

    pub(crate) fn choose<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let place = self.below(u64::try_from(of.len()).unwrap());
        of.get(usize::try_from(place).unwrap())
    }
}
