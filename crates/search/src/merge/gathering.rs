//! The first rows of several lists, without asking any for more than it may have to give (the prefix-threshold merge).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use atoll_service::{Sort, compare};

use super::hits::{Hits, Merged, Row, unite};
use super::shares::MAX_KEYS_AT_ONCE;

/// A list as far as it is known.
struct List<R> {
    total: u64,
    rows: Vec<R>,
    /// Rows that were asked for and answered, also those that turned up twice because the list changed in between.
    seen: u64,
    is_ended: bool,
    faults: Vec<String>,
}

/// A row of the merged list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Which leaf gave it.
    pub leaf: usize,
    /// Where it stands in what that leaf has given.
    pub row: usize,
}

/// A further stretch that a leaf has to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUp {
    /// Which leaf.
    pub leaf: usize,
    /// Rows it has given already.
    pub skip: u64,
    /// Further rows to ask for.
    pub take: u64,
}

/// What several leaves have answered so far. Leaves are told apart by numbers that the caller chooses.
pub struct Gathering<R> {
    sort: Sort,
    lists: BTreeMap<usize, List<R>>,
}

impl<R: Row> Gathering<R> {
    /// Nothing yet, of a list in this order.
    pub fn new(sort: Sort) -> Self {
        Self { sort, lists: BTreeMap::new() }
    }

    /// Adds what a leaf answered when it was asked for `asked` rows behind those it has given before.
    ///
    /// Between two questions the list may have changed. Rows that would come twice or out of order are left out.
    pub fn add(&mut self, leaf: usize, asked: u64, hits: Hits<R>) {
        let fresh = || List { total: 0, rows: Vec::new(), seen: 0, is_ended: false, faults: Vec::new() };
        let list = self.lists.entry(leaf).or_insert_with(fresh);
        let given = u64::try_from(hits.rows.len()).unwrap_or(u64::MAX);
        list.seen = list.seen.saturating_add(given);
        list.total = hits.total;
        list.is_ended = given < asked || list.seen >= hits.total;
        list.faults = unite([list.faults.as_slice(), hits.faults.as_slice()].into_iter());
        for row in hits.rows {
            let follows = |last: &R| compare(self.sort, last.place(), row.place()) == Ordering::Less;
            if list.rows.last().is_none_or(follows) {
                list.rows.push(row);
            }
        }
    }

    /// Forgets a leaf, as if it had never answered.
    pub fn remove(&mut self, leaf: usize) {
        self.lists.remove(&leaf);
    }

    /// Rows of all lists together.
    pub fn total(&self) -> u64 {
        self.lists.values().fold(0, |sum, list| sum.saturating_add(list.total))
    }

    /// What was wrong with single images, each once.
    pub fn faults(&self) -> Vec<String> {
        unite(self.lists.values().map(|list| list.faults.as_slice()))
    }

    /// A row; `None` for one that no leaf gave.
    pub fn row(&self, pick: Pick) -> Option<&R> {
        self.lists.get(&pick.leaf)?.rows.get(pick.row)
    }

    /// Changes a row in place, but not where it stands.
    pub fn row_mut(&mut self, pick: Pick) -> Option<&mut R> {
        self.lists.get_mut(&pick.leaf)?.rows.get_mut(pick.row)
    }

    /// Whom to ask again before the first `rows` rows are certain: the leaves whose known part ends before the last of them. Nobody
    /// is asked for less than it has given, so that few rounds lead to the end ([`MAX_KEYS_AT_ONCE`] permitting).
    pub fn follow_ups(&self, rows: u64) -> Vec<FollowUp> {
        let wanted = rows.min(self.total());
        let Some(last) = usize::try_from(wanted).ok().and_then(|wanted| wanted.checked_sub(1)) else {
            return Vec::new();
        };
        let bar = self.picks(last, 1).pop();
        let bar = bar.and_then(|pick| self.row(pick)).map(Row::place);
        let hides_winners = |list: &List<R>| match (bar, list.rows.last()) {
            (Some(bar), Some(last)) => compare(self.sort, last.place(), bar) == Ordering::Less,
            _ => true,
        };
        let pending = self.lists.iter().filter(|(_, list)| !list.is_ended && list.seen < wanted);
        pending
            .filter(|(_, list)| hides_winners(list))
            .map(|(leaf, list)| {
                let take = list.seen.max(1).min(wanted - list.seen).min(MAX_KEYS_AT_ONCE);
                FollowUp { leaf: *leaf, skip: list.seen, take }
            })
            .collect()
    }

    /// The rows of a page, in order, as far as they are known.
    pub fn picks(&self, offset: usize, limit: usize) -> Vec<Pick> {
        let leaves: Vec<usize> = self.lists.keys().copied().collect();
        let rows: Vec<&[R]> = self.lists.values().map(|list| list.rows.as_slice()).collect();
        Merged::new(self.sort, &rows)
            .skip(offset)
            .take(limit)
            .filter_map(|(list, row)| Some(Pick { leaf: *leaves.get(list)?, row }))
            .collect()
    }
}
