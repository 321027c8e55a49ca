use atoll_service::{Error as Refusal, Mark};

use crate::apply::MAX_MARKS;
use crate::apply::stars::MAX_USER_BYTES;
use crate::fixture::*;
use crate::{About, Change, Command, Effect, Mutation, Table, UserRow};

fn toggle(user: &str, name: &str, mark: Mark) -> Command {
    let mutation = Mutation::ToggleMark { repository: repository(name), mark };
    Command { about: About::User(user.to_owned()), ..command("unused", 1, mutation) }
}

fn star(name: &str, user: &str, (is_on, number): (bool, u64)) -> Command {
    command(name, 1, Mutation::SetStar { user: user.to_owned(), is_on, number })
}

fn toggled(change: &Change) -> (bool, u64) {
    match change.effects.as_slice() {
        [Effect::MarkToggled { is_on, number, .. }] => (*is_on, *number),
        other => panic!("{other:?}"),
    }
}

#[test]
fn toggles_go_on_and_off_and_are_numbered_by_user() {
    let mut sandbox = Sandbox::default();
    let mut run = |user: &str, name: &str, mark| toggled(&sandbox.run(&toggle(user, name, mark)).unwrap());
    assert_eq!(run("bob", "a", Mark::Star), (true, 1));
    assert_eq!(run("bob", "a", Mark::Bookmark), (true, 2));
    assert_eq!(run("bob", "b/c", Mark::Star), (true, 3));
    assert_eq!(run("eve", "a", Mark::Star), (true, 1));
    assert_eq!(run("bob", "a", Mark::Star), (false, 4));
    let row = sandbox.view().user("bob").unwrap();
    assert_eq!((row.number, row.starred.len(), row.bookmarked.len()), (4, 1, 1));
    assert!(row.starred.contains(&repository("b/c")) && row.bookmarked.contains(&repository("a")));
    assert_eq!(sandbox.view().user("nobody").unwrap(), UserRow::default());
}

#[test]
fn a_record_without_marks_keeps_its_number() {
    let mut sandbox = Sandbox::with(&[toggle("bob", "a", Mark::Star), toggle("bob", "a", Mark::Star)]);
    assert_eq!(toggled(&sandbox.run(&toggle("bob", "a", Mark::Star)).unwrap()), (true, 3));
}

#[test]
fn a_user_can_have_no_more_marks_than_the_limit_and_goes_on_after_taking_one_off() {
    let mut sandbox = Sandbox::default();
    let starred = (1..MAX_MARKS).map(|number| repository(&format!("r{number}"))).collect();
    let row = UserRow { number: 7, starred, bookmarked: [repository("b")].into() };
    let shard = sandbox.view().shard_of_user("bob");
    crate::records::store(&mut sandbox.0, &crate::keys::user(shard, "bob"), &row).unwrap();
    let limit = u64::try_from(MAX_MARKS).unwrap();
    let refusal = sandbox.refusal(&toggle("bob", "one-more", Mark::Bookmark));
    assert_eq!(refusal, Refusal::MarksExhausted { limit });
    assert_eq!(toggled(&sandbox.run(&toggle("bob", "r5", Mark::Star)).unwrap()), (false, 8));
    assert_eq!(toggled(&sandbox.run(&toggle("bob", "one-more", Mark::Bookmark)).unwrap()), (true, 9));
}

#[test]
fn stars_are_counted_once_whatever_order_they_come_in() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    let cases = [
        (("bob", (true, 1)), Some(1)),
        (("bob", (true, 1)), None),
        (("eve", (true, 4)), Some(2)),
        (("bob", (false, 3)), Some(1)),
        (("bob", (true, 2)), None),
        (("bob", (false, 5)), Some(1)),
        (("eve", (false, 6)), Some(0)),
        (("bob", (true, 6)), Some(1)),
    ];
    for ((user, decision), expected) in cases {
        let change = sandbox.run(&star("a", user, decision)).unwrap();
        let stars = change.effects.iter().find_map(|effect| match effect {
            Effect::StarSet { stars, .. } => Some(*stars),
            _ => None,
        });
        assert_eq!(stars, expected, "{user} {decision:?}");
        assert_eq!(
            expected.unwrap_or(sandbox.view().stars(&repository("a")).unwrap()),
            sandbox.view().stars(&repository("a")).unwrap()
        );
    }
}

#[test]
fn the_stars_of_a_repository_go_with_it() {
    let mut sandbox = Sandbox::with(&[link("a", 1), link("a/b", 1)]);
    for name in ["a", "a/b"] {
        sandbox.run(&star(name, "bob", (true, 9))).unwrap();
    }
    sandbox.run(&unlink("a", 1)).unwrap();
    assert_eq!(sandbox.view().stars(&repository("a")).unwrap(), 0);
    assert_eq!(sandbox.view().stars(&repository("a/b")).unwrap(), 1);
    assert_eq!(sandbox.refusal(&star("a", "bob", (true, 10))), Refusal::RepositoryUnknown(repository("a")));
    sandbox.run(&link("a", 1)).unwrap();
    sandbox.run(&star("a", "bob", (true, 2))).unwrap();
    assert_eq!(sandbox.view().stars(&repository("a")).unwrap(), 1, "a new repository has heard of no toggle");
    let rows = |table| sandbox.0.clone().into_rows().filter(|row| row.table == table).count();
    assert_eq!(rows(Table::Stars), 4);
}

#[test]
fn nobody_and_endless_names_have_no_marks() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    for user in [String::new(), "x".repeat(MAX_USER_BYTES + 1)] {
        let refusal = sandbox.refusal(&toggle(&user, "a", Mark::Star));
        assert!(matches!(refusal, Refusal::Denied(_)), "{refusal}");
        assert!(matches!(sandbox.refusal(&star("a", &user, (true, 1))), Refusal::Denied(_)));
    }
}

#[test]
fn a_command_about_the_wrong_thing_is_refused() {
    let mut sandbox = Sandbox::with(&[link("a", 1)]);
    let mark = Mutation::ToggleMark { repository: repository("a"), mark: Mark::Star };
    assert!(matches!(sandbox.refusal(&command("a", 1, mark)), Refusal::Internal(_)));
    let about_a_user = Command { about: About::User("bob".to_owned()), ..link("a", 2) };
    assert!(matches!(sandbox.refusal(&about_a_user), Refusal::Internal(_)));
}
