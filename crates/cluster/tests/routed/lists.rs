//! F5 and F6: what several members answer together is, byte for byte, what one would answer that has everything.

use std::sync::Arc;

use atoll_service::*;

use crate::world::{Dice, World, name, user};

const QUERIES: u64 = 80;

const SORTS: [Sort; 5] =
    [Sort::Relevance, Sort::Updated, Sort::NameAscending, Sort::NameDescending, Sort::Downloads];

fn bytes<T: serde::Serialize>(answer: &T) -> Vec<u8> {
    postcard::to_stdvec(answer).unwrap()
}

fn some<T: Clone>(dice: &mut Dice, choices: &[T]) -> T {
    choices[usize::try_from(dice.roll(choices.len() as u64)).unwrap()].clone()
}

fn visibility(dice: &mut Dice) -> Visibility {
    let pattern = |glob: &str, admits| Pattern { glob: glob.to_owned(), admits };
    let without_private = vec![pattern("**", true), pattern("private/**", false)];
    let only_apps = vec![pattern("app-*", true), pattern("private/app-000*", true)];
    some(
        dice,
        &[
            Visibility::Everything,
            Visibility::Everything,
            Visibility::Nothing,
            Visibility::Patterns(Arc::from(without_private)),
            Visibility::Patterns(Arc::from(only_apps)),
        ],
    )
}

fn page(dice: &mut Dice) -> Page {
    let offset = some(dice, &[0, 0, 1, 7, 40, 200, 5_000]);
    Page { offset, limit: some(dice, &[0, 1, 2, 10, 33, 100, 10_000]) }
}

pub(crate) fn repositories(dice: &mut Dice) -> ListRepositories {
    let mark = |dice: &mut Dice| some(dice, &[None, None, None, Some(true), Some(false)]);
    ListRepositories {
        find: some(
            dice,
            &[
                Find::Words(String::new()),
                Find::Words("app".to_owned()),
                Find::Words("-0001".to_owned()),
                Find::Starred,
                Find::Bookmarked,
            ],
        ),
        filter: Filter { starred: mark(dice), bookmarked: mark(dice), ..Filter::default() },
        sort: some(dice, &SORTS),
        page: page(dice),
        want: Want::ALL,
        visibility: visibility(dice),
    }
}

fn images(dice: &mut Dice, known: &ImageSummary) -> ListImages {
    let reference =
        ImageReference { repository: known.repository.clone(), tag: known.tag.clone(), manifest: None };
    ListImages {
        find: some(
            dice,
            &[
                FindImages::All,
                FindImages::InRepository(known.repository.clone()),
                FindImages::TagBeginsWith { repository: known.repository.clone(), prefix: "v".to_owned() },
                FindImages::TagContains("1".to_owned()),
                FindImages::DigestContains("ab".to_owned()),
                FindImages::DerivedFrom(reference.clone()),
                FindImages::BaseOf(reference),
                FindImages::Manifests([known.digest].into()),
            ],
        ),
        filter: Filter::default(),
        sort: some(dice, &SORTS),
        page: page(dice),
        want: Want::ALL,
        visibility: visibility(dice),
    }
}

/// The same data over one member and over several.
fn twins(members: u16, seed: u64) -> (World, World) {
    let worlds = (World::new(1), World::new(members));
    for world in [&worlds.0, &worlds.1] {
        world.load(300, seed);
        let names: Vec<String> = all_names(world);
        let marked = |from: usize| names.iter().skip(from).step_by(9).map(String::as_str).collect::<Vec<_>>();
        world.mark("ann", &marked(0), &marked(4));
    }
    worlds
}

fn all_names(world: &World) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    for member in &world.members {
        names.extend(member.rows().repositories.keys().map(ToString::to_string));
    }
    names.into_iter().collect()
}

#[tokio::test]
async fn f5_repositories_of_several_members_are_those_of_one_byte_for_byte() {
    for members in [2, 3, 5] {
        let (one, several) = twins(members, u64::from(members));
        let mut dice = Dice(u64::from(members) << 20);
        for _ in 0..QUERIES {
            let request = repositories(&mut dice);
            let caller = if dice.roll(3) == 0 { Caller::internal("test") } else { user("ann") };
            let expected = one.run(one.routed.repositories(&caller, request.clone())).await.0.unwrap();
            let found = several.run(several.routed.repositories(&caller, request.clone())).await.0.unwrap();
            assert!(found.coverage.is_complete());
            assert_eq!(bytes(&found.answer), bytes(&expected.answer), "{members} members: {request:?}");
        }
    }
}

