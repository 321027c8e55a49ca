//! Lists of repositories.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use atoll_placement::Shard;
use atoll_service::{LeafRepositories, Match, RepositoryHit, RepositoryHits, Sort};

use super::Corpus;
use super::filtering::{Scope, admits_all_repositories};
use super::listing::{Collected, order_of, select, told, value_of};
use super::orders::By;
use crate::rank;

/// How well every name matches no words at all ([`rank`]).
const RANK_OF_ALL: i32 = 1;

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
        let hits = rows.into_iter().filter_map(|row| self.repository_hit(row, request)).collect();
        RepositoryHits { total, hits, faults: self.repository_faults(&scope, &request.find) }
    }

    /// Where all match, the orders that are kept give the page.
    fn all_repositories(&self, scope: &Scope<'_>, request: &LeafRepositories) -> (u64, Vec<Ranked>) {
        let (by, is_reversed) = order_of(request.sort);
        let order = match by {
            By::Name => &self.orders.repositories_by_name,
            By::Update => &self.orders.repositories_by_update,
            By::Downloads => &self.orders.repositories_by_downloads,
        };
        let with_rank = |number| (number, RANK_OF_ALL);
        if scope.is_everything() && admits_all_repositories(&request.filter) {
            let skip = usize::try_from(request.stretch.skip).unwrap_or(usize::MAX);
            let take = usize::try_from(request.stretch.take).unwrap_or(usize::MAX);
            let rows = order.stretch(skip, take, is_reversed).into_iter().map(with_rank).collect();
            return (u64::try_from(order.len()).unwrap_or(u64::MAX), rows);
        }
        let mut collected = Collected::new(request.stretch);
        let numbers: Box<dyn Iterator<Item = u32>> = if is_reversed {
            Box::new(order.stretch(0, usize::MAX, true).into_iter())
        } else {
            Box::new(order.iter())
        };
        for number in numbers {
            if self.is_in(scope, number) && self.repository_passes(&request.filter, &request.marks, number) {
                collected.add(|| with_rank(number));
            }
        }
        (collected.total, collected.rows)
    }

    fn some_repositories(
        &self,
        found: impl Iterator<Item = Ranked>,
        request: &LeafRepositories,
    ) -> (u64, Vec<Ranked>) {
        let passes = |(number, _): &Ranked| self.repository_passes(&request.filter, &request.marks, *number);
        let rows: Vec<Ranked> = found.filter(passes).collect();
        select(rows, request.stretch, |left, right| self.compare_ranked(request.sort, *left, *right))
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
        let with_rank = move |number: u32| {
            let row = self.repositories.get(number).filter(|row| row.listed.is_some())?;
            rank(words, row.name.as_str()).map(|rank| (number, rank))
        };
        if !words.contains('/') {
            return Box::new(self.containing(words).filter_map(with_rank));
        }
        let mut numbers: BTreeSet<u32> = self.containing(words).collect();
        // The last component may be found behind folders that do not stand right before it.
        if let Some((folders, word)) = words.rsplit_once('/') {
            numbers.extend(self.containing(word).filter(|number| {
                self.repositories.get(*number).is_some_and(|row| row.name.as_str().starts_with(folders))
            }));
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

    fn repository_hit(&self, (number, rank): Ranked, request: &LeafRepositories) -> Option<RepositoryHit> {
        let row = self.repositories.get(number)?;
        let summary = if request.stretch.described {
            Some(Box::new(self.summary_of_repository(number, (rank, request.want), &request.marks)?))
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
