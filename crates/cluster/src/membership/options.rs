//! What a member is told about its cluster when it starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_placement::{ClusterId, ClusterKey, Member, MemberId};
use atoll_service::{Custody, Node};
use atoll_wire::CurrentLayout;

/// The local member: a node that also looks after its own shards.
pub trait LocalMember: Node + Custody {}

impl<T: Node + Custody> LocalMember for T {}

/// Reaches other members.
pub trait Connect: Send + Sync {
    /// A node for the member at that address of the link. Nothing is connected before it is asked something; `current` tells the
    /// layout that its calls go by.
    fn connect(&self, member: MemberId, address: &str, current: &CurrentLayout) -> Arc<dyn Node>;
}

/// A member as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Who it is, and its share.
    pub member: Member,
    /// Where the other members reach it, host and port; empty for a server that runs alone.
    pub link_address: String,
    /// Where clients reach it, for reports.
    pub public_address: Option<String>,
}

/// Settings of a membership.
#[derive(Debug, Clone)]
pub struct Options {
    /// The cluster, as the data folder says.
    pub cluster: ClusterId,
    /// Its key.
    pub key: ClusterKey,
    /// Its number of shards.
    pub shards: u16,
    /// Who the local member is.
    pub local: MemberId,
    /// How often its data folder was begun anew.
    pub incarnation: u64,
    /// The release, for people.
    pub release: String,
    /// Every member, the local one included.
    pub members: Vec<Configured>,
    /// The data folder, where the state of the membership is kept.
    pub folder: PathBuf,
    /// Pace and limits.
    pub pace: Pace,
}

impl Options {
    /// The ids of all members in the list, the local one among them.
    pub(super) fn listed(&self) -> impl Iterator<Item = MemberId> + '_ {
        self.members.iter().map(|configured| configured.member.id)
    }
}

/// How often members ask one another, and how much they move at a time.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two rounds of asking, on average.
    pub interval: Duration,
    /// For an answer to one question of a round.
    pub patience: Duration,
    /// For an answer to one step of a hand-over; content may take longer as long as it moves.
    pub step_patience: Duration,
    /// For the next piece of content.
    pub idle: Duration,
    /// Shards taken over at a time.
    pub moves: usize,
    /// Bytes of content a second that each of them copies; `None`: as fast as they come.
    pub bytes_per_second: Option<u64>,
}

impl Default for Pace {
    /// A round each second with 2 s for each answer; four shards at a time, 60 s for each step, 30 s for each piece.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            patience: Duration::from_secs(2),
            step_patience: Duration::from_mins(1),
            idle: Duration::from_secs(30),
            moves: 4,
            bytes_per_second: None,
        }
    }
}
