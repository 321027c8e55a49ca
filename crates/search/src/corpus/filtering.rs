//! What a caller may see and wants to see.

use std::cell::RefCell;

use atoll_oci::Platform;
use atoll_placement::Shard;
use atoll_service::{Filter, Marks, Visibility};

use super::Corpus;
use super::flatten::Listed;
use super::rows::RepositoryRow;
use crate::marked::Marked;

/// Which repositories an answer may be about.
pub(super) struct Scope<'a> {
    /// `None` when every repository that is here belongs to one of the asked shards.
    shards: Option<Marked>,
    visibility: &'a Visibility,
    /// What patterns decided of each repository, by number: a question asks for the same repository with each of its images.
    decided: RefCell<Vec<Option<bool>>>,
}

impl Corpus {
    pub(super) fn scope<'a>(&self, shards: &[Shard], visibility: &'a Visibility) -> Scope<'a> {
        let below = shards.iter().map(|shard| usize::from(shard.0) + 1).max().unwrap_or_default();
        let mut asked = Marked::none(below);
        for shard in shards {
            asked.insert(shard.0.into());
        }
        let covers_all = self.shards.keys().all(|shard| asked.contains(shard.0.into()));
        Scope { shards: (!covers_all).then_some(asked), visibility, decided: RefCell::default() }
    }

    pub(super) fn is_in(&self, scope: &Scope<'_>, number: u32) -> bool {
        if scope.is_everything() {
            return true;
        }
        self.repositories.get(number).is_some_and(|row| {
            scope.shards.as_ref().is_none_or(|asked| asked.contains(row.shard.0.into()))
                && match scope.visibility {
                    Visibility::Everything => true,
                    Visibility::Nothing => false,
                    Visibility::Patterns(_) => self.is_decided_in(scope, (number, row)),
                }
        })
    }

    fn is_decided_in(&self, scope: &Scope<'_>, (number, row): (u32, &RepositoryRow)) -> bool {
        let mut decided = scope.decided.borrow_mut();
        if decided.is_empty() {
            decided.resize(self.repositories.numbers_below(), None);
        }
        let decide = || scope.visibility.admits(&row.name);
        match decided.get_mut(number as usize) {
            Some(decision) => *decision.get_or_insert_with(decide),
            None => decide(),
        }
    }

    /// Whether the caller has marked a repository as a filter wants it.
    pub(super) fn is_marked(&self, filter: &Filter, marks: &Marks, number: u32) -> bool {
        if !asks_for_marks(filter) {
            return true;
        }
        let Some(row) = self.repositories.get(number) else { return false };
        let marked = |wanted: Option<bool>, set: &std::collections::BTreeSet<_>| {
            wanted.is_none_or(|wanted| wanted == set.contains(&row.name))
        };
        marked(filter.starred, &marks.starred) && marked(filter.bookmarked, &marks.bookmarked)
    }

    pub(super) fn image_passes(&self, filter: &Filter, image: u32, listed: &[Listed<'_>]) -> bool {
        (!filter.signed || self.is_signed(image))
            && (!has_platforms(filter) || listed.iter().any(|listed| runs_on(filter, listed.platform)))
    }

    pub(super) fn is_signed(&self, image: u32) -> bool {
        self.shown(image).is_some_and(|(_, row)| !self.signatures(row).is_empty())
    }
}

impl Scope<'_> {
    pub(super) fn is_everything(&self) -> bool {
        self.shards.is_none() && *self.visibility == Visibility::Everything
    }
}

/// Whether images pass that have not been looked at. Marks are of repositories only.
pub(super) fn admits_all_images(filter: &Filter) -> bool {
    !filter.signed && !has_platforms(filter)
}

pub(super) fn admits_all_repositories(filter: &Filter) -> bool {
    admits_all_images(filter) && !asks_for_marks(filter)
}

pub(super) fn asks_for_marks(filter: &Filter) -> bool {
    filter.starred.is_some() || filter.bookmarked.is_some()
}

pub(super) fn has_platforms(filter: &Filter) -> bool {
    filter.os.is_some() || filter.arch.is_some()
}

/// Whether one platform satisfies both lists; an empty list asks for nothing in particular.
pub(super) fn runs_on(filter: &Filter, platform: &Platform) -> bool {
    let is_one_of = |words: &Option<Vec<String>>, found: &str| {
        words
            .as_ref()
            .is_none_or(|words| words.is_empty() || words.iter().any(|word| word.eq_ignore_ascii_case(found)))
    };
    if !is_one_of(&filter.os, &platform.os) {
        return false;
    }
    if platform.variant.is_empty() {
        return is_one_of(&filter.arch, &platform.architecture);
    }
    is_one_of(&filter.arch, &format!("{}/{}", platform.architecture, platform.variant))
}
