//! Merging the answers of any partition of the data gives, byte for byte, the answer over the whole.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::fmt::Debug;

use atoll_placement::Shard;
use atoll_search::Corpus;
use atoll_search::merge::{Gathering, Hits, Row, merge_hits, share};
use atoll_service::{ImageHit, LeafImages, LeafRepositories, RepositoryHit, Sort, Stretch};
use atoll_testkit::search_model::{Dice, SHARDS, World, any_images, any_repositories, any_step};
use serde::Serialize;

const WORLDS: u64 = 60;
const QUESTIONS: u64 = 20;

/// A part of the data: its shards and the corpus over them.
type Part = (Vec<Shard>, Corpus);

fn all_shards() -> Vec<Shard> {
    (0..SHARDS).map(Shard).collect()
}

/// Parts that have each shard once; some may have none.
fn parts(dice: &mut Dice, world: &World) -> Vec<Part> {
    let count = 1 + dice.below(4);
    let mut shards = vec![Vec::new(); usize::try_from(count).unwrap()];
    for shard in all_shards() {
        let part = usize::try_from(dice.below(count)).unwrap();
        shards.get_mut(part).unwrap().push(shard);
    }
    shards.into_iter().map(|shards| (shards.clone(), world.load(&shards))).collect()
}

/// The first rows of all parts, gathered as a root does it.
fn gathered<R: Row + Clone>(
    sort: Sort,
    (skip, take): (u64, u64),
    leaves: usize,
    ask: impl Fn(usize, Stretch) -> Hits<R>,
) -> Hits<R> {
    let mut gathering = Gathering::new(sort);
    let rows = skip.saturating_add(take);
    let asked = share(rows, leaves);
    for leaf in 0..leaves {
        gathering.add(leaf, asked, ask(leaf, Stretch { skip: 0, take: asked, described_from: Some(0) }));
    }
    loop {
        let open = gathering.follow_ups(rows);
        if open.is_empty() {
            break;
        }
        for more in open {
            let stretch = Stretch { skip: more.skip, take: more.take, described_from: Some(0) };
            gathering.add(more.leaf, more.take, ask(more.leaf, stretch));
        }
    }
    let (skip, take) = (usize::try_from(skip).unwrap(), usize::try_from(take).unwrap());
    let picks = gathering.picks(skip, take);
    let rows = picks.into_iter().map(|pick| gathering.row(pick).unwrap().clone()).collect();
    Hits { total: gathering.total(), rows, faults: gathering.faults() }
}

fn assert_same<R: Serialize + PartialEq + Debug>(found: &Hits<R>, expected: &Hits<R>, what: &impl Debug) {
    assert_eq!(found, expected, "{what:?}");
    let bytes = |rows: &Vec<R>| postcard::to_stdvec(rows).unwrap();
    assert_eq!(bytes(&found.rows), bytes(&expected.rows), "{what:?}");
}

fn repositories(part: &Part, request: &LeafRepositories, stretch: Stretch) -> Hits<RepositoryHit> {
    part.1.list_repositories(&part.0, &LeafRepositories { stretch, ..request.clone() }).into()
}

fn images(part: &Part, request: &LeafImages, stretch: Stretch) -> Hits<ImageHit> {
    part.1.list_images(&part.0, &LeafImages { stretch, ..request.clone() }).into()
}

#[test]
fn any_partition_merges_to_the_whole() {
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed + 77);
        let mut world = World::default();
        for now in 0..150 {
            world.apply(&any_step(&mut dice, now));
        }
        let whole = (all_shards(), world.load(&all_shards()));
        let parts = parts(&mut dice, &world);
        let everything = Stretch { skip: 0, take: u64::MAX, described_from: Some(0) };
        for _ in 0..QUESTIONS {
            let (skip, take) = (*dice.pick(&[0, 0, 1, 5]), *dice.pick(&[1, 3, 10, 1_000]));
            let page = Stretch { skip, take, described_from: Some(0) };
            let (_, request) = any_repositories(&mut dice);
            let ask = |leaf: usize, stretch| repositories(parts.get(leaf).unwrap(), &request, stretch);
            let found = gathered(request.sort, (skip, take), parts.len(), ask);
            assert_same(&found, &repositories(&whole, &request, page), &(seed, &request, page));
            let lists = parts.iter().map(|part| repositories(part, &request, everything)).collect();
            let all = repositories(&whole, &request, everything);
            assert_same(&merge_hits(request.sort, lists), &all, &(seed, &request));

            let (_, request) = any_images(&mut dice);
            let ask = |leaf: usize, stretch| images(parts.get(leaf).unwrap(), &request, stretch);
            let found = gathered(request.sort, (skip, take), parts.len(), ask);
            assert_same(&found, &images(&whole, &request, page), &(seed, &request, page));
            let lists = parts.iter().map(|part| images(part, &request, everything)).collect();
            assert_same(
                &merge_hits(request.sort, lists),
                &images(&whole, &request, everything),
                &(seed, &request),
            );
        }
    }
}
