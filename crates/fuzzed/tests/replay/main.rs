//! Gives every target its whole corpus, and a bounded number of mutations of it, with every run of the tests.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails panics; everything in this program is a test"
)]

mod corpus;
mod mutation;

use std::panic::catch_unwind;

use atoll_fuzzed::{TARGETS, Target};
use corpus::{Seed, seeds};
use mutation::Mutator;

/// Mutated inputs for each target. The search with coverage is the fuzzer's; this finds what breaks on the way.
const MUTATIONS: usize = 2_000;
/// The longest mutated input, in bytes.
const MAX_MUTATED_BYTES: usize = 4096;
/// Where the mutations begin; every run makes the same ones.
const SEED: u64 = 1;

#[test]
fn every_target_holds_for_its_whole_corpus() {
    for target in TARGETS {
        for Seed { name, data } in seeds(target.name) {
            hold(target, &data, &format!("the file {name}"));
        }
    }
}

#[test]
fn every_target_holds_for_mutations_of_its_corpus() {
    for target in TARGETS {
        let seeds: Vec<Vec<u8>> = seeds(target.name).into_iter().map(|seed| seed.data).collect();
        let mut mutator = Mutator::new(SEED, seeds, MAX_MUTATED_BYTES);
        for turn in 0..MUTATIONS {
            let data = mutator.next_input();
            hold(target, &data, &format!("mutation {turn}"));
        }
    }
}

#[test]
fn every_corpus_has_a_target_and_every_target_a_program() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(corpus::folders(), names, "folders below fuzz/corpus");
    assert_eq!(corpus::programs(), names, "programs in fuzz/fuzz_targets");
}

fn hold(target: &Target, data: &[u8], origin: &str) {
    let check = target.check;
    let outcome = catch_unwind(|| check(data));
    let shown = String::from_utf8_lossy(data);
    assert!(outcome.is_ok(), "target {} does not hold for {origin}: {shown:?}", target.name);
}
