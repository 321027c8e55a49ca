//! What an operator may have a running member do.

use async_trait::async_trait;
use atoll_placement::MemberId;
use serde::{Deserialize, Serialize};

use crate::{Caller, Error};

/// Gives a member up whose disk is lost for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveUp {
    /// The member.
    pub member: MemberId,
    /// It is known that the member is still in the list.
    pub is_listed_known: bool,
    /// It is to be done; else it is only told what would be lost.
    pub is_certain: bool,
}

/// What is lost with a member that is given up, as far as the answering member knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LostMember {
    /// The member.
    pub member: MemberId,
    /// Shards that it was last known to serve.
    pub shards: u16,
    /// Repositories in them; none if the member was not heard since the answering one started.
    pub repositories: Option<u64>,
    /// Bytes of content of the member; none if that is not known.
    pub content_bytes: Option<u64>,
    /// Whether it was given up.
    pub is_given_up: bool,
}

/// Takes an operator's orders. `proof` is what the order says to be the operator's with; whoever lacks it is `Denied`.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Gives all shards of this member to the others, or takes its share again. Remembered over restarts.
    async fn drain(&self, caller: &Caller, proof: Option<&[u8]>, is_draining: bool) -> Result<(), Error>;

    /// Gives another member up, or tells what would be lost. `OrderRefused` if it answers anybody in the list, is not known, or is still
    /// in the list and the order does not say that this is known; and if somebody else in the list does not answer.
    /// `Unavailable` as long as not everybody in the list is known to remember it: it is to be ordered again until it succeeds.
    async fn give_up(
        &self,
        caller: &Caller,
        proof: Option<&[u8]>,
        order: GiveUp,
    ) -> Result<LostMember, Error>;
}
