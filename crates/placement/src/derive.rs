//! What follows from a cluster's key alone, so that its members agree without asking each other.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::{ClusterId, ClusterKey};

impl ClusterId {
    /// The identity of the cluster with this key: SipHash-2-4 of 128 bits under the key. The key cannot be told from it.
    pub fn of_key(key: ClusterKey) -> Self {
        let mut hasher = SipHasher24::new_with_key(&key.0);
        hasher.write(b"atoll cluster identity");
        Self(hasher.finish128().as_bytes())
    }
}

#[cfg(test)]
mod tests;
