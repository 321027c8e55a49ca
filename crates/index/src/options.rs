//! What an index is opened with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_placement::ClusterKey;

use crate::Error;

/// Memory for pages of the database and recent rows unless configured otherwise: 32 MiB.
pub const DEFAULT_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// Size of each half of the log of commands unless configured otherwise: 4 MiB.
pub const DEFAULT_LOG_BYTES: u64 = 4 * 1024 * 1024;

/// How to open an index.
#[derive(Clone)]
pub struct Options {
    /// Where the rows are.
    pub location: Location,
    /// Most memory for pages of the database and for rows that are not in it yet, in bytes.
    pub cache_bytes: usize,
    /// Size of each half of the log of commands, in bytes: half as much as a start after a crash may have to do again, and how often
    /// the database itself is made durable.
    pub log_bytes: u64,
    /// The cluster's key, which places repositories on shards.
    pub key: ClusterKey,
    /// The cluster's number of shards.
    pub shards: u16,
    /// Whether a command is durable before it is acknowledged. If not, a power failure loses the latest commands but tears none;
    /// the end of the process alone loses nothing.
    pub is_durable: bool,
    /// Whether an index that has nothing to do with any shard yet serves all of them from now on: so for a server that runs alone.
    /// A member of several serves none before it has claimed or taken it.
    pub is_alone: bool,
    /// Whether a log that is damaged in the middle is applied up to there, instead of being refused: what was acknowledged behind it is
    /// lost then.
    pub accepts_loss: bool,
    /// Who runs the commands.
    pub writer: Writer,
    /// Who hears about commits.
    pub observer: Arc<dyn Observer>,
}

/// Where rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file, made if it is not there. Whoever opens it must hold the lock of its folder.
    File(PathBuf),
    /// In memory, lost with the index.
    Memory,
}

/// Who runs the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// A thread of the index, which commits all waiting commands together.
    Thread,
    /// Whoever submits, one command at a time: for simulations, where order must follow from the seed.
    Caller,
}

/// Hears how commits go. Called on the writer's thread, so it must not block.
pub trait Observer: Send + Sync {
    /// A batch was committed: how many commands it had, refused ones included, and how long it took in all.
    fn committed(&self, commands: usize, took: Duration);

    /// A batch failed; none of its commands was acknowledged.
    fn failed(&self, error: &Error);
}

/// Hears and forgets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn committed(&self, _commands: usize, _took: Duration) {}

    fn failed(&self, _error: &Error) {}
}

impl Options {
    /// Rows at `location` for a cluster of this key and number of shards: durable, alone, with a thread, unobserved.
    pub fn new(location: Location, key: ClusterKey, shards: u16) -> Self {
        Self {
            location,
            cache_bytes: DEFAULT_CACHE_BYTES,
            log_bytes: DEFAULT_LOG_BYTES,
            key,
            shards,
            is_durable: true,
            is_alone: true,
            accepts_loss: false,
            writer: Writer::Thread,
            observer: Arc::new(Unobserved),
        }
    }
}
