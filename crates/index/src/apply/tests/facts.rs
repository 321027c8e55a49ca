use bytes::Bytes;

use crate::fixture::*;
use crate::{Command, Effect, Mutation, PutManifest, Reads as _};

fn set_facts(name: &str, number: u64, facts: &'static str) -> Command {
    let facts = Bytes::from_static(facts.as_bytes());
    command(name, 9, Mutation::SetFacts { digest: digest(number), facts })
}

fn with_facts(number: u64, facts: &'static str) -> PutManifest {
    PutManifest { facts: Bytes::from_static(facts.as_bytes()), ..manifest(number) }
}

fn facts(sandbox: &Sandbox, number: u64) -> Option<Bytes> {
    sandbox.view().facts(&repository("a"), &digest(number)).unwrap()
}

#[test]
fn facts_come_with_the_push_and_stay_when_it_is_repeated_without() {
    let mut sandbox = Sandbox::with(&[put("a", 1, with_facts(1, "first")), put("a", 1, manifest(2))]);
    assert_eq!(facts(&sandbox, 1).unwrap(), "first");
    assert_eq!(facts(&sandbox, 2), None);
    sandbox.run(&put("a", 2, manifest(1))).unwrap();
    assert_eq!(facts(&sandbox, 1).unwrap(), "first");
    sandbox.run(&put("a", 3, with_facts(1, "second"))).unwrap();
    assert_eq!(facts(&sandbox, 1).unwrap(), "second");
}

#[test]
fn facts_set_later_are_told_once() {
    let mut sandbox = Sandbox::with(&[put("a", 1, manifest(1))]);
    let mut wish = set_facts("a", 1, "late");
    wish.grant = atoll_service::Grant::default();
    let change = sandbox.run(&wish).unwrap();
    assert_eq!(change.effects, [Effect::FactsSet { digest: digest(1) }]);
    assert_eq!(facts(&sandbox, 1).unwrap(), "late");
    for without_effect in
        [set_facts("a", 1, "late"), set_facts("a", 1, ""), set_facts("a", 7, "x"), set_facts("b", 1, "x")]
    {
        let before = sandbox.0.clone();
        assert_eq!(sandbox.run(&without_effect).unwrap().effects, []);
        assert_eq!(sandbox.0, before);
    }
}

#[test]
fn facts_go_with_their_manifest_pruned_children_included() {
    let mut sandbox = Sandbox::with(&[
        put("a", 1, with_facts(1, "child")),
        put("a", 2, PutManifest { facts: "index".into(), ..with_children(2, &[1]) }),
        put("a", 3, with_facts(3, "other")),
    ]);
    sandbox.run(&delete("a", 2)).unwrap();
    assert_eq!([1, 2, 3].map(|number| facts(&sandbox, number).is_some()), [false, false, true]);
}

#[test]
fn facts_that_an_earlier_version_kept_apart_are_found_replaced_and_removed() {
    let mut sandbox =
        Sandbox::with(&[put("a", 1, manifest(1)), put("a", 1, manifest(2)), put("a", 1, manifest(3))]);
    for number in 1..4 {
        sandbox.keep_facts_apart("a", number, b"old");
        assert_eq!(facts(&sandbox, number).unwrap(), "old");
    }
    sandbox.run(&put("a", 2, manifest(1))).unwrap();
    assert_eq!(sandbox.run(&set_facts("a", 1, "old")).unwrap().effects, []);
    assert_eq!(facts(&sandbox, 1).unwrap(), "old");
    sandbox.run(&put("a", 2, with_facts(1, "new"))).unwrap();
    sandbox.run(&set_facts("a", 2, "late")).unwrap();
    sandbox.run(&delete("a", 3)).unwrap();
    assert_eq!([1, 2].map(|number| facts(&sandbox, number).unwrap()), ["new", "late"]);
    let apart = sandbox.0.scan(crate::Table::Facts, crate::Span::of(&[])).unwrap().count();
    assert_eq!(apart, 0);
}
