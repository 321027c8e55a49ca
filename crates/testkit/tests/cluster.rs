//! The routed node over one member passes the contract of nodes, also when that member is reached only through an encoding.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_cluster::RoutedNode;
use atoll_host::Host;
use atoll_index::{Index, Location, Options as IndexOptions};
use atoll_placement::{ClusterKey, Layout, MemberId, UploadId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::{
    Blobs as _, Caller, Error, ListCatalog, NoOrigin, Node, Queries as _, UploadAddress, Visibility,
};
use atoll_store::MemoryStore;
use atoll_testkit::{EncodedNode, Front, Pusher, node_contract};

const KEY: ClusterKey = ClusterKey([5; 16]);
const SHARDS: u16 = 64;

fn local(layout: &Arc<Layout>) -> Arc<LocalNode> {
    let host = Host::system(8);
    let parts = Parts {
        index: Arc::new(Index::open(&IndexOptions::new(Location::Memory, KEY, SHARDS), &host).unwrap()),
        store: Arc::new(MemoryStore::new(host.clock.clone())),
        origin: Arc::new(NoOrigin),
        layout: Arc::clone(layout),
        member: MemberId(0),
        key: KEY,
        host,
    };
    LocalNode::new(parts, Options { low_water_bytes: 0, ..Options::default() })
}

fn cluster_of_one(wrap: impl FnOnce(Arc<LocalNode>) -> Arc<dyn Node>) -> Arc<RoutedNode> {
    let layout = Arc::new(Layout::alone(KEY, SHARDS, MemberId(0)));
    let member = wrap(local(&layout));
    Arc::new(RoutedNode::new(layout, KEY, BTreeMap::from([(MemberId(0), member)])))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_one_keeps_the_contract() {
    let front: Arc<dyn Front> = cluster_of_one(|node| node);
    node_contract(&front).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_one_encoded_member_keeps_the_contract() {
    let front: Arc<dyn Front> = cluster_of_one(|node| Arc::new(EncodedNode(node)));
    node_contract(&front).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalog_covers_every_shard_once() {
    let routed = cluster_of_one(|node| node);
    let front: Arc<dyn Front> = routed.clone();
    for name in ["b", "a/c", "a", "a-b"] {
        Pusher::new(&front, name).blob(b"x").await.unwrap();
    }
    let list = ListCatalog { after: None, limit: 3, visibility: Visibility::Everything };
    let gathered = routed.catalog(&Caller::internal("test"), list).await.unwrap();
    let names: Vec<String> = gathered.answer.repositories.iter().map(ToString::to_string).collect();
    assert_eq!(
        (names.as_slice(), gathered.answer.more),
        (["a", "a/c", "a-b"].map(String::from).as_slice(), true)
    );
    assert_eq!(gathered.coverage.answered.len(), usize::from(SHARDS));
    assert!(gathered.coverage.is_complete());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_upload_id_is_an_unknown_one() {
    let routed = cluster_of_one(|node| node);
    let id = UploadId::issue(ClusterKey([6; 16]), "a", MemberId(0), 1);
    let address = UploadAddress { repository: "a".parse().unwrap(), id };
    assert_eq!(routed.progress(&Caller::internal("test"), address).await, Err(Error::UploadUnknown(id)));
}
