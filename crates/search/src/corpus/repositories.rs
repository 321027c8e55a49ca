//! Lists of repositories.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use atoll_placement::Shard;
use atoll_service::{Description, LeafRepositories, Match, RepositoryHit, RepositoryHits, Sort};

use super::Corpus;
use super::filtering::{Scope, admits_all_repositories, asks_for_marks};
use super::listing::{Collected, order_of, select, told, value_of};
use super::orders::By;
use crate::marked::Marked;
use crate::ordered::Ordered;
use crate::rank::{Ranker, rank};

/// How well every name matches no words at all ([`rank`]).
const RANK_OF_ALL: i32 = 1;

/// A page that ends this many times before the end of all that matches is taken from its front.
const SHORT: usize = 2;

/// An order is walked if at least one in so many of its rows matches.
const WALK: usize = 16;

/// A repository that matches, and how well.
type Ranked = (u32, i32);

impl Corpus {
    /// Repositories of these shards that match, described as far as is known here ([`crate::complete_repository`]) if asked for.
    pub fn list_repositories(&self, shards: &[Shard], request: &LeafRepositories) -> RepositoryHits {
        let scope = self.scope(shards, &request.visibility);
        let (total, rows) = match &request.find {
            Match::Words(words) if words.trim_matches('/').is_empty() => {
                self.all_repositories(&scope, request)
            }
            Match::Words(words) => {
                let found = self.matching(words).filter(|(number, _)| self.is_in(&scope, *number));
                self.some_repositories(found, request)
            }
            Match::Names(names) => {
                let numbers = names.iter().filter_map(|name| self.by_repository.get(name));
                let found = numbers.filter(|number| self.is_in(&scope, **number)).map(|number| (*number, 0));
                self.some_repositories(found, request)
            }
        };
        let rows = rows.into_iter().zip(request.stretch.skip..);
        let hits = rows
            .filter_map(|(row, before)| self.repository_hit(row, request.stretch.describes(before), request));
        let hits = hits.collect();
        RepositoryHits { total, hits, faults: self.repository_faults(&scope, &request.find) }
    }

    /// Where all match, the orders that are kept give the page.
    fn all_repositories(&self, scope: &Scope<'_>, request: &LeafRepositories) -> (u64, Vec<Ranked>) {
        let (by, is_reversed) = order_of(request.sort);
        let order = self.order_of_repositories(by);
        let with_rank = |number| (number, RANK_OF_ALL);
        if scope.is_everything() && admits_all_repositories(&request.filter) {
            let skip = usize::try_from(request.stretch.skip).unwrap_or(usize::MAX);
            let take = usize::try_from(request.stretch.take).unwrap_or(usize::MAX);
            let rows = order.stretch(skip, take, is_reversed).into_iter().map(with_rank).collect();
            return (u64::try_from(order.len()).unwrap_or(u64::MAX), rows);
        }
        let admitted = self.admitted(&request.filter);
        // Where nothing else decides, what stands behind the page is only counted.
        let decides = scope.is_everything() && !asks_for_marks(&request.filter);
        let total = admitted.as_ref().filter(|_| decides).map(Marked::len);
        let mut collected = Collected::new(request.stretch);
        for number in walk(order, is_reversed) {
            if total.is_some() && collected.is_full() {
                break;
            }
            if admitted.as_ref().is_none_or(|admitted| admitted.contains(number))
                && self.is_in(scope, number)
                && self.is_marked(&request.filter, &request.marks, number)
            {
                collected.add(|| with_rank(number));
            }
        }
        let total = total.map_or(collected.total, |total| u64::try_from(total).unwrap_or(u64::MAX));
        (total, collected.rows)
    }

    fn order_of_repositories(&self, by: By) -> &Ordered {
        match by {
            By::Name => &self.orders.repositories_by_name,
            By::Update => &self.orders.repositories_by_update,
            By::Downloads => &self.orders.repositories_by_downloads,
        }
    }

    fn some_repositories(
        &self,
        found: impl Iterator<Item = Ranked>,
        request: &LeafRepositories,
    ) -> (u64, Vec<Ranked>) {
        let admitted = self.admitted(&request.filter);
        let passes = |(number, _): &Ranked| {
            admitted.as_ref().is_none_or(|admitted| admitted.contains(*number))
                && self.is_marked(&request.filter, &request.marks, *number)
        };
        let rows: Vec<Ranked> = found.filter(passes).collect();
        let end = request.stretch.skip.saturating_add(request.stretch.take);
        let is_short = end <= u64::try_from(rows.len() / SHORT).unwrap_or_default();
        // Names may be asked for that have no image and stand in no order.
        let is_short = is_short && matches!(request.find, Match::Words(_));
        if is_short && rows.len().saturating_mul(WALK) >= self.orders.repositories_by_name.len() {
            return self.first_of_many(rows, request);
        }
        select(rows, request.stretch, |left, right| self.compare_ranked(request.sort, *left, *right))
    }

