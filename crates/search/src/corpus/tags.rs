//! Images by the text of their tag. The same few texts stand in most repositories: whoever looks for a piece of a tag reads each
//! text once.

use std::cmp::Ordering;
use std::collections::HashMap;

use atoll_oci::Tag;
use memchr::memmem::Finder;

use super::Corpus;
use super::matching::{Candidate, whole};
use super::orders::By;
use crate::hashed::{ByHashed, Hashes};
use crate::ordered::Ordered;

/// The shown images of each text, by name of their repository.
#[derive(Debug, Default)]
pub(super) struct Tags {
    images: ByHashed<Tag, Tagged>,
    hashes: Hashes,
}

/// Most texts that differ from all others have one image.
#[derive(Debug)]
enum Tagged {
    One(u32),
    Many(Box<Ordered>),
}

impl Tagged {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(images) => images.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let (one, many) = match self {
            Self::One(image) => (Some(*image), None),
            Self::Many(images) => (None, Some(images.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

impl Tags {
    /// From images in the order of their names.
    pub(super) fn from_sorted<'a>(images: impl Iterator<Item = (&'a Tag, u32)>) -> Self {
        let mut found: HashMap<&Tag, Vec<u32>> = HashMap::new();
        for (tag, image) in images {
            found.entry(tag).or_default().push(image);
        }
        let tagged = |images: Vec<u32>| match images.as_slice() {
            [image] => Tagged::One(*image),
            images => Tagged::Many(Box::new(Ordered::from_sorted(images))),
        };
        let hashes = Hashes::default();
        let images = found.into_iter().map(|(tag, images)| (hashes.of(tag.clone()), tagged(images)));
        Self { images: images.collect(), hashes }
    }

    /// A tag that shares its text with those that are here.
    pub(super) fn shared(&self, tag: &Tag) -> Tag {
        let tag = self.hashes.of(tag.clone());
        self.images.get_key_value(&tag).map_or(&tag, |(shared, _)| shared).key().clone()
    }

    fn insert(&mut self, tag: &Tag, image: u32, compare: impl Fn(u32) -> Ordering) {
        let tag = self.hashes.of(tag.clone());
        let Some(tagged) = self.images.get_mut(&tag) else {
            self.images.insert(tag, Tagged::One(image));
            return;
        };
        if let Tagged::One(other) = tagged {
            *tagged = Tagged::Many(Box::new(Ordered::from_sorted(&[*other])));
        }
        if let Tagged::Many(images) = tagged {
            images.insert(image, compare);
        }
    }

    fn remove(&mut self, tag: &Tag, image: u32, compare: impl Fn(u32) -> Ordering) {
        let tag = self.hashes.of(tag.clone());
        let is_empty = match self.images.get_mut(&tag) {
            Some(Tagged::Many(images)) => {
                images.remove(image, compare);
                images.len() == 0
            }
            Some(Tagged::One(other)) => *other == image,
            None => false,
        };
        if is_empty {
            self.images.remove(&tag);
        }
    }
}

impl Corpus {
    /// A shown image is found by its tag.
    pub(super) fn enter_tag(&mut self, image: u32) {
        self.change_tag(image, |tags, tag, compare| tags.insert(tag, image, compare));
    }

    pub(super) fn leave_tag(&mut self, image: u32) {
        self.change_tag(image, |tags, tag, compare| tags.remove(tag, image, compare));
    }

    fn change_tag(&mut self, image: u32, change: impl Fn(&mut Tags, &Tag, &dyn Fn(u32) -> Ordering)) {
        let mut tags = std::mem::take(&mut self.tags);
        if let Some(row) = self.images.get(image) {
            change(&mut tags, &row.tag, &|other| self.compare_images(By::Name, other, image));
        }
        self.tags = tags;
    }

    /// How many shown images have a tag that contains a text; and of each such tag at most `most` images, the first ones by name.
    pub(super) fn tag_contains(&self, text: &str, most: usize) -> (u64, Vec<Candidate>) {
        let finder = Finder::new(text);
        let contains = |tag: &[u8]| {
            finder.find(tag).is_some()
                || (tag.iter().any(u8::is_ascii_uppercase)
                    && finder.find(&tag.to_ascii_lowercase()).is_some())
        };
        let (mut total, mut found) = (0, Vec::new());
        for (_, tagged) in self.tags.images.iter().filter(|(tag, _)| contains(tag.key().as_str().as_bytes()))
        {
            total += tagged.len();
            found.extend(tagged.iter().take(most).map(whole));
        }
        (u64::try_from(total).unwrap_or(u64::MAX), found)
    }
}
