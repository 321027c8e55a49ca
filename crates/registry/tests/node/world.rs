//! Nodes over real and simulated disks.

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, SeededRandom, SimulatedFiles, SystemClock, Tasks};
use atoll_index::{Index, Location, Options as IndexOptions, Writer};
use atoll_placement::{ClusterKey, Layout, MemberId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::NoOrigin;
use atoll_store::{FileStore, Store};

const KEY: ClusterKey = ClusterKey([3; 16]);
const SHARDS: u16 = 256;

/// Why a node could not be opened: with a failing disk that is an answer like any other.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// A node over a store and an index.
pub(crate) fn node(
    host: &Host,
    store: Arc<dyn Store>,
    at: (Location, Writer),
) -> Result<Arc<LocalNode>, Failure> {
    let (location, writer) = at;
    let options = IndexOptions { writer, ..IndexOptions::new(location, KEY, SHARDS) };
    let parts = Parts {
        index: Arc::new(Index::open(&options, host)?),
        store,
        origin: Arc::new(NoOrigin),
        layout: Arc::new(Layout::alone(KEY, SHARDS, MemberId(0))),
        member: MemberId(0),
        key: KEY,
        host: host.clone(),
    };
    let options =
        Options { low_water_bytes: 0, sweep_grace: std::time::Duration::ZERO, ..Options::default() };
    Ok(LocalNode::new(parts, options))
}

/// A node whose store and index are files below `folder`.
pub(crate) fn on_disk(host: &Host, folder: &Path, writer: Writer) -> Result<Arc<LocalNode>, Failure> {
    host.files.create_dir_all(folder)?;
    host.files.sync_dir(folder.parent().unwrap_or(folder))?;
    let store = FileStore::open(folder, &atoll_store::Options::default(), host.clone())?;
    node(host, Arc::new(store), (Location::File(folder.join("index.redb")), writer))
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
