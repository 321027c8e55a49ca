//! How long something takes.

use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};

/// Runs from the moment it is made.
pub(crate) struct Stopwatch(SystemClock);

impl Stopwatch {
    pub(crate) fn started() -> Self {
        Self(SystemClock::new())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
