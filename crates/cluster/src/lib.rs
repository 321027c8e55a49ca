//! The routed node: finds the owner of what is asked and gathers what has many owners.
//!
//! A server alone is a cluster of one: the local node is a member like any other, in the same table. There is no other path.
//! This crate must not know how a member does its work, nor what a request looked like on the wire.

mod blobs;
mod catalog;
mod manifests;
mod merge;
mod routed;

pub use merge::merge_catalog;
pub use routed::RoutedNode;
