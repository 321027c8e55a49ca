//! Which images a question is about.

use std::collections::{BTreeSet, HashSet};

use atoll_oci::{Digest, Repository};
use atoll_service::{Layers, MatchImages};

use super::Corpus;
use super::flatten::hash_layers;
use super::rows::{Keys, Part};
use crate::ordered::Ordered;

/// An image that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) image: u32,
    /// Of an index, the manifests that match, in its order; all when empty.
    pub(super) only: Vec<u32>,
}

/// What was found.
pub(super) enum Found {
    /// Every image.
    All,
    /// These, in no order and each once.
    These(Vec<Candidate>),
}

impl Corpus {
    pub(super) fn find(&self, find: &MatchImages) -> Found {
        match find {
            MatchImages::All => Found::All,
            MatchImages::InRepository(repository) => Found::These(self.in_repository(repository)),
            MatchImages::TagBeginsWith { repository, prefix } => {
                Found::These(self.tag_begins(repository, prefix))
            }
            MatchImages::TagContains(text) => Found::These(self.tag_contains(text, usize::MAX).1),
            MatchImages::DigestContains(text) => Found::These(self.digest_contains(text)),
            MatchImages::DerivedFrom(layers) => {
                Found::These(self.showing(&self.derived_from(layers), layers.digest, &HashSet::new()))
            }
            MatchImages::BaseOf(layers) => {
                Found::These(self.showing(&self.base_of(layers), layers.digest, &HashSet::new()))
            }
            MatchImages::Manifests(digests) => {
                let slots = digests.iter().filter_map(|digest| self.digests.find(digest));
                let slots = slots.flat_map(|number| self.slots_of(number)).collect();
                Found::These(self.showing(&slots, None, &HashSet::new()))
            }
        }
    }

    /// Images of a repository that a test admits.
    fn images_in(&self, repository: &Repository, admits: impl Fn(&str, Keys) -> bool) -> Vec<Candidate> {
        let number = self.by_repository.get(repository).copied();
        let images = number.and_then(|number| self.repositories.get(number)).map(|row| &row.images);
        let is_admitted = |image: &u32| {
            self.images
                .get(*image)
                .is_some_and(|row| row.listed.is_some_and(|keys| admits(row.tag.as_str(), keys)))
        };
        images.into_iter().flat_map(Ordered::iter).filter(is_admitted).map(whole).collect()
    }

    fn in_repository(&self, repository: &Repository) -> Vec<Candidate> {
        self.images_in(repository, |_, keys| !keys.is_empty)
    }

    /// Case counts only where it finds something.
    fn tag_begins(&self, repository: &Repository, prefix: &str) -> Vec<Candidate> {
        let exact = self.images_in(repository, |tag, _| tag.starts_with(prefix));
        if !exact.is_empty() {
            return exact;
        }
        self.images_in(repository, |tag, _| {
            tag.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    }

    /// Of an index its digest must be the text; of manifests, configs and layers it must contain it.
    fn digest_contains(&self, text: &str) -> Vec<Candidate> {
        let exact = text.parse::<Digest>().ok();
        let numbers: Vec<u32> = match &exact {
            Some(digest) => self.digests.find(digest).into_iter().collect(),
            None => self.digests.containing(text),
        };
        let (mut slots, mut indexes) = (BTreeSet::new(), HashSet::new());
        for number in numbers {
            for slot in self.digests.users(number) {
                let Some(row) = self.manifests.get(*slot) else { continue };
                if !row.parts.is_index() {
                    slots.insert(*slot);
                } else if row.digest == number && exact.is_some() {
                    indexes.insert(*slot);
                }
            }
        }
        self.showing(&slots, None, &indexes)
    }

    /// Manifests that begin with all layers of one of these.
    fn derived_from(&self, layers: &Layers) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for (_, wanted) in &layers.manifests {
            let numbers: Option<Vec<u32>> = wanted.iter().map(|layer| self.digests.find(layer)).collect();
            // The last layer is the rarest: whoever has it usually has those below it. Nothing is built upon no layers.
            let Some((numbers, last)) = numbers.as_ref().and_then(|numbers| Some((numbers, numbers.last()?)))
            else {
                continue;
            };
            found.extend(self.digests.users(*last).iter().copied().filter(|slot| {
                self.manifests.get(*slot).is_some_and(|row| begins_with(row.parts.layers(), numbers))
            }));
        }
        self.without(found, layers)
    }

    /// The manifests that a question is about are not their own relatives, wherever else they are shown.
    fn without(&self, mut found: BTreeSet<u32>, asked: &Layers) -> BTreeSet<u32> {
        let own: HashSet<u32> =
            asked.manifests.iter().filter_map(|(digest, _)| self.digests.find(digest)).collect();
        found.retain(|slot| self.manifests.get(*slot).is_some_and(|row| !own.contains(&row.digest)));
        found
    }

    /// Manifests that have layers, and all of them begin one of these.
    fn base_of(&self, layers: &Layers) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for (_, of) in &layers.manifests {
            // What is not here at all is in no layer list that is.
            let numbers: Vec<u32> = of.iter().map_while(|layer| self.digests.find(layer)).collect();
            for length in 1..=numbers.len() {
                let Some(begin) = numbers.get(..length) else { continue };
                let hash = hash_layers(begin.iter().copied());
                for (_, slot) in self.layer_lists.range((hash, 0)..=(hash, u32::MAX)) {
                    let is_it = |parts: &[Part]| parts.len() == length && begins_with(parts, begin);
                    if self.manifests.get(*slot).is_some_and(|row| is_it(row.parts.layers())) {
                        found.insert(*slot);
                    }
                }
            }
        }
        self.without(found, layers)
    }

    /// Manifests that have a digest themselves.
    fn slots_of(&self, number: u32) -> impl Iterator<Item = u32> {
        let is_it = move |slot: &u32| self.manifests.get(*slot).is_some_and(|row| row.digest == number);
        self.digests.users(number).iter().copied().filter(is_it)
    }

    /// Images that show one of these manifests, and of an index only these; or that point at one of these indexes. None that
    /// points at `except`.
    fn showing(
        &self,
        slots: &BTreeSet<u32>,
        except: Option<Digest>,
        indexes: &HashSet<u32>,
    ) -> Vec<Candidate> {
        let except = except.and_then(|digest| self.digests.find(&digest));
        let around = slots.iter().flat_map(|slot| self.images_around(*slot));
        let of_indexes =
            indexes.iter().filter_map(|slot| self.manifests.get(*slot)).flat_map(|row| row.images.as_slice());
        let images: BTreeSet<u32> = around.chain(of_indexes.copied()).collect();
        let mut found = Vec::new();
        for image in images {
            let Some((slot, row)) = self.shown(image) else { continue };
            if Some(row.digest) == except {
                continue;
            }
            if !row.parts.is_index() || indexes.contains(&slot) {
                found.push(whole(image));
                continue;
            }
            let listed = self.listed(slot);
            let only: Vec<u32> =
                listed.iter().map(|listed| listed.slot).filter(|s| slots.contains(s)).collect();
            if !only.is_empty() {
                let is_whole = only.len() == listed.len();
                found.push(Candidate { image, only: if is_whole { Vec::new() } else { only } });
            }
        }
        found
    }
}

pub(super) fn whole(image: u32) -> Candidate {
    Candidate { image, only: Vec::new() }
}

fn begins_with(layers: &[Part], begin: &[u32]) -> bool {
    layers.len() >= begin.len() && layers.iter().zip(begin).all(|(layer, wanted)| layer.digest == *wanted)
}
