//! A layout: which members should hold which shard.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::{ClusterKey, LayoutTag, MemberId, Members, Shard, rendezvous, shard_of};

/// Members that hold a copy of each shard.
const COPIES: usize = 1;

/// The table from shards to members. A server that runs alone has a layout of one member that owns every shard.
///
/// It says who *should* hold a shard. Who does is for the members to tell one another: a shard that was not handed over yet is
/// still where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tag: LayoutTag,
    key: ClusterKey,
    members: Members,
    owners: Vec<Vec<MemberId>>,
}

/// A shard that has another owner in another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Move {
    /// The shard.
    pub shard: Shard,
    /// Its owner before.
    pub from: MemberId,
    /// Its owner afterwards.
    pub to: MemberId,
}

impl Layout {
    /// The layout of `shards` shards over members; `version` says how new it is.
    pub fn new(key: ClusterKey, shards: u16, members: Members, version: u64) -> Self {
        let shards = shards.max(1);
        let digest = digest(key, shards, &members);
        let owners = (0..shards).map(|shard| rendezvous::best(key, Shard(shard), members.iter(), COPIES));
        Self { tag: LayoutTag { version, digest }, key, owners: owners.collect(), members }
    }

    /// A layout in which one member owns all of `shards` shards.
    pub fn alone(key: ClusterKey, shards: u16, member: MemberId) -> Self {
        Self::new(key, shards, Members::alone(member), 1)
    }

    /// The same layout under another version.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.tag.version = version;
        self
    }

    /// The layout of the same version that some members have no share in, as when they give their shards away. Its digest is
    /// another one unless nobody is leaving.
    #[must_use]
    pub fn without_shares(&self, leaving: impl Fn(MemberId) -> bool) -> Self {
        Self::new(self.key, self.shards(), self.members.without_shares(leaving), self.tag.version)
    }

    /// How new this layout is, and a digest over everything that decides it.
    pub fn tag(&self) -> LayoutTag {
        self.tag
    }

    /// Which layout this is; higher is newer.
    pub fn version(&self) -> u64 {
        self.tag.version
    }

    /// The members, those without a share included.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// How many shards there are.
    pub fn shards(&self) -> u16 {
        u16::try_from(self.owners.len()).unwrap_or(u16::MAX)
    }

    /// The shard of a repository or user name.
    pub fn shard_of(&self, name: &str) -> Shard {
        shard_of(self.key, name, self.shards())
    }

    /// The members that should hold a shard, the first of them first; empty for a number beyond the layout.
    pub fn owners(&self, shard: Shard) -> &[MemberId] {
        self.owners.get(usize::from(shard.0)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first member that should hold a shard; `None` for a number beyond the layout.
    pub fn owner(&self, shard: Shard) -> Option<MemberId> {
        self.owners(shard).first().copied()
    }

    /// Every member with the shards it owns, each shard once, members and shards in order. Members that own nothing are left out.
    pub fn cover(&self) -> Vec<(MemberId, Vec<Shard>)> {
        let covers = self.members.iter().map(|member| (member.id, self.shards_of(member.id)));
        covers.filter(|(_, shards)| !shards.is_empty()).collect()
    }

    /// The shards a member owns, in order.
    pub fn shards_of(&self, member: MemberId) -> Vec<Shard> {
        (0..self.shards()).map(Shard).filter(|shard| self.owner(*shard) == Some(member)).collect()
    }

    /// The shards that another owner has in a later layout, in order. Both must have the same number of shards.
    pub fn moves_to(&self, later: &Self) -> Vec<Move> {
        let shards = (0..self.shards().min(later.shards())).map(Shard);
        shards
            .filter_map(|shard| {
                let (from, to) = (self.owner(shard)?, later.owner(shard)?);
                (from != to).then_some(Move { shard, from, to })
            })
            .collect()
    }
}

/// Keyed, so that members with different keys, whose names lie in different shards, never have equal digests.
fn digest(key: ClusterKey, shards: u16, members: &Members) -> [u8; 16] {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    hasher.write(b"layout\0");
    hasher.write(&shards.to_be_bytes());
    for member in members.iter() {
        hasher.write(&member.id.0.to_be_bytes());
        hasher.write(&member.weight.to_be_bytes());
    }
    hasher.finish128().as_bytes()
}

#[cfg(test)]
mod tests;
