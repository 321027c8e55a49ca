//! What the store on files promises when the disk fails and when the power does, on a simulated disk.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

#[path = "durability/history.rs"]
mod history;

use std::io;

use history::{Act, World, run};
use proptest::prelude::*;

const KINDS: [io::ErrorKind; 3] =
    [io::ErrorKind::Other, io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied];

/// A history that meets every part of the store.
fn tour() -> Vec<Act> {
    use Act::{Append, Begin, Cancel, Finish, FinishWrong, Put, Remove};
    vec![
        Put(1),
        Begin(1),
        Append(1, 700),
        Begin(2),
        Append(1, 5_000),
        Append(2, 3_000),
        Finish(1),
        Put(2),
        FinishWrong(2),
        Begin(3),
        Append(3, 600_000),
        Begin(4),
        Append(4, 900),
        Cancel(4),
        Remove(1),
        Finish(3),
        Put(1),
    ]
}

#[tokio::test]
async fn any_single_failure_leaves_nothing_half_visible_and_loses_nothing() {
    for kind in KINDS {
        for nth in 1.. {
            let world = World::new(nth);
            let faults = world.disk.faults();
            let mut store = world.open();
            let before = faults.calls();
            faults.fail_call(nth, kind);
            let mut model = history::Model::default();
            run(&mut store, &mut model, &tour()).await;
            let is_over = faults.calls() - before < nth;
            faults.clear();
            model.check(&*store).await;
            drop(store);
            model.check(&*world.open()).await;

            if is_over {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_power_failure_at_any_call_loses_nothing_that_was_acknowledged() {
    for seed in 0..4 {
        for nth in 1.. {
            let world = World::new(seed * 1_000 + nth);
            let mut store = world.open();
            let before = world.disk.faults().calls();
            world.disk.faults().fail_from(nth, io::ErrorKind::Other);
            let mut model = history::Model::default();
            run(&mut store, &mut model, &tour()).await;
            let is_over = world.disk.faults().calls() - before < nth;
            let found = world.after_power_failure();
            model.forget_removals();
            model.check(&*found.open()).await;

            if is_over {
                break;
            }
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..6_u8).prop_map(Act::Put),
        (0..6_u8).prop_map(Act::Remove),
        (0..4_u8).prop_map(Act::Begin),
        (0..4_u8, 0..2_000_usize).prop_map(|(upload, length)| Act::Append(upload, length)),
        (0..4_u8).prop_map(Act::AppendElsewhere),
        (0..4_u8).prop_map(Act::Finish),
        (0..4_u8).prop_map(Act::FinishWrong),
        (0..4_u8).prop_map(Act::Cancel),
        Just(Act::List),
        Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_agrees_with_a_map(acts in prop::collection::vec(act(), 1..60), crashes in any::<bool>(), seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(seed);
            let mut model = history::Model::default();
            for part in acts.split(|act| matches!(act, Act::Restart)) {
                let mut store = world.open();
                model.check_uploads(&*store).await;
                run(&mut store, &mut model, part).await;
                prop_assert_eq!(model.failures, 0);
                model.check(&*store).await;
                drop(store);
                if crashes {
                    world = world.after_power_failure();
                    model.forget_removals();
                    model.forget_uploads();
                }
            }
            Ok(())
        })?;
    }
}
