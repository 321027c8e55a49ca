//! Removing bytes that no repository links, and uploads that nobody continues. Safe beside pushes (see `pins`).

use atoll_oci::Digest;
use atoll_service::{Error, SweepReport};
use atoll_store::Stored;

use crate::LocalNode;
use crate::failure::{from_index, from_store};

/// Blobs looked at in one go.
const PAGE: usize = 1000;

impl LocalNode {
    pub(crate) async fn sweep_store(&self) -> Result<SweepReport, Error> {
        let mut report = SweepReport { uploads: self.expire_uploads().await?, ..SweepReport::default() };
        let (mut after, mut kept_bytes): (Option<Digest>, u64) = (None, 0);
        loop {
            let page = self.parts.store.list(after.as_ref(), PAGE).await;
            let page = page.map_err(|error| from_store("listing blobs", error))?;
            let Some(last) = page.last() else {
                self.content.set(kept_bytes);
                return Ok(report);
            };
            after = Some(last.digest);
            for stored in &page {
                report.looked_at += 1;
                if self.remove_if_unlinked(stored).await? {
                    report.blobs += 1;
                    report.bytes += stored.size;
                } else {
                    kept_bytes += stored.size;
                }
            }
        }
    }

    async fn remove_if_unlinked(&self, stored: &Stored) -> Result<bool, Error> {
        let young = self.parts.host.clock.now().since(stored.modified) < self.options().sweep_grace;
        if young || self.is_needed(&stored.digest)? {
            return Ok(false);
        }
        let _alone = self.pins.hold_alone(&stored.digest).await;
        // The first look was a guess that spares the lock; only this one, under it, counts.
        if self.is_needed(&stored.digest)? {
            return Ok(false);
        }
        self.parts.store.remove(&stored.digest).await.map_err(|error| from_store("removing a blob", error))
    }

    /// Whether any repository links the content, or may do so soon: while a shard is being copied its content is here before its
    /// rows, so that nothing can be told to be needless.
    fn is_needed(&self, digest: &Digest) -> Result<bool, Error> {
        let snapshot = self.parts.index.snapshot();
        let linked = snapshot.is_linked_anywhere(digest);
        let failed = |error| from_index("looking for links of a blob", error);
        Ok(snapshot.is_taking() || linked.map_err(failed)?)
    }

    /// Counts the content in the store whenever somebody wants to know and it was not counted yet. Never ends.
    pub(crate) async fn count_content(&self) {
        loop {
            self.content.wanted().await;
            if self.content.get().is_some() {
                continue;
            }
            // Each blob is looked at: that can wait until nobody waits for a search any more.
            self.search_is_read().await;
            match self.content_bytes().await {
                Ok(bytes) => self.content.set(bytes),
                Err(error) => tracing::warn!(%error, "the content could not be counted"),
            }
        }
    }

    /// Bytes of content in the store, about.
    async fn content_bytes(&self) -> Result<u64, Error> {
        let (mut after, mut bytes): (Option<Digest>, u64) = (None, 0);
        loop {
            let page = self.parts.store.list(after.as_ref(), PAGE).await;
            let page = page.map_err(|error| from_store("listing blobs", error))?;
            bytes = page.iter().fold(bytes, |bytes, stored| bytes.saturating_add(stored.size));
            match page.last() {
                Some(last) => after = Some(last.digest),
                None => return Ok(bytes),
            }
        }
    }

    async fn expire_uploads(&self) -> Result<u64, Error> {
        let open = self.parts.store.uploads().await.map_err(|error| from_store("listing uploads", error))?;
        let now = self.parts.host.clock.now();
        let mut expired = 0;
        for upload in open {
            if now.since(upload.touched) < self.options().uploads_expire_after {
                continue;
            }
            match self.parts.store.cancel(upload.id).await {
                Ok(_) => expired += 1,
                Err(atoll_store::Error::Busy(_)) => continue,
                Err(error) => return Err(from_store("giving up an idle upload", error)),
            }
            self.sessions.close(upload.id);
        }
        Ok(expired)
    }
}
