//! Pages of the catalog that are kept: mirrors and tools ask for the same ones again and again. A page is good as long as nobody has
//! changed since before it was made; one that lacks shards is never kept.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use atoll_service::{CatalogPage, Gathered, ListCatalog};

/// Questions that are remembered, so that one that comes back is known. Whoever walks through the whole catalog asks each but once.
const MAX_QUESTIONS: usize = 256;
/// Pages that are kept.
const MAX_PAGES: usize = 64;
/// Names on all kept pages together.
const MAX_NAMES: usize = 20_000;
/// Longest text of a question whose page is kept, in bytes: longer than any name.
const MAX_AFTER_BYTES: usize = 512;

/// The kept pages of one node.
#[derive(Default)]
pub(crate) struct Pages(Mutex<State>);

#[derive(Default)]
struct State {
    /// By their hashes, the latest last: two that are taken for one cost a look at the numbers in vain.
    asked: VecDeque<u64>,
    /// The one that was used last comes last.
    pages: VecDeque<Kept>,
    /// Names on all of them.
    names: usize,
}

struct Kept {
    question: ListCatalog,
    freshness: u64,
    page: Gathered<CatalogPage>,
}

impl Pages {
    /// Whether this was asked before, lately; it counts as asked from now on.
    pub(crate) fn is_repeated(&self, question: &ListCatalog) -> bool {
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        let hash = hasher.finish();
        let asked = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).asked;
        let known = asked.iter().rposition(|other| *other == hash);
        if let Some(place) = known {
            asked.remove(place);
        }
        asked.push_back(hash);
        if asked.len() > MAX_QUESTIONS {
            asked.pop_front();
        }
        known.is_some()
    }

    /// A page that is as good as a new one: it was kept under the number that is at hand.
    pub(crate) fn find(&self, question: &ListCatalog, freshness: u64) -> Option<Gathered<CatalogPage>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = state.take(question).filter(|kept| kept.freshness == freshness)?;
        let page = kept.page.clone();
        state.put(kept);
        Some(page)
    }

    /// Keeps a page that is whole. `freshness` was read before it was made.
    pub(crate) fn keep(&self, question: ListCatalog, freshness: u64, page: &Gathered<CatalogPage>) {
        let is_short = question.after.as_ref().is_none_or(|after| after.len() <= MAX_AFTER_BYTES);
        if !page.coverage.is_complete() || !is_short || page.answer.repositories.len() > MAX_NAMES {
            return;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.take(&question);
        state.put(Kept { question, freshness, page: page.clone() });
        while state.pages.len() > MAX_PAGES || state.names > MAX_NAMES {
            state.take_at(0);
        }
    }
}

impl State {
    fn put(&mut self, kept: Kept) {
        self.names = self.names.saturating_add(kept.page.answer.repositories.len());
        self.pages.push_back(kept);
    }

    fn take(&mut self, question: &ListCatalog) -> Option<Kept> {
        let place = self.pages.iter().rposition(|kept| kept.question == *question)?;
        self.take_at(place)
    }

    fn take_at(&mut self, place: usize) -> Option<Kept> {
        let kept = self.pages.remove(place)?;
        self.names = self.names.saturating_sub(kept.page.answer.repositories.len());
        Some(kept)
    }
}

#[cfg(test)]
mod tests;
