//! A layout: which members hold which shard.

use crate::{ClusterKey, MemberId, Shard, shard_of};

/// The table from shards to members. A server that runs alone has a layout of one member that owns every shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    version: u64,
    key: ClusterKey,
    owners: Vec<MemberId>,
}

impl Layout {
    /// A layout in which one member owns all of `shards` shards.
    pub fn alone(key: ClusterKey, shards: u16, member: MemberId) -> Self {
        Self { version: 1, key, owners: vec![member; usize::from(shards.max(1))] }
    }

    /// Which layout this is; higher is newer.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The shard of a repository or user name.
    pub fn shard_of(&self, name: &str) -> Shard {
        shard_of(self.key, name, u16::try_from(self.owners.len()).unwrap_or(u16::MAX))
    }

    /// The member that owns a shard; `None` for a number beyond the layout.
    pub fn owner(&self, shard: Shard) -> Option<MemberId> {
        self.owners.get(usize::from(shard.0)).copied()
    }

    /// Every member with the shards it owns, each shard once, members and shards in order.
    pub fn cover(&self) -> Vec<(MemberId, Vec<Shard>)> {
        let mut members: Vec<MemberId> = self.owners.clone();
        members.sort_unstable();
        members.dedup();
        members.into_iter().map(|member| (member, self.shards_of(member))).collect()
    }

    /// The shards a member owns, in order.
    pub fn shards_of(&self, member: MemberId) -> Vec<Shard> {
        (0_u16..)
            .zip(&self.owners)
            .filter(|(_, owner)| **owner == member)
            .map(|(shard, _)| Shard(shard))
            .collect()
    }
}

#[cfg(test)]
mod tests;
