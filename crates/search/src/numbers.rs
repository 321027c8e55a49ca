//! Maps by numbers that are given out here, one after the other: whoever pushes cannot choose them, so a cheap hash will do.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by numbers.
pub(crate) type ByNumbers<K, V> = HashMap<K, V, BuildHasherDefault<Numbers>>;

/// Spreads numbers over all bits.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Odd, and without a pattern in its bits.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

    fn add(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(Self::FACTOR);
    }
}

impl Hasher for Numbers {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.add(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn finish(&self) -> u64 {
        // A product has its chance in the upper bits, a map looks at the lower ones.
        self.0 ^ self.0 >> 32
    }
}
