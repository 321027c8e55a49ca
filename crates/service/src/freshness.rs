//! How a root learns that answers which it has kept are still those that the members would give.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a member says of its own rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// Which run of the member speaks: numbers of different runs cannot be compared.
    pub run: u64,
    /// Has changed whenever an answer from these rows may have changed.
    pub number: u64,
    /// Nothing changes for so long, counted from when the question was sent: whatever would change an answer waits. Zero from a
    /// member that is being written to.
    pub holds_for: Duration,
}
