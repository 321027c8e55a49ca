//! Looking after the node.

use async_trait::async_trait;
use atoll_service::{Admin, Caller, Error, Status, SweepReport};

use crate::LocalNode;
use crate::failure::{from_index, from_store};

#[async_trait]
impl Admin for LocalNode {
    async fn status(&self, _caller: &Caller) -> Result<Status, Error> {
        let repositories = self
            .parts
            .index
            .snapshot()
            .held_repositories()
            .map_err(|error| from_index("counting repositories", error))?;
        let uploads =
            self.parts.store.uploads().await.map_err(|error| from_store("listing uploads", error))?;
        let free_bytes = self.disk.space().await?.free_bytes;
        Ok(Status {
            repositories,
            uploads: u64::try_from(uploads.len()).unwrap_or(u64::MAX),
            free_bytes,
            is_full: free_bytes < self.options().low_water_bytes,
        })
    }

    async fn sweep(&self, _caller: &Caller) -> Result<SweepReport, Error> {
        self.sweep_store().await
    }
}
