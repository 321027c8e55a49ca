//! The contract of nodes: on every kind of store, and behind an encoding.

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, Tasks};
use atoll_index::{Location, Writer};
use atoll_placement::MemberId;
use atoll_registry::LocalNode;
use atoll_service::Node;
use atoll_store::MemoryStore;
use atoll_testkit::{
    EncodedNode, Front, Side, handover_contract, leaf_contract, node_contract, users_contract,
};

use crate::world::{KEY, MEMBER_SHARDS, member, member_on_disk, node, on_disk, simulated};

async fn check(node: Arc<LocalNode>) {
    let front: Arc<dyn Front> = node.clone();
    node_contract(&front).await;
    leaf_contract(&front, node.as_ref()).await;
    users_contract(&front, node.as_ref()).await;
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
    users_contract(&front, encoded.as_ref()).await;
}

fn side(member: &Arc<LocalNode>) -> Side {
    Side { front: member.clone(), node: member.clone(), custody: member.clone() }
}

fn encoded(member: &Arc<LocalNode>) -> Side {
    let node = Arc::new(EncodedNode(member.clone()));
    Side { front: node.clone(), node, custody: member.clone() }
}

fn in_memory(id: u16) -> Arc<LocalNode> {
    let host = Host::system(8);
    let store = Arc::new(MemoryStore::new(host.clock.clone()));
    member(&host, store, (Location::Memory, Writer::Thread), MemberId(id)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_passes_between_members_in_memory_and_behind_an_encoding() {
    let cluster = (KEY, MEMBER_SHARDS);
    handover_contract(side(&in_memory(0)), side(&in_memory(1)), cluster).await;
    handover_contract(encoded(&in_memory(0)), encoded(&in_memory(1)), cluster).await;
}

#[tokio::test]
async fn a_shard_passes_between_members_on_simulated_disks() {
    let member = |seed: u16| {
        let (host, _disk) = simulated(u64::from(seed), Tasks::inline());
        member_on_disk(&host, Path::new("/data"), MemberId(seed)).unwrap()
    };
    handover_contract(side(&member(0)), side(&member(1)), (KEY, MEMBER_SHARDS)).await;
}
