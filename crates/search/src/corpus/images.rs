//! Lists of images.

use std::cmp::Ordering;

use atoll_placement::Shard;
use atoll_service::{Description, ImageHit, ImageHits, ImageKey, LeafImages, MatchImages, Sort};

use super::Corpus;
use super::filtering::{Scope, admits_all_images};
use super::flatten::Listed;
use super::listing::{Collected, order_of, select, told, value_of};
use super::matching::{Candidate, Found};
use super::orders::By;
use super::rows::Keys;
use super::visible::created;

/// An image that matches and where it stands, by what of it matches.
struct Placed {
    candidate: Candidate,
    keys: Option<Keys>,
}

impl Corpus {
    /// Images of these shards that match, described as far as is known here ([`crate::complete_image`]) if asked for.
    pub fn list_images(&self, shards: &[Shard], request: &LeafImages) -> ImageHits {
        let scope = self.scope(shards, &request.visibility);
        if let Some((total, rows)) = self.first_tagged(&scope, request) {
            return ImageHits { total, hits: self.image_hits(&rows, request), faults: Vec::new() };
        }
        let found = match self.find(&request.find) {
            Found::All => None,
            Found::These(candidates) => {
                let is_in = |candidate: &Candidate| self.is_image_in(&scope, candidate.image);
                Some(candidates.into_iter().filter(is_in).collect::<Vec<_>>())
            }
        };
        let faults = self.image_faults(&scope, found.as_deref());
        let (total, rows) = match found {
            None => self.all_images(&scope, request),
            Some(candidates) => self.some_images(candidates, request),
        };
        ImageHits { total, hits: self.image_hits(&rows, request), faults }
    }

    fn image_hits(&self, rows: &[Placed], request: &LeafImages) -> Vec<ImageHit> {
        let rows = rows.iter().zip(request.stretch.skip..);
        rows.filter_map(|(row, before)| self.image_hit(row, request.stretch.describes(before), request))
            .collect()
    }

    /// A page of a search for tags by name, where all that matches counts: what stands behind the page is only counted. `None` if
    /// each image has to be looked at.
    fn first_tagged(&self, scope: &Scope<'_>, request: &LeafImages) -> Option<(u64, Vec<Placed>)> {
        let MatchImages::TagContains(text) = &request.find else { return None };
        let is_plain = scope.is_everything() && admits_all_images(&request.filter) && self.faulty.is_empty();
        if !is_plain || order_of(request.sort) != (By::Name, false) {
            return None;
        }
        let end = request.stretch.skip.saturating_add(request.stretch.take);
        let (total, found) = self.tag_contains(text, usize::try_from(end).unwrap_or(usize::MAX));
        Some((total, self.some_images(found, request).1))
    }

    fn is_image_in(&self, scope: &Scope<'_>, image: u32) -> bool {
        self.images.get(image).is_some_and(|row| self.is_in(scope, row.repository))
    }

    fn all_images(&self, scope: &Scope<'_>, request: &LeafImages) -> (u64, Vec<Placed>) {
        let (by, is_reversed) = order_of(request.sort);
        let order = match by {
            By::Name => &self.orders.images_by_name,
            By::Update => &self.orders.images_by_update,
            By::Downloads => &self.orders.images_by_downloads,
        };
        let place = |image| Placed {
            candidate: Candidate { image, only: Vec::new() },
            keys: self.images.get(image).and_then(|row| row.listed),
        };
        if scope.is_everything() && admits_all_images(&request.filter) {
            let skip = usize::try_from(request.stretch.skip).unwrap_or(usize::MAX);
            let take = usize::try_from(request.stretch.take).unwrap_or(usize::MAX);
            let rows = order.stretch(skip, take, is_reversed).into_iter().map(place).collect();
            return (u64::try_from(order.len()).unwrap_or(u64::MAX), rows);
        }
        let mut collected = Collected::new(request.stretch);
        let images: Box<dyn Iterator<Item = u32>> = if is_reversed {
            Box::new(order.stretch(0, usize::MAX, true).into_iter())
        } else {
            Box::new(order.iter())
        };
        for image in images {
            let listed = || self.listed_of(image, &[]);
            let passes =
                admits_all_images(&request.filter) || self.image_passes(&request.filter, image, &listed());
            if passes && self.is_image_in(scope, image) {
                collected.add(|| place(image));
            }
        }
        (collected.total, collected.rows)
    }

