//! Blobs and uploads of another member.

use async_trait::async_trait;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    Grant, Mount, ReadBlob, Upload, UploadAddress,
};

use super::{RemoteNode, answer};
use crate::dispatch::ReadAnswer;
use crate::form::Always;
use crate::{Method, Outcome, Transport};

#[async_trait]
impl<T: Transport> Blobs for RemoteNode<T> {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        self.ask(Method::StatBlob, caller, &request).await
    }

    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        let mut answered = self.exchange(Method::ReadBlob, caller, Always(&request), None).await?;
        Ok(match answered.answer {
            ReadAnswer::Redirect { url } => {
                answered.meter.ended(Outcome::Answered);
                BlobRead::Redirect { url }
            }
            ReadAnswer::Stream { stat, ranges } => {
                BlobRead::Stream { stat, ranges, body: answer::content(answered.rest, answered.meter) }
            }
        })
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.ask(Method::MountBlob, caller, &request).await
    }

    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        self.ask(Method::UnlinkBlob, caller, &(request, grant)).await
    }

    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        self.ask(Method::BeginUpload, caller, &request).await
    }

    async fn append(&self, caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        self.send(Method::AppendUpload, caller, &request, Some(body)).await
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        self.send(Method::FinishUpload, caller, &request, Some(body)).await
    }

    async fn progress(&self, caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        self.ask(Method::UploadProgress, caller, &request).await
    }

    async fn cancel(&self, caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        self.ask(Method::CancelUpload, caller, &request).await
    }
}
