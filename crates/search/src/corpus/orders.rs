//! The orders of lists, kept up to date row by row.

use std::cmp::{Ordering, Reverse};

use atoll_oci::Digest;

use super::rows::{ImageRow, Keys, Signatures};
use super::tags::Tags;
use super::{Corpus, Orders, Unsettled};
use crate::ordered::Ordered;

/// By what rows are put in order; equal ones go by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Name,
    Update,
    Downloads,
}

impl Corpus {
    /// What stands before what, among the images.
    pub(super) fn compare_images(&self, by: By, left: u32, right: u32) -> Ordering {
        let (Some(left), Some(right)) = (self.images.get(left), self.images.get(right)) else {
            return left.cmp(&right);
        };
        by_keys(by, left.listed, right.listed).then_with(|| {
            if left.repository == right.repository {
                return left.tag.cmp(&right.tag);
            }
            let name = |number| self.repositories.get(number).map(|row| &row.name);
            name(left.repository).cmp(&name(right.repository))
        })
    }

    /// What stands before what, among the repositories.
    pub(super) fn compare_repositories(&self, by: By, left: u32, right: u32) -> Ordering {
        let (Some(left), Some(right)) = (self.repositories.get(left), self.repositories.get(right)) else {
            return left.cmp(&right);
        };
        by_keys(by, left.listed, right.listed).then_with(|| left.name.cmp(&right.name))
    }

    /// Many changes follow: what they touch is put in order once, by [`Corpus::finish_changes`]. Nothing may be asked before.
    pub fn begin_changes(&mut self) {
        self.unsettled = Some(Unsettled::default());
    }

    /// Puts in order what has changed.
    pub fn finish_changes(&mut self) {
        let Some(Unsettled { mut images, mut repositories }) = self.unsettled.take() else { return };
        images.sort_unstable();
        images.dedup();
        self.refresh_images(images);
        repositories.sort_unstable();
        repositories.dedup();
        for number in repositories {
            self.settle_repository(number);
        }
    }

    /// Puts images where they stand now.
    pub(super) fn refresh_images(&mut self, images: impl IntoIterator<Item = u32>) {
        if self.is_loading {
            return;
        }
        if let Some(unsettled) = &mut self.unsettled {
            return unsettled.images.extend(images);
        }
        let mut listed = Vec::new();
        for image in images {
            let standing = self.standing_of_image(image);
            let is_same = |row: &ImageRow| row.listed.map(|keys| (keys, row.made)) == standing;
            if self.images.get(image).is_none_or(is_same) {
                continue;
            }
            self.unlist_image(image);
            if let Some((keys, made)) = standing
                && let Some(row) = self.images.get_mut(image)
            {
                (row.listed, row.made) = (Some(keys), made);
                listed.push(image);
            }
        }
        self.enter_lists(listed);
    }

    /// Puts a repository where it stands now.
    pub(super) fn refresh_repository(&mut self, number: u32) {
        if self.is_loading {
            return;
        }
        if let Some(unsettled) = &mut self.unsettled {
            return unsettled.repositories.push(number);
        }
        self.settle_repository(number);
    }

    /// The same at once: its number may belong to another one soon.
    pub(super) fn settle_repository(&mut self, number: u32) {
        let (newest, keys) = self.standing(number);
        let Some(row) = self.repositories.get_mut(number) else { return };
        row.newest = newest;
        if row.listed == keys {
            return;
        }
        let was_listed = row.listed.is_some();
        let mut orders = std::mem::take(&mut self.orders);
        if was_listed {
            for (by, order) in orders.of_repositories() {
                order.remove(number, |other| self.compare_repositories(by, other, number));
            }
        }
        if let Some(row) = self.repositories.get_mut(number) {
            row.listed = keys;
        }
        if keys.is_some() {
            for (by, order) in orders.of_repositories() {
                order.insert(number, |other| self.compare_repositories(by, other, number));
            }
        }
        self.orders = orders;
    }

    /// Puts the images that show a manifest, and its repository, where they stand now.
    pub(super) fn refresh_around(&mut self, slot: u32) {
        if self.is_loading {
            return;
        }
        self.refresh_images(self.images_around(slot));
        if let Some(number) = self.manifests.get(slot).map(|row| row.repository) {
            self.refresh_repository(number);
        }
    }

    /// Puts images that stand nowhere, and know where they belong, in their places.
    fn enter_lists(&mut self, mut images: Vec<u32>) {
        for image in &images {
            self.list_in_repository(*image);
            self.enter_tag(*image);
        }
        images.retain(|image| self.keys_of(*image).is_some_and(|keys| !keys.is_empty));
        images.sort_unstable_by(|left, right| self.compare_images(By::Name, *left, *right));
        let mut orders = std::mem::take(&mut self.orders);
        for (by, order) in orders.of_images() {
            // Equal ones stay in the order of their names.
            let mut images = images.clone();
            images.sort_by(|left, right| by_keys(by, self.keys_of(*left), self.keys_of(*right)));
            order.insert_sorted(&images, |other, image| self.compare_images(by, other, image));
        }
        self.orders = orders;
    }

    fn keys_of(&self, image: u32) -> Option<Keys> {
        self.images.get(image).and_then(|row| row.listed)
    }

    pub(super) fn unlist_image(&mut self, image: u32) {
        let Some(keys) = self.images.get(image).and_then(|row| row.listed) else { return };
        self.unlist_in_repository(image);
        self.leave_tag(image);
        if !keys.is_empty {
            let mut orders = std::mem::take(&mut self.orders);
            for (by, order) in orders.of_images() {
                order.remove(image, |other| self.compare_images(by, other, image));
            }
            self.orders = orders;
        }
        if let Some(row) = self.images.get_mut(image) {
            row.listed = None;
        }
    }

