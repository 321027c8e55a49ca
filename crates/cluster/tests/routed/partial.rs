//! F4 and F8: what is answered when members fail, and what is said about it.

use std::collections::BTreeSet;
use std::time::Duration;

use atoll_placement::{MemberId, Shard};
use atoll_service::*;

use crate::double::{SHARDS, Trouble, shard};
use crate::lists::repositories;
use crate::world::{Dice, World, owner, user};

const ALL: usize = usize::MAX;

fn everything(limit: u64) -> ListRepositories {
    ListRepositories {
        find: Find::Words(String::new()),
        filter: Filter::default(),
        sort: Sort::NameAscending,
        page: Page { offset: 0, limit },
        want: Want::ALL,
        visibility: Visibility::Everything,
    }
}

/// Answered and missing shards are disjoint and are all there are.
fn check_cover(coverage: &Coverage) {
    let mut seen = BTreeSet::new();
    let missing = coverage.missing.iter().flat_map(|group| &group.shards);
    for shard in coverage.answered.iter().chain(missing) {
        assert!(seen.insert(*shard), "{shard:?} is told twice");
    }
    assert_eq!(seen.len(), usize::from(SHARDS));
}

fn shards_of(member: u16, members: u16) -> Vec<Shard> {
    (0..SHARDS).map(Shard).filter(|shard| owner(*shard, members) == MemberId(member)).collect()
}

#[tokio::test]
async fn f4_shards_of_a_member_that_fails_are_missing_and_the_others_are_all_there() {
    for (trouble, is_retryable) in
        [(Trouble::Silent, true), (Trouble::Broken, false), (Trouble::Elsewhere, true)]
    {
        let world = World::new(3);
        world.load(200, 6);
        world.members[2].fail("leaf_", trouble, ALL);
        let found = world.run(world.routed.repositories(&user("ann"), everything(0))).await.0.unwrap();
        check_cover(&found.coverage);
        let here = |n: usize| world.members[n].rows().repositories.len() as u64;
        assert_eq!(found.answer.total, here(0) + here(1));
        assert_eq!(found.answer.repositories.len() as u64, found.answer.total);
        let member = (trouble != Trouble::Elsewhere).then_some(MemberId(2));
        let missing = Missing { shards: shards_of(2, 3), member, is_retryable };
        assert_eq!(found.coverage.missing, [missing], "{trouble:?}");
    }
}

#[tokio::test]
async fn f8_a_member_that_hangs_costs_at_most_the_deadline_and_fifty_milliseconds() {
    for call in ["leaf_repositories", "describe", "marks", ""] {
        for limit in [0, 10, 90] {
            let world = World::new(3);
            world.load(300, 6);
            world.members[1].fail(call, Trouble::Hangs, ALL);
            let deadline = Duration::from_secs(2);
            let caller = Caller { remaining: Some(deadline), ..user("ann") };
            let (found, took) = world.run(world.routed.repositories(&caller, everything(limit))).await;
            let found = found.unwrap();
            assert!(took <= deadline + Duration::from_millis(50), "{call} {limit}: {took:?}");
            check_cover(&found.coverage);
            let expected = limit.min(found.answer.total);
            let expected = if limit == 0 { found.answer.total } else { expected };
            assert_eq!(found.answer.repositories.len() as u64, expected, "{call} {limit}");
        }
    }
}

#[tokio::test]
async fn f8_without_a_deadline_of_the_caller_the_usual_one_counts() {
    let world = World::new(3);
    world.members[1].fail("", Trouble::Hangs, ALL);
    let list = ListCatalog { after: None, limit: 100, visibility: Visibility::Everything };
    let (found, took) = world.run(world.routed.catalog(&Caller::internal("test"), list)).await;
    check_cover(&found.unwrap().coverage);
    assert!(took <= atoll_cluster::Options::default().deadline, "{took:?}");
}

#[tokio::test]
async fn a_member_that_falls_silent_between_the_phases_makes_room_for_rows_of_the_others() {
    let world = World::new(3);
    world.load(300, 6);
    world.members[2].fail("describe", Trouble::Silent, ALL);
    let found =
        world.run(world.routed.repositories(&Caller::internal("test"), everything(100))).await.0.unwrap();
    check_cover(&found.coverage);
    assert_eq!(found.coverage.missing[0].shards, shards_of(2, 3));
    let mut expected: Vec<String> = world.members[..2]
        .iter()
        .flat_map(|member| member.rows().repositories.keys().map(ToString::to_string).collect::<Vec<_>>())
        .collect();
    expected.sort();
    let names: Vec<String> = found.answer.repositories.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(names, expected[..100]);
}

#[tokio::test]
async fn f4_random_failures_never_hide_a_shard() {
    let mut dice = Dice(99);
    for seed in 0..60 {
        let world = World::new(5);
        world.load(150, seed);
        world.learns();
        for member in &world.members {
            let calls = ["leaf_", "describe", "nothing"][usize::try_from(dice.roll(3)).unwrap()];
            let troubles = [Trouble::Silent, Trouble::Hangs, Trouble::Broken, Trouble::Elsewhere];
            let trouble = troubles[usize::try_from(dice.roll(4)).unwrap()];
            member.fail(calls, trouble, usize::try_from(dice.roll(4)).unwrap());
        }
        let request = ListRepositories { find: Find::Words(String::new()), ..repositories(&mut dice) };
        let request = ListRepositories { filter: Filter::default(), ..request };
        let caller = Caller { remaining: Some(Duration::from_secs(1)), ..Caller::internal("test") };
        let (found, took) = world.run(world.routed.repositories(&caller, request)).await;
        let found = found.unwrap();
        check_cover(&found.coverage);
        assert!(took <= Duration::from_millis(1_050), "{took:?}");
        let answered: BTreeSet<Shard> = found.coverage.answered.into_iter().collect();
        let strangers =
            found.answer.repositories.iter().filter(|row| !answered.contains(&shard(row.name.as_str())));
        assert_eq!(strangers.count(), 0, "rows of shards that are said to be missing");
    }
}

