//! The member link: the product's own code on both sides, over real connections and over a network of one process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod bodies;
mod calls;
mod contract;
mod time;
mod trust;
mod world;
