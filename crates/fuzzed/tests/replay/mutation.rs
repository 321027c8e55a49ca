//! Small damages to known inputs, the same ones for the same seed.

use atoll_host::{Random, SeededRandom};

/// Bytes that mean something to one parser or another.
const SPECIAL: &[u8] = b"/.-_:%?&=#+,;{}[]\"\\'0123456789abcdefzAZ~ \t\r\n\x00\x7f\xc3\xff";
/// Damages done to one input, at most.
const MAX_DAMAGES: u64 = 4;

/// Makes inputs.
pub(crate) struct Mutator {
    random: SeededRandom,
    seeds: Vec<Vec<u8>>,
    max_bytes: usize,
}

impl Mutator {
    pub(crate) fn new(seed: u64, seeds: Vec<Vec<u8>>, max_bytes: usize) -> Self {
        Self { random: SeededRandom::new(seed), seeds, max_bytes }
    }

    pub(crate) fn next_input(&mut self) -> Vec<u8> {
        let mut data = self.any_seed();
        for _ in 0..=self.below(MAX_DAMAGES) {
            self.damage(&mut data);
        }
        data.truncate(self.max_bytes);
        data
    }

    fn damage(&self, data: &mut Vec<u8>) {
        let at = self.index(data.len() + 1);
        let end = at + self.index(data.len() - at + 1);
        match self.below(6) {
            0 => data.insert(at, self.special()),
            1 if at < data.len() => data[at] = self.special(),
            2 if at < data.len() => data[at] ^= 1 << self.below(8),
            3 => drop(data.drain(at..end)),
            4 => {
                let piece = data[at..end].to_vec();
                data.splice(at..at, piece);
            }
            _ => {
                let other = self.any_seed();
                let from = self.index(other.len() + 1);
                data.splice(at..end, other[from..].iter().copied());
            }
        }
    }

    fn any_seed(&self) -> Vec<u8> {
        self.seeds[self.index(self.seeds.len())].clone()
    }

    fn special(&self) -> u8 {
        SPECIAL[self.index(SPECIAL.len())]
    }

    fn index(&self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).unwrap())).unwrap()
    }

    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound
    }
}
