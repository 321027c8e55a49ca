//! How much of the cluster an answer speaks for. A partial answer is a value, never a silent one.

use atoll_placement::Shard;
use serde::{Deserialize, Serialize};

/// The shards a gathered answer asked and heard. `answered` and `missing` are disjoint and together are what was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Shards whose rows are in the answer, each once.
    pub answered: Vec<Shard>,
    /// Shards that could not be heard in time.
    pub missing: Vec<Shard>,
}

impl Coverage {
    /// Whether every shard that was asked has answered.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
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