    /// Puts everything in order that stands within one repository, and tells where each stands among the others.
    pub(super) fn settle_each(&mut self) {
        for image in self.images.numbers().collect::<Vec<_>>() {
            let standing = self.standing_of_image(image);
            if let Some(row) = self.images.get_mut(image) {
                row.listed = standing.map(|(keys, _)| keys);
                row.made = standing.map(|(_, made)| made).unwrap_or_default();
            }
        }
        for number in self.repositories.numbers().collect::<Vec<_>>() {
            self.sort_in_repository(number);
            let (newest, keys) = self.standing(number);
            if let Some(row) = self.repositories.get_mut(number) {
                (row.newest, row.listed) = (newest, keys);
            }
        }
    }

    /// Makes the orders of all rows, each of which knows where it stands.
    pub(super) fn build_orders(&mut self) {
        let numbers = self.repositories.numbers();
        let mut rows: Vec<_> =
            numbers.filter_map(|number| Some((number, self.repositories.get(number)?))).collect();
        rows.sort_unstable_by(|(_, left), (_, right)| left.name.cmp(&right.name));
        let numbers = rows.iter().flat_map(|(_, row)| row.images.iter());
        let shown = numbers.filter_map(|number| {
            let row = self.images.get(number)?;
            Some((number, &row.tag, row.listed?))
        });
        let shown: Vec<_> = shown.collect();
        let tags = Tags::from_sorted(shown.iter().map(|(image, tag, _)| (*tag, *image)));
        let images = shown.iter().filter(|(_, _, keys)| !keys.is_empty);
        let images: Vec<(u32, Keys)> = images.map(|(image, _, keys)| (*image, *keys)).collect();
        let repositories: Vec<(u32, Keys)> =
            rows.iter().filter_map(|(number, row)| Some((*number, row.listed?))).collect();
        let mut orders = Orders::default();
        for (by, order) in orders.of_images() {
            *order = sorted(by, &images);
        }
        for (by, order) in orders.of_repositories() {
            *order = sorted(by, &repositories);
        }
        (self.orders, self.tags) = (orders, tags);
    }

    pub(super) fn set_signature_tag(&mut self, number: u32, subject: &Digest, signing: &Digest) {
        self.clear_signature_tag(number, subject);
        let (subject, signing) = (self.digests.acquire(subject), self.digests.acquire(signing));
        if let Some(row) = self.repositories.get_mut(number) {
            row.signatures.get_or_insert_default().by_tag.insert(subject, signing);
        }
    }

    pub(super) fn clear_signature_tag(&mut self, number: u32, subject: &Digest) {
        let Some(subject) = self.digests.find(subject) else { return };
        let signatures = self.repositories.get_mut(number).and_then(|row| row.signatures.as_mut());
        if let Some(signing) = signatures.and_then(|signatures| signatures.by_tag.remove(&subject)) {
            self.digests.release(subject);
            self.digests.release(signing);
        }
    }

    pub(super) fn drop_signature_tags(&mut self, number: u32) {
        let signatures = self.repositories.get_mut(number).and_then(|row| row.signatures.take());
        for (subject, signing) in signatures.into_iter().flat_map(|signatures| signatures.by_tag) {
            self.digests.release(subject);
            self.digests.release(signing);
        }
    }
}

impl Signatures {
    pub(super) fn drop_signer(&mut self, subject: u32, slot: u32) {
        if let Some(signers) = self.by_subject.get_mut(&subject) {
            signers.retain(|other| *other != slot);
            if signers.is_empty() {
                self.by_subject.remove(&subject);
            }
        }
    }
}

impl Orders {
    fn of_images(&mut self) -> [(By, &mut Ordered); 3] {
        [
            (By::Name, &mut self.images_by_name),
            (By::Update, &mut self.images_by_update),
            (By::Downloads, &mut self.images_by_downloads),
        ]
    }

    fn of_repositories(&mut self) -> [(By, &mut Ordered); 3] {
        [
            (By::Name, &mut self.repositories_by_name),
            (By::Update, &mut self.repositories_by_update),
            (By::Downloads, &mut self.repositories_by_downloads),
        ]
    }
}

/// From rows that are in the order of their names: equal ones stay so.
fn sorted(by: By, rows: &[(u32, Keys)]) -> Ordered {
    match by {
        By::Name => Ordered::from_sorted(&rows.iter().map(|(number, _)| *number).collect::<Vec<_>>()),
        By::Update => sorted_by(rows, |keys| Reverse(keys.updated)),
        By::Downloads => sorted_by(rows, |keys| Reverse(keys.downloads)),
    }
}

fn sorted_by<K: Ord>(rows: &[(u32, Keys)], key: impl Fn(&Keys) -> K) -> Ordered {
    let mut keyed: Vec<(K, u32)> = rows.iter().map(|(number, keys)| (key(keys), *number)).collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    Ordered::from_sorted(&keyed.into_iter().map(|(_, number)| number).collect::<Vec<_>>())
}

/// The latest first, what has no time last; the most pulled first.
fn by_keys(by: By, left: Option<Keys>, right: Option<Keys>) -> Ordering {
    match by {
        By::Name => Ordering::Equal,
        By::Update => {
            let updated = |keys: Option<Keys>| Reverse(keys.and_then(|keys| keys.updated));
            updated(left).cmp(&updated(right))
        }
        By::Downloads => {
            let downloads = |keys: Option<Keys>| Reverse(keys.map_or(0, |keys| keys.downloads));
            downloads(left).cmp(&downloads(right))
        }
    }
}
