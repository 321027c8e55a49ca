use atoll_oci::Reference;
use atoll_service::{Error as Refusal, Grant};

use super::NONE;
use crate::fixture::*;
use crate::{Effect, Parts, PutManifest};

fn is_here(sandbox: &Sandbox, number: u64) -> bool {
    sandbox.view().resolve(&repository("a"), &Reference::Digest(digest(number))).unwrap().is_some()
}

#[test]
fn a_blob_in_use_cannot_be_unlinked() {
    let mut sandbox = Sandbox::with(&[link("a", 2), put("a", 1, with_layers(1, &[2]))]);
    let expected = Refusal::BlobInUse { digest: digest(2), manifest: digest(1) };
    assert_eq!(sandbox.refusal(&unlink("a", 2)), expected);
    sandbox.run(&delete("a", 1)).unwrap();
    sandbox.run(&unlink("a", 2)).unwrap();
    assert_eq!(sandbox.view().blob(&repository("a"), &digest(2)).unwrap(), None);
}

#[test]
fn what_is_not_there_cannot_be_removed() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    assert_eq!(sandbox.refusal(&unlink("a", 2)), Refusal::BlobUnknown(digest(2)));
    assert_eq!(sandbox.refusal(&unlink("b", 1)), Refusal::RepositoryUnknown(repository("b")));
    assert_eq!(sandbox.refusal(&delete("b", 1)), Refusal::RepositoryUnknown(repository("b")));
    assert_eq!(sandbox.refusal(&delete_tag("b", "t")), Refusal::RepositoryUnknown(repository("b")));
    let unknown = |reference: String| Refusal::ManifestUnknown { repository: repository("a"), reference };
    assert_eq!(sandbox.refusal(&delete("a", 1)), unknown(digest(1).to_string()));
    assert_eq!(sandbox.refusal(&delete_tag("a", "t")), unknown("t".to_owned()));
}

#[test]
fn removing_needs_the_right_to_delete() {
    let mut sandbox = Sandbox::with(&[link("a", 2), put("a", 1, tagged(1, &["t"]))]);
    for mut wish in [unlink("a", 2), delete("a", 1), delete_tag("a", "t")] {
        wish.grant = Grant { create: true, update: true, ..NONE };
        assert_eq!(sandbox.refusal(&wish), Refusal::Denied("delete".to_owned()));
    }
}

#[test]
fn removing_the_last_tag_leaves_the_manifest() {
    let mut sandbox = Sandbox::with(&[put("a", 1, tagged(1, &["t"]))]);
    let change = sandbox.run(&delete_tag("a", "t")).unwrap();
    assert_eq!(change.effects, [Effect::TagRemoved { tag: tag("t"), digest: digest(1) }]);
    assert!(is_here(&sandbox, 1));
    assert_eq!(sandbox.view().tag(&repository("a"), &tag("t")).unwrap(), None);
}

#[test]
fn removing_a_manifest_takes_its_tags_statistics_and_place_among_referrers() {
    let with_tags = PutManifest { tags: tagged(1, &["b", "a"]).tags, ..referring(1, 9, "x") };
    let mut sandbox = Sandbox::with(&[link("a", 5), put("a", 1, with_tags), pulls("a", 1, 4)]);
    let change = sandbox.run(&delete("a", 1)).unwrap();
    assert_eq!(change.removed_tags().collect::<Vec<_>>(), [&tag("a"), &tag("b")]);
    let view = sandbox.view();
    assert!(!is_here(&sandbox, 1));
    assert_eq!(view.tags(&repository("a"), None, 9).unwrap(), (vec![], false));
    assert_eq!(view.referrers((&repository("a"), &digest(9)), &[], None, 9).unwrap(), (vec![], None));
    assert_eq!(view.statistics(&repository("a"), &digest(1)).unwrap().pulls, 0);
}

#[test]
fn a_child_of_an_index_cannot_be_removed_before_it() {
    let mut sandbox = Sandbox::with(&[put("a", 1, manifest(1)), put("a", 1, with_children(2, &[1]))]);
    assert_eq!(
        sandbox.refusal(&delete("a", 1)),
        Refusal::ManifestInUse { digest: digest(1), index: digest(2) }
    );
}

#[test]
fn several_tags_protect_a_manifest_where_the_policy_says_so() {
    let mut sandbox = Sandbox::with(&[put("a", 1, tagged(1, &["t", "u"]))]);
    let mut wish = delete("a", 1);
    wish.grant.detect_collision = true;
    assert_eq!(sandbox.refusal(&wish), Refusal::ManifestShared(digest(1)));
    sandbox.run(&delete_tag("a", "t")).unwrap();
    sandbox.run(&wish).unwrap();
}

#[test]
fn children_that_nothing_else_names_go_with_their_index() {
    let mut sandbox = Sandbox::with(&[
        put("a", 1, manifest(1)),
        put("a", 1, tagged(2, &["kept"])),
        put("a", 1, manifest(3)),
        put("a", 1, referring(4, 1, "x")),
        put("a", 1, manifest(5)),
        put("a", 1, with_children(6, &[5])),
        put("a", 1, with_children(7, &[1, 2, 3, 4, 6])),
        put("a", 1, with_children(8, &[3])),
    ]);
    let change = sandbox.run(&delete("a", 7)).unwrap();
    let here: Vec<u64> = (1..=8).filter(|number| is_here(&sandbox, *number)).collect();
    assert_eq!(here, [2, 3, 4, 8], "tagged, named elsewhere, a referrer, another index");
    let pruned = change
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::ManifestRemoved { is_pruned: true, .. }));
    assert_eq!(pruned.count(), 3);
}

#[test]
fn an_emptied_repository_is_gone() {
    let mut sandbox = Sandbox::with(&[link("a", 2), put("a", 1, with_layers(1, &[2]))]);
    sandbox.run(&delete("a", 1)).unwrap();
    assert!(sandbox.view().repository(&repository("a")).unwrap().is_some(), "it still has a blob");
    let change = sandbox.run(&unlink("a", 2)).unwrap();
    assert!(change.effects.contains(&Effect::RepositoryRemoved));
    assert_eq!(sandbox.view().repository(&repository("a")).unwrap(), None);
    assert_eq!(sandbox.view().repository_count().unwrap(), 0);
}

#[test]
fn nothing_but_the_feed_and_the_position_is_left_of_an_emptied_repository() {
    let parts = Parts { subject: Some(digest(9)), referrer: Some("{}".into()), ..with_layers(1, &[2]).parts };
    let whole = PutManifest { parts, tags: tagged(1, &["t"]).tags, ..manifest(1) };
    let commands = [link("a", 2), put("a", 1, whole), pulls("a", 1, 3), delete("a", 1), unlink("a", 2)];
    let left = Sandbox::with(&commands).0.into_rows();
    let tables: std::collections::BTreeSet<_> = left.map(|row| row.table.name()).collect();
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), ["changes", "shards"]);
}
