//! Random bytes.

use std::sync::{Mutex, PoisonError};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            // Only an interruption by a signal is possible here; the next turn asks again.
            let read =
                rustix::rand::getrandom(&mut *buffer, rustix::rand::GetRandomFlags::empty()).unwrap_or(0);
            buffer = buffer.get_mut(read..).unwrap_or_default();
        }
    }
}

/// A reproducible generator (`SplitMix64`) for simulations: the same seed, the same bytes. Never for secrets.
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (mixed ^ (mixed >> 31)).to_le_bytes();
            piece.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        }
    }
}
