//! The routed node over members that are doubles: what is asked of whom, and what comes of it when some of them fail.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod deadlines;
mod double;
mod fresh;
mod kept;
mod lists;
mod mounts;
mod partial;
mod routing;
mod stars;
mod traffic;
mod world;
