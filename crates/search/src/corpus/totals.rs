//! What the images of a repository have between them, counted, so that a change of one does not look at the others.
//!
//! A manifest that shown images point at is counted in with all that is below it. Whoever changes anything below it counts it out
//! before and in again behind.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use atoll_oci::Platform;

use super::Corpus;
use super::derived::Derived;

/// With fewer images, counts cost more than to look at all images when somebody asks.
pub(super) const COUNTED_FROM: usize = 128;

/// Content by how many shown manifests reach it.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// By number of the digest and size: manifests may disagree on a size.
    blobs: BTreeMap<(u32, u64), u64>,
    /// Of each digest the largest size.
    size: u128,
    platforms: BTreeMap<Platform, u64>,
    vendors: BTreeMap<String, u64>,
}

/// What one shown manifest reaches.
pub(super) struct Reached {
    pub(super) blobs: Vec<(u32, u64)>,
    pub(super) platforms: Vec<Platform>,
    pub(super) vendors: Vec<String>,
}

impl Totals {
    pub(super) fn change(&mut self, reached: Reached, is_added: bool) {
        for (digest, size) in reached.blobs {
            let before = self.largest(digest);
            count(&mut self.blobs, (digest, size), is_added);
            self.size = self.size.saturating_sub(before).saturating_add(self.largest(digest));
        }
        for platform in reached.platforms {
            count(&mut self.platforms, platform, is_added);
        }
        for vendor in reached.vendors {
            count(&mut self.vendors, vendor, is_added);
        }
    }

    fn largest(&self, digest: u32) -> u128 {
        let found = self.blobs.range((digest, 0)..=(digest, u64::MAX)).next_back();
        found.map_or(0, |((_, size), _)| u128::from(*size))
    }

    pub(super) fn derived(&self) -> Derived {
        Derived {
            size: u64::try_from(self.size).unwrap_or(u64::MAX),
            platforms: self.platforms.keys().cloned().collect(),
            vendors: self.vendors.keys().cloned().collect(),
        }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, is_added: bool) {
    if is_added {
        *counts.entry(key).or_default() += 1;
    } else if let Some(times) = counts.get_mut(&key) {
        *times -= 1;
        if *times == 0 {
            counts.remove(&key);
        }
    }
}

impl Corpus {
    /// Counts what reaches a manifest in or out, be the manifest here or not.
    pub(super) fn count_around(&mut self, number: u32, digest: u32, is_added: bool) {
        if !self.is_loading {
            self.count_shown(self.with_ancestors(number, digest), is_added);
        }
    }

    /// Counts manifests in or out of their repository, those that are shown.
    pub(super) fn count_shown(&mut self, slots: impl IntoIterator<Item = u32>, is_added: bool) {
        if self.is_loading {
            return;
        }
        for slot in slots {
            let Some(row) = self.manifests.get(slot).filter(|row| row.is_shown()) else { continue };
            let (number, downloads) = (row.repository, u128::from(row.downloads()));
            let Some(repository) = self.repositories.get(number) else { continue };
            let reached = repository.totals.get().map(|_| self.reached(slot));
            let Some(repository) = self.repositories.get_mut(number) else { continue };
            repository.derived = OnceLock::new();
            repository.downloads = if is_added {
                repository.downloads.saturating_add(downloads)
            } else {
                repository.downloads.saturating_sub(downloads)
            };
            if let (Some(totals), Some(reached)) = (repository.totals.get_mut(), reached) {
                totals.change(reached, is_added);
            }
            // Half of what it takes to count at all: a repository at the limit does not start over with each change.
            if repository.images.len() < COUNTED_FROM / 2 {
                repository.totals = OnceLock::new();
            }
        }
    }
}
