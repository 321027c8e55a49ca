//! The index in memory: repositories, images and manifests, in the orders that lists want.
//!
//! Compact: everything has a number of 32 bits, digests are kept once. Whoever owns it feeds it rows and changes, and puts a lock
//! around it; an answer is made under one lock, so it is one state.

mod assembly;
mod derived;
mod describe;
mod effort;
mod facets;
mod feeding;
mod filtering;
mod flatten;
mod images;
mod listing;
mod matching;
mod orders;
mod pointing;
mod repositories;
mod rows;
mod slab;
mod standing;
mod tags;
#[cfg(test)]
mod tests;
mod totals;
mod visible;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use atoll_oci::{Digest, Platform, Repository, Tag};
use atoll_placement::Shard;

use crate::digests::Digests;
use crate::grams::Grams;
use crate::hashed::Shared;
use crate::names::Names;
use crate::numbers::ByNumbers;
use crate::ordered::Ordered;
pub use assembly::{Assembly, Portion};
use facets::Facets;
pub use feeding::WrittenPulls;
pub use listing::MAX_FAULTS;
use rows::{ImageRow, ManifestRow, RepositoryRow, Traits};
pub use rows::{KnownManifest, KnownTag, LentManifest};
use slab::Slab;
use tags::Tags;

/// All that is known, by number.
#[derive(Debug, Default)]
pub struct Corpus {
    digests: Digests,
    repositories: Slab<RepositoryRow>,
    images: Slab<ImageRow>,
    manifests: Slab<ManifestRow>,
    by_repository: HashMap<Repository, u32>,
    by_manifest: ByNumbers<(u32, u32), u32>,
    traits: Shared<Traits>,
    /// The repository that a row came last for.
    recent_repository: Option<(Repository, u32)>,
    /// The traits of the manifest that came last: the next one often has the same.
    recent_traits: Option<Arc<Traits>>,
    platforms: Shared<Platform>,
    /// Repositories of each shard.
    shards: HashMap<Shard, usize>,
    /// Layer lists by their hash: which manifests have exactly these.
    layer_lists: BTreeSet<(u64, u32)>,
    /// Manifests whose history tells of more layers than there are.
    faulty: BTreeSet<u32>,
    grams: Grams,
    names: Names,
    facets: Facets,
    tags: Tags,
    orders: Orders,
    /// While rows are loaded in bulk, nothing is put in order.
    is_loading: bool,
    /// What still has to be put in order, while many changes come at once.
    unsettled: Option<Unsettled>,
}

/// What changes have touched, in no order and some of it more than once.
#[derive(Debug, Default)]
struct Unsettled {
    images: Vec<u32>,
    repositories: Vec<u32>,
}

/// Repositories with an image, and images, in their orders.
#[derive(Debug, Default)]
struct Orders {
    repositories_by_name: Ordered,
    repositories_by_update: Ordered,
    repositories_by_downloads: Ordered,
    images_by_name: Ordered,
    images_by_update: Ordered,
    images_by_downloads: Ordered,
}

/// How large a corpus is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Repositories, with and without images.
    pub repositories: usize,
    /// Images, one for each tag.
    pub images: usize,
    /// Manifests.
    pub manifests: usize,
    /// Distinct digests.
    pub digests: usize,
}

impl Corpus {
    /// Nothing at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is not one repository.
    pub fn is_empty(&self) -> bool {
        self.repositories.len() == 0
    }

    /// How large it is.
    pub fn extent(&self) -> Extent {
        Extent {
            repositories: self.repositories.len(),
            images: self.orders.images_by_name.len(),
            manifests: self.manifests.len(),
            digests: self.digests.len(),
        }
    }

    /// Whether a repository is here, with or without images.
    pub fn has_repository(&self, repository: &Repository) -> bool {
        self.by_repository.contains_key(repository)
    }

    /// What a tag that names an image points at.
    pub fn resolve(&self, repository: &Repository, tag: &Tag) -> Option<Digest> {
        let number = *self.by_repository.get(repository)?;
        let image = self.images.get(self.image_of(number, tag)?)?;
        image.listed.and_then(|_| self.digests.get(image.digest))
    }
}
