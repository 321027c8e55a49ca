//! Pages of lists, and sentences about faults.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use atoll_service::{Sort, SortValue, Stretch};

use super::Corpus;
use super::orders::By;
use super::rows::{Instant, Keys};

/// Most sentences about faults that one answer has.
pub const MAX_FAULTS: usize = 10_000;

/// Rows that are collected on the way through a list.
pub(super) struct Collected<T> {
    pub(super) total: u64,
    pub(super) rows: Vec<T>,
    stretch: Stretch,
}

impl<T> Collected<T> {
    pub(super) fn new(stretch: Stretch) -> Self {
        Self { total: 0, rows: Vec::new(), stretch }
    }

    /// Counts the next row of the list, and keeps it if it lies in the stretch.
    pub(super) fn add(&mut self, row: impl FnOnce() -> T) {
        let end = self.stretch.skip.saturating_add(self.stretch.take);
        if (self.stretch.skip..end).contains(&self.total) {
            self.rows.push(row());
        }
        self.total += 1;
    }

    /// Whether no row can come into the stretch any more.
    pub(super) fn is_full(&self) -> bool {
        self.total >= self.stretch.skip.saturating_add(self.stretch.take)
    }
}

/// The stretch of rows that are in no order yet, and how many there are.
pub(super) fn select<T>(
    mut rows: Vec<T>,
    stretch: Stretch,
    compare: impl Fn(&T, &T) -> Ordering,
) -> (u64, Vec<T>) {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(stretch.skip).unwrap_or(usize::MAX).min(rows.len());
    let end = skip.saturating_add(usize::try_from(stretch.take).unwrap_or(usize::MAX)).min(rows.len());
    // Only what is shown is put in order.
    if end < rows.len() {
        rows.select_nth_unstable_by(end, &compare);
        rows.truncate(end);
    }
    if skip > 0 && skip < rows.len() {
        rows.select_nth_unstable_by(skip, &compare);
    }
    let mut shown = rows.split_off(skip);
    shown.sort_unstable_by(compare);
    (total, shown)
}

/// The order that a list is kept in, and whether it is walked from its end.
pub(super) fn order_of(sort: Sort) -> (By, bool) {
    match sort {
        Sort::Relevance | Sort::NameAscending => (By::Name, false),
        Sort::NameDescending => (By::Name, true),
        Sort::Updated => (By::Update, false),
        Sort::Downloads => (By::Downloads, false),
    }
}

/// What a criterion makes of a row.
pub(super) fn value_of(sort: Sort, rank: i32, keys: Option<Keys>) -> SortValue {
    match sort {
        Sort::Relevance => SortValue(i128::from(rank)),
        Sort::NameAscending | Sort::NameDescending => SortValue(0),
        Sort::Updated => {
            keys.and_then(|keys| keys.updated).map_or(SortValue::LAST, |at| SortValue(-nanos(at)))
        }
        Sort::Downloads => SortValue(-i128::from(keys.map_or(0, |keys| keys.downloads))),
    }
}

fn nanos((seconds, nanos): Instant) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

impl Corpus {
    /// Images that show a manifest whose history tells of more layers than there are, with these manifests.
    pub(super) fn faulty_images(&self) -> BTreeMap<u32, BTreeSet<u32>> {
        let mut found: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for slot in &self.faulty {
            for image in self.images_around(*slot) {
                if self.shown(image).is_some() {
                    found.entry(image).or_default().insert(*slot);
                }
            }
        }
        found
    }

    /// What is wrong with a manifest of an image.
    pub(super) fn fault(&self, image: u32, manifest: u32) -> Option<String> {
        let (image, manifest) = (self.images.get(image)?, self.manifests.get(manifest)?);
        let repository = self.repositories.get(image.repository)?;
        let digest = self.digests.get(manifest.digest)?;
        let (tag, name) = (&image.tag, &repository.name);
        Some(format!(
            "error generating history on tag {tag} in repo {name}: manifest digest: {digest}, \
             error: manifest layers count doesn't correspond to config history"
        ))
    }
}

/// Each sentence once, in order.
pub(super) fn told(faults: impl Iterator<Item = String>) -> Vec<String> {
    faults.collect::<BTreeSet<_>>().into_iter().take(MAX_FAULTS).collect()
}
