//! From numbers to rows, from tags to manifests, and from manifests to the images that show them.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash as _, Hasher as _};

use atoll_oci::{Digest, Platform, Repository, Tag};

use super::Corpus;
use super::rows::{ManifestRow, NO_SLOT};
use crate::numbers::Numbers;
use crate::ordered::Place;

/// A manifest as an image shows it.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) slot: u32,
    pub(super) row: &'a ManifestRow,
    /// What it runs on: as its config tells it, else as the index does.
    pub(super) platform: &'a Platform,
}

impl Corpus {
    pub(super) fn slot(&self, repository: &Repository, digest: &Digest) -> Option<u32> {
        let number = *self.by_repository.get(repository)?;
        self.by_manifest.get(&(number, self.digests.find(digest)?)).copied()
    }

    pub(super) fn slot_of_image(&self, image: u32) -> Option<u32> {
        self.images.get(image).map(|row| row.slot).filter(|slot| *slot != NO_SLOT)
    }

    /// How the tag of an image stands to another one.
    pub(super) fn compare_tag(&self, image: u32, tag: &Tag) -> Ordering {
        self.images.get(image).map(|row| &row.tag).cmp(&Some(tag))
    }

    pub(super) fn image_of(&self, number: u32, tag: &Tag) -> Option<u32> {
        self.image_or_place(number, tag).ok()
    }

    /// The same, or where such an image belongs among those of the repository.
    pub(super) fn image_or_place(&self, number: u32, tag: &Tag) -> Result<u32, Place> {
        let row = self.repositories.get(number).ok_or_else(Place::default)?;
        row.images.find_or_place(|image| self.compare_tag(image, tag))
    }

    /// The manifests that an image shows: itself, or of an index those below it that are here, in order and each once.
    pub(super) fn listed(&self, slot: u32) -> Vec<Listed<'_>> {
        let Some(row) = self.manifests.get(slot) else { return Vec::new() };
        if !row.parts.is_index() {
            return vec![Listed { slot, row, platform: &row.traits.platform }];
        }
        let (mut found, mut seen) = (Vec::new(), HashSet::from([slot]));
        // The children that are still to be looked at, the next one last.
        let mut open: Vec<(u32, &Platform)> = Vec::new();
        self.open_children(row, &mut open);
        while let Some((slot, told)) = open.pop() {
            let Some(row) = self.manifests.get(slot).filter(|_| seen.insert(slot)) else { continue };
            if row.parts.is_index() {
                self.open_children(row, &mut open);
            } else {
                let own = &row.traits.platform;
                let is_told = !(own.os.is_empty() && own.architecture.is_empty());
                found.push(Listed { slot, row, platform: if is_told { own } else { told } });
            }
        }
        found
    }

    fn open_children<'a>(&'a self, row: &'a ManifestRow, open: &mut Vec<(u32, &'a Platform)>) {
        for (child, platform) in row.parts.children().iter().rev() {
            if let Some(slot) = self.by_manifest.get(&(row.repository, *child)) {
                open.push((*slot, platform));
            }
        }
    }

    /// The manifest of this digest, if it is here, and the indexes of its repository that have it below them.
    pub(super) fn with_ancestors(&self, number: u32, digest: u32) -> BTreeSet<u32> {
        let mut found: BTreeSet<u32> = self.by_manifest.get(&(number, digest)).copied().into_iter().collect();
        let mut open = vec![digest];
        while let Some(below) = open.pop() {
            for user in self.digests.users(below) {
                let names_it = |index: &&ManifestRow| {
                    index.repository == number
                        && index.parts.children().iter().any(|(child, _)| *child == below)
                };
                let index = self.manifests.get(*user).filter(names_it);
                open.extend(index.filter(|_| found.insert(*user)).map(|index| index.digest));
            }
        }
        found
    }

    /// The images that show a manifest or have it below them.
    pub(super) fn images_around(&self, slot: u32) -> BTreeSet<u32> {
        let row = self.manifests.get(slot);
        let slots = row.map(|row| self.with_ancestors(row.repository, row.digest)).unwrap_or_default();
        slots
            .iter()
            .filter_map(|slot| self.manifests.get(*slot))
            .flat_map(|row| row.images.as_slice())
            .copied()
            .collect()
    }
}

/// A hash of a layer list; who finds it compares the lists themselves.
pub(super) fn hash_layers(layers: impl Iterator<Item = u32>) -> u64 {
    let mut hasher = Numbers::default();
    for layer in layers {
        layer.hash(&mut hasher);
    }
    hasher.finish()
}
