//! Who a member is, and the key that spreads names over shards. None of these is an address.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Identity of a cluster, random at its creation and stamped into every data folder.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClusterId(pub [u8; 16]);

/// Identity of a member within its cluster. Small, because it travels in every upload id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemberId(pub u16);

/// The cluster's key: places names on shards and signs upload ids. It never leaves the members, so it has no debug text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterKey(pub [u8; 16]);

/// Which layout a member goes by: how new it is, and a digest over everything that decides it. Equal digests have equal owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LayoutTag {
    /// Counts the layouts of a cluster; higher is newer.
    pub version: u64,
    /// Digest over key, number of shards, members and weights.
    pub digest: [u8; 16],
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ClusterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterKey(hidden)")
    }
}
