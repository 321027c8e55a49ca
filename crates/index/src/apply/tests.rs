use atoll_host::Timestamp;
use atoll_oci::Reference;
use atoll_placement::MemberId;
use atoll_service::{Error as Refusal, Grant};
use bytes::Bytes;

use crate::fixture::*;
use crate::{Body, Effect, INLINE_MAX_BYTES, LinkBlob, Mutation, PutManifest, Statistics};

mod facts;
mod removal;
mod stars;

const NONE: Grant = Grant { create: false, update: false, delete: false, detect_collision: false };
const CREATE: Grant = Grant { create: true, ..NONE };
const UPDATE: Grant = Grant { update: true, ..NONE };

#[test]
fn the_first_blob_brings_its_repository_into_being() {
    let mut sandbox = Sandbox::default();
    let change = sandbox.run(&link("a", 1)).unwrap();
    assert_eq!(
        change.effects,
        [Effect::RepositoryCreated, Effect::BlobLinked { digest: digest(1), size: 1 }]
    );
    let row = sandbox.view().repository(&repository("a")).unwrap().unwrap();
    assert_eq!((row.created_at, row.created_by.as_str()), (Timestamp(1), "alice"));
    assert_eq!(sandbox.view().repository_count().unwrap(), 1);
}

#[test]
fn linking_a_blob_again_changes_nothing_and_needs_no_right() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    let before = sandbox.0.clone();
    let mut again = link("a", 1);
    again.grant = NONE;
    let change = sandbox.run(&again).unwrap();
    assert_eq!((change.effects.len(), change.position), (0, 1));
    assert_eq!(sandbox.0, before);
}

#[test]
fn linking_a_blob_again_adds_its_new_holders() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    let holders = vec![MemberId(3), MemberId(1), MemberId(2)];
    sandbox
        .run(&command("a", 9, Mutation::LinkBlob(LinkBlob { digest: digest(1), size: 1, holders })))
        .unwrap();
    let row = sandbox.view().blob(&repository("a"), &digest(1)).unwrap().unwrap();
    assert_eq!(row.holders, [MemberId(1), MemberId(2), MemberId(3)]);
    assert_eq!(row.linked_at, Timestamp(1));
}

#[test]
fn linking_a_new_blob_needs_the_right_to_create() {
    let mut sandbox = Sandbox::default();
    let mut wish = link("a", 1);
    wish.grant = UPDATE;
    assert_eq!(sandbox.refusal(&wish), Refusal::Denied("create".to_owned()));
}

#[test]
fn a_manifest_is_found_by_tag_and_by_digest_with_its_exact_bytes() {
    let sandbox = Sandbox::with(&[put("a", 5, tagged(1, &["latest"]))]);
    for reference in [Reference::Tag(tag("latest")), Reference::Digest(digest(1))] {
        let (found, body) = sandbox.view().manifest(&repository("a"), &reference).unwrap().unwrap();
        assert_eq!(
            (found.digest, found.row.pushed_at, found.row.pushed_by.as_str()),
            (digest(1), Timestamp(5), "alice")
        );
        assert_eq!(body.unwrap().as_ref(), 1_u64.to_be_bytes());
        assert_eq!(sandbox.view().resolve(&repository("a"), &reference).unwrap().unwrap(), found);
    }
    assert_eq!(sandbox.view().resolve(&repository("a"), &Reference::Tag(tag("other"))).unwrap(), None);
}

#[test]
fn every_missing_part_is_named_once_and_in_order() {
    let mut sandbox = Sandbox::with(&[link("a", 3)]);
    let wish = put("a", 1, with_layers(1, &[2, 3, 4, 2]));
    assert_eq!(sandbox.refusal(&wish), Refusal::PartsUnknown(vec![digest(2), digest(4)]));
    let wish = put("a", 1, with_children(1, &[5, 3]));
    assert_eq!(sandbox.refusal(&wish), Refusal::PartsUnknown(vec![digest(5)]));
}

