//! A cluster in one process under one seed: the product's own members over simulated disks and a simulated network, while members
//! crash, the network loses and splits, and the list of members changes.
//!
//! What must hold: at most one member holds a shard at any time; each tag is a linearizable register; no acknowledged blob is lost; and
//! when all is well again, every shard is where the layout wants it and every member gives the same answers.
//!
//! `ATOLL_SIM_SEED=n` runs one seed alone; `ATOLL_SIM_SEEDS` and `ATOLL_SIM_SECONDS` say how many at least, and for how long.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod clients;
mod clock;
mod dice;
mod late;
mod machine;
mod register;
mod script;
mod watch;
mod word;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};
use script::Tally;

/// Seeds in any case, unless `ATOLL_SIM_SEEDS` says otherwise.
const SEEDS_FLOOR: u64 = 5;
/// Time in any case, unless `ATOLL_SIM_SECONDS` says otherwise.
const TIME_BOX: Duration = Duration::from_secs(15);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One runtime for each seed: a single thread, whose clock moves on when nobody has anything to do.
fn run(seed: u64) -> Tally {
    simulated(script::run(seed))
}

fn simulated<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(what)
}

/// Runs seeds side by side, each on a thread that is named after it: that is how one that fails is found.
#[test]
fn a_cluster_loses_nothing_and_hides_nothing_whatever_happens_to_it() {
    if let Some(seed) = setting("ATOLL_SIM_SEED") {
        println!("seed {seed}: {:?}", run(seed));
        return;
    }
    let floor = setting("ATOLL_SIM_SEEDS").unwrap_or(SEEDS_FLOOR);
    let time_box = setting("ATOLL_SIM_SECONDS").map_or(TIME_BOX, Duration::from_secs);
    let (clock, next, total) = (SystemClock::new(), AtomicU64::new(0), Mutex::new(Tally::default()));
    let worker = || {
        while next.load(Ordering::SeqCst) < floor || clock.elapsed() < time_box {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            let tally = on_its_own_thread(seed);
            total.lock().unwrap().add(&tally);
        }
    };
    std::thread::scope(|scope| {
        let others = std::thread::available_parallelism().map_or(0, |threads| threads.get() - 1);
        for _ in 0..others {
            scope.spawn(worker);
        }
        worker();
    });
    let total = total.into_inner().unwrap();
    println!("{} seeds: {total:?}", next.into_inner());
    assert!(total.is_lively(), "the simulation has become too quiet to prove anything: {total:?}");
}

fn on_its_own_thread(seed: u64) -> Tally {
    std::thread::scope(|scope| {
        let named = std::thread::Builder::new().name(format!("ATOLL_SIM_SEED={seed}"));
        let thread = named.spawn_scoped(scope, || run(seed)).unwrap();
        thread.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    })
}

#[test]
fn the_same_seed_is_the_same_history() {
    assert_eq!(run(3), run(3));
}

#[test]
fn what_a_member_said_before_it_served_does_not_take_its_shards_away() {
    simulated(word::comes_late());
}
