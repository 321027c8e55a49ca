//! A corpus put together from portions that were loaded side by side. Portions have no repository in common, so what belongs to one
//! repository is in order before they come together: then only numbers change.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::rows::{Dangling, ImageRow, ManifestRow, NO_SLOT, Parts, RepositoryRow, Signatures, Traits};
use super::{Corpus, Extent};
use crate::grams::Grams;
use crate::numbers::Numbers;

/// Some repositories with all that is in them.
#[derive(Debug)]
pub struct Portion(Corpus);

/// A corpus on its way.
#[derive(Debug, Default)]
pub struct Assembly {
    whole: Corpus,
    portions: usize,
    /// Those of the portions, and the number of the first repository of each.
    grams: Vec<(Grams, u32)>,
}

impl Portion {
    /// Loads repositories: `load` puts their rows in, and may find something else on the way.
    pub fn load<T, E>(load: impl FnOnce(&mut Corpus) -> Result<T, E>) -> Result<(Self, T), E> {
        let mut corpus = Corpus::new();
        corpus.begin_loading();
        let found = load(&mut corpus)?;
        corpus.settle_each();
        Ok((Self(corpus), found))
    }
}

impl Assembly {
    /// Without any repository; about so many portions will come.
    pub fn of(portions: usize) -> Self {
        let mut whole = Corpus::new();
        whole.begin_loading();
        Self { whole, portions, grams: Vec::with_capacity(portions) }
    }

    /// Takes over a portion, whose repositories are others than those here.
    pub fn add(&mut self, portion: Portion) {
        let Portion(mut part) = portion;
        if self.whole.is_empty() {
            // Repositories are spread evenly, so each portion has about as much as the first. With a little more nothing has to grow.
            self.whole.expect(part.extent_times(self.portions + self.portions.div_ceil(8)));
        }
        let whole = &mut self.whole;
        let moved = Moved {
            repositories: whole.repositories.next_number(),
            images: whole.images.next_number(),
            manifests: whole.manifests.next_number(),
            digests: Vec::new(),
        };
        let digests = whole.digests.take_over(std::mem::take(&mut part.digests), moved.manifests);
        let moved = Moved { digests, ..moved };
        whole.take_manifests(&mut part, &moved);
        whole.images.append(std::mem::take(&mut part.images), |_, row| moved.image(row));
        whole.take_repositories(&mut part, &moved);
        self.grams.push((std::mem::take(&mut part.grams), moved.repositories));
        whole.faulty.extend(part.faulty.iter().map(|slot| slot + moved.manifests));
    }

    /// The corpus of all portions.
    pub fn finish(self) -> Corpus {
        let Self { mut whole, grams, .. } = self;
        whole.grams = Grams::of_parts(&grams);
        whole.put_in_order();
        whole
    }
}

impl Corpus {
    fn extent_times(&self, portions: usize) -> Extent {
        Extent {
            repositories: self.repositories.len().saturating_mul(portions),
            images: self.images.len().saturating_mul(portions),
            manifests: self.manifests.len().saturating_mul(portions),
            // Each manifest has one of its own; what it names beside, others mostly name as well.
            digests: self.manifests.len().saturating_mul(portions),
        }
    }

    /// Makes room for so many more rows, as far as that spares work: too few or too many do no harm.
    fn expect(&mut self, expected: Extent) {
        self.by_repository.reserve(expected.repositories);
        self.by_manifest.reserve(expected.manifests);
        self.digests.reserve(expected.digests);
    }

    fn take_manifests(&mut self, part: &mut Corpus, moved: &Moved) {
        let mut traits: HashMap<usize, Arc<Traits>, BuildHasherDefault<Numbers>> = HashMap::default();
        for known in std::mem::take(&mut part.traits).into_all() {
            traits.insert(Arc::as_ptr(&known).addr(), self.traits.one(known));
        }
        let platforms = &mut self.platforms;
        let by_manifest = &mut self.by_manifest;
        self.manifests.append(std::mem::take(&mut part.manifests), |slot, row: &mut ManifestRow| {
            row.repository += moved.repositories;
            row.digest = moved.digest(row.digest);
            if let Some(known) = traits.get(&Arc::as_ptr(&row.traits).addr()) {
                row.traits = Arc::clone(known);
            }
            match &mut row.parts {
                Parts::Image { config, layers } => {
                    for part in config.iter_mut().chain(layers) {
                        part.digest = moved.digest(part.digest);
                    }
                }
                Parts::Index(children) => {
                    for (child, platform) in children {
                        *child = moved.digest(*child);
                        *platform = platforms.one(Arc::clone(platform));
                    }
                }
            }
            row.images.add_to_each(moved.images);
            if let Some((subject, _)) = row.signs.as_deref_mut() {
                *subject = moved.digest(*subject);
            }
            by_manifest.insert((row.repository, row.digest), slot);
        });
    }

    fn take_repositories(&mut self, part: &mut Corpus, moved: &Moved) {
        let (by_repository, names) = (&mut self.by_repository, &mut self.names);
        self.repositories.append(std::mem::take(&mut part.repositories), |number, row| {
            moved.repository(row);
            by_repository.insert(row.name.clone(), number);
            names.insert(row.name.as_str(), number);
        });
        for (shard, repositories) in std::mem::take(&mut part.shards) {
            *self.shards.entry(shard).or_default() += repositories;
        }
    }
}

/// What becomes of the numbers of a portion: digests have new ones, the others rise by as many as there were before.
struct Moved {
    repositories: u32,
    images: u32,
    manifests: u32,
    digests: Vec<u32>,
}

impl Moved {
    fn digest(&self, number: u32) -> u32 {
        self.digests.get(number as usize).copied().unwrap_or(u32::MAX)
    }

    fn image(&self, row: &mut ImageRow) {
        row.repository += self.repositories;
        row.digest = self.digest(row.digest);
        if row.slot != NO_SLOT {
            row.slot += self.manifests;
        }
    }

    fn repository(&self, row: &mut RepositoryRow) {
        for order in [&mut row.images, &mut row.by_making, &mut row.by_tagging] {
            order.add_to_each(self.images);
        }
        row.newest = row.newest.map(|image| image + self.images);
        for slot in &mut row.manifests {
            *slot += self.manifests;
        }
        if let Some(dangling) = &mut row.dangling {
            let Dangling(before) = std::mem::take(&mut **dangling);
            let of = |(digest, images)| (self.digest(digest), raised(images, self.images));
            **dangling = Dangling(before.into_iter().map(of).collect());
        }
        if let Some(signatures) = &mut row.signatures {
            let Signatures { by_tag, by_subject } = std::mem::take(&mut **signatures);
            let signed = |(subject, signing)| (self.digest(subject), self.digest(signing));
            let signers = |(subject, slots)| (self.digest(subject), raised(slots, self.manifests));
            **signatures = Signatures {
                by_tag: by_tag.into_iter().map(signed).collect(),
                by_subject: by_subject.into_iter().map(signers).collect(),
            };
        }
    }
}

fn raised(mut numbers: Vec<u32>, by: u32) -> Vec<u32> {
    for number in &mut numbers {
        *number += by;
    }
    numbers
}
