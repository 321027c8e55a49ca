//! The local node over its real store and index: the contract, and what a power failure leaves.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod contract;
mod faults;
mod handover;
mod ledger;
mod power;
mod races;
mod search;
mod sizes;
mod world;
