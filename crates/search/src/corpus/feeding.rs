//! Rows and changes in. Each call leaves everything that follows from it up to date.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use atoll_host::Timestamp;
use atoll_oci::{Digest, Repository, Tag};
use atoll_placement::Shard;

use super::Corpus;
use super::rows::{
    KnownManifest, KnownTag, LentManifest, ManifestRow, NO_SLOT, Part, Parts, RepositoryRow, Traits,
};
use crate::few::Few;
use crate::ordered::Ordered;
use crate::{LentFront, TagKind};

impl Corpus {
    /// A repository is here.
    pub fn add_repository(&mut self, repository: &Repository, shard: Shard) {
        if self.by_repository.contains_key(repository) {
            return;
        }
        let row = RepositoryRow {
            name: repository.clone(),
            shard,
            stars: 0,
            images: Ordered::default(),
            by_making: Ordered::default(),
            by_tagging: Ordered::default(),
            dangling: None,
            manifests: Vec::new(),
            signatures: None,
            downloads: 0,
            newest: None,
            listed: None,
            derived: OnceLock::new(),
            totals: OnceLock::new(),
        };
        let number = self.repositories.insert(row);
        self.by_repository.insert(repository.clone(), number);
        self.grams.insert(repository.as_str(), number);
        self.names.insert(repository.as_str(), number);
        self.facets.touch(number);
        *self.shards.entry(shard).or_default() += 1;
    }

    /// The number of a repository. Rows of the same one mostly come one after the other.
    fn number_of(&mut self, repository: &Repository) -> Option<u32> {
        if let Some((_, number)) = self.recent_repository.as_ref().filter(|(name, _)| name == repository) {
            return Some(*number);
        }
        let number = self.by_repository.get(repository).copied()?;
        self.recent_repository = Some((repository.clone(), number));
        Some(number)
    }

    /// A repository is gone, with everything in it.
    pub fn remove_repository(&mut self, repository: &Repository) {
        let Some(number) = self.by_repository.get(repository).copied() else { return };
        let Some(row) = self.repositories.get_mut(number) else { return };
        row.totals = OnceLock::new();
        let (images, manifests, shard) =
            (row.images.iter().collect::<Vec<_>>(), row.manifests.clone(), row.shard);
        for image in images {
            self.drop_image(image);
        }
        for manifest in manifests {
            self.drop_manifest(manifest);
        }
        self.drop_signature_tags(number);
        self.settle_repository(number);
        self.grams.remove(repository.as_str(), number);
        self.names.remove(number);
        self.facets.touch(number);
        self.by_repository.remove(repository);
        self.recent_repository = None;
        self.repositories.remove(number);
        if let Entry::Occupied(mut entry) = self.shards.entry(shard) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }

    /// A shard is no longer served here.
    pub fn drop_shard(&mut self, shard: Shard) {
        let of_shard = |number: &u32| self.repositories.get(*number).is_some_and(|row| row.shard == shard);
        let numbers: Vec<u32> = self.repositories.numbers().filter(of_shard).collect();
        for number in numbers {
            if let Some(name) = self.repositories.get(number).map(|row| row.name.clone()) {
                self.remove_repository(&name);
            }
        }
    }

    /// A manifest is here, whose texts are to be read in its facts. What was known of it before is forgotten, but for its pulls.
    pub fn put_manifest(&mut self, repository: &Repository, known: &KnownManifest) {
        let (digest, pushed_at, front) = (known.digest, known.pushed_at, known.front.lend());
        let lent = LentManifest { digest, pushed_at, pushed_by: &known.pushed_by, front, wording: &[] };
        self.put_lent(repository, &lent, (known.pulls, known.last_pulled_at));
    }

    /// The same of one that has no pulls yet.
    pub fn put_lent_manifest(&mut self, repository: &Repository, known: &LentManifest<'_>) {
        self.put_lent(repository, known, (0, Timestamp(0)));
    }

