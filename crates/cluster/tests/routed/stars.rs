//! Stars and bookmarks, whose two halves lie on different members.

use std::time::Duration;

use atoll_service::*;

use crate::double::Trouble;
use crate::world::{World, name, user};

fn toggle(repository: &str, mark: Mark) -> ToggleMark {
    ToggleMark { repository: name(repository), mark, visibility: Visibility::Everything }
}

/// A repository on member 1, and a user whose home is member 2.
fn starry() -> (World, String, String) {
    let world = World::new(3);
    world.load(100, 3);
    let repository = world.members[1].rows().repositories.keys().next().unwrap().to_string();
    let mut users = (0..).map(|n| format!("user{n}"));
    let somebody = users.find(|user| world.of(&user_home(user)).member.0 == 2).unwrap();
    (world, repository, somebody)
}

fn counted(world: &World, repository: &str, user: &str) -> Option<(bool, u64)> {
    world.members[1].rows().stars.get(&(name(repository), user.to_owned())).copied()
}

#[tokio::test]
async fn a_star_is_kept_at_the_users_home_and_counted_at_the_repository() {
    let (world, repository, somebody) = starry();
    let flip =
        async |mark| world.run(world.routed.toggle(&user(&somebody), toggle(&repository, mark))).await.0;
    assert_eq!(flip(Mark::Star).await, Ok(Toggled { is_on: true, number: 1 }));
    assert!(world.members[2].rows().marks[&somebody].starred.contains(&name(&repository)));
    assert_eq!(counted(&world, &repository, &somebody), Some((true, 1)));
    assert_eq!(flip(Mark::Star).await, Ok(Toggled { is_on: false, number: 2 }));
    assert_eq!(counted(&world, &repository, &somebody), Some((false, 2)));
    assert_eq!(flip(Mark::Bookmark).await, Ok(Toggled { is_on: true, number: 3 }));
    assert_eq!(counted(&world, &repository, &somebody), Some((false, 2)), "nobody else sees a bookmark");
}

#[tokio::test]
async fn who_asks_comes_first_then_what_they_may_see_then_whether_it_is_here() {
    let (world, repository, somebody) = starry();
    let hidden =
        |repository: &str| ToggleMark { visibility: Visibility::Nothing, ..toggle(repository, Mark::Star) };
    let ask = async |caller: &Caller, request| world.run(world.routed.toggle(caller, request)).await.0;
    let nobody = Caller::internal("test");
    assert!(matches!(ask(&nobody, toggle("not/here", Mark::Star)).await, Err(Error::Denied(_))));
    assert!(matches!(ask(&user(&somebody), hidden("not/here")).await, Err(Error::Denied(_))));
    assert!(matches!(ask(&user(&somebody), hidden(&repository)).await, Err(Error::Denied(_))));
    assert_eq!(
        ask(&user(&somebody), toggle("not/here", Mark::Bookmark)).await,
        Err(Error::RepositoryUnknown(name("not/here")))
    );
    assert!(world.members[2].rows().marks.is_empty());
}

#[tokio::test]
async fn a_star_that_could_not_be_counted_is_counted_later() {
    let (world, repository, somebody) = starry();
    world.members[1].fail("set_star", Trouble::Silent, 4);
    let caller = user(&somebody);
    let toggled = world.run(world.routed.toggle(&caller, toggle(&repository, Mark::Star))).await.0;
    assert_eq!(toggled.map(|toggled| toggled.is_on), Ok(true));
    assert_eq!(counted(&world, &repository, &somebody), None);
    world.pass(Duration::from_secs(20)).await;
    assert_eq!(counted(&world, &repository, &somebody), Some((true, 1)));
}

#[tokio::test]
async fn the_next_toggle_heals_what_an_earlier_one_left_uncounted() {
    let (world, repository, somebody) = starry();
    world.members[1].fail("set_star", Trouble::Broken, usize::MAX);
    let caller = user(&somebody);
    world.run(world.routed.toggle(&caller, toggle(&repository, Mark::Star))).await.0.unwrap();
    world.pass(Duration::from_secs(2_000)).await;
    assert_eq!(counted(&world, &repository, &somebody), None, "the attempts have an end");
    world.members[1].heal();
    world.run(world.routed.toggle(&caller, toggle(&repository, Mark::Star))).await.0.unwrap();
    assert_eq!(counted(&world, &repository, &somebody), Some((false, 2)));
}
