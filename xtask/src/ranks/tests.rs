use super::check;
use crate::metadata::{Crate, Dependency};

fn ranked(name: &str, rank: Option<u32>, dependencies: &[(&str, bool)]) -> Crate {
    let dependencies = dependencies
        .iter()
        .map(|(name, is_dev)| Dependency { name: (*name).to_owned(), is_dev: *is_dev })
        .collect();
    Crate { name: name.to_owned(), rank, dependencies, ..Crate::default() }
}

#[test]
fn a_dependency_on_a_lower_rank_is_fine() {
    let crates = [ranked("top", Some(1), &[("base", false), ("serde", false)]), ranked("base", Some(0), &[])];
    assert_eq!(check(&crates), []);
}

#[test]
fn a_dependency_on_an_equal_or_higher_rank_is_named_with_both_ranks() {
    for rank in [1, 2] {
        let crates = [ranked("low", Some(1), &[("other", false)]), ranked("other", Some(rank), &[])];
        let found = check(&crates);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "low");
        assert!(found[0].sentence.contains(&format!("depends on other of rank {rank}")), "{}", found[0]);
    }
}

#[test]
fn a_crate_without_a_rank_is_named() {
    let found = check(&[ranked("bare", None, &[])]);
    assert!(found[0].to_string().starts_with("bare: has no rank"), "{}", found[0]);
}

#[test]
fn tests_may_use_the_testkit_and_nothing_else_upwards() {
    let kit = ranked("atoll-testkit", Some(7), &[]);
    let low = |dependency| [ranked("low", Some(1), &[dependency]), kit.clone(), ranked("high", Some(3), &[])];
    assert_eq!(check(&low(("atoll-testkit", true))), []);
    assert_eq!(check(&low(("atoll-testkit", false))).len(), 1);
    assert_eq!(check(&low(("high", true))).len(), 1);
}
