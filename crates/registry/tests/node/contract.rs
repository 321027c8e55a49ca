//! The contract of nodes: on every kind of store, and behind an encoding.

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, Tasks};
use atoll_index::{Location, Writer};
use atoll_registry::LocalNode;
use atoll_service::Node;
use atoll_store::MemoryStore;
use atoll_testkit::{EncodedNode, Front, leaf_contract, node_contract};

use crate::world::{node, on_disk, simulated};

async fn check(node: Arc<LocalNode>) {
    let front: Arc<dyn Front> = node.clone();
    node_contract(&front).await;
    leaf_contract(&front, node.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_a_file_system_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    check(on_disk(&Host::system(8), folder.path(), Writer::Thread).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_a_simulated_disk_keeps_the_contract() {
    let (host, _disk) = simulated(7, Tasks::on_runtime(8));
    check(on_disk(&host, Path::new("/data"), Writer::Thread).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_in_memory_keeps_the_contract() {
    let host = Host::system(8);
    check(
        node(&host, Arc::new(MemoryStore::new(host.clock.clone())), (Location::Memory, Writer::Thread))
            .unwrap(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_crosses_the_seam_can_be_encoded() {
    let host = Host::system(8);
    let local: Arc<dyn Node> =
        node(&host, Arc::new(MemoryStore::new(host.clock.clone())), (Location::Memory, Writer::Thread))
            .unwrap();
    let encoded = Arc::new(EncodedNode(local));
    let front: Arc<dyn Front> = encoded.clone();
    node_contract(&front).await;
    leaf_contract(&front, encoded.as_ref()).await;
}
