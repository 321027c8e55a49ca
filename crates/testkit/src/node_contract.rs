//! What every node must do, wherever it is: local, routed, behind an encoding, remote.

mod blobs;
mod handover;
mod lists;
mod manifests;
mod users;

use std::sync::Arc;

use atoll_placement::ClusterKey;
use atoll_service::{Custody, Leaf, Node, Users};

use crate::Front;
pub use handover::FixedBearings;

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

/// Runs what users keep for themselves, over a node that serves every shard.
pub async fn users_contract(node: &Arc<dyn Front>, users: &dyn Users) {
    users::run(node, users).await;
}

/// One member in a hand-over: as the others see it, and as whoever knows the cluster has it.
pub struct Side {
    /// As clients see it.
    pub front: Arc<dyn Front>,
    /// As the others see it: perhaps behind an encoding or a link.
    pub node: Arc<dyn Node>,
    /// The member itself.
    pub custody: Arc<dyn Custody>,
}

/// Runs how a shard passes from one member to another, over two that have nothing in them, serve no shard, and have no grace
/// in their sweeps. `cluster` is the key and number of shards of both.
pub async fn handover_contract(old: Side, new: Side, cluster: (ClusterKey, u16)) {
    handover::run(old, new, cluster).await;
}
