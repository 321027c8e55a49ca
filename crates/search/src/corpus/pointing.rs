//! Which image points at which manifest.

use super::Corpus;
use super::rows::{ImageRow, KnownTag, Made, NO_SLOT};

impl Corpus {
    /// The image of a tag, made or moved.
    pub(super) fn set_image(&mut self, number: u32, known: &KnownTag) -> u32 {
        let digest = self.digests.acquire(&known.digest);
        let place = match self.image_or_place(number, &known.tag) {
            Ok(image) => {
                self.point(image, digest, known);
                return image;
            }
            Err(place) => place,
        };
        let row = ImageRow {
            repository: number,
            tag: self.tags.shared(&known.tag),
            digest,
            slot: NO_SLOT,
            made: Made::default(),
            tagged_at: known.tagged_at,
            updated_at: known.updated_at,
            listed: None,
        };
        let image = self.images.insert(row);
        if let Some(row) = self.repositories.get_mut(number) {
            row.images.insert_at(place, image);
        }
        self.attach(image);
        image
    }

    fn point(&mut self, image: u32, digest: u32, known: &KnownTag) {
        // Where it stands hangs on what is changed here.
        self.unlist_image(image);
        self.detach(image);
        let Some(row) = self.images.get_mut(image) else { return };
        let previous = std::mem::replace(&mut row.digest, digest);
        (row.tagged_at, row.updated_at) = (known.tagged_at, known.updated_at);
        self.digests.release(previous);
        self.attach(image);
    }

    /// The manifest that an image points at knows it; where there is none, the repository does.
    fn attach(&mut self, image: u32) {
        let Some((number, digest)) = self.images.get(image).map(|row| (row.repository, row.digest)) else {
            return;
        };
        let slot = self.by_manifest.get(&(number, digest)).copied();
        if let Some((slot, row)) = slot.and_then(|slot| Some((slot, self.manifests.get_mut(slot)?))) {
            row.images.push(image);
            let is_first = row.images.as_slice().len() == 1;
            self.set_slot(image, slot);
            if is_first {
                self.count_shown([slot], true);
            }
        } else if let Some(row) = self.repositories.get_mut(number) {
            row.dangling.get_or_insert_default().0.entry(digest).or_default().push(image);
        }
    }

    fn detach(&mut self, image: u32) {
        let Some((number, digest)) = self.images.get(image).map(|row| (row.repository, row.digest)) else {
            return;
        };
        let slot = self.slot_of_image(image);
        if let Some((slot, row)) = slot.and_then(|slot| Some((slot, self.manifests.get(slot)?))) {
            if row.images.as_slice().len() == 1 {
                self.count_shown([slot], false);
            }
            if let Some(row) = self.manifests.get_mut(slot) {
                row.images.remove(image);
            }
            self.set_slot(image, NO_SLOT);
            return;
        }
        if let Some(row) = self.repositories.get_mut(number) {
            let mut images = row.take_dangling(digest);
            remove(&mut images, image);
            if !images.is_empty() {
                row.dangling.get_or_insert_default().0.insert(digest, images);
            }
        }
    }

    /// Which manifest an image points at; [`NO_SLOT`] for one that is not here.
    pub(super) fn set_slot(&mut self, image: u32, slot: u32) {
        if let Some(row) = self.images.get_mut(image) {
            row.slot = slot;
        }
    }

    pub(super) fn drop_image(&mut self, image: u32) {
        self.unlist_image(image);
        self.detach(image);
        let Some(row) = self.images.get(image) else { return };
        let (number, tag) = (row.repository, row.tag.clone());
        if let Some(row) = self.repositories.get_mut(number) {
            let mut images = std::mem::take(&mut row.images);
            images.remove(image, |other| self.compare_tag(other, &tag));
            if let Some(row) = self.repositories.get_mut(number) {
                row.images = images;
            }
        }
        if let Some(row) = self.images.remove(image) {
            self.digests.release(row.digest);
        }
    }
}

/// Takes a number out of those that are in no order.
fn remove(numbers: &mut Vec<u32>, number: u32) {
    if let Some(at) = numbers.iter().position(|other| *other == number) {
        numbers.swap_remove(at);
    }
}
