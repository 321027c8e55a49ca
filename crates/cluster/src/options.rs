//! Settings of the routed node.

use std::time::Duration;

use atoll_service::MAX_ROWS;

/// Settings of a node that asks others.
#[derive(Debug, Clone)]
pub struct Options {
    /// Time for an answer to a caller who told no deadline. Bodies may take longer.
    pub deadline: Duration,
    /// Time for finding out which member has a blob that is to be mounted.
    pub mount_deadline: Duration,
    /// Bytes of the largest blob that is copied from member to member for a mount; a larger one is pushed by the client.
    pub mount_copy_max_bytes: u64,
    /// Most rows that a list is answered with at once; beyond that the caller has to ask for pages.
    pub max_rows: u64,
    /// After so many failures in a row, a member is left alone for a while.
    pub failures_before_pause: u32,
    /// How long a member that failed is left alone before one call tries again.
    pub pause: Duration,
    /// A read that takes longer than usual, and at least this long, is asked a second time.
    pub hedge_after: Duration,
}

impl Default for Options {
    /// 10 s, 2 s for finding a blob, copies up to 1 GiB, lists up to [`MAX_ROWS`], a pause of 1 s after 5 failures.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            mount_deadline: Duration::from_secs(2),
            mount_copy_max_bytes: 1 << 30,
            max_rows: MAX_ROWS,
            failures_before_pause: 5,
            pause: Duration::from_secs(1),
            hedge_after: Duration::from_millis(50),
        }
    }
}
