//! One shard, one hop: requests to the owner of a repository or of a user's record, and to the holder of an upload.

use std::sync::Arc;

use atoll_placement::{Shard, UploadId};
use atoll_service::{Body, Caller, Error, Node, UploadAddress};

use crate::fault;
use crate::lent::Lender;
use crate::peer::Lane;
use crate::reach::{Call, Reach, Target};

impl Reach {
    /// Asks the owner of `home` what may be asked twice.
    pub(crate) async fn read<T, F, Fut>(&self, caller: &Caller, home: &str, ask: F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let call = Call { caller, until: self.time(caller).end(), is_read: true, lane: Lane::Requests };
        self.at_shard(self.routes.shard_of(home), call, ask).await
    }

    /// As [`Reach::read`], for what a member answers from its search.
    pub(crate) async fn search<T, F, Fut>(&self, caller: &Caller, home: &str, ask: F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let call = Call { caller, until: self.time(caller).end(), is_read: true, lane: Lane::Search };
        self.at_shard(self.routes.shard_of(home), call, ask).await
    }

    /// Tells the owner of `home` to do something, once.
    pub(crate) async fn write<T, F, Fut>(&self, caller: &Caller, home: &str, ask: F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let call = Call { caller, until: self.time(caller).end(), is_read: false, lane: Lane::Requests };
        self.at_shard(self.routes.shard_of(home), call, ask).await
    }

    /// Asks who serves a shard. One that says it does not has done nothing, so the right one can be found and asked, once.
    pub(crate) async fn at_shard<T, F, Fut>(&self, shard: Shard, call: Call<'_>, ask: F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        match self.once(shard, call, &ask).await {
            Err(Error::Misdirected { .. }) => {
                self.refresh(call.until).await;
                self.once(shard, call, &ask).await
            }
            answer => answer,
        }
        .map_err(|error| match error {
            Error::Misdirected { .. } => Error::ShardUnavailable { shard },
            error => error,
        })
    }

    /// What the local member does has no deadline: it cannot be cut off, and a write that was given up halfway would go on.
    async fn once<T, F, Fut>(&self, shard: Shard, call: Call<'_>, ask: &F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let target = self.target_of(shard)?;
        if self.is_local(&target) {
            return ask(target.node, call.caller.clone()).await;
        }
        let answer = self.call(&target, call, ask).await;
        answer.map_err(|error| if fault::is_silence(&error) { fault::of_shard(error, shard) } else { error })
    }

    /// The member that holds an upload, which the id itself tells. A forged id is an unknown one, and so is the upload of a member
    /// that is no more.
    pub(crate) fn holder(&self, address: &UploadAddress) -> Result<Target, Error> {
        let UploadAddress { repository, id } = address;
        let member = UploadId::holder(*id, self.routes.key(), repository.as_str());
        member.and_then(|member| self.target(member)).ok_or(Error::UploadUnknown(*id))
    }

    /// Hands a body to the holder of an upload: a second time if the first time nothing was taken from it. An upload whose repository
    /// has moved on to another member cannot be continued.
    pub(crate) async fn deliver<T, F, Fut>(
        &self,
        caller: &Caller,
        address: &UploadAddress,
        body: Body,
        ask: F,
    ) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller, Body) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let target = self.holder(address)?;
        let lender = Lender::new(body);
        let once = || ask(Arc::clone(&target.node), caller.clone(), lender.lend());
        let mut answer = self.send(&target, once()).await;
        if matches!(answer, Err(Error::Misdirected { .. })) && !lender.is_begun() {
            self.refresh(self.time(caller).end()).await;
            answer = self.send(&target, once()).await;
        }
        answer.map_err(|error| self.of_upload(error, &target, address))
    }

    /// Asks the holder of an upload something without a body.
    pub(crate) async fn at_holder<T, F, Fut>(
        &self,
        call: Call<'_>,
        address: &UploadAddress,
        ask: F,
    ) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let target = self.holder(address)?;
        let answer = if self.is_local(&target) {
            ask(Arc::clone(&target.node), call.caller.clone()).await
        } else {
            self.call(&target, call, &ask).await
        };
        answer.map_err(|error| self.of_upload(error, &target, address))
    }

    fn of_upload(&self, error: Error, target: &Target, address: &UploadAddress) -> Error {
        match error {
            Error::Misdirected { .. } => Error::UploadUnknown(address.id),
            error if !self.is_local(target) && fault::is_silence(&error) => {
                fault::of_shard(error, self.routes.shard_of(address.repository.as_str()))
            }
            error => error,
        }
    }
}

/// Hands a request to the owner of a repository as it is: to the local node without further ado if there is nobody else.
macro_rules! forwarded {
    ($node:expr, $how:ident, $caller:expr, $repository:expr, $method:ident($request:ident $(, $more:ident)*)) => {{
        if let Some(local) = $node.alone() {
            return local.$method($caller, $request $(, $more)*).await;
        }
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller| {
            let request = $request.clone();
            $(let $more = Clone::clone(&$more);)*
            async move { node.$method(&caller, request $(, $more)*).await }
        };
        // Boxed, because what is asked of others needs a large future, which every request to the local node would pay for.
        Box::pin($node.reach.$how($caller, $repository.as_str(), ask)).await
    }};
}
pub(crate) use forwarded;
