//! Rows of lists and what leaves answer about them, the same for repositories and images.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use crate::MAX_FAULTS;
use atoll_service::{ImageHit, ImageHits, Place, RepositoryHit, RepositoryHits, Sort, compare};

/// A row that has a place in the order of its list.
pub trait Row {
    /// Its place. No two rows of a list have the same.
    fn place(&self) -> Place<'_>;
}

impl Row for RepositoryHit {
    fn place(&self) -> Place<'_> {
        (self.value, &self.repository, None, None)
    }
}

impl Row for ImageHit {
    fn place(&self) -> Place<'_> {
        (self.value, &self.key.repository, Some(&self.key.tag), Some(&self.key.digest))
    }
}

/// What a leaf answers: a stretch of its list.
#[derive(Debug, Clone, PartialEq)]
pub struct Hits<R> {
    /// Rows of the whole list.
    pub total: u64,
    /// The asked stretch, in order.
    pub rows: Vec<R>,
    /// What was wrong with single images.
    pub faults: Vec<String>,
}

impl From<RepositoryHits> for Hits<RepositoryHit> {
    fn from(RepositoryHits { total, hits, faults }: RepositoryHits) -> Self {
        Self { total, rows: hits, faults }
    }
}

impl From<ImageHits> for Hits<ImageHit> {
    fn from(ImageHits { total, hits, faults }: ImageHits) -> Self {
        Self { total, rows: hits, faults }
    }
}

/// Whole lists merged into one: rows in order, totals added, faults united.
pub fn merge_hits<R: Row>(sort: Sort, lists: Vec<Hits<R>>) -> Hits<R> {
    let total = lists.iter().fold(0_u64, |sum, list| sum.saturating_add(list.total));
    let order: Vec<usize> = {
        let rows: Vec<&[R]> = lists.iter().map(|list| list.rows.as_slice()).collect();
        Merged::new(sort, &rows).map(|(list, _row)| list).collect()
    };
    let faults = unite(lists.iter().map(|list| list.faults.as_slice()));
    let mut sources: Vec<_> = lists.into_iter().map(|list| list.rows.into_iter()).collect();
    let rows = order.into_iter().filter_map(|list| sources.get_mut(list)?.next()).collect();
    Hits { total, rows, faults }
}

/// Each fault once, in order and no more than a leaf would tell: the first ones of all are among the first ones of each.
pub(crate) fn unite<'a>(lists: impl Iterator<Item = &'a [String]>) -> Vec<String> {
    let all: BTreeSet<&String> = lists.flatten().collect();
    all.into_iter().take(MAX_FAULTS).cloned().collect()
}

/// The next row of one list.
struct Head<'a> {
    sort: Sort,
    place: Place<'a>,
    list: usize,
    row: usize,
}

impl Ord for Head<'_> {
    /// The other way round, since the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.sort, other.place, self.place).then(other.list.cmp(&self.list))
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head<'_> {}

/// Walks several lists, each in order, as one: gives the list and the row within it.
pub(crate) struct Merged<'a, R> {
    sort: Sort,
    lists: &'a [&'a [R]],
    heads: BinaryHeap<Head<'a>>,
}

impl<'a, R: Row> Merged<'a, R> {
    pub(crate) fn new(sort: Sort, lists: &'a [&'a [R]]) -> Self {
        let mut merged = Self { sort, lists, heads: BinaryHeap::with_capacity(lists.len()) };
        (0..lists.len()).for_each(|list| merged.push(list, 0));
        merged
    }

    fn push(&mut self, list: usize, row: usize) {
        if let Some(next) = self.lists.get(list).and_then(|rows| rows.get(row)) {
            self.heads.push(Head { sort: self.sort, place: next.place(), list, row });
        }
    }
}

impl<R: Row> Iterator for Merged<'_, R> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let Head { list, row, .. } = self.heads.pop()?;
        self.push(list, row + 1);
        Some((list, row))
    }
}
