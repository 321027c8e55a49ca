//! Several whole members in one process, behind an encoding: together they answer as one, whichever of them is asked.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod contract;
mod data;
mod equivalence;
mod invariants;
mod linked;
mod questions;
mod world;
