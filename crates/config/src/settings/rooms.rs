//! Atoll's own smaller rooms.

use std::time::Duration;

use crate::merged::Merged;
use crate::problem::Problem;
use crate::size::ByteSize;

/// Uploads on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploads {
    /// How long an upload may rest before it is removed.
    pub expire_after: Duration,
    /// Open uploads of one client address.
    pub max_per_client: usize,
}

/// The database of metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Memory for its cache.
    pub cache_size: ByteSize,
}

/// What one client, or all together, may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest manifest.
    pub manifest: ByteSize,
    /// All headers of one request.
    pub headers: ByteSize,
    /// Requests worked on at a time.
    pub in_flight: usize,
    /// Open connections.
    pub connections: usize,
}

/// How the server stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shutdown {
    /// How long transfers may go on after a stop is asked for.
    pub grace: Duration,
}

/// Work inside the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tasks {
    /// Threads for disk work.
    pub blocking_threads: usize,
}

impl Uploads {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self {
            expire_after: merged.duration("atoll.uploads.expireAfter")?,
            max_per_client: merged.number("atoll.uploads.maxPerClient")?,
        })
    }
}

impl Index {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self { cache_size: merged.size("atoll.index.cacheSize")? })
    }
}

impl Limits {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self {
            manifest: merged.size("atoll.limits.manifestBytes")?,
            headers: merged.size("atoll.limits.headerBytes")?,
            in_flight: merged.number("atoll.limits.inFlight")?,
            connections: merged.number("atoll.limits.connections")?,
        })
    }
}

impl Shutdown {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self { grace: merged.duration("atoll.shutdown.grace")? })
    }
}

impl Tasks {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self { blocking_threads: merged.number("atoll.tasks.blockingThreads")? })
    }
}
