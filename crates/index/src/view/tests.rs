use std::cell::Cell;

use atoll_service::Visibility;

use super::*;
use crate::fixture::*;
use crate::{CHANGES_KEPT, MemoryRows, Parts, PutManifest};

/// Rows that count how many were read.
struct Counting<'a>(&'a MemoryRows, &'a Cell<usize>);

impl Reads for Counting<'_> {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.1.set(self.1.get() + 1);
        self.0.read(table, key, decode)
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        Ok(self.0.scan_with(table, span, decode)?.inspect(|_| self.1.set(self.1.get() + 1)))
    }
}

fn rows_read(sandbox: &Sandbox, question: impl FnOnce(&View<Counting<'_>>)) -> usize {
    let counter = Cell::new(0);
    question(&View::new(Counting(&sandbox.0, &counter), KEY, SHARDS));
    counter.get()
}

fn many_tags(count: u64) -> Sandbox {
    let names: Vec<String> = (0..count).map(|number| format!("v{number:06}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Sandbox::with(&[put("a", 1, tagged(1, &names))])
}

#[test]
fn a_page_of_tags_costs_the_page_and_not_the_repository() {
    let cost = |sandbox: &Sandbox| {
        rows_read(sandbox, |view| {
            let (page, more) = view.tags(&repository("a"), Some("v000010"), 50).unwrap();
            assert_eq!((page.len(), more, page[0].as_str()), (50, true, "v000011"));
        })
    };
    assert_eq!(cost(&many_tags(100)), cost(&many_tags(100_000)));
}

#[test]
fn pages_of_tags_concatenate_to_the_list() {
    let sandbox = many_tags(25);
    let (view, mut found, mut after) = (sandbox.view(), Vec::new(), None);
    loop {
        let (page, more) = view.tags(&repository("a"), after.as_deref(), 7).unwrap();
        after = page.last().map(ToString::to_string);
        found.extend(page);
        if !more {
            break;
        }
    }
    assert_eq!(found, view.tags(&repository("a"), None, 100).unwrap().0);
    assert_eq!(found.len(), 25);
}

#[test]
fn a_list_of_tags_may_begin_behind_any_text() {
    let sandbox = Sandbox::with(&[put("a", 1, tagged(1, &["b", "d"])), put("a/b", 1, tagged(1, &["c"]))]);
    let behind = |after| sandbox.view().tags(&repository("a"), Some(after), 9).unwrap().0;
    assert_eq!(behind(""), [tag("b"), tag("d")]);
    assert_eq!(behind("c not a tag!"), [tag("d")]);
    assert_eq!(behind("d"), []);
    assert_eq!(behind("\u{10ffff}"), []);
    assert_eq!(sandbox.view().tags(&repository("a"), None, 0).unwrap(), (vec![], true));
}

#[test]
fn referrers_come_in_the_order_of_pushing_page_by_page() {
    let commands: Vec<_> = [5, 3, 9, 1, 7].map(|number| put("a", number, referring(number, 100, "x"))).into();
    let sandbox = Sandbox::with(&commands);
    let (view, mut found, mut after) = (sandbox.view(), Vec::new(), None);
    loop {
        let (page, next) = view.referrers((&repository("a"), &digest(100)), &[], after, 2).unwrap();
        assert!(page.len() <= 2);
        found.extend(page.into_iter().map(|referrer| referrer.descriptor));
        after = next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(found, [5, 3, 9, 1, 7].map(|number| format!("{{\"number\":{number}}}")));
}

#[test]
fn referrers_can_be_filtered_and_an_empty_type_matches_nothing() {
    let sandbox = Sandbox::with(&[
        put("a", 1, referring(1, 100, "x")),
        put("a", 1, referring(2, 100, "y")),
        put("a", 1, referring(3, 100, "z")),
    ]);
    let count = |types: &[&str]| {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        sandbox.view().referrers((&repository("a"), &digest(100)), &types, None, 9).unwrap().0.len()
    };
    assert_eq!([count(&[]), count(&["y"]), count(&["x", "z"]), count(&[""]), count(&["w"])], [3, 1, 2, 0, 0]);
    assert_eq!(
        sandbox.view().referrers((&repository("b"), &digest(100)), &[], None, 9).unwrap(),
        (vec![], None)
    );
}

#[test]
fn a_filter_that_admits_little_looks_at_a_bounded_number_of_rows() {
    let count = u64::try_from(SCAN_MAX_ROWS).unwrap() + 10;
    let mut commands: Vec<_> =
        (1..count).map(|number| put("a", 1, referring(number, 1_000_000, "x"))).collect();
    commands.push(put("a", 1, referring(count, 1_000_000, "rare")));
    let sandbox = Sandbox::with(&commands);
    let types = ["rare".to_owned()];
    let (repository, subject) = (repository("a"), digest(1_000_000));
    let mut next = None;
    let cost = rows_read(&sandbox, |view| {
        let (page, continued) = view.referrers((&repository, &subject), &types, None, 5).unwrap();
        assert!(page.is_empty());
        next = continued;
    });
    assert!(cost <= SCAN_MAX_ROWS + 1);
    assert!(next.is_some());
    let (page, end) = sandbox.view().referrers((&repository, &subject), &types, next, 5).unwrap();
    assert_eq!((page.len(), end), (1, None));
}

#[test]
fn a_page_of_referrers_ends_when_it_is_as_long_as_clients_read() {
    let large = |number| {
        let manifest = referring(number, 100, "x");
        let parts = Parts { referrer: Some(vec![b' '; 1 << 20].into()), ..manifest.parts.clone() };
        put("a", 1, PutManifest { parts, ..manifest })
    };
    let sandbox = Sandbox::with(&[large(1), large(2), large(3), large(4), large(5)]);
    let (repository, subject) = (repository("a"), digest(100));
    let page = |after| sandbox.view().referrers((&repository, &subject), &[], after, 9).unwrap();
    let (first, next) = page(None);
    let (second, end) = page(next);
    assert_eq!((first.len(), next.is_some(), second.len(), end), (4, true, 1, None));
}

#[test]
fn the_catalog_merges_shards_by_path_component() {
    let names = ["redis-cluster", "redis", "redis/exporter", "a/b", "a-b", "a", "z", "redis/exporter/x"];
    let commands: Vec<_> = names.iter().map(|name| link(name, 1)).collect();
    let sandbox = Sandbox::with(&commands);
    let shards: Vec<Shard> = sandbox.view().shards().collect();
    let page = |after: Option<&str>, limit| {
        let (names, more) = sandbox.view().catalog(&shards, after, limit, &Visibility::Everything).unwrap();
        (names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), more)
    };
    let whole = "a a/b a-b redis redis/exporter redis/exporter/x redis-cluster z";
    assert_eq!(page(None, 100), (whole.to_owned(), false));
    assert_eq!(page(Some("a/b"), 3), ("a-b redis redis/exporter".to_owned(), true));
    assert_eq!(page(Some("b is not here"), 1), ("redis".to_owned(), true));
    assert_eq!(page(Some("z"), 5), (String::new(), false));
    let hidden = sandbox.view().catalog(&shards, None, 9, &Visibility::Nothing).unwrap();
    assert_eq!(hidden, (vec![], false));
    let some = sandbox.view().catalog(&[home("z")], Some("y"), 9, &Visibility::Everything).unwrap();
    assert_eq!(some.0, [repository("z")]);
}

#[test]
fn a_page_of_the_catalog_costs_the_shards_and_the_page() {
    let commands: Vec<_> = (0..2_000).map(|number| link(&format!("r{number}"), 1)).collect();
    let sandbox = Sandbox::with(&commands);
    let shards: Vec<Shard> = sandbox.view().shards().collect();
    let cost = rows_read(&sandbox, |view| {
        view.catalog(&shards, Some("r5"), 10, &Visibility::Everything).unwrap();
    });
    assert!(cost <= 11 + 2 * shards.len());
}

#[test]
fn all_repositories_that_hold_a_digest_are_found() {
    let sandbox = Sandbox::with(&[link("a", 1), link("b", 1), link("c/d", 1), link("e", 2)]);
    let mut found = sandbox.view().repositories_with(&digest(1), 10).unwrap();
    found.sort();
    assert_eq!(found, [repository("a"), repository("b"), repository("c/d")]);
    assert_eq!(sandbox.view().repositories_with(&digest(1), 2).unwrap().len(), 2);
    assert!(!sandbox.view().is_linked_anywhere(&digest(3)).unwrap());
}

#[test]
fn what_is_mounted_comes_from_a_repository_that_links_it_as_a_blob() {
    let stored = || PutManifest { body: crate::Body::Stored, size: 70_000, ..manifest(4) };
    let mut commands: Vec<_> = (0..8).map(|number| put(&format!("m{number}"), 1, stored())).collect();
    let found = |commands: &[crate::Command]| {
        Sandbox::with(commands).view().repository_with(&digest(4), |_, _| true).unwrap()
    };
    assert_eq!(found(&commands), None);
    commands.push(link("blobs", 4));
    assert_eq!(found(&commands), Some(repository("blobs")));
}

#[test]
fn the_media_type_is_the_one_a_manifest_gives_or_the_manifests_own() {
    let sandbox = Sandbox::with(&[link("a", 2), put("a", 1, with_layers(1, &[2])), link("a", 3)]);
    let media_type = |number| sandbox.view().media_type_of(&repository("a"), &digest(number)).unwrap();
    assert_eq!(media_type(2).unwrap(), LAYER);
    assert_eq!(media_type(1).unwrap(), media_type_text());
    assert_eq!(media_type(3), None);
}

fn media_type_text() -> String {
    crate::fixture::media_type().to_string()
}

#[test]
fn old_changes_are_trimmed_and_a_follower_that_needs_them_is_told() {
    let kept = usize::try_from(CHANGES_KEPT).unwrap();
    let commands: Vec<_> = (1..=2 * CHANGES_KEPT).map(|number| link("a", number)).collect();
    let sandbox = Sandbox::with(&commands);
    let all = sandbox.view().changes(home("a"), 0, usize::MAX).unwrap();
    assert!(all.has_gap);
    assert!((kept..kept + 60).contains(&all.changes.len()));
    let recent = sandbox.view().changes(home("a"), 2 * CHANGES_KEPT - 3, 2).unwrap();
    assert_eq!((recent.changes.len(), recent.has_gap), (2, false));
    let none = sandbox.view().changes(home("a"), 2 * CHANGES_KEPT, 2).unwrap();
    assert_eq!((none.changes.len(), none.has_gap), (0, false));
}

#[test]
fn a_manifest_is_read_exactly_whatever_it_names_before_its_bytes() {
    let named = PutManifest { is_sparse: true, ..with_layers(1, &[1, 2, 3]) };
    let index = PutManifest { is_sparse: true, ..with_children(2, &[4, 5]) };
    let stored = PutManifest { body: crate::Body::Stored, size: 70_000, ..manifest(4) };
    let sandbox = Sandbox::with(&[
        put("a", 1, named),
        put("a", 1, index),
        put("a", 1, referring(3, 1, "a type")),
        put("a", 1, stored),
    ]);
    for number in 1..=3_u64 {
        let whole = Some(Bytes::copy_from_slice(&number.to_be_bytes()));
        let (found, body) =
            sandbox.view().manifest(&repository("a"), &Reference::Digest(digest(number))).unwrap().unwrap();
        assert_eq!((found.digest, &body), (digest(number), &whole));
        assert_eq!(sandbox.view().manifest_body(&repository("a"), &digest(number)).unwrap(), whole);
    }
    assert_eq!(sandbox.view().manifest_body(&repository("a"), &digest(4)).unwrap(), None);
}
