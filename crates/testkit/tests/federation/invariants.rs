//! F2, F6, F7 and F9 over whole members. F4 and F8, which need members that fail in the middle, are tested beside the routed node.

use std::sync::Arc;

use atoll_oci::{Algorithm, MediaType, digest_of};
use atoll_placement::{MemberId, Shard};
use atoll_service::*;
use atoll_testkit::{Front, Pusher, image_of};
use bytes::Bytes;
use futures_util::stream;

use crate::data::{Dice, load, user};
use crate::questions;
use crate::world::{SHARDS, World, owner, owner_of};

fn caller() -> Caller {
    Caller::internal("test")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_a_member_answers_for_its_own_shards_and_never_passes_a_question_on() {
    let world = World::new(3).await;
    for n in 0..30 {
        let name = format!("repository/{n}");
        let holder = owner_of(&name, 3);
        let front: Arc<dyn Front> = world.fronts[n % 3].clone();
        Pusher::new(&front, &name).image(b"layer", &["v1"]).await.unwrap();
        for (local, member) in world.locals.iter().zip((0..3).map(MemberId)) {
            let request = GetManifest {
                repository: name.parse().unwrap(),
                reference: "v1".parse().unwrap(),
                upstream: None,
            };
            let told = local.get(&caller(), request).await;
            assert_eq!(told.is_ok(), member == holder, "{name} at {member}");
            assert!(told.is_ok() || matches!(told, Err(Error::Misdirected { .. })));
        }
    }
    let foreign: Vec<Shard> =
        (0..SHARDS).map(Shard).filter(|shard| owner(*shard, 3) == MemberId(1)).collect();
    let list = ListCatalog { after: None, limit: 10, visibility: Visibility::Everything };
    let told = world.locals[0].leaf_catalog(&caller(), &foreign, list).await;
    assert!(matches!(told, Err(Error::Misdirected { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f6_pages_concatenate_to_the_list_whose_length_is_the_total() {
    let world = World::new(3).await;
    load(&world, 30, 6).await;
    let mut dice = Dice(66);
    for round in 0..20 {
        let request = questions::repositories(&mut dice);
        let visibility = request.visibility.clone();
        let at = |offset, limit| ListRepositories { page: Page { offset, limit }, ..request.clone() };
        let whole = world.fronts[0].repositories(&user("ann"), at(0, 0)).await.unwrap().answer;
        assert_eq!(whole.total, whole.repositories.len() as u64);
        assert!(whole.repositories.iter().all(|row| visibility.admits(&row.name)));
        let mut pages = Vec::new();
        while pages.len() < whole.repositories.len() {
            let front = &world.fronts[(round + pages.len()) % 3];
            let page = front.repositories(&user("ann"), at(pages.len() as u64, 7)).await.unwrap().answer;
            assert_eq!(page.total, whole.total);
            assert!(!page.repositories.is_empty());
            pages.extend(page.repositories);
        }
        assert_eq!(pages, whole.repositories);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f7_each_leaf_hides_what_the_caller_may_not_see() {
    let world = World::new(3).await;
    load(&world, 30, 7).await;
    for member in 0..3 {
        let front: Arc<dyn Front> = world.fronts[0].clone();
        let secret = Pusher::new(&front, &name_at(member, "private/secret"));
        secret.image(b"hidden", &["v1"]).await.unwrap();
    }
    let hides = Pattern { glob: "private/**".to_owned(), admits: false };
    let shows = Pattern { glob: "**".to_owned(), admits: true };
    let visibility = Visibility::Patterns(Arc::from([shows, hides]));
    for (local, member) in world.locals.iter().zip((0..3).map(MemberId)) {
        let shards: Vec<Shard> = (0..SHARDS).map(Shard).filter(|shard| owner(*shard, 3) == member).collect();
        let images = |visibility| LeafImages {
            find: MatchImages::All,
            filter: Filter::default(),
            sort: Sort::Relevance,
            stretch: Stretch { skip: 0, take: 1_000, described_from: Some(0) },
            want: Want::ALL,
            visibility,
        };
        let all = local.leaf_images(&caller(), &shards, images(Visibility::Everything)).await.unwrap();
        let seen = local.leaf_images(&caller(), &shards, images(visibility.clone())).await.unwrap();
        let expected = all.hits.iter().filter(|hit| visibility.admits(&hit.key.repository)).count();
        assert!(expected < all.hits.len(), "{member} has something to hide");
        assert_eq!((seen.total, seen.hits.len()), (expected as u64, expected));
        assert!(seen.hits.iter().all(|hit| visibility.admits(&hit.key.repository)));
        // Who knows a name is told no more than who does not.
        let keys = all.hits.iter().map(|hit| hit.key.clone()).collect();
        let describe = DescribeImages { images: keys, want: Want::ALL, visibility: Visibility::Nothing };
        let told = local.describe_images(&caller(), describe).await.unwrap();
        assert!(told.iter().all(Option::is_none));
    }
}

/// A name that this member serves.
fn name_at(member: u16, begin: &str) -> String {
    let mut names = (0..).map(|n| format!("{begin}{n}"));
    names.find(|name| owner_of(name, 3) == MemberId(member)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f9_blobs_ranges_and_uploads_pass_through_any_member_unchanged() {
    let world = World::new(3).await;
    let name = name_at(2, "through");
    let content: Vec<u8> = (0..2_000_000_u32).flat_map(|n| (n % 249).to_le_bytes()).collect();
    let digest = digest_of(Algorithm::Sha512, &content);
    let at = |member: usize| {
        let front: Arc<dyn Front> = world.fronts[member].clone();
        Pusher::new(&front, &name)
    };
    // Each request of the upload goes to another member.
    let upload = at(0).begin().await.unwrap();
    let (head, tail) = content.split_at(3_000_000);
    let pieces: Vec<Result<Bytes, Error>> =
        head.chunks(70_001).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let received = at(1).append(&upload, Some((0, 2_999_999)), Box::pin(stream::iter(pieces))).await.unwrap();
    assert_eq!(received, 3_000_000);
    let wrong = at(0).append(&upload, Some((5, 6)), full_body("xx".into())).await;
    assert_eq!(wrong, Err(Error::UploadOutOfOrder { id: upload.id, received: 3_000_000 }));
    at(2).finish(upload.clone(), digest, full_body(Bytes::copy_from_slice(tail))).await.unwrap();
    for member in 0..3 {
        assert!(at(member).read(digest, None).await.unwrap() == content);
        assert_eq!(at(member).read(digest, Some("bytes=10-19")).await.unwrap(), &content[10..20]);
        let beyond = at(member).read(digest, Some("bytes=9000000-")).await;
        assert_eq!(beyond, Err(Error::RangeUnsatisfiable { size: 8_000_000 }));
        let empty = at(member).blob(b"").await.unwrap();
        assert!(at(member).read(empty, None).await.unwrap().is_empty());
        let again = world.fronts[member].cancel(&caller(), upload.clone()).await;
        assert_eq!(again, Err(Error::UploadUnknown(upload.id)));
    }
    // A body that breaks off is broken on the other side too, and what arrived is kept.
    let upload = at(0).begin().await.unwrap();
    let broken = stream::iter([Ok("first".into()), Err(Error::BodyInterrupted("client gone".into()))]);
    assert!(matches!(at(0).append(&upload, None, Box::pin(broken)).await, Err(Error::BodyInterrupted(_))));
    assert_eq!(world.fronts[1].progress(&caller(), upload).await.unwrap().received, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mounted_blob_is_as_good_as_a_pushed_one_on_another_member() {
    let world = World::new(3).await;
    let (from, to) = (name_at(1, "from"), name_at(2, "to"));
    let front: Arc<dyn Front> = world.fronts[0].clone();
    let (source, target) = (Pusher::new(&front, &from), Pusher::new(&front, &to));
    let layer = source.blob(b"shared layer").await.unwrap();
    let config = source.blob(b"{}").await.unwrap();
    for (digest, from) in [(layer, Some(from.parse().unwrap())), (config, None)] {
        let mount = Mount {
            address: target.address(digest),
            from,
            visibility: Visibility::Everything,
            grant: Grant::ALL,
        };
        assert!(front.mount(&caller(), mount).await.unwrap().is_some());
    }
    source.node.unlink(&caller(), source.address(layer), Grant::ALL).await.unwrap();
    assert_eq!(target.read(layer, None).await.unwrap(), b"shared layer");
    target.put(MediaType::OCI_MANIFEST, &image_of((config, 2), (layer, 12), ""), &["v1"]).await.unwrap();
}
