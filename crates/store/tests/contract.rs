//! The contract suite over every back-end of this crate.

#![allow(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::path::Path;
use std::sync::Arc;

use atoll_host::{
    Files as _, Host, SeededRandom, SimulatedClock, SimulatedFiles, SystemClock, Tasks, Timestamp,
};
use atoll_store::{FaultyStore, FileStore, MemoryStore, Options, Store};

use atoll_testkit::store_contract;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_on_real_files_keeps_the_contract() {
    for durable in [true, false] {
        let parent = tempfile::tempdir().unwrap();
        let count = std::sync::atomic::AtomicU32::new(0);
        store_contract(|| {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let root = parent.path().join(number.to_string());
            Arc::new(FileStore::open(&root, &Options { durable }, Host::system(8)).unwrap())
        })
        .await;
    }
}

#[tokio::test]
async fn the_store_on_simulated_files_keeps_the_contract() {
    store_contract(|| {
        let clock = Arc::new(SystemClock::new());
        let files = SimulatedFiles::new(Arc::new(SeededRandom::new(3)), clock.clone());
        files.create_dir_all(Path::new("/data")).unwrap();
        let random = Arc::new(SeededRandom::new(4));
        let host = Host { clock, random, tasks: Tasks::inline(), files: Arc::new(files) };
        Arc::new(FileStore::open(Path::new("/data"), &Options::default(), host).unwrap())
    })
    .await;
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract_also_behind_a_switchboard() {
    let memory = || MemoryStore::new(Arc::new(SimulatedClock::new(Timestamp(0))));
    store_contract(|| -> Arc<dyn Store> { Arc::new(memory()) }).await;
    store_contract(|| -> Arc<dyn Store> { Arc::new(FaultyStore::new(memory())) }).await;
}
