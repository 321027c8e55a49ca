//! The search API as its users see it: requests in, answers out, over a root that answers what a test tells it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is test code: a broken expectation must stop the test at once"
)]

mod caches;
mod fake;
mod hostile;
mod lists;
mod partial;
mod refusals;
mod schema;
mod single;
mod transport;
mod vulnerabilities;
