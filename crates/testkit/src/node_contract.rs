//! What every node must do, wherever it is: local, routed, behind an encoding, remote.

mod blobs;
mod lists;
mod manifests;

use std::sync::Arc;

use atoll_service::Leaf;

use crate::Front;

/// Runs the whole suite; each part works in repositories of its own, so one node serves all. Panics with what was not kept.
pub async fn node_contract(node: &Arc<dyn Front>) {
    blobs::run(node).await;
    manifests::run(node).await;
    lists::run(node).await;
}

/// Runs what only a leaf can be asked, over a node that has nothing else in it.
pub async fn leaf_contract(node: &Arc<dyn Front>, leaf: &dyn Leaf) {
    lists::run_leaf(node, leaf).await;
}
