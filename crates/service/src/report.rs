//! What an operator is told about the cluster: who its members are, who holds which shard, and what is on its way.

use async_trait::async_trait;
use atoll_placement::{MemberId, Shard};
use serde::{Deserialize, Serialize};

use crate::Caller;

/// The cluster as one member sees it. A server that runs alone is its only member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterReport {
    /// The member that answers; every other fact is what it has heard.
    pub answered_by: MemberId,
    /// Version of the layout that it goes by.
    pub layout_version: u64,
    /// Digest of that layout, in hex digits.
    pub layout_digest: String,
    /// Shards there are.
    pub shards: u16,
    /// Shards that nobody who can be heard serves, in order.
    pub missing: Vec<Shard>,
    /// All members of the layout and those that still hold something, in order of their ids.
    pub members: Vec<MemberReport>,
    /// Shards on their way from one member to another, in order.
    pub moves: Vec<MoveReport>,
}

/// How a member is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberState {
    /// It answers.
    Up,
    /// It answers and gives its shards away.
    Draining,
    /// It answers and goes by another layout.
    Diverged,
    /// It does not answer.
    Down,
    /// It has not been heard since this member started.
    #[default]
    Unknown,
    /// It was given up: nobody listens to it, and what it had is begun anew.
    GivenUp,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberReport {
    /// Who it is.
    pub id: MemberId,
    /// Where clients reach it; none if that is not configured.
    pub public_address: Option<String>,
    /// Where the other members reach it; none for a server that runs alone.
    pub link_address: Option<String>,
    /// How it is.
    pub state: MemberState,
    /// Its release; empty if it was never heard.
    pub release: String,
    /// Version of the layout that it goes by.
    pub layout_version: u64,
    /// Digest of that layout, in hex digits.
    pub layout_digest: String,
    /// Shards that it serves.
    pub shards_held: u16,
    /// Repositories held.
    pub repositories: u64,
    /// Bytes of content held; none while it is not known.
    pub content_bytes: Option<u64>,
    /// Bytes free where its data is.
    pub free_bytes: u64,
    /// Milliseconds since it was last heard; zero for the member that answers, none if it was never heard.
    pub last_heard_millis: Option<u64>,
    /// Why it does not answer, in words for people; none while it does, or if nobody knows.
    #[serde(default)]
    pub trouble: Option<String>,
}

/// How far a move is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MoveState {
    /// It has not begun.
    #[default]
    Waiting,
    /// The new holder copies; the old one still serves.
    Copying,
    /// The old holder has stopped serving, and the new one does not serve yet.
    HandingOver,
    /// The new holder serves; the old one may still have rows.
    Cleaning,
}

/// One shard on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveReport {
    /// The shard.
    pub shard: Shard,
    /// Who has it.
    pub from: MemberId,
    /// Who gets it.
    pub to: MemberId,
    /// How far it is.
    pub state: MoveState,
}

/// Knows the cluster.
#[async_trait]
pub trait Reporter: Send + Sync {
    /// The cluster as it is now, from what is known already: nobody is asked and nothing is waited for.
    async fn report(&self, caller: &Caller) -> ClusterReport;
}
