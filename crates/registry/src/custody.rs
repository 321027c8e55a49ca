//! The taking side of a hand-over, and what the node does with its own shards when whoever knows the cluster says so.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use atoll_index::{IMPORT_MAX_ROWS, Row, Table, TenureStep};
use atoll_oci::{Algorithm, Digest};
use atoll_placement::{MemberId, Shard, UploadId};
use atoll_service::{Bearings, Body, Custody, Error, MovedRow, Tenure};
use futures_util::TryStreamExt as _;

use crate::LocalNode;
use crate::failure::{from_index, from_store};
use crate::handover::unknown_table;

#[async_trait]
impl Custody for LocalNode {
    fn follow(&self, bearings: Arc<dyn Bearings>) {
        *self.bearings.lock().unwrap_or_else(PoisonError::into_inner) = Some(bearings);
    }

    fn tenures(&self) -> Vec<(Shard, Tenure)> {
        self.parts.index.snapshot().tenures()
    }

    fn count_elsewhere(&self, repositories: u64) {
        self.elsewhere.store(repositories, Ordering::Relaxed);
    }

    async fn claim(&self, shard: Shard) -> Result<(), Error> {
        self.step("claiming a shard", shard, TenureStep::Claim).await
    }

    async fn begin_taking(&self, shard: Shard, from: MemberId) -> Result<(), Error> {
        self.step("beginning to take a shard", shard, TenureStep::BeginTaking { from }).await
    }

    /// While any shard is being copied the sweep removes no content, so what is here stays until then.
    async fn has_content(&self, digest: &Digest, size: u64) -> Result<bool, Error> {
        let _pin = self.pins.hold(digest).await;
        let found = self.parts.store.stat(digest).await;
        Ok(found.map_err(|error| from_store("looking for content", error))? == Some(size))
    }

    async fn keep_content(&self, digest: Digest, size: u64, body: Body) -> Result<(), Error> {
        self.admit_write().await?;
        let mut nonce = [0; 8];
        self.parts.host.random.fill(&mut nonce);
        // Under the name of no repository: nobody but this call can go on with it.
        let id = UploadId::issue(self.parts.key, "", self.parts.member, u64::from_le_bytes(nonce));
        let also = Some(digest.algorithm()).filter(|algorithm| *algorithm != Algorithm::Sha256);
        self.parts.store.begin(id, also).await.map_err(|error| from_store("opening a copy", error))?;
        let kept = self.receive(id, (digest, size), body).await;
        if kept.is_err()
            && let Err(error) = self.parts.store.cancel(id).await
        {
            tracing::warn!(%error, "what arrived of a copy stays until it expires");
        }
        kept
    }

    async fn add_rows(&self, shard: Shard, rows: Vec<MovedRow>) -> Result<(), Error> {
        let mut rows = rows.into_iter().map(|moved| {
            let table = Table::from_code(moved.table).ok_or_else(|| unknown_table("a row"))?;
            Ok(Row { table, key: moved.key.into(), value: moved.value.into() })
        });
        loop {
            let page = rows.by_ref().take(IMPORT_MAX_ROWS).collect::<Result<Vec<_>, Error>>()?;
            if page.is_empty() {
                return Ok(());
            }
            self.step("adding rows to a shard", shard, TenureStep::AddRows(page)).await?;
        }
    }

    async fn take(&self, shard: Shard) -> Result<(), Error> {
        self.step("taking a shard", shard, TenureStep::Take).await
    }

    async fn abandon(&self, shard: Shard) -> Result<(), Error> {
        self.step("giving up a copy of a shard", shard, TenureStep::Abandon).await
    }

    async fn resume(&self, shard: Shard) -> Result<(), Error> {
        self.step("serving a shard again", shard, TenureStep::Resume).await
    }

    async fn drop_released(&self, shard: Shard) -> Result<(), Error> {
        self.step("dropping a shard", shard, TenureStep::DropReleased).await
    }
}

impl LocalNode {
    async fn step(&self, doing: &str, shard: Shard, step: TenureStep) -> Result<(), Error> {
        let stepped = self.parts.index.step(shard, step).await;
        stepped.map(|_position| ()).map_err(|error| from_index(doing, error))
    }

    async fn receive(&self, id: UploadId, content: (Digest, u64), body: Body) -> Result<(), Error> {
        let (digest, size) = content;
        let pieces = Box::pin(body.map_err(|error| error.to_string()));
        let appended = self.parts.store.append(id, 0, pieces).await;
        let appended = appended.map_err(|error| from_store("writing a copy", error))?;
        if let Some(cause) = appended.interrupted {
            return Err(Error::BodyInterrupted(cause));
        }
        if appended.received != size {
            return Err(Error::SizeMismatch { announced: size, received: appended.received });
        }
        let _pin = self.pins.hold(&digest).await;
        self.parts.store.finish(id, &digest).await.map_err(|error| from_store("finishing a copy", error))?;
        self.content.add(size);
        Ok(())
    }
}
