//! Which members own a shard in which layout: pure functions of names, keys and lists.
//!
//! Everybody else asks here; nobody else hashes a name. This crate must not know requests, storage, sockets or clocks.

mod derive;
mod identity;
mod layout;
mod member;
mod rendezvous;
mod shard;
mod upload;

pub use identity::{ClusterId, ClusterKey, LayoutTag, MemberId};
pub use layout::{Layout, Move};
pub use member::{DEFAULT_WEIGHT, MAX_MEMBERS, MAX_WEIGHT, Member, Members, MembersError};
pub use shard::{DEFAULT_SHARDS, MAX_SHARDS, Shard, shard_of};
pub use upload::UploadId;
