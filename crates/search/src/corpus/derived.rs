//! What of a repository is computed when somebody asks, and kept until it changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use atoll_oci::Platform;

use super::Corpus;
use super::rows::RepositoryRow;
use super::totals::{COUNTED_FROM, Reached, Totals};

/// What the images of a repository have between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Derived {
    /// Size of the distinct content that its images reach, in bytes.
    pub(super) size: u64,
    /// Distinct platforms, in order.
    pub(super) platforms: Vec<Platform>,
    /// Distinct vendors, in order.
    pub(super) vendors: Vec<String>,
}

impl Corpus {
    pub(super) fn derived(&self, number: u32) -> Arc<Derived> {
        let Some(row) = self.repositories.get(number) else { return Arc::default() };
        let derive = || {
            if row.images.len() < COUNTED_FROM {
                return Arc::new(self.derive(row));
            }
            Arc::new(row.totals.get_or_init(|| Box::new(self.counted(row))).derived())
        };
        Arc::clone(row.derived.get_or_init(derive))
    }

    /// The manifests that shown images of a repository point at.
    pub(super) fn shown_of(&self, row: &RepositoryRow) -> BTreeSet<u32> {
        row.images.iter().filter_map(|image| self.shown(image)).map(|(slot, _)| slot).collect()
    }

    fn counted(&self, row: &RepositoryRow) -> Totals {
        let mut totals = Totals::default();
        for slot in self.shown_of(row) {
            totals.change(self.reached(slot), true);
        }
        totals
    }

    pub(super) fn derive(&self, row: &RepositoryRow) -> Derived {
        let mut sizes: HashMap<u32, u64> = HashMap::new();
        let (mut platforms, mut vendors) = (BTreeSet::new(), BTreeSet::new());
        let shown = self.shown_of(row);
        for listed in shown.iter().flat_map(|slot| self.listed(*slot)) {
            if is_told(listed.platform) {
                platforms.insert(listed.platform);
            }
            if !listed.row.traits.vendor.is_empty() {
                vendors.insert(&listed.row.traits.vendor);
            }
        }
        self.each_blob(shown.into_iter().collect(), |digest, size| {
            // Where manifests disagree on a size, the larger one counts, whichever was seen first.
            let known = sizes.entry(digest).or_default();
            *known = size.max(*known);
        });
        Derived {
            size: sizes.values().fold(0, |sum, size| size.saturating_add(sum)),
            platforms: platforms.into_iter().cloned().collect(),
            vendors: vendors.into_iter().cloned().collect(),
        }
    }

    /// What a manifest reaches, as it counts for its repository.
    pub(super) fn reached(&self, slot: u32) -> Reached {
        let mut blobs = BTreeSet::new();
        self.each_blob(vec![slot], |digest, size| {
            blobs.insert((digest, size));
        });
        let listed = self.listed(slot);
        let platforms = listed.iter().map(|listed| listed.platform).filter(|platform| is_told(platform));
        let vendors = listed.iter().map(|listed| &listed.row.traits.vendor).filter(|v| !v.is_empty());
        Reached {
            blobs: blobs.into_iter().collect(),
            platforms: platforms.cloned().collect(),
            vendors: vendors.cloned().collect(),
        }
    }

    /// Digests and sizes of these manifests and of all that is below them.
    fn each_blob(&self, mut open: Vec<u32>, mut tell: impl FnMut(u32, u64)) {
        let mut seen = BTreeSet::new();
        while let Some(slot) = open.pop() {
            let Some(row) = self.manifests.get(slot).filter(|_| seen.insert(slot)) else { continue };
            let blobs = row.parts.config().into_iter().chain(row.parts.layers().iter().copied());
            blobs.for_each(|part| tell(part.digest, part.size()));
            tell(row.digest, row.size);
            let children = row.parts.children().iter();
            open.extend(children.filter_map(|(child, _)| self.by_manifest.get(&(row.repository, *child))));
        }
    }
}

pub(super) fn is_told(platform: &Platform) -> bool {
    !(platform.os.is_empty() && platform.architecture.is_empty())
}
