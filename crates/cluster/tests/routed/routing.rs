//! F2: at most one hop, and what happens when a member does not serve what it is asked for.

use atoll_oci::{Algorithm, digest_of};
use atoll_placement::{MemberId, UploadId};
use atoll_service::*;
use bytes::Bytes;
use futures_util::stream;

use crate::double::{KEY, Trouble, shard};
use crate::world::{World, name, table};

fn caller() -> Caller {
    Caller::internal("test")
}

fn get(repository: &str) -> GetManifest {
    GetManifest { repository: name(repository), reference: "v1".parse().unwrap(), upstream: None }
}

#[tokio::test]
async fn f2_each_request_reaches_its_owner_in_one_call() {
    let world = World::new(3);
    for n in 0..100 {
        let repository = format!("repository/{n}");
        let told = world.run(world.routed.get(&caller(), get(&repository))).await.0;
        assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
        for member in &world.members {
            let expected = usize::from(member.member == world.of(&repository).member);
            assert_eq!(member.asked().len(), expected, "{repository} at {}", member.member);
        }
    }
}

#[tokio::test]
async fn a_shard_that_moved_is_found_after_one_look_at_the_table() {
    let world = World::new(3);
    world.learns();
    let repository = world.name_at(1, "moves").to_string();
    world.move_shard(shard(&repository), 2);
    let told = world.run(world.routed.get(&caller(), get(&repository))).await.0;
    assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
    assert_eq!((world.members[1].asked(), world.members[2].asked()), (vec!["get"], vec!["get"]));
    let told = world.run(world.routed.get(&caller(), get(&repository))).await.0;
    assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
    assert_eq!((world.members[1].asked(), world.members[2].asked()), (vec![], vec!["get"]));
}

#[tokio::test]
async fn a_shard_that_nobody_serves_is_unavailable_and_asked_for_twice_at_most() {
    let world = World::new(3);
    let repository = world.name_at(1, "lost").to_string();
    world.members[1].fail("", Trouble::Elsewhere, usize::MAX);
    let told = world.run(world.routed.get(&caller(), get(&repository))).await.0;
    let unavailable = Error::ShardUnavailable { shard: shard(&repository) };
    assert_eq!(told, Err(unavailable.clone()));
    assert_eq!(world.members[1].asked().len(), 2);
    world.routes.replace(table(&world.members, |_| None));
    assert_eq!(world.run(world.routed.get(&caller(), get(&repository))).await.0, Err(unavailable));
    assert!(world.members[1].asked().is_empty());
}

#[tokio::test]
async fn lists_find_shards_that_moved_and_tell_each_row_once() {
    let world = World::new(3);
    world.load(200, 4);
    world.learns();
    let moved = world.members[1].rows().repositories.keys().next().unwrap().clone();
    let there: Vec<_> = {
        let rows = world.members[1].rows();
        let belongs = |name: &&atoll_oci::Repository| shard(name.as_str()) == shard(moved.as_str());
        rows.repositories.keys().filter(belongs).map(|name| rows.repositories[name].clone()).collect()
    };
    for summary in there {
        world.members[2].rows().repositories.insert(summary.name.clone(), summary);
    }
    world.move_shard(shard(moved.as_str()), 2);
    let request = ListRepositories {
        find: Find::Words(String::new()),
        filter: Filter::default(),
        sort: Sort::NameAscending,
        page: Page::default(),
        want: Want::ALL,
        visibility: Visibility::Everything,
    };
    let found = world.run(world.routed.repositories(&caller(), request)).await.0.unwrap();
    assert!(found.coverage.is_complete());
    assert_eq!((found.answer.total, found.answer.repositories.len()), (200, 200));
}

/// An upload to member 1.
async fn begun(world: &World) -> UploadAddress {
    let repository = world.name_at(1, "upload");
    let begin = BeginUpload { repository: repository.clone(), algorithm: None, grant: Grant::ALL };
    let upload = world.run(world.routed.begin(&caller(), begin)).await.0.unwrap();
    UploadAddress { repository, id: upload.id }
}

fn last_chunk(address: &UploadAddress, content: &[u8]) -> FinishUpload {
    let chunk = AppendUpload { address: address.clone(), range: None, length: None };
    FinishUpload { chunk, digest: digest_of(Algorithm::Sha256, content), grant: Grant::ALL }
}

#[tokio::test]
async fn uploads_go_on_at_their_holder() {
    let world = World::new(3);
    let address = begun(&world).await;
    let append = AppendUpload { address: address.clone(), range: None, length: None };
    let chunk = full_body("first ".into());
    assert_eq!(world.run(world.routed.append(&caller(), append, chunk)).await.0.unwrap().received, 6);
    assert_eq!(world.run(world.routed.progress(&caller(), address.clone())).await.0.unwrap().received, 6);
    let finish = last_chunk(&address, b"first last");
    let stat = world.run(world.routed.finish(&caller(), finish, full_body("last".into()))).await.0.unwrap();
    assert_eq!(stat.size, 10);
    assert_eq!(
        world.run(world.routed.cancel(&caller(), address.clone())).await.0,
        Err(Error::UploadUnknown(address.id))
    );
}

#[tokio::test]
async fn an_upload_of_a_member_that_is_no_more_is_unknown_and_of_one_that_is_silent_unavailable() {
    let world = World::new(3);
    let address = begun(&world).await;
    let of_nobody = UploadId::issue(KEY, address.repository.as_str(), MemberId(9), 5);
    let gone = UploadAddress { id: of_nobody, ..address.clone() };
    let told = world.run(world.routed.progress(&caller(), gone)).await.0;
    assert_eq!(told, Err(Error::UploadUnknown(of_nobody)));
    world.members[1].fail("", Trouble::Silent, usize::MAX);
    let unavailable = Error::ShardUnavailable { shard: shard(address.repository.as_str()) };
    let told = world.run(world.routed.progress(&caller(), address.clone())).await.0;
    assert_eq!(told, Err(unavailable.clone()));
    let append = AppendUpload { address, range: None, length: None };
    let told = world.run(world.routed.append(&caller(), append, full_body("x".into()))).await.0;
    assert_eq!(told, Err(unavailable));
}

#[tokio::test]
async fn a_body_is_handed_over_again_only_while_nothing_was_taken_from_it() {
    let world = World::new(3);
    let address = begun(&world).await;
    world.members[1].fail("finish", Trouble::Elsewhere, 1);
    let finish = last_chunk(&address, b"content");
    let stat = world.run(world.routed.finish(&caller(), finish, full_body("content".into()))).await.0;
    assert_eq!(stat.unwrap().size, 7);

    let address = begun(&world).await;
    world.members[1].asked();
    // The member takes the body, and finds only then that it must not link the blob.
    let moves = stream::once(async { Ok::<Bytes, Error>("content".into()) });
    let append = AppendUpload { address: address.clone(), range: None, length: None };
    world.run(world.routed.append(&caller(), append, Box::pin(moves))).await.0.unwrap();
    world.move_shard(shard(address.repository.as_str()), 2);
    let finish = last_chunk(&address, b"content and more");
    let told = world.run(world.routed.finish(&caller(), finish, full_body(" and more".into()))).await.0;
    assert_eq!(told, Err(Error::UploadUnknown(address.id)));
}