    fn some_images(&self, candidates: Vec<Candidate>, request: &LeafImages) -> (u64, Vec<Placed>) {
        let mut rows = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let Candidate { image, only } = &candidate;
            let passes = admits_all_images(&request.filter)
                || self.image_passes(&request.filter, *image, &self.listed_of(*image, only));
            if passes {
                let keys = self.keys_of_candidate(&candidate);
                rows.push(Placed { candidate, keys });
            }
        }
        let (by, is_reversed) = order_of(request.sort);
        select(rows, request.stretch, |left, right| {
            let by_keys = match by {
                By::Name => Ordering::Equal,
                By::Update | By::Downloads => {
                    let value = |row: &Placed| value_of(request.sort, 0, row.keys);
                    value(left).cmp(&value(right))
                }
            };
            by_keys.then_with(|| {
                let order = self.compare_images(By::Name, left.candidate.image, right.candidate.image);
                if is_reversed { order.reverse() } else { order }
            })
        })
    }

    /// The manifests that an image shows, or those of them that are named.
    pub(super) fn listed_of(&self, image: u32, only: &[u32]) -> Vec<Listed<'_>> {
        let Some((slot, _)) = self.shown(image) else { return Vec::new() };
        let mut listed = self.listed(slot);
        if !only.is_empty() {
            listed.retain(|listed| only.contains(&listed.slot));
        }
        listed
    }

    /// What is shown in part stands where that part stands.
    fn keys_of_candidate(&self, candidate: &Candidate) -> Option<Keys> {
        let keys = self.images.get(candidate.image)?.listed?;
        if candidate.only.is_empty() {
            return Some(keys);
        }
        let (_, row) = self.shown(candidate.image)?;
        let told = created(row, &self.listed_of(candidate.image, &candidate.only));
        Some(Keys { updated: Keys::instant(told), ..keys })
    }

    fn image_hit(&self, placed: &Placed, is_described: bool, request: &LeafImages) -> Option<ImageHit> {
        let Candidate { image, only } = &placed.candidate;
        let row = self.images.get(*image)?;
        let digest_of = |slot: &u32| self.digests.get(self.manifests.get(*slot)?.digest);
        let key = ImageKey {
            repository: self.repositories.get(row.repository)?.name.clone(),
            tag: row.tag.clone(),
            digest: self.digests.get(row.digest)?,
            only: only.iter().filter_map(digest_of).collect(),
        };
        let summary =
            if is_described { Some(Description::ready(self.summary_of_image(*image, only)?)) } else { None };
        let sort = if request.sort == Sort::Relevance { Sort::NameAscending } else { request.sort };
        Some(ImageHit { value: value_of(sort, 0, placed.keys), key, summary })
    }

    /// What is wrong with all that matches, whether a filter admits it or not.
    fn image_faults(&self, scope: &Scope<'_>, found: Option<&[Candidate]>) -> Vec<String> {
        let faulty = self.faulty_images();
        if faulty.is_empty() {
            return Vec::new();
        }
        let sentences = |image: u32, only: &[u32]| -> Vec<String> {
            let slots = faulty.get(&image).into_iter().flatten();
            let shown = slots.filter(|slot| only.is_empty() || only.contains(slot));
            shown.filter_map(|slot| self.fault(image, *slot)).collect()
        };
        if let Some(candidates) = found {
            return told(candidates.iter().flat_map(|found| sentences(found.image, &found.only)));
        }
        let seen = faulty.keys().filter(|image| self.is_image_in(scope, **image));
        told(seen.flat_map(|image| sentences(*image, &[])))
    }
}
