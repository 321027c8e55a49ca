//! Search against a slow, obvious model of it: random rows, random questions, equal byte for byte.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::fmt::Debug;

use atoll_search::Corpus;
use atoll_service::{Sort, Stretch};
use atoll_testkit::search_model::{
    Dice, SHARDS, World, any_images, any_repositories, any_step, apply_to_corpus,
};
use serde::Serialize;

const WORLDS: u64 = 200;
const QUESTIONS: u64 = 25;
const STEPS: u64 = 120;

fn assert_same<T: Serialize + PartialEq + Debug>(found: &T, expected: &T, what: &impl Debug) {
    assert_eq!(found, expected, "{what:?}");
    assert_eq!(postcard::to_stdvec(found).unwrap(), postcard::to_stdvec(expected).unwrap(), "{what:?}");
}

/// A corpus that followed the changes, and the rows after them.
fn grown(dice: &mut Dice) -> (Corpus, World) {
    let (mut corpus, mut world) = (Corpus::new(), World::default());
    for now in 0..STEPS {
        let step = any_step(dice, now);
        apply_to_corpus(&mut corpus, &step);
        world.apply(&step);
    }
    (corpus, world)
}

fn all_shards() -> Vec<atoll_placement::Shard> {
    (0..SHARDS).map(atoll_placement::Shard).collect()
}

/// Ten thousand questions, each to a corpus that followed every change and to one that was loaded at once.
#[test]
fn any_question_is_answered_as_by_looking_at_every_row() {
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed);
        let (grown, world) = grown(&mut dice);
        let loaded = world.load(&all_shards());
        assert_eq!(grown.extent(), loaded.extent(), "seed {seed}");
        for _ in 0..QUESTIONS {
            let (shards, request) = any_repositories(&mut dice);
            let expected = world.repositories(&shards, &request);
            for corpus in [&grown, &loaded] {
                let what = (seed, &shards, &request);
                assert_same(&corpus.list_repositories(&shards, &request), &expected, &what);
            }
            let (shards, request) = any_images(&mut dice);
            let expected = world.images(&shards, &request);
            for corpus in [&grown, &loaded] {
                let what = (seed, &shards, &request);
                assert_same(&corpus.list_images(&shards, &request), &expected, &what);
            }
        }
    }
}

#[test]
fn pages_put_together_are_the_whole_list() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed + 1_000);
        let (corpus, _) = grown(&mut dice);
        for sort in
            [Sort::Relevance, Sort::Updated, Sort::NameAscending, Sort::NameDescending, Sort::Downloads]
        {
            let stretch = |skip, take| Stretch { skip, take, described_from: None };
            let (shards, mut repositories) = any_repositories(&mut dice);
            let (_, mut images) = any_images(&mut dice);
            (repositories.sort, images.sort) = (sort, sort);
            let mut ask = |skip, take| {
                (repositories.stretch, images.stretch) = (stretch(skip, take), stretch(skip, take));
                (corpus.list_repositories(&shards, &repositories), corpus.list_images(&shards, &images))
            };
            let whole = ask(0, u64::MAX);
            assert_eq!(whole.0.total, whole.0.hits.len() as u64);
            assert_eq!(whole.1.total, whole.1.hits.len() as u64);
            let (mut names, mut tags) = (Vec::new(), Vec::new());
            for page in 0..=whole.0.total.max(whole.1.total) / 3 {
                let part = ask(page * 3, 3);
                assert_eq!((part.0.total, part.1.total), (whole.0.total, whole.1.total));
                names.extend(part.0.hits);
                tags.extend(part.1.hits);
            }
            assert_eq!((names, tags), (whole.0.hits, whole.1.hits), "seed {seed}, {sort:?}");
        }
    }
}
