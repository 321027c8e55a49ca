//! Virtual shards: everything mutable about a repository lives in exactly one.

use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use crate::ClusterKey;

/// Shards of a new cluster unless its configuration says otherwise.
pub const DEFAULT_SHARDS: u16 = 256;

/// Most shards a cluster can be created with.
pub const MAX_SHARDS: u16 = 4096;

/// One shard, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard(pub u16);

/// The shard of a name: SipHash-2-4 under the cluster's key over the name's bytes, modulo the number of shards.
/// Stable for the life of a cluster; `shards` of zero counts as one.
pub fn shard_of(key: ClusterKey, name: &str, shards: u16) -> Shard {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    hasher.write(name.as_bytes());
    let slot = hasher.finish() % u64::from(shards.max(1));
    Shard(u16::try_from(slot).unwrap_or_default())
}

#[cfg(test)]
mod tests;
