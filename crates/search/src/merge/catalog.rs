//! Pages of the catalog, which is ordered by path component.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use atoll_oci::Repository;
use atoll_service::CatalogPage;

/// The first `limit` names of several pages, each of which holds the first names of its own shards, in order. Exact once no page is
/// [`uncertain`].
pub fn merge_catalog(pages: Vec<CatalogPage>, limit: usize) -> CatalogPage {
    let known = pages.iter().fold(0_usize, |sum, page| sum.saturating_add(page.repositories.len()));
    let more = known > limit || pages.iter().any(|page| page.more);
    let order: Vec<usize> = Merged::new(&pages).take(limit).map(|(page, _name)| page).collect();
    let mut sources: Vec<_> = pages.into_iter().map(|page| page.repositories.into_iter()).collect();
    let repositories = order.into_iter().filter_map(|page| sources.get_mut(page)?.next()).collect();
    CatalogPage { repositories, more }
}

/// Which pages have to be continued before the first `limit` names of all are certain: those that go on and end before the last of
/// them.
pub fn uncertain(pages: &[CatalogPage], limit: usize) -> Vec<usize> {
    let Some(last) = limit.checked_sub(1) else { return Vec::new() };
    let goes_on = |page: &CatalogPage| page.more && page.repositories.len() < limit;
    if !pages.iter().any(goes_on) {
        return Vec::new();
    }
    let bar = Merged::new(pages).nth(last).map(|(_page, name)| name);
    let hides_names = |page: &CatalogPage| match (bar, page.repositories.last()) {
        (Some(bar), Some(last)) => last.compare_components(bar).is_lt(),
        _ => true,
    };
    let pending = pages.iter().enumerate().filter(|(_, page)| goes_on(page) && hides_names(page));
    pending.map(|(n, _)| n).collect()
}

/// Walks several pages, each in order, as one: gives each name and which page it is on.
struct Merged<'a> {
    pages: &'a [CatalogPage],
    heads: BinaryHeap<Head<'a>>,
}

/// The next name of one page, and how many of it come before.
struct Head<'a> {
    name: &'a Repository,
    page: usize,
    before: usize,
}

impl<'a> Merged<'a> {
    fn new(pages: &'a [CatalogPage]) -> Self {
        let first = |(page, of): (usize, &'a CatalogPage)| {
            of.repositories.first().map(|name| Head { name, page, before: 0 })
        };
        Self { pages, heads: pages.iter().enumerate().filter_map(first).collect() }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = (usize, &'a Repository);

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heads.peek_mut()?;
        let Head { name, page, before } = *head;
        let following = before.saturating_add(1);
        match self.pages.get(page).and_then(|page| page.repositories.get(following)) {
            Some(name) => *head = Head { name, page, before: following },
            None => drop(PeekMut::pop(head)),
        }
        Some((page, name))
    }
}

impl Ord for Head<'_> {
    /// The other way round, since the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.name.compare_components(self.name).then(other.page.cmp(&self.page))
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
