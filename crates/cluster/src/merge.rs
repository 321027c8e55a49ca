//! Merging the answers of leaves. Pure: the merge of any partition is the answer over the whole.

use atoll_oci::Repository;
use atoll_service::CatalogPage;

/// The first `limit` names of several pages, each of which holds the first `limit` names of its own shards.
pub fn merge_catalog(pages: Vec<CatalogPage>, limit: usize) -> CatalogPage {
    let beyond = pages.iter().any(|page| page.more);
    let mut repositories: Vec<Repository> = pages.into_iter().flat_map(|page| page.repositories).collect();
    repositories.sort_by(Repository::compare_components);
    let more = beyond || repositories.len() > limit;
    repositories.truncate(limit);
    CatalogPage { repositories, more }
}

#[cfg(test)]
mod tests;
