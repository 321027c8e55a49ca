//! Pages of the catalog that are asked for again are kept, and never shown when they are not the truth any more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atoll_oci::Repository;
use atoll_service::*;

use crate::double::Trouble;
use crate::fresh::watched;
use crate::world::World;

const LIMIT: usize = 20;

fn question(visibility: Visibility) -> ListCatalog {
    ListCatalog { after: None, limit: LIMIT, visibility }
}

async fn ask(world: &World) -> Gathered<CatalogPage> {
    let question = question(Visibility::Everything);
    world.run(world.routed.catalog(&Caller::internal("test"), question)).await.0.unwrap()
}

/// Asks as often as it takes until the page is kept.
async fn ask_until_kept(world: &World) -> Gathered<CatalogPage> {
    ask(world).await;
    let page = ask(world).await;
    world.members.iter().for_each(|member| drop(member.asked()));
    page
}

/// What all members were asked since the last look.
fn asked(world: &World) -> Vec<&'static str> {
    let mut asked: Vec<_> = world.members.iter().flat_map(|member| member.asked()).collect();
    asked.sort_unstable();
    asked
}

/// A repository that comes first in the catalog.
fn add(world: &World, member: u16, local: &AtomicU64) -> Repository {
    let name = world.name_at(member, "a");
    let double = &world.members[usize::from(member)];
    let mut rows = double.rows();
    let row = rows.repositories.values().next().cloned().unwrap();
    rows.repositories.insert(name.clone(), RepositorySummary { name: name.clone(), ..row });
    if member == 0 {
        local.fetch_add(1, Ordering::SeqCst);
    } else {
        double.freshness.lock().unwrap().number += 1;
    }
    name
}

#[tokio::test]
async fn a_page_that_is_asked_for_again_is_not_made_again() {
    let (world, _) = watched(3);
    world.load(100, 1);
    let first = ask(&world).await;
    assert_eq!(asked(&world), ["leaf_catalog"; 3], "nobody is asked for a number that is of no use");
    assert_eq!(ask(&world).await, first);
    assert_eq!(asked(&world), [["leaf_catalog"; 3].as_slice(), &["leaf_freshness"; 2]].concat());
    assert_eq!(ask(&world).await, first);
    assert_eq!(asked(&world), ["leaf_freshness"; 2]);
    for member in [1, 2] {
        world.members[member].freshness.lock().unwrap().holds_for = Duration::from_millis(20);
    }
    assert_eq!((ask(&world).await, ask(&world).await), (first.clone(), first));
    assert_eq!(asked(&world), ["leaf_freshness"; 2], "while they have promised, nobody is asked");
}

#[tokio::test]
async fn what_any_member_writes_is_seen_at_once() {
    for members in [1, 3] {
        let (world, local) = watched(members);
        world.load(100, 1);
        for member in 0..members {
            let before = ask_until_kept(&world).await;
            assert_eq!(ask(&world).await, before);
            let added = add(&world, member, &local);
            let mut after = ask(&world).await.answer.repositories;
            after.retain(|name| !before.answer.repositories.contains(name));
            assert_eq!(after, [added]);
        }
    }
}

#[tokio::test]
async fn a_server_alone_makes_a_page_that_is_asked_for_again_but_twice() {
    let (world, _) = watched(1);
    world.load(100, 1);
    let first = ask(&world).await;
    for _ in 0..5 {
        assert_eq!(ask(&world).await, first);
    }
    assert_eq!(asked(&world), ["leaf_catalog"; 2]);
}

#[tokio::test]
async fn each_sees_no_more_than_before() {
    let (world, _) = watched(3);
    world.load(100, 1);
    ask_until_kept(&world).await;
    let caller = Caller::internal("test");
    for _ in 0..3 {
        let nothing = world.routed.catalog(&caller, question(Visibility::Nothing));
        let found = world.run(nothing).await.0.unwrap();
        assert_eq!(found.answer.repositories, []);
    }
}

#[tokio::test]
async fn a_page_that_lacks_shards_is_made_anew() {
    let (world, _) = watched(3);
    world.load(100, 1);
    world.members[2].fail("leaf_catalog", Trouble::Broken, 2);
    for _ in 0..2 {
        assert!(!ask(&world).await.coverage.is_complete());
    }
    assert!(ask(&world).await.coverage.is_complete());
}

#[tokio::test]
async fn without_the_word_of_all_members_nothing_is_kept() {
    let (world, _) = watched(3);
    world.load(100, 1);
    world.members[1].fail("leaf_freshness", Trouble::Hangs, usize::MAX);
    ask(&world).await;
    for _ in 0..3 {
        asked(&world);
        assert!(ask(&world).await.coverage.is_complete());
        assert_eq!(asked(&world).iter().filter(|call| **call == "leaf_catalog").count(), 3);
    }
}

#[tokio::test]
async fn nothing_is_kept_where_nobody_follows_the_changes() {
    let world = World::new(3);
    world.load(100, 1);
    for _ in 0..3 {
        ask(&world).await;
        assert_eq!(asked(&world), ["leaf_catalog"; 3]);
    }
}