    fn put_lent(&mut self, repository: &Repository, known: &LentManifest<'_>, pulled: (u64, Timestamp)) {
        let (pulls, last_pulled_at) = pulled;
        let Some(number) = self.number_of(repository) else { return };
        self.facets.touch(number);
        let digest = self.digests.acquire(&known.digest);
        let previous = self.by_manifest.get(&(number, digest)).copied();
        let pulled = previous
            .and_then(|slot| self.manifests.get(slot))
            .map_or((pulls, 0, last_pulled_at), |row| (row.pulls, row.pending, row.last_pulled_at));
        let mut row = self.manifest_row(number, digest, known);
        (row.pulls, row.pending, row.last_pulled_at) = pulled;
        if previous.and_then(|slot| self.manifests.get(slot)).is_some_and(|previous| previous.tells_as(&row))
        {
            return self.release_row(&row);
        }
        // Whom nobody names, no index has below it.
        let is_alone = self.digests.users(digest).is_empty();
        if !is_alone {
            self.count_around(number, digest, false);
        }
        if let Some(previous) = previous {
            self.drop_manifest(previous);
        }
        let slot = self.manifests.insert(row);
        self.by_manifest.insert((number, digest), slot);
        self.enter_manifest(slot);
        if is_alone && self.manifests.get(slot).is_some_and(|row| row.images.as_slice().is_empty()) {
            return;
        }
        self.count_around(number, digest, true);
        self.refresh_around(slot);
    }

    /// When a manifest that is here was first pushed, and by whom.
    pub fn set_push(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        (at, by): (Timestamp, &str),
    ) -> bool {
        let Some(slot) = self.slot(repository, digest) else { return false };
        let Some(traits) = self.manifests.get(slot).map(|row| Arc::clone(&row.traits)) else { return false };
        let traits = if traits.pushed_by == by {
            traits
        } else {
            self.traits.one(Arc::new(Traits { pushed_by: by.to_owned(), ..(*traits).clone() }))
        };
        if let Some(row) = self.manifests.get_mut(slot) {
            (row.pushed_at, row.traits) = (at, traits);
        }
        true
    }

    /// A manifest is gone.
    pub fn remove_manifest(&mut self, repository: &Repository, digest: &Digest) {
        let Some(slot) = self.slot(repository, digest) else { return };
        let Some((number, digest)) = self.manifests.get(slot).map(|row| (row.repository, row.digest)) else {
            return;
        };
        self.facets.touch(number);
        let affected = self.images_around(slot);
        self.count_around(number, digest, false);
        self.drop_manifest(slot);
        self.count_around(number, digest, true);
        self.refresh_images(affected);
        self.refresh_repository(number);
    }

    /// A tag is set.
    pub fn set_tag(&mut self, repository: &Repository, known: &KnownTag) {
        let Some(number) = self.number_of(repository) else { return };
        self.facets.touch(number);
        match TagKind::of(known.tag.as_str()) {
            TagKind::Referrers => {}
            TagKind::Signatures(subject) => self.set_signature_tag(number, &subject, &known.digest),
            TagKind::Image => {
                let image = self.set_image(number, known);
                self.refresh_images([image]);
                self.refresh_repository(number);
            }
        }
    }

    /// A tag is gone.
    pub fn remove_tag(&mut self, repository: &Repository, tag: &Tag) {
        let Some(number) = self.by_repository.get(repository).copied() else { return };
        self.facets.touch(number);
        match TagKind::of(tag.as_str()) {
            TagKind::Referrers => {}
            TagKind::Signatures(subject) => self.clear_signature_tag(number, &subject),
            TagKind::Image => {
                if let Some(image) = self.image_of(number, tag) {
                    self.drop_image(image);
                    self.refresh_repository(number);
                }
            }
        }
    }

