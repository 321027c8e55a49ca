//! Stars and bookmarks, as a member keeps them.

use std::collections::BTreeSet;
use std::sync::Arc;

use atoll_oci::Repository;
use atoll_service::{Caller, Error, Grant, Mark, Marks, SetStar, ToggleMark, Toggled, Users, Visibility};

use crate::Front;
use crate::pusher::Pusher;

pub(super) async fn run(node: &Arc<dyn Front>, users: &dyn Users) {
    marks_go_on_and_off(users).await;
    what_cannot_be_seen_cannot_be_marked(users).await;
    stars_are_for_repositories_that_are_here(node, users).await;
}

fn toggle(name: &str, mark: Mark) -> ToggleMark {
    let repository = name.parse().expect("a test uses a valid name");
    ToggleMark { repository, mark, visibility: Visibility::Everything }
}

fn names(names: &[&str]) -> BTreeSet<Repository> {
    names.iter().map(|name| name.parse().expect("a test uses a valid name")).collect()
}

async fn marks_go_on_and_off(users: &dyn Users) {
    let caller = Caller::internal("test");
    assert_eq!(users.marks(&caller, "contract-user").await.unwrap(), Marks::default());
    let steps = [
        (toggle("contract/a", Mark::Star), (true, 1), (vec!["contract/a"], vec![])),
        (toggle("contract/b", Mark::Star), (true, 2), (vec!["contract/a", "contract/b"], vec![])),
        (
            toggle("contract/a", Mark::Bookmark),
            (true, 3),
            (vec!["contract/a", "contract/b"], vec!["contract/a"]),
        ),
        (toggle("contract/a", Mark::Star), (false, 4), (vec!["contract/b"], vec!["contract/a"])),
        (toggle("contract/a", Mark::Bookmark), (false, 5), (vec!["contract/b"], vec![])),
    ];
    for (request, (is_on, number), (starred, bookmarked)) in steps {
        let toggled = users.toggle_mark(&caller, "contract-user", request.clone()).await.unwrap();
        assert_eq!(toggled, Toggled { is_on, number }, "{request:?}");
        let marks = users.marks(&caller, "contract-user").await.unwrap();
        let expected = Marks { starred: names(&starred), bookmarked: names(&bookmarked) };
        assert_eq!(marks, expected, "{request:?}");
    }
    assert_eq!(users.marks(&caller, "contract-other").await.unwrap(), Marks::default());
    let nobody = users.toggle_mark(&caller, "", toggle("contract/a", Mark::Star)).await;
    assert!(matches!(nobody, Err(Error::Denied(_))), "{nobody:?}");
}

async fn what_cannot_be_seen_cannot_be_marked(users: &dyn Users) {
    let request = ToggleMark { visibility: Visibility::Nothing, ..toggle("contract/hidden", Mark::Star) };
    let refused = users.toggle_mark(&Caller::internal("test"), "contract-blind", request.clone()).await;
    assert_eq!(refused, Err(Error::RepositoryUnknown(request.repository)));
}

async fn stars_are_for_repositories_that_are_here(node: &Arc<dyn Front>, users: &dyn Users) {
    let pusher = Pusher::new(node, "contract/starred");
    let star = |is_on, number| SetStar {
        repository: pusher.repository.clone(),
        user: "contract-user".to_owned(),
        is_on,
        number,
    };
    let unknown = Err(Error::RepositoryUnknown(pusher.repository.clone()));
    assert_eq!(users.set_star(&pusher.caller, star(true, 1)).await, unknown);
    let digest = pusher.blob(b"starred").await.unwrap();
    for (is_on, number) in [(true, 2), (true, 2), (false, 1), (false, 7)] {
        users.set_star(&pusher.caller, star(is_on, number)).await.unwrap();
    }
    node.unlink(&pusher.caller, pusher.address(digest), Grant::ALL).await.unwrap();
    assert_eq!(users.set_star(&pusher.caller, star(true, 8)).await, unknown);
}
