//! Blobs to the owner of the repository, uploads to their holder.

use async_trait::async_trait;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    Grant, Mount, ReadBlob, Upload, UploadAddress,
};

use crate::RoutedNode;

#[async_trait]
impl Blobs for RoutedNode {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        self.owner(&request.repository)?.stat(caller, request).await
    }

    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        self.owner(&request.address.repository)?.read(caller, request).await
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.owner(&request.address.repository)?.mount(caller, request).await
    }

    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        self.owner(&request.repository)?.unlink(caller, request, grant).await
    }

    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        self.owner(&request.repository)?.begin(caller, request).await
    }

    async fn append(&self, caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        self.holder(&request.address)?.append(caller, request, body).await
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        self.holder(&request.chunk.address)?.finish(caller, request, body).await
    }

    async fn progress(&self, caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        self.holder(&request)?.progress(caller, request).await
    }

    async fn cancel(&self, caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        self.holder(&request)?.cancel(caller, request).await
    }
}
