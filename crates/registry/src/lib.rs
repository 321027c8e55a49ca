//! The local node: what one member does with its own store and its own index.
//!
//! Order of every write: bytes durable in the store, then the command in the index, then the answer; of every removal: the command,
//! then, later, the bytes. This crate must not learn that a cluster exists, nor what a request looked like on the wire.

mod admin;
mod blobs;
mod chunks;
mod content;
mod custody;
mod disk;
mod failure;
mod finish;
mod handover;
mod leaf;
mod manifests;
mod node;
mod pins;
mod promises;
mod pulls;
mod search;
mod sizes;
mod sweep;
mod uploads;
mod users;

pub use node::{LocalNode, Observer, Options, Parts};