#[test]
fn an_index_may_list_blobs_which_then_stay() {
    let mut sandbox = Sandbox::with(&[link("a", 3), put("a", 1, with_children(1, &[3]))]);
    let expected = Refusal::BlobInUse { digest: digest(3), manifest: digest(1) };
    assert_eq!(sandbox.refusal(&unlink("a", 3)), expected);
    sandbox.run(&delete("a", 1)).unwrap();
    sandbox.run(&unlink("a", 3)).unwrap();
    let both = [link("a", 3), put("a", 1, manifest(3)), put("a", 1, with_children(1, &[3]))];
    Sandbox::with(&both).run(&unlink("a", 3)).unwrap();
}

#[test]
fn a_foreign_layer_may_be_missing_but_what_is_there_stays_while_it_is_named() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    let mut manifest = with_layers(10, &[1, 2]);
    for (_, media_type) in &mut manifest.parts.blobs {
        *media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip".to_owned();
    }
    sandbox.run(&put("a", 5, manifest)).unwrap();
    let in_use = Refusal::BlobInUse { digest: digest(1), manifest: digest(10) };
    assert_eq!(sandbox.refusal(&unlink("a", 1)), in_use);
    assert_eq!(sandbox.refusal(&unlink("a", 2)), Refusal::BlobUnknown(digest(2)));
    sandbox.run(&delete("a", 10)).unwrap();
    sandbox.run(&unlink("a", 1)).unwrap();
}

#[test]
fn a_sparse_manifest_may_name_what_is_missing() {
    let sandbox = Sandbox::with(&[put("a", 1, PutManifest { is_sparse: true, ..with_layers(1, &[2]) })]);
    assert_eq!(sandbox.view().media_type_of(&repository("a"), &digest(2)).unwrap().unwrap(), LAYER);
}

#[test]
fn blobs_of_another_repository_do_not_count() {
    let mut sandbox = Sandbox::with(&[link("b", 2)]);
    assert_eq!(sandbox.refusal(&put("a", 1, with_layers(1, &[2]))), Refusal::PartsUnknown(vec![digest(2)]));
}

#[test]
fn a_manifest_may_stand_in_for_a_blob() {
    let mut sandbox = Sandbox::with(&[put("a", 1, manifest(2)), put("a", 1, with_layers(1, &[2]))]);
    let expected = Refusal::BlobInUse { digest: digest(2), manifest: digest(1) };
    assert_eq!(sandbox.refusal(&delete("a", 2)), expected);
}

#[test]
fn a_new_tag_needs_create_and_a_moved_one_update() {
    let mut sandbox = Sandbox::with(&[put("a", 1, tagged(1, &["old"]))]);
    let with_right =
        |number, name, right| put("a", 2, PutManifest { tags: vec![(tag(name), right)], ..manifest(number) });
    assert_eq!(sandbox.refusal(&with_right(2, "new", UPDATE)), Refusal::Denied("create".to_owned()));
    assert_eq!(sandbox.refusal(&with_right(2, "old", CREATE)), Refusal::Denied("update".to_owned()));
    assert_eq!(sandbox.refusal(&with_right(1, "old", NONE)), Refusal::Denied("create or update".to_owned()));
    sandbox.run(&with_right(1, "old", CREATE)).unwrap();
    sandbox.run(&with_right(1, "old", UPDATE)).unwrap();
    sandbox.run(&with_right(2, "old", UPDATE)).unwrap();
    sandbox.run(&with_right(2, "new", CREATE)).unwrap();
}

#[test]
fn a_new_manifest_by_digest_alone_needs_create() {
    let mut sandbox = Sandbox::default();
    let mut wish = put("a", 1, manifest(1));
    wish.grant = UPDATE;
    assert_eq!(sandbox.refusal(&wish), Refusal::Denied("create".to_owned()));
    wish.grant = CREATE;
    sandbox.run(&wish).unwrap();
    wish.grant = UPDATE;
    sandbox.run(&wish).unwrap();
}

