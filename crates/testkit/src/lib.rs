//! Tools and proofs shared by the tests: contract suites, models, doubles.
//!
//! Nothing of the product depends on this crate. A suite panics with what was not kept: that is how a test fails.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::missing_panics_doc,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

pub mod crash;
mod encoded;
pub mod link;
mod node_contract;
mod pusher;
pub mod search_model;
mod server;
mod store_contract;
pub mod wire;

pub use encoded::EncodedNode;
pub use node_contract::{
    FixedBearings, Side, handover_contract, leaf_contract, node_contract, users_contract,
};
pub use pusher::{Front, Pusher, collect, image_of};
pub use server::{Outcome, Server, free_port, run_program};
pub use store_contract::store_contract;
