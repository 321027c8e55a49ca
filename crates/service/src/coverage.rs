//! How much of the cluster an answer speaks for. A partial answer is a value, never a silent one.

use atoll_placement::{MemberId, Shard};
use serde::{Deserialize, Serialize};

/// Shards that could not be heard in time, together because one member has them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Missing {
    /// The shards.
    pub shards: Vec<Shard>,
    /// The member that should have answered; `None` where nobody is known to have them.
    pub member: Option<MemberId>,
    /// Whether asking again may help.
    pub is_retryable: bool,
}

/// The shards a gathered answer asked and heard. `answered` and `missing` are disjoint and together are what was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coverage {
    /// Shards whose rows are in the answer, each once.
    pub answered: Vec<Shard>,
    /// Shards whose rows are not.
    pub missing: Vec<Missing>,
}

impl Coverage {
    /// Whether every shard that was asked has answered.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// How many shards are missing.
    pub fn missing_count(&self) -> usize {
        self.missing.iter().map(|group| group.shards.len()).sum()
    }
}

/// An answer put together from leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered<T> {
    /// The merged answer.
    pub answer: T,
    /// What it covers.
    pub coverage: Coverage,
}
