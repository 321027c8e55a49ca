//! The real binary as a black box: a process, a folder, and bytes on a wire. Nothing here calls the product's code.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod ambiguity;
mod blobs;
mod cluster;
mod configuration;
mod conformance;
mod content;
mod crash;
mod data_folder;
mod disk;
mod header_limits;
mod import;
mod lists;
mod malformed_manifests;
mod manifests;
mod many_tags;
mod memory;
mod mounts;
mod open_files;
mod output;
mod paths;
mod races;
mod ranges;
mod rates;
mod registry;
mod reload;
mod restarts;
mod slow;
mod tls;
mod uploads;
