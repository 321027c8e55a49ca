//! Uploads: begun, continued, finished, given up (distribution-spec, "Pushing blobs").

use std::sync::Arc;

use atoll_oci::{ContentRange, Digest, MediaType, Repository};
use atoll_service::{
    self as service, AppendUpload, BeginUpload, BlobAddress, Body, FinishUpload, Mount, Upload, UploadAddress,
};
use http::{StatusCode, header};

use crate::action::{Mounting, StartUpload};
use crate::answer::Answer;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

/// How much of an upload is here: the offset of the last byte. The specification has no form for "nothing"; clients know `0-0`.
pub(crate) fn put_received(answer: &mut Answer, received: u64) {
    answer.put(header::RANGE, format!("0-{}", received.saturating_sub(1)));
}

impl Ask<'_> {
    pub(crate) async fn start_upload(&self, start: StartUpload, body: Body) -> Result<Answer, Error> {
        let StartUpload { repository, digest, mount, algorithm } = start;
        if let Some(mounting) = mount
            && let Some(answer) = self.mount(&repository, mounting).await?
        {
            return Ok(answer);
        }
        if digest.is_some() && self.content_type() != Some(MediaType::OCTET_STREAM.as_bytes()) {
            return Err(Error::NotOctetStream);
        }
        let grant = self.shared.policy.grant(self.caller, &repository, None);
        let algorithm = algorithm.or(digest.map(|digest| digest.algorithm()));
        let begin = BeginUpload { repository: repository.clone(), algorithm, grant };
        let upload = self.shared.services.blobs.begin(self.caller, begin).await?;
        match digest {
            Some(digest) => {
                self.upload_whole(UploadAddress { repository, id: upload.id }, digest, body).await
            }
            None => Ok(self.begun(&repository, upload)),
        }
    }

    fn content_type(&self) -> Option<&[u8]> {
        self.headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes)
    }

    fn begun(&self, repository: &Repository, upload: Upload) -> Answer {
        let mut answer = progress(repository, upload, StatusCode::ACCEPTED);
        if let Some(bytes) = self.shared.options.chunk_min_bytes {
            answer.set(names::OCI_CHUNK_MIN, bytes.into());
        }
        answer
    }

    async fn mount(&self, repository: &Repository, mounting: Mounting) -> Result<Option<Answer>, Error> {
        let grant = self.shared.policy.grant(self.caller, repository, None);
        let address = BlobAddress { repository: repository.clone(), digest: mounting.digest };
        let visibility = self.shared.policy.visibility(self.caller);
        let request = Mount { address, from: mounting.from, visibility, grant };
        let mounted = self.shared.services.blobs.mount(self.caller, request).await?;
        Ok(mounted.map(|_stat| linked(repository, &mounting.digest)))
    }

    /// An upload in one request. It is given up if it fails, also if the client leaves in the middle.
    async fn upload_whole(
        &self,
        address: UploadAddress,
        digest: Digest,
        body: Body,
    ) -> Result<Answer, Error> {
        let mut unfinished = Unfinished { ask: self, address: Some(address.clone()) };
        let answer = self.finish(address.clone(), digest, body).await;
        if answer.is_err() {
            // A wrong digest has ended it already; then there is nothing to cancel, which is as well.
            let _ended = self.shared.services.blobs.cancel(self.caller, address.clone()).await;
        }
        unfinished.address = None;
        let mut answer = answer.map_err(moved_away)?;
        answer.put(names::UPLOAD_UUID, address.id.to_string());
        Ok(answer)
    }

    pub(crate) async fn finish_upload(
        &self,
        address: UploadAddress,
        digest: Digest,
        body: Body,
    ) -> Result<Answer, Error> {
        let id = address.id;
        let mut answer = self.finish(address, digest, body).await?;
        answer.put(names::UPLOAD_UUID, id.to_string());
        Ok(answer)
    }

    async fn finish(&self, address: UploadAddress, digest: Digest, body: Body) -> Result<Answer, Error> {
        let repository = address.repository.clone();
        let grant = self.shared.policy.grant(self.caller, &repository, None);
        let request = FinishUpload { chunk: self.chunk(address.clone())?, digest, grant };
        let finished = self.shared.services.blobs.finish(self.caller, request, body).await;
        finished.map_err(|error| refused(error, address))?;
        Ok(linked(&repository, &digest))
    }

    pub(crate) async fn patch_upload(&self, address: UploadAddress, body: Body) -> Result<Answer, Error> {
        let chunk = self.chunk(address.clone())?;
        let appended = self.shared.services.blobs.append(self.caller, chunk, body).await;
        let upload = appended.map_err(|error| refused(error, address.clone()))?;
        Ok(progress(&address.repository, upload, StatusCode::ACCEPTED))
    }

    /// What the headers say of a chunk. A range without a length, as with chunked transfer encoding, tells the length.
    fn chunk(&self, address: UploadAddress) -> Result<AppendUpload, Error> {
        let announced = self.announced_bytes();
        let Some(header) = self.headers.get(header::CONTENT_RANGE) else {
            return Ok(AppendUpload { address, range: None, length: announced });
        };
        let text = String::from_utf8_lossy(header.as_bytes());
        let range: ContentRange = text.parse().map_err(|source| Error::ChunkRangeInvalid { source })?;
        let length = range.length_bytes().ok_or_else(|| Error::ChunkRangeInvalid {
            source: atoll_oci::Error::ContentRange(text.into_owned()),
        })?;
        match announced {
            Some(announced) if announced != length => {
                Err(Error::ChunkLength { range: length, length: announced })
            }
            _ => Ok(AppendUpload { address, range: Some(range), length: Some(length) }),
        }
    }

    pub(crate) async fn upload_status(&self, address: UploadAddress) -> Result<Answer, Error> {
        let repository = address.repository.clone();
        let upload = self.shared.services.blobs.progress(self.caller, address).await?;
        Ok(progress(&repository, upload, StatusCode::NO_CONTENT))
    }

    pub(crate) async fn cancel_upload(&self, address: UploadAddress) -> Result<Answer, Error> {
        let id = address.id;
        self.shared.services.blobs.cancel(self.caller, address).await?;
        let mut answer = Answer::new(StatusCode::NO_CONTENT);
        answer.put(names::UPLOAD_UUID, id.to_string());
        Ok(answer)
    }
}

