//! Nodes over real and simulated disks.

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, SeededRandom, SimulatedFiles, SystemClock, Tasks};
use atoll_index::{Index, Location, Options as IndexOptions, Writer};
use atoll_placement::{ClusterKey, MemberId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::NoOrigin;
use atoll_store::{FileStore, Store};

pub(crate) const KEY: ClusterKey = ClusterKey([3; 16]);
pub(crate) const SHARDS: u16 = 256;
/// Shards where several members share them.
pub(crate) const MEMBER_SHARDS: u16 = 4;

/// Why a node could not be opened: with a failing disk that is an answer like any other.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The rows of a node that serves every shard.
pub(crate) fn index(host: &Host, at: (Location, Writer)) -> Result<Arc<Index>, Failure> {
    let (location, writer) = at;
    let options = IndexOptions { writer, ..IndexOptions::new(location, KEY, SHARDS) };
    Ok(Arc::new(Index::open(&options, host)?))
}

/// A node over a store and a new index.
pub(crate) fn node(
    host: &Host,
    store: Arc<dyn Store>,
    at: (Location, Writer),
) -> Result<Arc<LocalNode>, Failure> {
    Ok(node_over(host, store, index(host, at)?))
}

/// A node over a store and an index.
pub(crate) fn node_over(host: &Host, store: Arc<dyn Store>, index: Arc<Index>) -> Arc<LocalNode> {
    over(host, (store, index), MemberId(0))
}

/// A node that is one of several members, and serves nothing by itself. Small, because tests make many.
pub(crate) fn member(
    host: &Host,
    store: Arc<dyn Store>,
    at: (Location, Writer),
    id: MemberId,
) -> Result<Arc<LocalNode>, Failure> {
    let (location, writer) = at;
    let options = IndexOptions {
        writer,
        is_alone: false,
        log_bytes: 1 << 20,
        ..IndexOptions::new(location, KEY, MEMBER_SHARDS)
    };
    let index = Arc::new(Index::open(&options, host)?);
    Ok(over(host, (store, index), id))
}

fn over(host: &Host, kept: (Arc<dyn Store>, Arc<Index>), member: MemberId) -> Arc<LocalNode> {
    let (store, index) = kept;
    let parts = Parts { index, store, origin: Arc::new(NoOrigin), member, key: KEY, host: host.clone() };
    let options =
        Options { low_water_bytes: 0, sweep_grace: std::time::Duration::ZERO, ..Options::default() };
    LocalNode::new(parts, options)
}

/// A node whose store and index are files below `folder`.
pub(crate) fn on_disk(host: &Host, folder: &Path, writer: Writer) -> Result<Arc<LocalNode>, Failure> {
    node(host, store_at(host, folder)?, (Location::File(folder.join("index.redb")), writer))
}

/// A member whose store and index are files below `folder`.
pub(crate) fn member_on_disk(host: &Host, folder: &Path, id: MemberId) -> Result<Arc<LocalNode>, Failure> {
    let at = (Location::File(folder.join("index.redb")), Writer::Caller);
    member(host, store_at(host, folder)?, at, id)
}

fn store_at(host: &Host, folder: &Path) -> Result<Arc<dyn Store>, Failure> {
    host.files.create_dir_all(folder)?;
    host.files.sync_dir(folder.parent().unwrap_or(folder))?;
    Ok(Arc::new(FileStore::open(folder, &atoll_store::Options::default(), host.clone())?))
}

/// A machine with a simulated disk, reproducible from its seed.
pub(crate) fn simulated(seed: u64, tasks: Tasks) -> (Host, SimulatedFiles) {
    let (random, clock) = (Arc::new(SeededRandom::new(seed)), Arc::new(SystemClock::new()));
    let files = SimulatedFiles::new(random.clone(), clock.clone());
    (Host { clock, random, tasks, files: Arc::new(files.clone()) }, files)
}

/// The same machine after its power came back.
pub(crate) fn restarted(host: &Host, disk: &SimulatedFiles) -> (Host, SimulatedFiles) {
    let found = disk.crash();
    (Host { files: Arc::new(found.clone()), ..host.clone() }, found)
}