    /// Pulls were counted that are not yet written.
    pub fn count_pulls(&mut self, repository: &Repository, digest: &Digest, counted: (u64, Timestamp)) {
        let (times, last_at) = counted;
        self.change_pulls(repository, digest, |row| {
            row.pending = row.pending.saturating_add(times);
            row.last_pulled_at = row.last_pulled_at.max(last_at);
        });
    }

    /// Whether a manifest is known: pulls of others are not counted.
    pub fn has_manifest(&self, repository: &Repository, digest: &Digest) -> bool {
        self.slot(repository, digest).is_some()
    }

    /// Counted pulls were written: `times` more, and so many in all.
    pub fn write_pulls(&mut self, repository: &Repository, digest: &Digest, written: WrittenPulls) {
        self.change_pulls(repository, digest, |row| {
            row.pending = row.pending.saturating_sub(written.times);
            row.pulls = written.total;
            row.last_pulled_at = row.last_pulled_at.max(written.last_at);
        });
    }

    fn change_pulls(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        change: impl FnOnce(&mut ManifestRow),
    ) {
        let Some(slot) = self.slot(repository, digest) else { return };
        let Some(row) = self.manifests.get_mut(slot) else { return };
        let (before, is_shown) = (row.downloads(), row.is_shown());
        change(row);
        let after = row.downloads();
        if after == before {
            return;
        }
        let (number, images) = (row.repository, row.images.clone());
        if let Some(row) = self.repositories.get_mut(number).filter(|_| is_shown) {
            row.downloads = row.downloads.saturating_sub(before.into()).saturating_add(after.into());
        }
        self.refresh_images(images.as_slice().iter().copied());
        self.refresh_repository(number);
    }

    /// So many users starred a repository.
    pub fn set_stars(&mut self, repository: &Repository, stars: u64) {
        let number = self.by_repository.get(repository).copied();
        if let Some(row) = number.and_then(|number| self.repositories.get_mut(number)) {
            row.stars = stars;
        }
    }

    /// Many rows follow: nothing is put in order until [`Corpus::finish_loading`].
    pub fn begin_loading(&mut self) {
        self.is_loading = true;
    }

    /// Puts everything in order that was loaded.
    pub fn finish_loading(&mut self) {
        self.settle_each();
        self.put_in_order();
    }

    /// Puts everything in order at once, where each repository is in order in itself.
    pub(super) fn put_in_order(&mut self) {
        self.is_loading = false;
        self.recent_repository = None;
        self.facets.clear();
        self.build_layer_lists();
        self.build_orders();
    }

    fn build_layer_lists(&mut self) {
        let hash = |slot| Some((self.manifests.get(slot)?.layers_hash()?, slot));
        self.layer_lists = self.manifests.numbers().filter_map(hash).collect();
    }

    fn manifest_row(&mut self, repository: u32, digest: u32, known: &LentManifest<'_>) -> ManifestRow {
        let front = &known.front;
        let signs = front.signs.map(|signs| Box::new((self.digests.acquire(&signs.subject), signs.tool)));
        let is_recent = |traits: &&Arc<Traits>| traits.are_of(known);
        let traits = match self.recent_traits.as_ref().filter(is_recent) {
            Some(traits) => Arc::clone(traits),
            None => self.traits.one(Arc::new(Traits::of(known))),
        };
        self.recent_traits = Some(Arc::clone(&traits));
        ManifestRow {
            repository,
            place: 0,
            digest,
            traits,
            parts: self.parts(front),
            size: front.size,
            created: front.created,
            config_created: front.config_created,
            pushed_at: known.pushed_at,
            pulls: 0,
            pending: 0,
            last_pulled_at: Timestamp(0),
            images: Few::default(),
            signs,
            has_excess_history: front.has_excess_history,
        }
    }