fn progress(repository: &Repository, upload: Upload, status: StatusCode) -> Answer {
    let mut answer = Answer::new(status);
    answer.put(header::LOCATION, format!("/v2/{repository}/blobs/uploads/{}", upload.id));
    answer.put(names::UPLOAD_UUID, upload.id.to_string());
    put_received(&mut answer, upload.received);
    answer
}

fn linked(repository: &Repository, digest: &Digest) -> Answer {
    let mut answer = Answer::new(StatusCode::CREATED);
    answer.put(header::LOCATION, format!("/v2/{repository}/blobs/{digest}"));
    answer.put(names::CONTENT_DIGEST, digest.to_string());
    answer
}

/// A chunk out of order is told with the place where the upload is, so that the client can go on from there.
fn refused(error: service::Error, address: UploadAddress) -> Error {
    match error {
        service::Error::UploadOutOfOrder { received, .. } => {
            Error::ChunkOutOfOrder { address: Box::new(address), received }
        }
        error => error.into(),
    }
}

/// An upload that this very request has begun is unknown only if its repository went to another member meanwhile: the client, which
/// knows of no upload, is to push again.
fn moved_away(error: Error) -> Error {
    match error {
        Error::Node(told) if matches!(*told, service::Error::UploadUnknown(_)) => {
            let told = "the repository moved while the blob was pushed: push it again";
            service::Error::Unavailable(told.to_owned()).into()
        }
        error => error,
    }
}

/// Gives an upload up when its request is dropped: nobody else knows its id.
struct Unfinished<'a> {
    ask: &'a Ask<'a>,
    address: Option<UploadAddress>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(address) = self.address.take() {
            let (blobs, caller) = (Arc::clone(&self.ask.shared.services.blobs), self.ask.caller.clone());
            self.ask.shared.host.tasks.spawn(async move {
                // It may have ended meanwhile; then there is nothing left to do.
                let _ended = blobs.cancel(&caller, address).await;
            });
        }
    }
}