#[tokio::test]
async fn without_the_users_home_marks_are_empty_and_that_is_said() {
    let world = World::new(3);
    world.load(50, 2);
    let all: Vec<String> = world.members[0].rows().repositories.keys().map(ToString::to_string).collect();
    world.mark("ann", &[&all[0]], &[]);
    world.of(&user_home("ann")).fail("marks", Trouble::Silent, ALL);
    let found = world.run(world.routed.repositories(&user("ann"), everything(0))).await.0.unwrap();
    check_cover(&found.coverage);
    assert!(found.answer.repositories.iter().all(|row| !row.is_starred));
    assert_eq!(found.coverage.missing[0].shards, [shard(&user_home("ann"))]);
    let home = shard(&user_home("ann"));
    for (find, filter) in [
        (Find::Starred, Filter::default()),
        (Find::Bookmarked, Filter::default()),
        (Find::Words(String::new()), Filter { starred: Some(false), ..Filter::default() }),
    ] {
        let request = ListRepositories { find, filter, ..everything(0) };
        let refused = world.run(world.routed.repositories(&user("ann"), request)).await.0;
        assert_eq!(refused, Err(Error::ShardUnavailable { shard: home }));
    }
}

#[tokio::test]
async fn a_question_about_one_shard_fails_with_it_and_names_no_address() {
    let world = World::new(3);
    let repository = world.name_at(2, "r");
    world.members[2].fail("", Trouble::Silent, ALL);
    let request = ListImages {
        find: FindImages::InRepository(repository.clone()),
        filter: Filter::default(),
        sort: Sort::Relevance,
        page: Page::default(),
        want: Want::default(),
        visibility: Visibility::Everything,
    };
    let refused = world.run(world.routed.images(&Caller::internal("test"), request)).await.0.unwrap_err();
    assert_eq!(refused, Error::ShardUnavailable { shard: shard(repository.as_str()) });
    assert_eq!(refused.to_string(), format!("shard {} is not available now", shard(repository.as_str()).0));
}

#[tokio::test]
async fn a_repository_is_shown_without_marks_if_their_home_is_silent_and_says_so() {
    let world = World::new(3);
    let home = shard(&user_home("ann"));
    let away = owner(home, 3);
    let other = (0..3).map(MemberId).find(|member| *member != away).unwrap();
    world.load(60, 6);
    let repository = world.members[usize::from(other.0)].rows().repositories.keys().next().unwrap().clone();
    world.members[usize::from(away.0)].fail("", Trouble::Silent, ALL);
    let request = GetRepository { repository: repository.clone(), want: Want::default() };
    let found = world.run(world.routed.expanded(&user("ann"), request.clone())).await.0.unwrap();
    assert_eq!(found.answer.summary.name, repository);
    let missing = Missing { shards: vec![home], member: Some(away), is_retryable: true };
    let answered = vec![shard(repository.as_str())];
    assert_eq!(found.coverage, Coverage { answered, missing: vec![missing.clone()] });
    assert_eq!(world.routed.missing(home), missing);
    // Nobody in particular has no marks, so nothing is missing.
    let found = world.run(world.routed.expanded(&Caller::internal("test"), request)).await.0.unwrap();
    assert!(found.coverage.is_complete());
}

#[tokio::test]
async fn f8_several_steps_one_after_another_keep_to_one_deadline() {
    let deadline = Duration::from_secs(2);
    let caller = Caller { remaining: Some(deadline), ..user("ann") };
    for call in ["marks", "leaf_expanded", "tags", "toggle_mark", "set_star", "leaf_layers", ""] {
        let world = World::new(3);
        world.load(60, 6);
        world.members.iter().for_each(|member| member.fail(call, Trouble::Hangs, ALL));
        let repository = world.members[1].rows().repositories.keys().next().unwrap().clone();
        let request = GetRepository { repository: repository.clone(), want: Want::ALL };
        let (_told, took) = world.run(world.routed.expanded(&caller, request)).await;
        assert!(took <= deadline + Duration::from_millis(50), "expanded, {call}: {took:?}");
        let toggle = ToggleMark {
            repository: repository.clone(),
            mark: Mark::Star,
            visibility: Visibility::Everything,
        };
        let (_told, took) = world.run(world.routed.toggle(&caller, toggle)).await;
        assert!(took <= deadline + Duration::from_millis(50), "toggle, {call}: {took:?}");
        let reference = ImageReference { repository, tag: "v1".parse().unwrap(), manifest: None };
        let request = ListImages {
            find: FindImages::BaseOf(reference),
            filter: Filter::default(),
            sort: Sort::Relevance,
            page: Page::default(),
            want: Want::default(),
            visibility: Visibility::Everything,
        };
        let (_told, took) = world.run(world.routed.images(&caller, request)).await;
        assert!(took <= deadline + Duration::from_millis(50), "images, {call}: {took:?}");
    }
}
