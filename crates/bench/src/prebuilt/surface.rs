//! The product's surface over an empty registry, whose searches others answer.

use std::sync::Arc;

use atoll_cluster::{RoutedNode, Routes};
use atoll_edge::{Edge, Options, Services};
use atoll_graphql::{Endpoint, OpenAccess, Parts as Search};
use atoll_host::Host;
use atoll_index::{Index, Location};
use atoll_placement::{ClusterKey, MemberId};
use atoll_registry::{LocalNode, Parts};
use atoll_service::{NoOrigin, NoScanner, Node, Queries};
use atoll_store::MemoryStore;
use atoll_telemetry::metrics::{self, Recorder};

use crate::error::Error;

const KEY: ClusterKey = ClusterKey([0; 16]);
const MEMBER: MemberId = MemberId(1);
const SHARDS: u16 = 256;

/// A surface whose searches `queries` answers.
pub(super) fn over(queries: Arc<dyn Queries>, host: &Host) -> Result<Edge, Error> {
    let parts = Search {
        queries: Arc::clone(&queries),
        scanner: Arc::new(NoScanner),
        access: Arc::new(OpenAccess),
        clock: Arc::clone(&host.clock),
    };
    let local = empty(host)?;
    let table = Routes::alone(KEY, SHARDS, (MEMBER, Arc::clone(&local) as Arc<dyn Node>));
    let routed = Arc::new(RoutedNode::new(table, host.clone(), atoll_cluster::Options::default()));
    let services = Services {
        manifests: Arc::<RoutedNode>::clone(&routed),
        blobs: Arc::<RoutedNode>::clone(&routed),
        queries,
        admin: local,
        preferences: routed,
        search: Some(Arc::new(Endpoint::new(parts))),
        cluster: None,
    };
    Ok(Edge::new(Options::default(), services, host.clone(), Recorder::new(metrics::Options::default()))?)
}

fn empty(host: &Host) -> Result<Arc<LocalNode>, Error> {
    let parts = Parts {
        index: Arc::new(Index::open(&atoll_index::Options::new(Location::Memory, KEY, SHARDS), host)?),
        store: Arc::new(MemoryStore::new(Arc::clone(&host.clock))),
        origin: Arc::new(NoOrigin),
        member: MEMBER,
        key: KEY,
        host: host.clone(),
    };
    Ok(LocalNode::new(parts, atoll_registry::Options::default()))
}