#[tokio::test]
async fn f5_images_of_several_members_are_those_of_one_byte_for_byte() {
    for members in [2, 3, 5] {
        let (one, several) = twins(members, 40 + u64::from(members));
        let known: Vec<ImageSummary> = one.members[0].rows().images.clone();
        let mut dice = Dice(u64::from(members) << 24);
        for _ in 0..QUERIES {
            let about = some(&mut dice, &known);
            let request = images(&mut dice, &about);
            let caller = Caller::internal("test");
            let expected = one.run(one.routed.images(&caller, request.clone())).await.0.unwrap();
            let found = several.run(several.routed.images(&caller, request.clone())).await.0.unwrap();
            assert_eq!(bytes(&found.answer), bytes(&expected.answer), "{members} members: {request:?}");
        }
    }
}

#[tokio::test]
async fn f5_the_catalog_of_several_members_is_that_of_one() {
    let (one, several) = twins(5, 77);
    for limit in [0, 1, 2, 10, 50, 299, 300, 10_000] {
        for after in [None, Some("bad-00100"), Some("lib"), Some("zzz")] {
            let list =
                ListCatalog { after: after.map(str::to_owned), limit, visibility: Visibility::Everything };
            let caller = Caller::internal("test");
            let expected = one.run(one.routed.catalog(&caller, list.clone())).await.0.unwrap();
            let found = several.run(several.routed.catalog(&caller, list.clone())).await.0.unwrap();
            assert_eq!(found.answer, expected.answer, "{list:?}");
            assert_eq!(found.coverage.answered, expected.coverage.answered);
        }
    }
}

#[tokio::test]
async fn f6_pages_concatenate_to_the_list_whose_length_is_the_total() {
    let (_one, several) = twins(3, 5);
    let caller = user("ann");
    let ask = |offset, limit, sort| ListRepositories {
        find: Find::Words("app".to_owned()),
        filter: Filter::default(),
        sort,
        page: Page { offset, limit },
        want: Want::ALL,
        visibility: Visibility::Everything,
    };
    for sort in SORTS {
        let whole =
            several.run(several.routed.repositories(&caller, ask(0, 0, sort))).await.0.unwrap().answer;
        let mut pages = Vec::new();
        loop {
            let offset = pages.len() as u64;
            let page =
                several.run(several.routed.repositories(&caller, ask(offset, 17, sort))).await.0.unwrap();
            assert_eq!(page.answer.total, whole.repositories.len() as u64);
            if page.answer.repositories.is_empty() {
                break;
            }
            pages.extend(page.answer.repositories);
        }
        assert_eq!(pages, whole.repositories);
    }
}

#[tokio::test]
async fn a_list_without_a_limit_that_is_too_long_is_refused_alone_and_together() {
    for members in [1, 3] {
        let options = atoll_cluster::Options { max_rows: 99, ..Default::default() };
        let world = World::with(members, options);
        world.load(100, 1);
        let list = |offset, limit| ListRepositories {
            find: Find::Words(String::new()),
            filter: Filter::default(),
            sort: Sort::NameAscending,
            page: Page { offset, limit },
            want: Want::ALL,
            visibility: Visibility::Everything,
        };
        let caller = Caller::internal("test");
        let ask =
            async |offset, limit| world.run(world.routed.repositories(&caller, list(offset, limit))).await.0;
        assert_eq!(ask(0, 0).await, Err(Error::ListTooLong { limit: 99 }), "{members} members");
        let beyond = ask(5, 0).await.unwrap().answer;
        assert_eq!((beyond.total, beyond.repositories.len()), (100, 0));
        assert_eq!(ask(1, u64::MAX).await.unwrap().answer.repositories.len(), 99);
    }
}

