use super::check;
use crate::metadata::{Crate, Dependency};

fn using(name: &str, owns: &[&str], dependencies: &[(&str, bool)]) -> Crate {
    Crate {
        name: name.to_owned(),
        rank: Some(1),
        owns: owns.iter().map(|&foreign| foreign.to_owned()).collect(),
        dependencies: dependencies
            .iter()
            .map(|(name, is_dev)| Dependency { name: (*name).to_owned(), is_dev: *is_dev })
            .collect(),
        ..Crate::default()
    }
}

#[test]
fn the_owner_alone_uses_what_it_owns() {
    let crates = [using("index", &["redb"], &[("redb", false)]), using("store", &[], &[("serde", false)])];
    assert_eq!(check(&crates), []);
}

#[test]
fn another_user_is_named_with_the_owner() {
    let crates = [using("index", &["redb"], &[("redb", false)]), using("store", &[], &[("redb", false)])];
    let found = check(&crates);
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().starts_with("store: depends on `redb`, which index owns"), "{}", found[0]);
}

#[test]
fn tests_and_tools_may_use_it() {
    let owner = using("index", &["redb"], &[("redb", false)]);
    assert_eq!(check(&[owner.clone(), using("store", &[], &[("redb", true)])]), []);
    let tool = Crate { rank: Some(7), ..using("kit", &[], &[("redb", false)]) };
    assert_eq!(check(&[owner, tool]), []);
}

#[test]
fn two_owners_are_named_on_both_sides() {
    let crates = [using("one", &["redb"], &[("redb", false)]), using("two", &["redb"], &[("redb", false)])];
    let places: Vec<_> = check(&crates).into_iter().map(|violation| violation.place).collect();
    assert_eq!(places, ["two", "one"]);
}

#[test]
fn what_is_owned_must_be_used() {
    let found = check(&[using("index", &["redb"], &[("redb", true)])]);
    assert!(found[0].sentence.contains("does not depend on it"), "{}", found[0]);
}
