//! Pulls, counted in memory and written now and then, so that a pull never waits for a write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use atoll_host::Timestamp;
use atoll_index::{Command, Mutation, PullCount};
use atoll_oci::{Digest, Repository};
use atoll_service::Grant;

/// Most (repository, digest) pairs remembered between two writes; pulls of further ones are not counted.
const MAX_PAIRS: usize = 100_000;

type Counts = HashMap<Repository, HashMap<Digest, (u64, Timestamp)>>;

/// Counters since the last write.
pub(crate) struct Pulls(Mutex<(usize, Counts)>);

impl Pulls {
    pub(crate) fn new() -> Self {
        Self(Mutex::new((0, HashMap::new())))
    }

    /// Counts one pull.
    pub(crate) fn count(&self, repository: &Repository, digest: Digest, at: Timestamp) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pairs, counts) = &mut *guard;
        if let Some((times, last)) = counts.get_mut(repository).and_then(|digests| digests.get_mut(&digest)) {
            *times += 1;
            *last = at.max(*last);
        } else if *pairs < MAX_PAIRS {
            *pairs += 1;
            counts.entry(repository.clone()).or_default().insert(digest, (1, at));
        }
    }

    /// Takes everything counted, as one command for each repository.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Command> {
        let (_, counts) = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let command = |(repository, digests): (Repository, HashMap<Digest, (u64, Timestamp)>)| {
            let count = |(digest, (times, last_at))| PullCount { digest, times, last_at };
            let mut counts: Vec<PullCount> = digests.into_iter().map(count).collect();
            counts.sort_unstable_by_key(|count| count.digest);
            let mutation = Mutation::CountPulls { counts };
            Command { repository, at: now, by: String::new(), grant: Grant::default(), mutation }
        };
        counts.into_iter().map(command).collect()
    }
}

#[cfg(test)]
mod tests;
