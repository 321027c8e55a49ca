//! The members that a layout spreads its shards over.

use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use crate::MemberId;

/// Most members a layout can have.
pub const MAX_MEMBERS: usize = 1000;

/// Weight of a member unless configured otherwise, so that there is room for finer shares on both sides.
pub const DEFAULT_WEIGHT: u32 = 100;

/// Greatest weight of a member.
pub const MAX_WEIGHT: u32 = 1_000_000;

/// Hashes addresses only to tell them apart, so its key is no secret and the same everywhere.
const ADDRESS_KEY: [u8; 16] = *b"atoll member ids";

/// A member as a layout sees it. Where it is reached is data beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Member {
    /// Who it is.
    pub id: MemberId,
    /// Its share, relative to the weights of the others. Zero: it is leaving, is given nothing, and can still be asked.
    pub weight: u32,
}

/// Members in order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members(Vec<Member>);

/// Why a list of members is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MembersError {
    /// Two members would be one.
    #[error("two members have the id {0}: give one of them another id")]
    Duplicate(MemberId),
    /// Nobody would hold anything.
    #[error("no member has a weight above zero: somebody has to hold the shards")]
    Nobody,
    /// Too many.
    #[error("{0} members are configured, at most {MAX_MEMBERS} can be")]
    TooMany(usize),
    /// A weight beyond the greatest.
    #[error("the member {0} has a weight above {MAX_WEIGHT}")]
    TooHeavy(MemberId),
}

impl MemberId {
    /// The id of a member whose configuration gives none: a hash of its address as configured, which must be the same text on
    /// every member. Two addresses may meet in one id; [`Members::new`] refuses that.
    pub fn of_address(address: &str) -> Self {
        let mut hasher = SipHasher24::new_with_key(&ADDRESS_KEY);
        hasher.write(address.as_bytes());
        let [high, low, ..] = hasher.finish().to_be_bytes();
        Self(u16::from_be_bytes([high, low]))
    }
}

impl Members {
    /// Members in any order.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Result<Self, MembersError> {
        let mut members: Vec<Member> = members.into_iter().collect();
        members.sort_unstable_by_key(|member| member.id);
        if members.len() > MAX_MEMBERS {
            return Err(MembersError::TooMany(members.len()));
        }
        if let Some(same) = members.windows(2).find_map(|pair| match pair {
            [one, other] if one.id == other.id => Some(one.id),
            _ => None,
        }) {
            return Err(MembersError::Duplicate(same));
        }
        if let Some(heavy) = members.iter().find(|member| member.weight > MAX_WEIGHT) {
            return Err(MembersError::TooHeavy(heavy.id));
        }
        if members.iter().all(|member| member.weight == 0) {
            return Err(MembersError::Nobody);
        }
        Ok(Self(members))
    }

    /// One member alone.
    pub fn alone(id: MemberId) -> Self {
        Self(vec![Member { id, weight: DEFAULT_WEIGHT }])
    }

    /// The members in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = Member> + '_ {
        self.0.iter().copied()
    }

    /// Whether that member is one of them.
    pub fn contains(&self, id: MemberId) -> bool {
        self.0.binary_search_by_key(&id, |member| member.id).is_ok()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The same members with some of them given nothing; unchanged if nobody would be left.
    #[must_use]
    pub fn without_shares(&self, leaving: impl Fn(MemberId) -> bool) -> Self {
        let lightened = self
            .iter()
            .map(|member| Member { weight: if leaving(member.id) { 0 } else { member.weight }, ..member });
        Self::new(lightened).unwrap_or_else(|_nobody_left| self.clone())
    }
}

#[cfg(test)]
mod tests;
