//! A corpus that was put together from portions answers every question as one that was loaded as a whole, then and after any changes.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::convert::Infallible;

use atoll_placement::Shard;
use atoll_search::{Assembly, Corpus, Extent, Portion};
use atoll_testkit::search_model::{
    Dice, SHARDS, World, any_images, any_repositories, any_step, apply_to_corpus,
};

const WORLDS: u64 = 60;
const QUESTIONS: u64 = 40;

fn put(world: &World, shards: &[Shard], corpus: &mut Corpus) {
    for (name, place) in world.0.iter().filter(|(_, place)| shards.contains(&place.shard)) {
        corpus.add_repository(name, place.shard);
        // Some tags come before their manifests, which leaves them pointing at nothing for a while.
        let is_early = name.as_str().len() % 2 == 0;
        let set_tags = |corpus: &mut Corpus| place.tags.values().for_each(|tag| corpus.set_tag(name, tag));
        if is_early {
            set_tags(corpus);
        }
        for known in place.manifests.values() {
            corpus.put_manifest(name, known);
        }
        if !is_early {
            set_tags(corpus);
        }
        corpus.set_stars(name, place.stars);
    }
}

fn assembled(world: &World, parts: &[Vec<Shard>]) -> Corpus {
    let mut assembly = Assembly::of(parts.len());
    for shards in parts {
        let loaded = Portion::load(|corpus| {
            put(world, shards, corpus);
            Ok::<_, Infallible>(())
        });
        let (portion, ()) = loaded.unwrap();
        assembly.add(portion);
    }
    assembly.finish()
}

/// Shards in random parts, of which some may have none.
fn parts(dice: &mut Dice) -> Vec<Vec<Shard>> {
    let mut parts = vec![Vec::new(); usize::try_from(1 + dice.below(u64::from(SHARDS))).unwrap()];
    for shard in (0..SHARDS).map(Shard) {
        let part = usize::try_from(dice.below(u64::try_from(parts.len()).unwrap())).unwrap();
        parts.get_mut(part).unwrap().push(shard);
    }
    parts
}

fn assert_alike(seed: u64, dice: &mut Dice, (found, expected): (&Corpus, &Corpus)) {
    assert_eq!(found.extent(), expected.extent(), "{seed}");
    for _ in 0..QUESTIONS {
        let (shards, request) = any_repositories(dice);
        let (found, expected) =
            (found.list_repositories(&shards, &request), expected.list_repositories(&shards, &request));
        assert_eq!(found, expected, "{seed} {shards:?} {request:?}");
    }
    for _ in 0..QUESTIONS {
        let (shards, request) = any_images(dice);
        let (found, expected) =
            (found.list_images(&shards, &request), expected.list_images(&shards, &request));
        assert_eq!(found, expected, "{seed} {shards:?} {request:?}");
    }
}

#[test]
fn portions_make_the_same_corpus_as_all_rows_at_once() {
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed + 1_234);
        let mut world = World::default();
        for now in 0..200 {
            world.apply(&any_step(&mut dice, now));
        }
        let mut found = assembled(&world, &parts(&mut dice));
        let mut expected = world.load(&(0..SHARDS).map(Shard).collect::<Vec<_>>());
        assert_alike(seed, &mut dice, (&found, &expected));
        // What is not seen in an answer shows when it changes: who points at what, and where everything stands.
        for now in 200..300 {
            let step = any_step(&mut dice, now);
            apply_to_corpus(&mut found, &step);
            apply_to_corpus(&mut expected, &step);
        }
        assert_alike(seed, &mut dice, (&found, &expected));
        for shard in (0..SHARDS).map(Shard) {
            found.drop_shard(shard);
        }
        assert_eq!(found.extent(), Extent::default(), "{seed}");
    }
}
