//! Random lists, random partitions: the merge is the whole.

use atoll_oci::Repository;
use atoll_service::{CatalogPage, RepositoryHit, Sort, SortValue, compare};
use proptest::prelude::*;

use super::*;

const SORTS: [Sort; 3] = [Sort::Relevance, Sort::NameAscending, Sort::NameDescending];

fn rows(sort: Sort, names: impl IntoIterator<Item = (String, i8)>) -> Vec<RepositoryHit> {
    let hit = |(name, value): (String, i8)| RepositoryHit {
        value: SortValue(value.into()),
        repository: name.parse().unwrap(),
        rank: value.into(),
        summary: None,
    };
    let mut rows: Vec<_> = names.into_iter().map(hit).collect();
    rows.sort_by(|left, right| compare(sort, left.place(), right.place()));
    rows
}

/// What a leaf with these rows answers.
fn answer(leaf: &[RepositoryHit], skip: u64, take: u64) -> Hits<RepositoryHit> {
    let (skip, take) = (usize::try_from(skip).unwrap(), usize::try_from(take).unwrap());
    let faults = leaf.iter().filter(|row| row.rank < -100).map(|row| format!("bad {}", row.rank)).collect();
    Hits { total: leaf.len() as u64, rows: leaf.iter().skip(skip).take(take).cloned().collect(), faults }
}

/// Spreads rows over leaves; a large `skew` gives nearly all of them to one.
fn partition(whole: &[RepositoryHit], leaves: usize, skew: usize) -> Vec<Vec<RepositoryHit>> {
    let mut parts = vec![Vec::new(); leaves];
    for (n, row) in whole.iter().enumerate() {
        parts[if n % skew == 0 { n * 7 % leaves } else { 0 }].push(row.clone());
    }
    parts
}

struct Told {
    rows: Vec<RepositoryHit>,
    total: u64,
    faults: Vec<String>,
    keys: u64,
    rounds: usize,
}

/// Asks leaves as a root does.
fn gather(sort: Sort, leaves: &[Vec<RepositoryHit>], offset: u64, limit: u64) -> Told {
    let mut gathering = Gathering::new(sort);
    let wanted = offset + limit;
    let first = share(wanted, leaves.len());
    let mut keys = 0;
    for (n, leaf) in leaves.iter().enumerate() {
        let hits = answer(leaf, 0, first);
        keys += hits.rows.len() as u64;
        gathering.add(n, first, hits);
    }
    let mut rounds = 1;
    loop {
        let follow_ups = gathering.follow_ups(wanted);
        if follow_ups.is_empty() {
            break;
        }
        rounds += 1;
        for FollowUp { leaf, skip, take } in follow_ups {
            let hits = answer(&leaves[leaf], skip, take);
            keys += hits.rows.len() as u64;
            gathering.add(leaf, take, hits);
        }
    }
    let picks = gathering.picks(usize::try_from(offset).unwrap(), usize::try_from(limit).unwrap());
    let rows = picks.iter().map(|pick| gathering.row(*pick).unwrap().clone()).collect();
    Told { rows, total: gathering.total(), faults: gathering.faults(), keys, rounds }
}

fn names() -> impl Strategy<Value = std::collections::BTreeMap<String, i8>> {
    proptest::collection::btree_map("[a-d]{1,3}(/[a-d]{1,2})?", any::<i8>(), 0..120)
}

