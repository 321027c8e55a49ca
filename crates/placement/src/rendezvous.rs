//! Weighted rendezvous: each member draws a number for each shard, and the best one has it.
//!
//! A member's draw depends on the shard, the key, its own id and its own weight alone. So another member, or another weight of
//! another member, never changes which of the rest is best: shards move only to or from what has changed. Only whole numbers are
//! used, so that every machine comes to the same result.

use std::cmp::Ordering;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher24;

use crate::{ClusterKey, Member, MemberId, Shard};

/// Bits behind the point of a logarithm.
const FRACTION_BITS: u32 = 40;

/// What a member drew for a shard: `-log2(u) / weight` for an even `u` in (0, 1). The smallest wins: that is how each member's
/// chance becomes proportional to its weight.
struct Draw {
    cost: u64,
    weight: u32,
    id: MemberId,
}

/// The best `copies` of the members for a shard, best first; members of weight zero are never among them.
pub(crate) fn best(
    key: ClusterKey,
    shard: Shard,
    members: impl Iterator<Item = Member>,
    copies: usize,
) -> Vec<MemberId> {
    let mut draws: Vec<Draw> =
        members.filter(|member| member.weight > 0).map(|member| draw(key, shard, member)).collect();
    draws.sort_unstable_by(compare);
    draws.into_iter().take(copies).map(|draw| draw.id).collect()
}

fn draw(key: ClusterKey, shard: Shard, member: Member) -> Draw {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    // A prefix of its own keeps these hashes apart from those of names and upload ids.
    hasher.write(b"owner\0");
    hasher.write(&shard.0.to_be_bytes());
    hasher.write(&member.id.0.to_be_bytes());
    Draw { cost: negative_log2(hasher.finish()), weight: member.weight, id: member.id }
}

/// Compares `cost / weight` without dividing; equal draws go by the id.
fn compare(one: &Draw, other: &Draw) -> Ordering {
    let left = u128::from(one.cost) * u128::from(other.weight);
    let right = u128::from(other.cost) * u128::from(one.weight);
    left.cmp(&right).then_with(|| one.id.cmp(&other.id))
}

/// `-log2((hash + 1) / 2^64)` with [`FRACTION_BITS`] bits behind the point.
fn negative_log2(hash: u64) -> u64 {
    let value = u128::from(hash) + 1;
    let whole = value.ilog2();
    // The mantissa, from 1 up to 2, with 63 bits behind the point.
    let mut mantissa = (value << 63) >> whole;
    let mut fraction = 0_u64;
    for _ in 0..FRACTION_BITS {
        // Squaring doubles the logarithm: whether the square reaches 2 is its next bit.
        mantissa = (mantissa * mantissa) >> 63;
        let bit = mantissa >> 64;
        mantissa >>= bit;
        fraction = fraction << 1 | u64::from(bit == 1);
    }
    (64 << FRACTION_BITS) - ((u64::from(whole) << FRACTION_BITS) + fraction)
}

#[cfg(test)]
mod tests;
