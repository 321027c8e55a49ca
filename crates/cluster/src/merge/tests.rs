use proptest::prelude::*;

use super::*;

fn page(names: &[Repository], limit: usize) -> CatalogPage {
    let mut repositories = names.to_vec();
    repositories.sort_by(Repository::compare_components);
    let more = repositories.len() > limit;
    repositories.truncate(limit);
    CatalogPage { repositories, more }
}

proptest! {
    #[test]
    fn merging_any_partition_gives_the_page_over_the_whole(
        names in proptest::collection::btree_set("[a-c]{1,2}(/[a-c]{1,2}){0,2}", 0..40),
        parts in 1_usize..6,
        limit in 0_usize..50,
    ) {
        let names: Vec<Repository> = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut partition = vec![Vec::new(); parts];
        for (n, name) in names.iter().enumerate() {
            partition[(n * 7) % parts].push(name.clone());
        }
        let pages = partition.iter().map(|part| page(part, limit)).collect();
        prop_assert_eq!(merge_catalog(pages, limit), page(&names, limit));
    }
}
