//! Pages of the catalog, which is ordered by path component.

use atoll_oci::Repository;
use atoll_service::CatalogPage;

/// The first `limit` names of several pages, each of which holds the first names of its own shards. Exact once no page is
/// [`uncertain`].
pub fn merge_catalog(pages: Vec<CatalogPage>, limit: usize) -> CatalogPage {
    let beyond = pages.iter().any(|page| page.more);
    let mut repositories: Vec<Repository> = pages.into_iter().flat_map(|page| page.repositories).collect();
    repositories.sort_by(Repository::compare_components);
    let more = beyond || repositories.len() > limit;
    repositories.truncate(limit);
    CatalogPage { repositories, more }
}

/// Which pages have to be continued before the first `limit` names of all are certain: those that go on and end before the last of
/// them.
pub fn uncertain(pages: &[CatalogPage], limit: usize) -> Vec<usize> {
    let Some(last) = limit.checked_sub(1) else { return Vec::new() };
    let mut known: Vec<&Repository> = pages.iter().flat_map(|page| &page.repositories).collect();
    known.sort_by(|left, right| left.compare_components(right));
    let bar = known.get(last);
    let hides_names = |page: &CatalogPage| match (bar, page.repositories.last()) {
        (Some(bar), Some(last)) => last.compare_components(bar).is_lt(),
        _ => true,
    };
    let pending = pages.iter().enumerate().filter(|(_, page)| page.more && page.repositories.len() < limit);
    pending.filter(|(_, page)| hides_names(page)).map(|(n, _)| n).collect()
}
