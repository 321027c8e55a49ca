//! Blobs to the owner of the repository, uploads to their holder.

use async_trait::async_trait;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    Grant, Mount, ReadBlob, Upload, UploadAddress,
};

use crate::RoutedNode;
use crate::forward::forwarded;
use crate::peer::Lane;
use crate::reach::Call;

#[async_trait]
impl Blobs for RoutedNode {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        forwarded!(self, read, caller, request.repository, stat(request))
    }

    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        forwarded!(self, read, caller, request.address.repository, read(request))
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        match self.alone() {
            Some(local) => local.mount(caller, request).await,
            None => self.mount_across(caller, request).await,
        }
    }

    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        forwarded!(self, write, caller, request.repository, unlink(request, grant))
    }

    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        forwarded!(self, write, caller, request.repository, begin(request))
    }

    async fn append(&self, caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        if let Some(local) = self.alone_with(&request.address)? {
            return local.append(caller, request, body).await;
        }
        let deliver = self.reach.deliver(caller, &request.address, body, |node, caller, body| {
            let request = request.clone();
            async move { node.append(&caller, request, body).await }
        });
        deliver.await
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        if let Some(local) = self.alone_with(&request.chunk.address)? {
            return local.finish(caller, request, body).await;
        }
        let deliver = self.reach.deliver(caller, &request.chunk.address, body, |node, caller, body| {
            let request = request.clone();
            async move { node.finish(&caller, request, body).await }
        });
        deliver.await
    }

    async fn progress(&self, caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        if let Some(local) = self.alone_with(&request)? {
            return local.progress(caller, request).await;
        }
        let call = Call { caller, until: self.reach.time(caller).end(), is_read: true, lane: Lane::Requests };
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller| {
            let request = request.clone();
            async move { node.progress(&caller, request).await }
        };
        self.reach.at_holder(call, &request, ask).await
    }

    async fn cancel(&self, caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        if let Some(local) = self.alone_with(&request)? {
            return local.cancel(caller, request).await;
        }
        let call =
            Call { caller, until: self.reach.time(caller).end(), is_read: false, lane: Lane::Requests };
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller| {
            let request = request.clone();
            async move { node.cancel(&caller, request).await }
        };
        self.reach.at_holder(call, &request, ask).await
    }
}
