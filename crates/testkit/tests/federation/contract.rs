//! The contract of nodes, kept by one member and by several together.

use std::sync::Arc;

use atoll_placement::{ClusterKey, MemberId, UploadId};
use atoll_service::{Blobs as _, Caller, Error, ListCatalog, Queries as _, UploadAddress, Visibility};
use atoll_testkit::{EncodedNode, Front, Pusher, node_contract};

use crate::world::{SHARDS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_keeps_the_contract() {
    let front: Arc<dyn Front> = World::with(1, |_, node| node).await.fronts.remove(0);
    node_contract(&front).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_keep_the_contract_whichever_is_asked() {
    for asked in 0..3 {
        let world = World::with(3, |_, node| Arc::new(EncodedNode(node))).await;
        let front: Arc<dyn Front> = world.fronts[asked].clone();
        node_contract(&front).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalog_covers_every_shard_once() {
    for members in [1, 3] {
        let world = World::new(members).await;
        let front: Arc<dyn Front> = world.fronts[0].clone();
        for name in ["b", "a/c", "a", "a-b"] {
            Pusher::new(&front, name).blob(b"x").await.unwrap();
        }
        let list = ListCatalog { after: None, limit: 3, visibility: Visibility::Everything };
        let gathered = world.fronts[0].catalog(&Caller::internal("test"), list).await.unwrap();
        let names: Vec<String> = gathered.answer.repositories.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a", "a/c", "a-b"]);
        assert!(gathered.answer.more);
        assert_eq!(gathered.coverage.answered.len(), usize::from(SHARDS));
        assert!(gathered.coverage.is_complete());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_upload_id_is_an_unknown_one() {
    for members in [1, 3] {
        let world = World::new(members).await;
        let id = UploadId::issue(ClusterKey([6; 16]), "a", MemberId(0), 1);
        let address = UploadAddress { repository: "a".parse().unwrap(), id };
        let told = world.fronts[0].progress(&Caller::internal("test"), address).await;
        assert_eq!(told, Err(Error::UploadUnknown(id)));
    }
}
