//! Pulls, counted in memory and written now and then, so that a pull never waits for a write.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use atoll_host::Timestamp;
use atoll_index::{Command, Mutation, PullCount};
use atoll_oci::{Digest, Repository};
use atoll_service::Grant;

/// Most (repository, digest) pairs remembered between two writes; pulls of further ones are not counted.
const MAX_PAIRS: usize = 100_000;

/// Pulls of one manifest: how many, and the latest.
pub(crate) type Pulled = (Repository, Digest, (u64, Timestamp));

#[derive(Default)]
struct Count {
    times: u64,
    /// Those of them that whoever searches was not told of.
    untold: u64,
    last: Timestamp,
}

#[derive(Default)]
struct Counts {
    pairs: usize,
    by_manifest: HashMap<Repository, HashMap<Digest, Count>>,
    /// Manifests with pulls that were not told.
    untold: Vec<(Repository, Digest)>,
}

/// Counters since the last write.
pub(crate) struct Pulls {
    counts: Mutex<Counts>,
    all: AtomicU64,
}

impl Pulls {
    pub(crate) fn new() -> Self {
        Self { counts: Mutex::default(), all: AtomicU64::new(0) }
    }

    /// Pulls counted since the start: a number that changes with each.
    pub(crate) fn all(&self) -> u64 {
        self.all.load(Ordering::Acquire)
    }

    /// Counts one pull.
    pub(crate) fn count(&self, repository: &Repository, digest: Digest, at: Timestamp) {
        let mut guard = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { pairs, by_manifest, untold } = &mut *guard;
        let known = by_manifest.get_mut(repository).and_then(|digests| digests.get_mut(&digest));
        let count = match known {
            Some(count) => count,
            None if *pairs == MAX_PAIRS => return,
            None => {
                *pairs += 1;
                by_manifest.entry(repository.clone()).or_default().entry(digest).or_default()
            }
        };
        count.times += 1;
        count.last = at.max(count.last);
        if count.untold == 0 {
            untold.push((repository.clone(), digest));
        }
        count.untold += 1;
        self.all.fetch_add(1, Ordering::AcqRel);
    }

    /// Pulls counted since this or [`Pulls::take`] was asked last.
    pub(crate) fn tell(&self) -> Vec<Pulled> {
        told(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whoever was told of these could not count them: they are to be told again, unless they were written meanwhile.
    pub(crate) fn tell_again(&self, pulled: &[Pulled]) {
        let mut guard = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { by_manifest, untold, .. } = &mut *guard;
        for (repository, digest, (times, _)) in pulled {
            let digests = by_manifest.get_mut(repository);
            let Some(count) = digests.and_then(|digests| digests.get_mut(digest)) else { continue };
            if count.untold == 0 {
                untold.push((repository.clone(), *digest));
            }
            count.untold = count.untold.saturating_add(*times).min(count.times);
        }
    }

    /// All pulls that are not written; counts them as told.
    pub(crate) fn unwritten(&self) -> Vec<Pulled> {
        let mut guard = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        told(&mut guard);
        let of_one = |(repository, digests): (&Repository, &HashMap<Digest, Count>)| {
            let pulled =
                |(digest, count): (&Digest, &Count)| (repository.clone(), *digest, (count.times, count.last));
            digests.iter().map(pulled).collect::<Vec<_>>()
        };
        guard.by_manifest.iter().flat_map(of_one).collect()
    }

    /// Takes everything counted, as one command for each repository, and what of it was not told.
    pub(crate) fn take(&self, now: Timestamp) -> (Vec<Command>, Vec<Pulled>) {
        let (counts, untold) = {
            let mut guard = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let untold = told(&mut guard);
            (std::mem::take(&mut *guard).by_manifest, untold)
        };
        let command = |(repository, digests): (Repository, HashMap<Digest, Count>)| {
            let count = |(digest, Count { times, last, .. })| PullCount { digest, times, last_at: last };
            let mut counts: Vec<PullCount> = digests.into_iter().map(count).collect();
            counts.sort_unstable_by_key(|count| count.digest);
            let mutation = Mutation::CountPulls { counts };
            Command {
                about: repository.into(),
                at: now,
                by: String::new(),
                grant: Grant::default(),
                mutation,
            }
        };
        let mut counts: Vec<_> = counts.into_iter().collect();
        // So that what follows from a seed is the same each time.
        counts.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        (counts.into_iter().map(command).collect(), untold)
    }
}

fn told(counts: &mut Counts) -> Vec<Pulled> {
    let mut found = Vec::with_capacity(counts.untold.len());
    for (repository, digest) in std::mem::take(&mut counts.untold) {
        let digests = counts.by_manifest.get_mut(&repository);
        if let Some(count) = digests.and_then(|digests| digests.get_mut(&digest)) {
            found.push((repository, digest, (std::mem::take(&mut count.untold), count.last)));
        }
    }
    found
}

#[cfg(test)]
mod tests;
