//! The local node passes the contract of nodes: on every kind of store, and behind an encoding.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, SeededRandom, SimulatedFiles, SystemClock, Tasks};
use atoll_index::{Index, Location, Options as IndexOptions};
use atoll_placement::{ClusterKey, Layout, MemberId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::{NoOrigin, Node};
use atoll_store::{FileStore, MemoryStore, Store};
use atoll_testkit::{EncodedNode, Front, leaf_contract, node_contract};

const KEY: ClusterKey = ClusterKey([3; 16]);
const SHARDS: u16 = 256;

fn node(host: &Host, store: Arc<dyn Store>, location: Location) -> Arc<LocalNode> {
    let parts = Parts {
        index: Arc::new(Index::open(&IndexOptions::new(location, KEY, SHARDS), host).unwrap()),
        store,
        origin: Arc::new(NoOrigin),
        layout: Arc::new(Layout::alone(KEY, SHARDS, MemberId(0))),
        member: MemberId(0),
        key: KEY,
        host: host.clone(),
    };
    LocalNode::new(parts, Options { low_water_bytes: 0, ..Options::default() })
}

async fn check(node: Arc<LocalNode>) {
    let front: Arc<dyn Front> = node.clone();
    node_contract(&front).await;
    leaf_contract(&front, node.as_ref()).await;
}

fn on_disk(host: &Host, folder: &Path) -> Arc<LocalNode> {
    let store = FileStore::open(folder, &atoll_store::Options::default(), host.clone()).unwrap();
    node(host, Arc::new(store), Location::File(folder.join("index.redb")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_a_file_system_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    check(on_disk(&Host::system(8), folder.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_a_simulated_disk_keeps_the_contract() {
    let (random, clock) = (Arc::new(SeededRandom::new(7)), Arc::new(SystemClock::new()));
    let files = Arc::new(SimulatedFiles::new(random.clone(), clock.clone()));
    let host = Host { clock, random, tasks: Tasks::on_runtime(8), files };
    check(on_disk(&host, Path::new("/data"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_in_memory_keeps_the_contract() {
    let host = Host::system(8);
    check(node(&host, Arc::new(MemoryStore::new(host.clock.clone())), Location::Memory)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_crosses_the_seam_can_be_encoded() {
    let host = Host::system(8);
    let local: Arc<dyn Node> = node(&host, Arc::new(MemoryStore::new(host.clock.clone())), Location::Memory);
    let encoded = Arc::new(EncodedNode(local));
    let front: Arc<dyn Front> = encoded.clone();
    node_contract(&front).await;
    leaf_contract(&front, encoded.as_ref()).await;
}
