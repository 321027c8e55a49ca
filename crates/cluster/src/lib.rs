//! The routed node: finds the owner of what is asked and gathers what has many owners.
//!
//! A server alone is a cluster of one: the local node is a member like any other, in the same table, and what it can answer by itself
//! is handed to it without further ado. This crate must not know how a member does its work, nor what a request looked like on the
//! wire.

mod blobs;
mod catalog;
mod events;
mod fault;
mod forward;
mod fresh;
mod gather;
mod handover;
mod lent;
mod lists;
mod manifests;
mod marks;
pub mod membership;
mod mounts;
mod options;
mod peer;
mod preferences;
mod queries;
mod reach;
mod routed;
mod table;
mod time;

pub use events::PeerEvents;
pub use fresh::Changes;
pub use options::Options;
pub use routed::RoutedNode;
pub use table::{Refresh, Route, Routes, Table};
