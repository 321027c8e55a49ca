//! Which numbers are marked: one bit for each.

/// Marked numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marked(Vec<u64>);

impl Marked {
    /// None of the numbers below this.
    pub(crate) fn none(below: usize) -> Self {
        Self(vec![0; below.div_ceil(64)])
    }

    /// Marks a number that is below the bound, or does nothing.
    pub(crate) fn insert(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Keeps what the other has too.
    pub(crate) fn retain(&mut self, other: &Self) {
        for (place, word) in self.0.iter_mut().enumerate() {
            *word &= other.0.get(place).copied().unwrap_or_default();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests;