#[tokio::test]
async fn an_image_that_the_caller_may_not_see_has_no_relatives() {
    let (_one, several) = twins(3, 8);
    let known = several.members[1].rows().images[0].clone();
    let reference = ImageReference { repository: known.repository, tag: known.tag, manifest: None };
    let request = |find, visibility| ListImages {
        find,
        filter: Filter::default(),
        sort: Sort::Relevance,
        page: Page::default(),
        want: Want::default(),
        visibility,
    };
    let caller = Caller::internal("test");
    for find in [FindImages::DerivedFrom(reference.clone()), FindImages::BaseOf(reference.clone())] {
        let hidden = several.routed.images(&caller, request(find, Visibility::Nothing));
        assert_eq!(several.run(hidden).await.0.unwrap().answer, ImagePage::default());
    }
    assert!(several.members.iter().all(|member| member.asked().is_empty()));
    let gone = ImageReference { repository: name("not/here"), ..reference };
    let unknown = several.routed.images(&caller, request(FindImages::BaseOf(gone), Visibility::Everything));
    assert_eq!(several.run(unknown).await.0, Err(Error::RepositoryUnknown(name("not/here"))));
}

#[tokio::test]
async fn starred_repositories_are_asked_of_their_own_members_only() {
    let (_one, several) = twins(5, 3);
    let star = several.name_at(3, "starred/r").to_string();
    let mut row = several.members[0].rows().repositories.values().next().unwrap().clone();
    row.name = name(&star);
    several.members[3].rows().repositories.insert(row.name.clone(), row);
    several.mark("bea", &[&star], &[]);
    let request = ListRepositories { find: Find::Starred, ..repositories(&mut Dice(1)) };
    let request = ListRepositories {
        filter: Filter::default(),
        page: Page::default(),
        visibility: Visibility::Everything,
        ..request
    };
    let found = several.run(several.routed.repositories(&user("bea"), request)).await.0.unwrap();
    assert_eq!(found.answer.repositories.len(), 1);
    assert!(found.answer.repositories[0].is_starred);
    assert_eq!(found.coverage.answered, [crate::double::shard(&star)]);
    let mut asked: Vec<_> = several.members.iter().flat_map(|member| member.asked()).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["leaf_repositories", "marks"]);
}

#[tokio::test]
async fn a_member_alone_is_asked_once_for_exactly_the_page() {
    let world = World::new(1);
    world.load(100, 1);
    for (offset, limit, take, described_from) in
        [(0, 20, 20, Some(0)), (40, 7, 7, Some(0)), (0, 0, 10_000, Some(0)), (5, 0, 0, None)]
    {
        let request = ListRepositories {
            page: Page { offset, limit },
            find: Find::Words(String::new()),
            ..repositories(&mut Dice(3))
        };
        world.run(world.routed.repositories(&Caller::internal("test"), request)).await.0.unwrap();
        let asked = std::mem::take(&mut *world.members[0].stretches.lock().unwrap());
        assert_eq!(asked, [Stretch { skip: offset, take, described_from }]);
        assert_eq!(world.members[0].asked(), ["leaf_repositories"]);
    }
}

#[tokio::test]
async fn the_others_describe_a_small_page_at_once_and_a_deep_one_when_its_rows_are_known() {
    let world = World::new(3);
    world.load(100, 1);
    for (offset, first, described_from) in
        [(0, 8, Some(0)), (10, 12, Some(0)), (20, 17, Some(1)), (60, 33, Some(11)), (200, 97, None)]
    {
        let request = ListRepositories {
            page: Page { offset, limit: 10 },
            find: Find::Words(String::new()),
            filter: Filter::default(),
            visibility: Visibility::Everything,
            ..repositories(&mut Dice(3))
        };
        world.run(world.routed.repositories(&Caller::internal("test"), request)).await.0.unwrap();
        for (nth, member) in world.members.iter().enumerate() {
            let asked = std::mem::take(&mut *member.stretches.lock().unwrap());
            let described_from = described_from.filter(|_| nth > 0);
            assert_eq!(asked, [Stretch { skip: 0, take: first, described_from }], "{offset} {nth}");
            let is_asked_again = member.asked().contains(&"describe_repositories");
            assert!(!(described_from.is_some() && is_asked_again), "{offset} {nth}");
        }
    }
}