    fn parts(&mut self, front: &LentFront<'_>) -> Parts {
        if front.is_index {
            let mut children = Vec::with_capacity(front.children.len());
            for child in front.children.as_ref() {
                let platform = self.platforms.one(Arc::new(child.platform.clone()));
                children.push((self.digests.acquire(&child.digest), platform));
            }
            return Parts::Index(children.into());
        }
        let digests = &mut self.digests;
        let mut part = |blob: &crate::Blob| Part::new(digests.acquire(&blob.digest), blob.size);
        Parts::Image {
            config: front.config.as_ref().map(&mut part),
            layers: front.layers.iter().map(&mut part).collect(),
        }
    }

    /// A manifest is known: who uses what, layer lists, signatures, faults.
    fn enter_manifest(&mut self, slot: u32) {
        let Some(row) = self.manifests.get(slot) else { return };
        let (number, digest) = (row.repository, row.digest);
        let mut named: Vec<u32> = row.parts.named().chain([digest]).collect();
        named.sort_unstable();
        named.dedup();
        if let Some(hash) = row.layers_hash().filter(|_| !self.is_loading) {
            self.layer_lists.insert((hash, slot));
        }
        if row.has_excess_history {
            self.faulty.insert(slot);
        }
        if let Some((subject, _)) = row.signs.as_deref() {
            let signatures =
                self.repositories.get_mut(number).map(|row| row.signatures.get_or_insert_default());
            if let Some(signatures) = signatures {
                signatures.by_subject.entry(*subject).or_default().push(slot);
            }
        }
        for named in named {
            self.digests.add_user(named, slot);
        }
        let Some(repository) = self.repositories.get_mut(number) else { return };
        let pointing = repository.take_dangling(digest);
        for image in &pointing {
            if let Some(row) = self.images.get_mut(*image) {
                row.slot = slot;
            }
        }
        repository.manifests.push(slot);
        let place = u32::try_from(repository.manifests.len() - 1).unwrap_or(u32::MAX);
        if let Some(row) = self.manifests.get_mut(slot) {
            (row.images, row.place) = (Few::from(pointing), place);
        }
    }

    /// The inverse of [`Corpus::put_manifest`], but for what follows from it.
    fn drop_manifest(&mut self, slot: u32) {
        let Some(mut row) = self.manifests.remove(slot) else { return };
        self.by_manifest.remove(&(row.repository, row.digest));
        let named: BTreeSet<u32> = row.parts.named().chain([row.digest]).collect();
        for named in named {
            self.digests.remove_user(named, slot);
        }
        if let Some(hash) = row.layers_hash() {
            self.layer_lists.remove(&(hash, slot));
        }
        self.faulty.remove(&slot);
        if let Some(repository) = self.repositories.get_mut(row.repository) {
            let images = std::mem::take(&mut row.images).into_vec();
            for image in &images {
                if let Some(row) = self.images.get_mut(*image) {
                    row.slot = NO_SLOT;
                }
            }
            if !images.is_empty() {
                repository.dangling.get_or_insert_default().0.insert(row.digest, images);
            }
            let place = row.place as usize;
            if place < repository.manifests.len() {
                repository.manifests.swap_remove(place);
            }
            let moved = repository.manifests.get(place);
            if let Some(moved) = moved.and_then(|moved| self.manifests.get_mut(*moved)) {
                moved.place = row.place;
            }
            if let (Some(signatures), Some((subject, _))) = (&mut repository.signatures, row.signs.as_deref())
            {
                signatures.drop_signer(*subject, slot);
            }
        }
        self.release_row(&row);
    }

    /// Gives back the numbers of all digests that a row names.
    fn release_row(&mut self, row: &ManifestRow) {
        for part in row.parts.named() {
            self.digests.release(part);
        }
        if let Some((subject, _)) = row.signs.as_deref() {
            self.digests.release(*subject);
        }
        self.digests.release(row.digest);
    }
}

/// Pulls that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPulls {
    /// How many of those counted.
    pub times: u64,
    /// How many in all.
    pub total: u64,
    /// The latest of all.
    pub last_at: Timestamp,
}
