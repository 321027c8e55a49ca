//! Whether anything may have changed anywhere is known without asking as long as it was promised, and never too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atoll_cluster::RoutedNode;
use atoll_placement::MemberId;
use atoll_service::{Freshness, Queries as _};
use futures_util::future::join3;

use crate::double::{Trouble, shard};
use crate::world::{World, table, user};

const HOLDS_FOR: Duration = Duration::from_millis(20);

/// A world, its root, and the number of the local node.
pub(crate) fn watched(members: u16) -> (World, Arc<AtomicU64>) {
    let World { members, routes, routed, clock } = World::new(members);
    let local = Arc::new(AtomicU64::new(7));
    let number = Arc::clone(&local);
    let routed = routed.with_changes(Arc::new(move || number.load(Ordering::SeqCst)));
    (World { members, routes, routed, clock }, local)
}

async fn ask(world: &World) -> Option<u64> {
    world.run(world.routed.freshness(&user("alice"))).await.0
}

fn at_hand(routed: &RoutedNode) -> Option<u64> {
    routed.freshness_at_hand()
}

fn say(world: &World, member: usize, change: impl FnOnce(&mut Freshness)) {
    change(&mut world.members[member].freshness.lock().unwrap());
}

#[tokio::test]
async fn a_member_alone_goes_by_its_own_number() {
    let (world, local) = watched(1);
    assert_eq!(at_hand(&world.routed), Some(7));
    local.store(8, Ordering::SeqCst);
    assert_eq!(at_hand(&world.routed), Some(8));
    assert_eq!(at_hand(&World::new(1).routed), None, "nobody follows the changes");
    world.routes.replace(table(&world.members, |_| None));
    assert_eq!((at_hand(&world.routed), ask(&world).await), (None, None), "somebody is not known");
}

#[tokio::test]
async fn the_number_changes_if_anybody_changed_and_only_then() {
    let (world, local) = watched(3);
    let first = ask(&world).await.unwrap();
    assert_eq!(ask(&world).await, Some(first));
    let mut before = first;
    let changes: [&dyn Fn(); 4] = [
        &|| say(&world, 1, |fresh| fresh.number += 1),
        &|| say(&world, 2, |fresh| fresh.number += 1),
        &|| say(&world, 2, |fresh| fresh.run += 1),
        &|| local.store(8, Ordering::SeqCst),
    ];
    for change in changes {
        change();
        let after = ask(&world).await.unwrap();
        assert_ne!(after, before);
        assert_eq!(ask(&world).await, Some(after));
        before = after;
    }
    assert_eq!(at_hand(&world.routed), None, "nobody promised anything");
}

#[tokio::test]
async fn while_all_promise_nobody_is_asked() {
    let (world, local) = watched(3);
    say(&world, 1, |fresh| fresh.holds_for = HOLDS_FOR);
    ask(&world).await;
    assert_eq!(at_hand(&world.routed), None, "the other has promised nothing");
    say(&world, 2, |fresh| fresh.holds_for = HOLDS_FOR * 2);
    let number = ask(&world).await;
    world.members[1].asked();
    assert_eq!((at_hand(&world.routed), ask(&world).await), (number, number));
    assert_eq!(world.members[1].asked(), Vec::<&str>::new());
    local.fetch_add(1, Ordering::SeqCst);
    assert_eq!(at_hand(&world.routed), None, "the local node has changed");
    assert!(ask(&world).await.is_some());
    world.clock.advance(HOLDS_FOR);
    assert_eq!(at_hand(&world.routed), None, "the shorter promise is over");
}

#[tokio::test]
async fn what_was_promised_under_another_table_does_not_count() {
    let (world, _) = watched(3);
    say(&world, 1, |fresh| fresh.holds_for = HOLDS_FOR);
    say(&world, 2, |fresh| fresh.holds_for = HOLDS_FOR);
    let before = ask(&world).await;
    assert!(at_hand(&world.routed).is_some());
    let moved = shard("moved");
    world.routes.replace(table(&world.members, |of| Some(MemberId(u16::from(of == moved)))));
    assert_eq!(at_hand(&world.routed), None);
    assert_ne!(ask(&world).await, before, "other members speak");
}

#[tokio::test]
async fn a_member_that_does_not_answer_keeps_nothing_and_nobody_long() {
    let (world, _) = watched(3);
    for trouble in [Trouble::Silent, Trouble::Hangs, Trouble::Broken] {
        world.members[1].fail("leaf_freshness", trouble, usize::MAX);
        let (number, took) = world.run(world.routed.freshness(&user("alice"))).await;
        assert_eq!(number, None);
        assert!(took <= Duration::from_millis(105), "{took:?}");
        world.members[1].heal();
    }
    assert!(ask(&world).await.is_some());
}

#[tokio::test]
async fn those_who_come_during_a_round_share_the_next() {
    let (world, _) = watched(3);
    let alice = user("alice");
    let one = || world.routed.freshness(&alice);
    world.members[1].fail("leaf_freshness", Trouble::Hangs, 1);
    let ((first, second, third), _) = world.run(join3(one(), one(), one())).await;
    assert_eq!((first, second.is_some(), third), (None, true, second));
    assert_eq!(world.members[1].asked(), ["leaf_freshness"; 2]);
}