proptest! {
    #[test]
    fn gathering_from_any_partition_gives_the_page_of_the_whole(
        names in names(),
        leaves in 1_usize..9,
        skew in 1_usize..30,
        sort in proptest::sample::select(SORTS.to_vec()),
        (offset, limit) in (0_u64..60, 0_u64..60),
    ) {
        let whole = rows(sort, names);
        let told = gather(sort, &partition(&whole, leaves, skew), offset, limit);
        let expected = answer(&whole, offset, limit);
        prop_assert_eq!(&told.rows, &expected.rows);
        prop_assert_eq!(told.total, expected.total);
        prop_assert_eq!(told.faults, merge_hits(sort, vec![expected]).faults);
        // Each round doubles, from at least one key up to what is wanted.
        prop_assert!(told.rounds <= 8, "{} rounds", told.rounds);
    }

    #[test]
    fn pages_concatenate_to_the_list(names in names(), leaves in 1_usize..6, limit in 1_u64..20) {
        let whole = rows(Sort::Relevance, names);
        let parts = partition(&whole, leaves, 1);
        let mut all = Vec::new();
        let mut offset = 0;
        loop {
            let page = gather(Sort::Relevance, &parts, offset, limit);
            prop_assert_eq!(page.total, whole.len() as u64);
            if page.rows.is_empty() {
                break;
            }
            offset += limit;
            all.extend(page.rows);
        }
        prop_assert_eq!(all, whole);
    }

    #[test]
    fn merging_is_associative_and_commutative(
        names in names(),
        leaves in 3_usize..7,
        sort in proptest::sample::select(SORTS.to_vec()),
        turn in 0_usize..7,
    ) {
        let whole = rows(sort, names);
        let mut lists: Vec<_> =
            partition(&whole, leaves, 1).iter().map(|leaf| answer(leaf, 0, u64::MAX >> 1)).collect();
        let at_once = merge_hits(sort, lists.clone());
        prop_assert_eq!(&at_once.rows, &whole);
        let rest = lists.split_off(leaves / 2);
        let nested = vec![merge_hits(sort, rest.clone()), merge_hits(sort, lists.clone())];
        prop_assert_eq!(&merge_hits(sort, nested), &at_once);
        lists.extend(rest);
        lists.rotate_left(turn % leaves);
        prop_assert_eq!(&merge_hits(sort, lists), &at_once);
    }

    #[test]
    fn merging_any_partition_of_the_catalog_gives_the_page_over_the_whole(
        names in proptest::collection::btree_set("[a-c]{1,2}(/[a-c]{1,2}){0,2}", 0..40),
        parts in 1_usize..6,
        limit in 0_usize..50,
    ) {
        let names: Vec<Repository> = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut partition = vec![Vec::new(); parts];
        for (n, name) in names.iter().enumerate() {
            partition[(n * 7) % parts].push(name.clone());
        }
        let first = usize::try_from(share(limit as u64, parts)).unwrap();
        let mut pages: Vec<_> = partition.iter().map(|part| catalog_page(part, first)).collect();
        loop {
            let pending = uncertain(&pages, limit);
            if pending.is_empty() {
                break;
            }
            for n in pending {
                let doubled = pages[n].repositories.len().max(1) * 2;
                pages[n] = catalog_page(&partition[n], doubled);
            }
        }
        prop_assert_eq!(merge_catalog(pages, limit), catalog_page(&names, limit));
    }
}

fn catalog_page(names: &[Repository], limit: usize) -> CatalogPage {
    let mut repositories = names.to_vec();
    repositories.sort_by(Repository::compare_components);
    let more = repositories.len() > limit;
    repositories.truncate(limit);
    CatalogPage { repositories, more }
}

/// Names spread as by a hash, as shards do.
fn scattered(count: usize, leaves: usize) -> Vec<Vec<RepositoryHit>> {
    let whole = rows(Sort::NameAscending, (0..count).map(|n| (format!("r{n:06}"), 0)));
    let mut parts = vec![Vec::new(); leaves];
    for (n, row) in whole.into_iter().enumerate() {
        let mixed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        parts[usize::try_from((mixed ^ (mixed >> 29)) % leaves as u64).unwrap()].push(row);
    }
    parts
}

#[test]
fn a_deep_page_of_a_hundred_leaves_costs_thousands_of_keys_and_not_a_million() {
    let told = gather(Sort::NameAscending, &scattered(50_000, 100), 10_000, 20);
    assert_eq!(told.rows.first().map(|row| row.repository.as_str()), Some("r010000"));
    assert_eq!(told.rows.len(), 20);
    assert!(told.keys < 14_000 && told.rounds <= 2, "{} keys in {} rounds", told.keys, told.rounds);
}

#[test]
fn one_leaf_that_has_everything_is_asked_again_until_its_part_is_certain() {
    let mut leaves = vec![Vec::new(); 8];
    leaves[3] = rows(Sort::NameAscending, (0..1_000).map(|n| (format!("r{n:06}"), 0)));
    let told = gather(Sort::NameAscending, &leaves, 400, 100);
    assert_eq!(told.rows, leaves[3][400..500]);
    assert!(told.rounds <= 4, "{} rounds", told.rounds);
}

#[test]
fn a_list_that_changed_between_two_questions_gives_no_row_twice() {
    let whole = rows(Sort::NameAscending, ["a", "b", "c", "d"].map(|name| (name.to_owned(), 0)));
    let mut gathering = Gathering::new(Sort::NameAscending);
    gathering.add(0, 2, answer(&whole[1..], 0, 2));
    // `a` was pushed meanwhile, so the second stretch begins with a row that is known.
    gathering.add(0, 2, answer(&whole, 2, 2));
    let names: Vec<_> = gathering
        .picks(0, 10)
        .into_iter()
        .map(|pick| gathering.row(pick).unwrap().repository.to_string())
        .collect();
    assert_eq!((names.join(" "), gathering.total()), ("b c d".to_owned(), 4));
}

#[test]
fn a_leaf_that_is_forgotten_leaves_no_trace() {
    let leaves =
        [rows(Sort::Relevance, [("a".to_owned(), -120)]), rows(Sort::Relevance, [("b".to_owned(), 0)])];
    let mut gathering = Gathering::new(Sort::Relevance);
    leaves.iter().enumerate().for_each(|(n, leaf)| gathering.add(n, 5, answer(leaf, 0, 5)));
    assert_eq!((gathering.total(), gathering.faults().len()), (2, 1));
    gathering.remove(0);
    assert_eq!((gathering.total(), gathering.faults().len()), (1, 0));
    assert_eq!(gathering.picks(0, 5), [Pick { leaf: 1, row: 0 }]);
}
