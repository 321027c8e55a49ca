//! The images of one repository in the orders that tell its newest image and its latest tagging.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::Corpus;
use super::rows::{ImageRow, RepositoryRow};
use crate::ordered::Ordered;

/// How two images of one repository stand to each other.
type Compare = fn(&ImageRow, &ImageRow) -> Ordering;

/// One of the orders of a repository.
type OrderOf = fn(&mut RepositoryRow) -> &mut Ordered;

/// The orders that a repository keeps of its shown images.
const ORDERS: [(OrderOf, Compare); 2] =
    [(|row| &mut row.by_making, by_making), (|row| &mut row.by_tagging, by_tagging)];

/// The newest first. Of equal times the one that was tagged first.
fn by_making(left: &ImageRow, right: &ImageRow) -> Ordering {
    let tagged = |row: &ImageRow| row.updated_at;
    right.made.cmp(&left.made).then_with(|| (tagged(left), &left.tag).cmp(&(tagged(right), &right.tag)))
}

/// The latest first.
fn by_tagging(left: &ImageRow, right: &ImageRow) -> Ordering {
    right.tagged_at.cmp(&left.tagged_at).then_with(|| left.tag.cmp(&right.tag))
}

impl Corpus {
    /// Puts a shown image where it stands in its repository.
    pub(super) fn list_in_repository(&mut self, image: u32) {
        self.change_in_repository(image, |order, compare| order.insert(image, compare));
    }

    /// The inverse of [`Corpus::list_in_repository`]; what decides where it stands may not have changed meanwhile.
    pub(super) fn unlist_in_repository(&mut self, image: u32) {
        self.change_in_repository(image, |order, compare| {
            order.remove(image, compare);
        });
    }

    fn change_in_repository(&mut self, image: u32, change: impl Fn(&mut Ordered, &dyn Fn(u32) -> Ordering)) {
        let Some(number) = self.images.get(image).map(|row| row.repository) else { return };
        for (order_of, compare) in ORDERS {
            let Some(row) = self.repositories.get_mut(number) else { return };
            let mut order = std::mem::take(order_of(row));
            change(&mut order, &|other| self.compare_by(compare, other, image));
            if let Some(row) = self.repositories.get_mut(number) {
                *order_of(row) = order;
            }
        }
    }

    /// Puts all images of a repository in order, and counts their downloads, at once.
    pub(super) fn sort_in_repository(&mut self, number: u32) {
        let Some(row) = self.repositories.get(number) else { return };
        let is_shown = |image: &u32| self.images.get(*image).is_some_and(|row| row.listed.is_some());
        let mut images: Vec<u32> = row.images.iter().filter(is_shown).collect();
        let shown = row.manifests.iter().filter_map(|slot| self.manifests.get(*slot));
        let shown = shown.filter(|row| row.is_shown());
        let downloads = shown.map(|row| u128::from(row.downloads())).sum();
        if let Some(row) = self.repositories.get_mut(number) {
            (row.downloads, row.derived, row.totals) = (downloads, OnceLock::new(), OnceLock::new());
        }
        for (order_of, compare) in ORDERS {
            images.sort_unstable_by(|left, right| self.compare_by(compare, *left, *right));
            if let Some(row) = self.repositories.get_mut(number) {
                *order_of(row) = Ordered::from_sorted(&images);
            }
        }
    }

    fn compare_by(&self, compare: Compare, left: u32, right: u32) -> Ordering {
        match (self.images.get(left), self.images.get(right)) {
            (Some(left), Some(right)) => compare(left, right),
            _ => left.cmp(&right),
        }
    }
}