    /// A page from the front of very many rows: the order that is kept is walked until the page is full, so that only few rows are
    /// compared.
    fn first_of_many(&self, mut found: Vec<Ranked>, request: &LeafRepositories) -> (u64, Vec<Ranked>) {
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let end = request.stretch.skip.saturating_add(request.stretch.take);
        let mut marked = Marked::none(self.repositories.numbers_below());
        let (by, is_reversed) = order_of(request.sort);
        let order = walk(self.order_of_repositories(by), is_reversed);
        if request.sort == Sort::Relevance {
            let (last, before) = last_rank(&found, end);
            found.iter().filter(|(_, rank)| *rank == last).for_each(|(number, _)| marked.insert(*number));
            found.retain(|(_, rank)| *rank < last);
            let left = usize::try_from(end.saturating_sub(before)).unwrap_or(usize::MAX);
            found.extend(order.filter(|number| marked.contains(*number)).take(left).map(|n| (n, last)));
            let compare = |left: &Ranked, right: &Ranked| self.compare_ranked(request.sort, *left, *right);
            return (total, select(found, request.stretch, compare).1);
        }
        for (number, _) in &found {
            marked.insert(*number);
        }
        found.sort_unstable();
        let rank = |number: u32| {
            let at = found.binary_search_by_key(&number, |(number, _)| *number).ok()?;
            found.get(at).copied()
        };
        let mut collected = Collected::new(request.stretch);
        for row in order.filter(|number| marked.contains(*number)).filter_map(rank) {
            if collected.is_full() {
                break;
            }
            collected.add(|| row);
        }
        (total, collected.rows)
    }

    fn compare_ranked(&self, sort: Sort, left: Ranked, right: Ranked) -> Ordering {
        let (by, is_reversed) = order_of(sort);
        let by_rank = if sort == Sort::Relevance { left.1.cmp(&right.1) } else { Ordering::Equal };
        by_rank.then_with(|| {
            let order = self.compare_repositories(by, left.0, right.0);
            if is_reversed { order.reverse() } else { order }
        })
    }

    /// Repositories with an image whose name matches, in no order.
    fn matching<'a>(&'a self, words: &'a str) -> Box<dyn Iterator<Item = Ranked> + 'a> {
        let words = words.trim_matches('/');
        let ranker = Ranker::new(words);
        let are_all_listed = self.orders.repositories_by_name.len() == self.repositories.len();
        let is_listed = move |number: u32| {
            are_all_listed || self.repositories.get(number).is_some_and(|row| row.listed.is_some())
        };
        let with_rank = move |number: u32| {
            let rank = ranker.rank(self.names.get(number))?;
            is_listed(number).then_some((number, rank))
        };
        if !words.contains('/') {
            return Box::new(self.containing(words).filter_map(with_rank));
        }
        let mut numbers: BTreeSet<u32> = self.containing(words).collect();
        // The last component may be found behind folders that do not stand right before it.
        if let Some((folders, word)) = words.rsplit_once('/') {
            numbers
                .extend(self.containing(word).filter(|number| self.names.get(*number).starts_with(folders)));
        }
        Box::new(numbers.into_iter().filter_map(with_rank))
    }

    /// Repositories whose name may contain a text.
    fn containing(&self, text: &str) -> Box<dyn Iterator<Item = u32> + '_> {
        match self.grams.candidates(text) {
            Some(numbers) => Box::new(numbers.into_iter()),
            None => Box::new(self.repositories.numbers()),
        }
    }

    fn repository_hit(
        &self,
        (number, rank): Ranked,
        is_described: bool,
        request: &LeafRepositories,
    ) -> Option<RepositoryHit> {
        let row = self.repositories.get(number)?;
        let summary = if is_described {
            Some(Description::ready(self.summary_of_repository(
                number,
                (rank, request.want),
                &request.marks,
            )?))
        } else {
            None
        };
        let value = value_of(request.sort, rank, row.listed);
        Some(RepositoryHit { value, repository: row.name.clone(), rank, summary })
    }

    /// What is wrong with the newest images of all that matches, whether a filter admits it or not.
    fn repository_faults(&self, scope: &Scope<'_>, find: &Match) -> Vec<String> {
        let is_newest = |image: u32| {
            let number = self.images.get(image)?.repository;
            let row = self.repositories.get(number).filter(|row| row.newest == Some(image))?;
            let is_found = match find {
                Match::Words(words) => rank(words, row.name.as_str()).is_some(),
                Match::Names(names) => names.contains(&row.name),
            };
            (is_found && self.is_in(scope, number)).then_some(())
        };
        let faulty = self.faulty_images().into_iter().filter(|(image, _)| is_newest(*image).is_some());
        told(
            faulty
                .flat_map(|(image, slots)| slots.into_iter().filter_map(move |slot| self.fault(image, slot))),
        )
    }
}

/// An order from its front, or from its end.
fn walk(order: &Ordered, is_reversed: bool) -> Box<dyn Iterator<Item = u32> + '_> {
    if is_reversed {
        return Box::new(order.stretch(0, usize::MAX, true).into_iter());
    }
    Box::new(order.iter())
}

/// The rank of the row that ends a page, and how many rows have a smaller one.
fn last_rank(found: &[Ranked], end: u64) -> (i32, u64) {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for (_, rank) in found {
        *counts.entry(*rank).or_default() += 1;
    }
    let mut before = 0;
    for (rank, count) in counts {
        if before + count >= end {
            return (rank, before);
        }
        before += count;
    }
    (i32::MAX, before)
}
