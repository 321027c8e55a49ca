//! Which members own a shard in which layout: pure functions of names, keys and lists.
//!
//! Everybody else asks here; nobody else hashes a name. This crate must not know requests, storage, sockets or clocks.

mod identity;
mod layout;
mod shard;
mod upload;

pub use identity::{ClusterId, ClusterKey, MemberId};
pub use layout::Layout;
pub use shard::{DEFAULT_SHARDS, MAX_SHARDS, Shard, shard_of};
pub use upload::UploadId;
