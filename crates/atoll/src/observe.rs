//! Turning what the rooms tell about themselves into metrics.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Host, Shutdown};
use atoll_index as index;
use atoll_oci::Repository;
use atoll_registry as registry;
use atoll_service::{Admin, Caller, SweepReport};
use atoll_telemetry::metrics::{Recorder, Removed};

/// How often the state of the disk and of uploads is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Records what index and node do.
#[derive(Clone)]
pub(crate) struct Observed(Recorder);

impl Observed {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self(recorder)
    }

    /// Records the state of the node now and then, until the signal.
    pub(crate) async fn watch(self, admin: Arc<dyn Admin>, host: Host, mut shutdown: Shutdown) {
        let caller = Caller::internal("metrics");
        loop {
            match admin.status(&caller).await {
                Ok(status) => {
                    self.0.store_free_bytes(status.free_bytes);
                    self.0.uploads_open(usize::try_from(status.uploads).unwrap_or(usize::MAX));
                }
                Err(error) => tracing::warn!(error = %error, "the state of the node could not be read"),
            }
            tokio::select! {
                () = host.clock.sleep(LOOK_EVERY) => {}
                () = shutdown.signalled() => return,
            }
        }
    }
}

impl index::Observer for Observed {
    fn committed(&self, commands: usize, took: Duration) {
        self.0.index_committed(took, u32::try_from(commands).unwrap_or(u32::MAX));
    }

    fn failed(&self, error: &index::Error) {
        tracing::error!(error = %error, "a batch of writes failed; none of it was acknowledged");
    }
}

impl registry::Observer for Observed {
    fn swept(&self, report: Option<&SweepReport>, took: Duration) {
        self.0.gc_finished(took, report.is_none());
        if let Some(report) = report {
            self.0.gc_removed(Removed::Blob, report.blobs);
            self.0.gc_removed(Removed::Upload, report.uploads);
        }
    }

    fn wanted(&self, all: bool) -> Vec<Repository> {
        self.0.repositories(all).iter().filter_map(|name| name.parse().ok()).collect()
    }

    fn measured(&self, repository: &Repository, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => self.0.repository_bytes(repository.as_str(), bytes),
            None => self.0.repository_removed(repository.as_str()),
        }
    }
}
