//! Turning what the rooms tell about themselves into metrics.

use std::time::Duration;

use atoll_index::{Error, Observer};
use atoll_telemetry::metrics::Recorder;

/// Records commits of the index.
pub(crate) struct Commits(Recorder);

impl Commits {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self(recorder)
    }
}

impl Observer for Commits {
    fn committed(&self, commands: usize, took: Duration) {
        self.0.index_committed(took, u32::try_from(commands).unwrap_or(u32::MAX));
    }

    fn failed(&self, error: &Error) {
        tracing::error!(error = %error, "a batch of writes failed; none of it was acknowledged");
    }
}
