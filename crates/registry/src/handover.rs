//! Handing shards over: what another member is told and given.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use atoll_index::{IMPORT_MAX_ROWS, Row, RowCursor, Snapshot, TenureStep};
use atoll_oci::Digest;
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Acquaintance, Bearings, Body, Caller, Error, Handover, MovedRow, NeededContent, ReadRows, RowPage,
    Standing, Tenure, YieldShard,
};
use futures_util::TryStreamExt as _;

use crate::LocalNode;
use crate::failure::{from_index, from_store};

/// Most bytes of rows in one page; a single larger row makes a page of its own.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// Most digests in one page.
const MAX_NEEDED: usize = 10_000;

#[async_trait]
impl Handover for LocalNode {
    async fn standing(&self, _caller: &Caller, asker: Option<Standing>) -> Result<Standing, Error> {
        let bearings = self.bearings()?;
        if let Some(asker) = asker {
            bearings.heard(asker);
        }
        // Counting all content takes as long as there is content, and nobody has to wait for it.
        let (content_bytes, free_bytes) = (self.content.get(), self.disk.space().await?.free_bytes);
        let known = bearings.standing()?;
        let snapshot = self.parts.index.snapshot();
        let repositories =
            snapshot.held_repositories().map_err(|error| from_index("counting repositories", error))?;
        Ok(Standing { shards: snapshot.tenures(), repositories, content_bytes, free_bytes, ..known })
    }

    async fn acquaintances(&self, _caller: &Caller) -> Result<Vec<Acquaintance>, Error> {
        self.bearings()?.acquaintances()
    }

    async fn rows(&self, _caller: &Caller, request: ReadRows) -> Result<RowPage, Error> {
        let snapshot = self.lent(request.shard)?;
        let after = match &request.after {
            Some(bytes) => Some(RowCursor::decode(bytes).ok_or_else(|| unknown_table("a place"))?),
            None => None,
        };
        page_of(&snapshot, request.shard, after.as_ref(), request.max_bytes.clamp(1, MAX_PAGE_BYTES))
            .map_err(|error| from_index("reading the rows of a shard", error))
    }

    async fn needed(
        &self,
        _caller: &Caller,
        shard: Shard,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<NeededContent, Error> {
        let found = self.lent(shard)?.needed(shard, after.as_ref(), limit.clamp(1, MAX_NEEDED));
        let (digests, more) = found.map_err(|error| from_index("listing the content of a shard", error))?;
        let next = digests.last().filter(|_| more).map(|(digest, _)| *digest);
        Ok(NeededContent { digests, next })
    }

    async fn content(&self, _caller: &Caller, digest: Digest) -> Result<Option<(u64, Body)>, Error> {
        let failed = |error| from_store("reading content", error);
        let found = self.parts.store.read(&digest, Vec::new()).await.map_err(failed)?;
        Ok(found.map(|content| {
            let body: Body = Box::pin(content.stream.map_err(failed));
            (content.size, body)
        }))
    }

    async fn yield_shard(&self, _caller: &Caller, request: YieldShard) -> Result<u64, Error> {
        self.bearings()?.admit_yield(&request)?;
        // Pulls that were counted here go with the shard; what is counted after this is lost.
        self.flush_pulls().await;
        let step = TenureStep::Yield { to: request.to, layout: request.layout };
        // What was promised about this shard must have ended before somebody else writes to it.
        let _changing = self.changing().await;
        let position = self.parts.index.step(request.shard, step).await;
        position.map_err(|error| from_index("yielding a shard", error))
    }

    async fn release(&self, _caller: &Caller, shard: Shard, to: MemberId) -> Result<(), Error> {
        let released = self.parts.index.step(shard, TenureStep::Release { to }).await;
        released.map(|_position| ()).map_err(|error| from_index("releasing a shard", error))
    }
}

impl LocalNode {
    /// The rows as of now, if a shard's are ours to show another member.
    fn lent(&self, shard: Shard) -> Result<Snapshot, Error> {
        let snapshot = self.parts.index.snapshot();
        match snapshot.tenure(shard) {
            Tenure::Held | Tenure::Yielding { .. } => Ok(snapshot),
            Tenure::Absent | Tenure::Released { .. } | Tenure::Taking { .. } => {
                Err(snapshot.admit(shard).err().unwrap_or(Error::ShardUnavailable { shard }))
            }
        }
    }

    fn bearings(&self) -> Result<Arc<dyn Bearings>, Error> {
        let bearings = self.bearings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        bearings.ok_or_else(|| Error::Unavailable("this server is not a member of several".to_owned()))
    }
}

fn page_of(
    snapshot: &Snapshot,
    shard: Shard,
    after: Option<&RowCursor>,
    max_bytes: usize,
) -> Result<RowPage, atoll_index::Error> {
    let position = snapshot.position(shard)?;
    let (mut rows, mut bytes, mut last, mut more) = (Vec::new(), 0_usize, None, false);
    for row in snapshot.export_behind(shard, after)? {
        let Row { table, key, value } = row?;
        if bytes >= max_bytes || rows.len() == IMPORT_MAX_ROWS {
            more = true;
            break;
        }
        bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
        last = Some(RowCursor { table, key: key.clone() });
        rows.push(MovedRow { table: table.code(), key: key.into(), value: value.into() });
    }
    let next = last.filter(|_| more).map(|cursor| cursor.encode().into());
    Ok(RowPage { rows, next, position })
}

/// What came from a member of a newer release.
pub(crate) fn unknown_table(what: &str) -> Error {
    Error::Unavailable(format!(
        "{what} in a table that this release does not know: upgrade this member first"
    ))
}
