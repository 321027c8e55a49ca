//! Members with their own rows and blobs, and one routed node for each of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atoll_cluster::{Options as RoutedOptions, Route, RoutedNode, Routes, Table};
use atoll_host::{Host, SeededRandom, ShutdownHandle, SimulatedClock, SimulatedFiles, Tasks, Timestamp};
use atoll_index::{Index, Location, Options as IndexOptions};
use atoll_placement::{ClusterKey, MemberId, Shard, shard_of};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::{Custody as _, NoOrigin, Node};
use atoll_store::MemoryStore;
use atoll_testkit::EncodedNode;

pub(crate) const KEY: ClusterKey = ClusterKey([5; 16]);
pub(crate) const SHARDS: u16 = 64;

/// When the clock of a world begins.
const BEGIN: Timestamp = Timestamp(1_700_000_000_000_000_000);

pub(crate) struct World {
    pub(crate) locals: Vec<Arc<LocalNode>>,
    /// What a client reaches at each member.
    pub(crate) fronts: Vec<Arc<RoutedNode>>,
    pub(crate) clock: Arc<SimulatedClock>,
    /// Ends the members' own work when it is dropped.
    _shutdown: ShutdownHandle,
}

/// Which member serves a shard.
pub(crate) fn owner(shard: Shard, members: u16) -> MemberId {
    MemberId(shard.0.wrapping_mul(11) / 5 % members)
}

/// Which member serves a name.
pub(crate) fn owner_of(name: &str, members: u16) -> MemberId {
    owner(shard_of(KEY, name, SHARDS), members)
}

impl World {
    pub(crate) async fn new(members: u16) -> Self {
        Self::with(members, |_, node| Arc::new(EncodedNode(node))).await
    }

    /// `reach` makes of a member what the others see of it.
    pub(crate) async fn with(members: u16, reach: impl Fn(MemberId, Arc<dyn Node>) -> Arc<dyn Node>) -> Self {
        let clock = Arc::new(SimulatedClock::new(BEGIN));
        let random = Arc::new(SeededRandom::new(7));
        let files = Arc::new(SimulatedFiles::new(random.clone(), clock.clone()));
        let host = Host { clock: clock.clone(), random, tasks: Tasks::on_runtime(4), files };
        let (shutdown_handle, shutdown) = ShutdownHandle::new();
        let mut locals = Vec::new();
        for member in (0..members).map(MemberId) {
            let local = member_node(member, members, &host).await;
            local.with_search();
            host.tasks.spawn(Arc::clone(&local).run_search(shutdown.clone()));
            locals.push(local);
        }
        let fronts = (0..members).map(|member| {
            let others = locals.iter().zip((0..members).map(MemberId)).filter(|(_, other)| other.0 != member);
            let others = others.map(|(node, other)| (other, reach(other, node.clone()))).collect();
            let local = Arc::clone(&locals[usize::from(member)]) as Arc<dyn Node>;
            let routes =
                Routes::new(KEY, (MemberId(member), local), table(MemberId(member), members, others));
            Arc::new(RoutedNode::new(routes, host.clone(), RoutedOptions::default()))
        });
        let fronts = fronts.collect();
        Self { locals, fronts, clock, _shutdown: shutdown_handle }
    }

    /// Lets some time pass, so that no two writes have the same.
    pub(crate) fn tick(&self) {
        self.clock.advance(Duration::from_millis(1_250));
    }
}

async fn member_node(member: MemberId, members: u16, host: &Host) -> Arc<LocalNode> {
    let options = IndexOptions { is_alone: false, ..IndexOptions::new(Location::Memory, KEY, SHARDS) };
    let parts = Parts {
        index: Arc::new(Index::open(&options, host).unwrap()),
        store: Arc::new(MemoryStore::new(host.clock.clone())),
        origin: Arc::new(NoOrigin),
        member,
        key: KEY,
        host: host.clone(),
    };
    let local = LocalNode::new(parts, Options { low_water_bytes: 0, ..Options::default() });
    for shard in (0..SHARDS).map(Shard).filter(|shard| owner(*shard, members) == member) {
        local.claim(shard).await.unwrap();
    }
    local
}

fn table(local: MemberId, members: u16, others: BTreeMap<MemberId, Arc<dyn Node>>) -> Table {
    let route = |shard| match owner(shard, members) {
        owner if owner == local => Route::Local,
        owner => Route::Remote(owner),
    };
    Table { layout_version: 1, routes: (0..SHARDS).map(Shard).map(route).collect(), others }
}
