//! Shards that pass from another member to this one.

use async_trait::async_trait;
use atoll_oci::Digest;
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Acquaintance, Body, Caller, Error, Handover, NeededContent, ReadRows, RowPage, Standing, YieldShard,
};

use super::{RemoteNode, answer};
use crate::form::Always;
use crate::{Method, Outcome, Transport};

#[async_trait]
impl<T: Transport> Handover for RemoteNode<T> {
    async fn standing(&self, caller: &Caller, asker: Option<Standing>) -> Result<Standing, Error> {
        self.ask(Method::Standing, caller, &asker).await
    }

    async fn acquaintances(&self, caller: &Caller) -> Result<Vec<Acquaintance>, Error> {
        self.ask(Method::Acquaintances, caller, &()).await
    }

    async fn rows(&self, caller: &Caller, request: ReadRows) -> Result<RowPage, Error> {
        self.ask(Method::Rows, caller, &request).await
    }

    async fn needed(
        &self,
        caller: &Caller,
        shard: Shard,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<NeededContent, Error> {
        self.ask(Method::Needed, caller, &(shard, after, limit)).await
    }

    async fn content(&self, caller: &Caller, digest: Digest) -> Result<Option<(u64, Body)>, Error> {
        let mut answered =
            self.exchange::<Option<u64>>(Method::Content, caller, Always(&digest), None).await?;
        if let Some(size) = answered.answer {
            return Ok(Some((size, answer::content(answered.rest, answered.meter))));
        }
        answered.meter.ended(Outcome::Answered);
        Ok(None)
    }

    async fn yield_shard(&self, caller: &Caller, request: YieldShard) -> Result<u64, Error> {
        self.ask(Method::YieldShard, caller, &request).await
    }

    async fn release(&self, caller: &Caller, shard: Shard, to: MemberId) -> Result<(), Error> {
        self.ask(Method::Release, caller, &(shard, to)).await
    }
}