#[test]
fn a_moved_tag_keeps_the_time_of_its_name() {
    let mut sandbox = Sandbox::with(&[put("a", 10, tagged(1, &["t"]))]);
    let change = sandbox.run(&put("a", 20, tagged(2, &["t"]))).unwrap();
    assert_eq!(change.set_tags().collect::<Vec<_>>(), [(&tag("t"), Some(digest(1)))]);
    let row = sandbox.view().tag(&repository("a"), &tag("t")).unwrap().unwrap();
    assert_eq!((row.digest, row.tagged_at, row.updated_at), (digest(2), Timestamp(10), Timestamp(20)));
    assert_eq!(sandbox.view().tags_of(&repository("a"), &digest(1), 9).unwrap(), []);
    assert_eq!(sandbox.view().tags_of(&repository("a"), &digest(2), 9).unwrap(), [tag("t")]);
}

#[test]
fn pushing_the_same_manifest_again_keeps_its_time_and_its_place() {
    let first = [put("a", 1, referring(1, 9, "x")), put("a", 2, referring(2, 9, "x"))];
    let mut sandbox = Sandbox::with(&first);
    let before = sandbox.view().referrers((&repository("a"), &digest(9)), &[], None, 9).unwrap();
    let change = sandbox.run(&put("a", 3, referring(1, 9, "x"))).unwrap();
    assert!(matches!(change.effects.as_slice(), [Effect::ManifestPut { is_new: false, .. }]));
    let row = sandbox.view().resolve(&repository("a"), &Reference::Digest(digest(1))).unwrap().unwrap().row;
    assert_eq!(row.pushed_at, Timestamp(1));
    assert_eq!(sandbox.view().referrers((&repository("a"), &digest(9)), &[], None, 9).unwrap(), before);
}

#[test]
fn a_large_manifest_is_kept_in_the_store_and_held_there() {
    let large = PutManifest { body: Body::Stored, size: 100_000, ..manifest(1) };
    let mut sandbox = Sandbox::with(&[put("a", 1, large)]);
    assert!(sandbox.view().is_linked_anywhere(&digest(1)).unwrap());
    let (found, body) =
        sandbox.view().manifest(&repository("a"), &Reference::Digest(digest(1))).unwrap().unwrap();
    assert_eq!((found.row.is_stored, body), (true, None));
    sandbox.run(&delete("a", 1)).unwrap();
    assert!(!sandbox.view().is_linked_anywhere(&digest(1)).unwrap());
}

#[test]
fn an_inline_body_beyond_the_limit_is_refused() {
    let body = Body::Inline(Bytes::from(vec![0; INLINE_MAX_BYTES + 1]));
    let refusal = Sandbox::default().refusal(&put("a", 1, PutManifest { body, ..manifest(1) }));
    assert!(matches!(refusal, Refusal::Internal(_)));
}

#[test]
fn pulls_add_up_and_keep_the_latest_time() {
    let mut sandbox = Sandbox::with(&[put("a", 1, manifest(1)), pulls("a", 1, 5), pulls("a", 1, 3)]);
    let statistics = sandbox.view().statistics(&repository("a"), &digest(1)).unwrap();
    assert_eq!(statistics, Statistics { pulls: 8, last_pulled_at: Timestamp(5) });
    let change = sandbox.run(&pulls("a", 2, 1)).unwrap();
    assert_eq!(change.effects, [], "a manifest that is not there is ignored");
}

#[test]
fn positions_count_the_commands_that_changed_something() {
    let mut sandbox = Sandbox::with(&[link("a", 1), link("a", 1), link("a", 2)]);
    assert_eq!(sandbox.view().position(home("a")).unwrap(), 2);
    sandbox.refusal(&unlink("a", 9));
    let page = sandbox.view().changes(home("a"), 0, 10).unwrap();
    assert_eq!(page.changes.iter().map(|change| change.position).collect::<Vec<_>>(), [1, 2]);
}
