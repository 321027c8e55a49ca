//! The node: everything one member can be asked.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Blobs, Caller, Error, Handover, Leaf, Manifests, Users};

/// How a member is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Repositories held.
    pub repositories: u64,
    /// Uploads that are open.
    pub uploads: u64,
    /// Bytes free where the data is.
    pub free_bytes: u64,
    /// Whether writes are refused because the disk is below its low-water mark.
    pub is_full: bool,
}

/// What a sweep of the store removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepReport {
    /// Blobs that no repository linked.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Uploads that had been idle for too long.
    pub uploads: u64,
    /// Blobs looked at.
    pub looked_at: u64,
}

/// Looking after one member.
#[async_trait]
pub trait Admin: Send + Sync {
    /// How the member is.
    async fn status(&self, caller: &Caller) -> Result<Status, Error>;

    /// Removes now the bytes that no repository links and the uploads that nobody continues.
    async fn sweep(&self, caller: &Caller) -> Result<SweepReport, Error>;
}

/// One member, wherever it is.
pub trait Node: Manifests + Blobs + Leaf + Users + Admin + Handover {}

impl<T: Manifests + Blobs + Leaf + Users + Admin + Handover> Node for T {}
