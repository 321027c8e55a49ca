//! What a run is told.

use std::path::PathBuf;

/// How long and how hard to try.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server program.
    pub program: PathBuf,
    /// What everything random follows from.
    pub seed: u64,
    /// At least so many kills.
    pub kills: u64,
    /// At least so many seconds.
    pub seconds: u64,
    /// Servers: one that runs alone, or the members of a cluster.
    pub members: usize,
    /// Clients at a time.
    pub workers: usize,
    /// After each kill, put the data back to what it was before the load: a server that forgets. Such a run must fail, else the
    /// harness sees nothing.
    pub forget: bool,
}
