//! Which keys were noted, nearly: a filter that never denies one that was. It knows nothing of what the keys stand for, and its bytes are
//! part of the disk format.

use std::hash::Hasher as _;
use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};

use siphasher::sip::SipHasher13;

use crate::Table;

/// Bits for each key there is room for.
const BITS_FOR_KEY: u64 = 16;

/// All bits of a key lie in one line of the processor's cache.
type Block = [AtomicU64; 8];

const BLOCK_BITS: u64 = 512;
const BLOCK_BYTES: usize = 64;

/// Bits that are set for a key.
const BITS_SET: u32 = 6;

/// A filter of a fixed size.
pub(super) struct Bloom {
    blocks: Box<[Block]>,
}

impl Bloom {
    /// One with room for so many keys; with more it denies less.
    pub(super) fn new(keys: u64) -> Self {
        let blocks = usize::try_from((keys * BITS_FOR_KEY).div_ceil(BLOCK_BITS)).unwrap_or_default();
        Self { blocks: iter::repeat_with(Block::default).take(blocks).collect() }
    }

    /// Notes the key of a hash.
    pub(super) fn add(&self, hash: u64) {
        for (word, bit) in self.bits(hash) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether the key of a hash may have been noted. If not, it was not.
    pub(super) fn has(&self, hash: u64) -> bool {
        self.bits(hash).all(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
    }

    /// All of it, for [`Bloom::read`].
    pub(super) fn bytes(&self) -> Vec<u8> {
        let words = self.blocks.iter().flatten();
        words.flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect()
    }

    /// What [`Bloom::bytes`] gave; `None` if it is not.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        let block = |bytes: &[u8; BLOCK_BYTES]| {
            let words = bytes.as_chunks::<8>().0;
            std::array::from_fn(|at| {
                AtomicU64::new(words.get(at).map_or(0, |word| u64::from_le_bytes(*word)))
            })
        };
        rest.is_empty().then(|| Self { blocks: blocks.iter().map(block).collect() })
    }

    /// The bits of a key, each with its word: the upper half of the hash says in which block, all of it once more which ones.
    fn bits(&self, hash: u64) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let blocks = u64::try_from(self.blocks.len()).unwrap_or_default();
        let at = ((hash >> 32) * blocks) >> 32;
        let block = usize::try_from(at).ok().and_then(|at| self.blocks.get(at));
        // Of a product the upper bits depend on all those of its factors.
        let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        block.into_iter().flat_map(move |block| {
            (0..BITS_SET).filter_map(move |number| {
                let bit = (mixed >> (10 + 9 * number)) % BLOCK_BITS;
                let word = usize::try_from(bit / 64).ok().and_then(|word| block.get(word))?;
                Some((word, 1 << (bit % 64)))
            })
        })
    }
}

/// The hash of a key of a table of the database.
pub(super) fn hash_of(home: Table, key: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write_u8(home.code());
    hasher.write(key);
    hasher.finish()
}

#[cfg(test)]
mod tests;
