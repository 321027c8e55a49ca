//! What travels with a call, and calls that are asked a second time or not at all.

use std::time::Duration;

use atoll_service::*;

use crate::double::{Trouble, shard};
use crate::world::World;

const ALL: usize = usize::MAX;

fn get(world: &World, member: u16) -> GetManifest {
    let reference = "v1".parse().unwrap();
    GetManifest { repository: world.name_at(member, "r"), reference, upstream: None }
}

/// Reads that succeed, as far as a double lets them.
async fn earn(world: &World, reads: usize) {
    for _ in 0..reads {
        let told = world.run(world.routed.get(&Caller::internal("test"), get(world, 1))).await.0;
        assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
    }
    world.members[1].asked();
}

#[tokio::test]
async fn a_read_that_takes_longer_than_usual_is_asked_once_more() {
    let world = World::new(2);
    earn(&world, 10).await;
    world.members[1].fail("get", Trouble::Hangs, 1);
    let (told, took) = world.run(world.routed.get(&Caller::internal("test"), get(&world, 1))).await;
    assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
    assert!(took <= Duration::from_millis(100), "{took:?}");
    assert_eq!(world.members[1].asked(), ["get", "get"]);
}

#[tokio::test]
async fn a_read_that_failed_is_asked_once_more_if_that_was_earned() {
    let world = World::new(2);
    let repository = get(&world, 1).repository;
    let unavailable = Error::ShardUnavailable { shard: shard(repository.as_str()) };
    world.members[1].fail("get", Trouble::Silent, 1);
    let ask = async || world.run(world.routed.get(&Caller::internal("test"), get(&world, 1))).await.0;
    assert_eq!(ask().await, Err(unavailable));
    assert_eq!(world.members[1].asked(), ["get"]);
    earn(&world, 10).await;
    world.members[1].fail("get", Trouble::Silent, 1);
    assert!(matches!(ask().await, Err(Error::ManifestUnknown { .. })));
    assert_eq!(world.members[1].asked(), ["get", "get"]);
}

#[tokio::test]
async fn a_write_is_never_asked_twice() {
    let world = World::new(2);
    earn(&world, 50).await;
    world.members[1].fail("put", Trouble::Silent, 1);
    let put = PutManifest {
        repository: world.name_at(1, "r"),
        digest: None,
        tags: Vec::new(),
        media_type: "application/vnd.oci.image.manifest.v1+json".parse().unwrap(),
        content: "{}".into(),
        grant: Grant::ALL,
    };
    let told = world.run(world.routed.put(&Caller::internal("test"), put)).await.0;
    assert!(matches!(told, Err(Error::ShardUnavailable { .. })));
    assert_eq!(world.members[1].asked(), ["put"]);
}

#[tokio::test]
async fn a_silent_member_is_left_alone_and_found_again() {
    let world = World::new(2);
    world.members[1].fail("get", Trouble::Silent, ALL);
    let ask = async || world.run(world.routed.get(&Caller::internal("test"), get(&world, 1))).await.0;
    for _ in 0..100 {
        assert!(matches!(ask().await, Err(Error::ShardUnavailable { .. })));
    }
    let options = atoll_cluster::Options::default();
    assert_eq!(world.members[1].asked().len(), options.failures_before_pause as usize);
    world.pass(options.pause).await;
    assert!(ask().await.is_err());
    assert!(ask().await.is_err());
    assert_eq!(world.members[1].asked().len(), 1, "one call tries, the others wait for its result");
    world.members[1].heal();
    world.pass(options.pause * 2).await;
    assert!(matches!(ask().await, Err(Error::ManifestUnknown { .. })));
    assert!(matches!(ask().await, Err(Error::ManifestUnknown { .. })));
    assert_eq!(world.members[1].asked().len(), 2);
}

#[tokio::test]
async fn f8_a_request_to_one_hanging_member_ends_with_its_deadline() {
    let world = World::new(2);
    world.members[1].fail("", Trouble::Hangs, ALL);
    let caller = Caller { remaining: Some(Duration::from_secs(3)), ..Caller::internal("test") };
    let (told, took) = world.run(world.routed.get(&caller, get(&world, 1))).await;
    assert!(matches!(told, Err(Error::ShardUnavailable { .. })));
    assert!(took <= Duration::from_millis(3_050), "{took:?}");
    // The other member's shards are unharmed.
    let (told, took) = world.run(world.routed.get(&caller, get(&world, 0))).await;
    assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
    assert_eq!(took, Duration::ZERO);
}

#[tokio::test]
async fn a_member_that_is_not_ready_to_search_goes_on_serving_everything_else() {
    let world = World::new(2);
    world.members[1].fail("leaf_", Trouble::Silent, ALL);
    let list = ListCatalog { after: None, limit: 10, visibility: Visibility::Everything };
    let caller = Caller::internal("test");
    for _ in 0..20 {
        let found = world.run(world.routed.catalog(&caller, list.clone())).await.0.unwrap();
        assert_eq!(found.coverage.missing.len(), 1);
    }
    let options = atoll_cluster::Options::default();
    assert_eq!(world.members[1].asked().len(), options.failures_before_pause as usize);
    let told = world.run(world.routed.get(&caller, get(&world, 1))).await.0;
    assert!(matches!(told, Err(Error::ManifestUnknown { .. })));
}
