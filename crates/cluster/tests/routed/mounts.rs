//! Blobs that are wanted on one member and lie on another.

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, Repository, digest_of};
use atoll_service::*;

use crate::double::Trouble;
use crate::world::World;

const CONTENT: &[u8] = b"a blob to be mounted";

struct Mounting {
    world: World,
    source: Repository,
    target: Repository,
    digest: Digest,
}

/// A blob on member 1 that is wanted on member 2, asked for at member 0.
fn mounting(copy_max: u64) -> Mounting {
    let options =
        atoll_cluster::Options { mount_copy_max_bytes: copy_max, ..atoll_cluster::Options::default() };
    let world = World::with(3, options);
    let (source, target) = (world.name_at(1, "source"), world.name_at(2, "target"));
    let digest = digest_of(Algorithm::Sha256, CONTENT);
    world.members[1].rows().blobs.insert((source.clone(), digest), CONTENT.into());
    Mounting { world, source, target, digest }
}

impl Mounting {
    fn request(&self, from: Option<&Repository>) -> Mount {
        Mount {
            address: BlobAddress { repository: self.target.clone(), digest: self.digest },
            from: from.cloned(),
            visibility: Visibility::Everything,
            grant: Grant::ALL,
        }
    }

    async fn mount(&self, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.world.run(self.world.routed.mount(&Caller::internal("test"), request)).await.0
    }

    fn copied(&self) -> Option<bytes::Bytes> {
        self.world.members[2].rows().blobs.get(&(self.target.clone(), self.digest)).cloned()
    }
}

#[tokio::test]
async fn a_blob_of_another_member_is_copied_with_and_without_its_repository_being_named() {
    for is_named in [true, false] {
        let mounting = mounting(1 << 30);
        let from = is_named.then_some(&mounting.source);
        let stat = mounting.mount(mounting.request(from)).await.unwrap().unwrap();
        assert_eq!(stat.size, CONTENT.len() as u64);
        assert_eq!(mounting.copied().unwrap(), CONTENT);
        assert!(mounting.world.members[2].rows().uploads.is_empty());
    }
}

#[tokio::test]
async fn a_blob_that_is_too_large_or_nowhere_or_hidden_is_left_to_the_client() {
    let mounting = mounting(CONTENT.len() as u64 - 1);
    for from in [None, Some(&mounting.source)] {
        assert_eq!(mounting.mount(mounting.request(from)).await, Ok(None));
    }
    let mounting = self::mounting(1 << 30);
    let elsewhere = mounting.world.name_at(0, "elsewhere");
    assert_eq!(mounting.mount(mounting.request(Some(&elsewhere))).await, Ok(None));
    for from in [None, Some(&mounting.source)] {
        let hidden = Pattern { glob: "target*".to_owned(), admits: true };
        let visibility = Visibility::Patterns(Arc::from([hidden]));
        assert_eq!(mounting.mount(Mount { visibility, ..mounting.request(from) }).await, Ok(None));
    }
    assert_eq!(mounting.copied(), None);
}

#[tokio::test]
async fn a_blob_on_the_same_member_is_linked_and_not_copied() {
    let mounting = mounting(1 << 30);
    let neighbour = mounting.world.name_at(2, "neighbour");
    mounting.world.members[2].rows().blobs.insert((neighbour.clone(), mounting.digest), CONTENT.into());
    for from in [None, Some(&neighbour)] {
        assert!(mounting.mount(mounting.request(from)).await.unwrap().is_some());
        assert_eq!(mounting.world.members[2].asked(), ["mount"]);
        assert!(mounting.world.members[1].asked().is_empty());
    }
}

#[tokio::test]
async fn damaged_content_is_refused_by_the_destination_and_leaves_nothing() {
    let mounting = mounting(1 << 30);
    mounting.world.members[1]
        .rows()
        .blobs
        .insert((mounting.source.clone(), mounting.digest), "something else".into());
    assert_eq!(mounting.mount(mounting.request(Some(&mounting.source))).await, Ok(None));
    assert_eq!(mounting.copied(), None);
}

#[tokio::test]
async fn members_that_do_not_answer_count_as_not_having_it() {
    let mounting = mounting(1 << 30);
    mounting.world.members[1].fail("", Trouble::Hangs, usize::MAX);
    let caller = Caller::internal("test");
    let work = mounting.world.routed.mount(&caller, mounting.request(None));
    let (told, took) = mounting.world.run(work).await;
    assert_eq!(told, Ok(None));
    let limit = atoll_cluster::Options::default().mount_deadline;
    assert!(took <= limit + std::time::Duration::from_millis(50), "{took:?}");
}

#[tokio::test]
async fn without_the_right_to_push_nothing_is_copied() {
    let mounting = mounting(1 << 30);
    let grant = Grant { create: false, ..Grant::ALL };
    let told = mounting.mount(Mount { grant, ..mounting.request(Some(&mounting.source)) }).await;
    assert!(matches!(told, Err(Error::Denied(_))));
}

#[tokio::test]
async fn an_upload_that_failed_in_the_middle_of_a_copy_is_given_up() {
    let mounting = mounting(1 << 30);
    mounting.world.members[2].fail("finish", Trouble::Silent, 1);
    assert_eq!(mounting.mount(mounting.request(Some(&mounting.source))).await, Ok(None));
    mounting.world.pass(std::time::Duration::from_millis(10)).await;
    assert!(mounting.world.members[2].rows().uploads.is_empty());
}
