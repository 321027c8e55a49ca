//! Blobs and uploads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use atoll_index::{LinkBlob, Mutation};
use atoll_oci::{ByteRange, ContentRange, Digest, Repository};
use atoll_placement::UploadId;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    Grant, Mount, ReadBlob, Upload, UploadAddress,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::LocalNode;
use crate::failure::{from_index, from_store};

#[async_trait]
impl Blobs for LocalNode {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        self.own(&request.repository)?;
        match self.look_up_blob(&request)? {
            // A link whose bytes are damaged counts as absent, so that a client sends them again.
            Some(Found { stat, inline: None }) => match self.parts.store.stat(&stat.digest).await {
                Ok(Some(size)) if size == stat.size => Ok(stat),
                Ok(damaged) => {
                    tracing::error!(digest = %stat.digest, expected = stat.size, found = ?damaged, "a linked blob is damaged");
                    Err(Error::BlobUnknown(stat.digest))
                }
                Err(error) => Err(from_store("looking for a blob", error)),
            },
            Some(found) => Ok(found.stat),
            None => match self.parts.origin.blob(caller, &request).await? {
                Some(BlobRead::Stream { stat, .. }) => Ok(stat),
                _ => Err(Error::BlobUnknown(request.digest)),
            },
        }
    }

    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        self.own(&request.address.repository)?;
        let Some(Found { stat, inline }) = self.look_up_blob(&request.address)? else {
            let elsewhere = self.parts.origin.blob(caller, &request.address).await?;
            return elsewhere.ok_or(Error::BlobUnknown(request.address.digest));
        };
        let ranges = request.range.map(|range| range.resolve(stat.size));
        if ranges.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::RangeUnsatisfiable { size: stat.size });
        }
        let ranges = ranges.unwrap_or_default();
        let body = match inline {
            Some(content) => cut(&content, &ranges),
            None => self.stored_blob(&stat, ranges.clone()).await?,
        };
        Ok(BlobRead::Stream { stat, ranges, body })
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.own(&request.address.repository)?;
        let BlobAddress { repository, digest } = &request.address;
        let _pin = self.pins.hold(digest).await;
        let Some(size) = self.size_at_source(digest, request.from.as_ref())? else { return Ok(None) };
        if self.parts.store.stat(digest).await.map_err(|error| from_store("looking for a blob", error))?
            != Some(size)
        {
            return Ok(None);
        }
        self.link(caller, (repository.clone(), *digest, size), request.grant).await?;
        Ok(Some(BlobStat { digest: *digest, size, media_type: None }))
    }

    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        self.own(&request.repository)?;
        let BlobAddress { repository, digest } = request;
        let command = self.command(caller, (repository, grant), Mutation::UnlinkBlob { digest });
        let unlinked =
            self.parts.index.submit(command).await.map_err(|error| from_index("unlinking a blob", error));
        match unlinked {
            Ok(_) => Ok(()),
            Err(Error::RepositoryUnknown(_)) => Err(Error::BlobUnknown(digest)),
            Err(error) => Err(error),
        }
    }

    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        self.own(&request.repository)?;
        if !request.grant.create {
            return Err(Error::Denied(format!("push to `{}`", request.repository)));
        }
        self.admit_write().await?;
        let mut nonce = [0; 8];
        self.parts.host.random.fill(&mut nonce);
        let id = UploadId::issue(
            self.parts.key,
            request.repository.as_str(),
            self.parts.member,
            u64::from_le_bytes(nonce),
        );
        self.sessions.open(caller, id, self.options().max_uploads_per_client)?;
        if let Err(error) = self.parts.store.begin(id, request.algorithm).await {
            self.sessions.close(id);
            return Err(from_store("opening an upload", error));
        }
        Ok(Upload { id, received: 0 })
    }

    async fn append(&self, _caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        let id = self.own_upload(&request.address)?;
        self.admit_write().await?;
        let received = self.append_chunk(&request, body).await?;
        Ok(Upload { id, received })
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        let id = self.own_upload(&request.chunk.address)?;
        if !request.grant.create {
            return Err(Error::Denied(format!("push to `{}`", request.chunk.address.repository)));
        }
        let repository = request.chunk.address.repository.clone();
        if self
            .parts
            .store
            .progress(id)
            .await
            .map_err(|error| from_store("reading an upload", error))?
            .is_none()
        {
            return self.finished_before(id, &BlobAddress { repository, digest: request.digest });
        }
        self.admit_write().await?;
        if request.chunk.length != Some(0) {
            self.append_chunk(&request.chunk, body).await?;
        }
        let _pin = self.pins.hold(&request.digest).await;
        let finished = self.parts.store.finish(id, &request.digest).await;
        if !matches!(finished, Err(atoll_store::Error::Busy(_))) {
            self.sessions.close(id);
        }
        let size = finished.map_err(|error| from_store("finishing an upload", error))?;
        self.link(caller, (repository, request.digest, size), request.grant).await?;
        Ok(BlobStat { digest: request.digest, size, media_type: None })
    }

    async fn progress(&self, _caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        let id = self.own_upload(&request)?;
        let received = self.received(id).await?;
        Ok(Upload { id, received })
    }

    async fn cancel(&self, _caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        let id = self.own_upload(&request)?;
        let was_there =
            self.parts.store.cancel(id).await.map_err(|error| from_store("cancelling an upload", error))?;
        self.sessions.close(id);
        if was_there { Ok(()) } else { Err(Error::UploadUnknown(id)) }
    }
}

struct Found {
    stat: BlobStat,
    /// Content that lives in the index: a small manifest asked for as a blob.
    inline: Option<Bytes>,
}

impl LocalNode {
    /// A blob linked in the repository, or one of its manifests, which may be asked for as a blob too.
    fn look_up_blob(&self, address: &BlobAddress) -> Result<Option<Found>, Error> {
        let failed = |error| from_index("looking up a blob", error);
        let BlobAddress { repository, digest } = address;
        let snapshot = self.parts.index.snapshot();
        if let Some(row) = snapshot.blob(repository, digest).map_err(failed)? {
            let media_type = snapshot.media_type_of(repository, digest).map_err(failed)?;
            return Ok(Some(Found {
                stat: BlobStat { digest: *digest, size: row.size, media_type },
                inline: None,
            }));
        }
        let reference = atoll_oci::Reference::Digest(*digest);
        let Some(found) = snapshot.resolve(repository, &reference).map_err(failed)? else { return Ok(None) };
        let inline = snapshot.manifest_body(repository, digest).map_err(failed)?;
        let media_type = Some(found.row.media_type.as_str().to_owned());
        let stat = BlobStat { digest: *digest, size: found.row.size, media_type };
        Ok(Some(Found { stat, inline }))
    }

    async fn stored_blob(&self, stat: &BlobStat, ranges: Vec<ByteRange>) -> Result<Body, Error> {
        let content = self.parts.store.read(&stat.digest, ranges).await;
        match content.map_err(|error| from_store("reading a blob", error))? {
            Some(content) if content.size == stat.size => {
                Ok(Box::pin(content.stream.map_err(|error| from_store("reading a blob", error))))
            }
            damaged => {
                let found = damaged.map(|content| content.size);
                tracing::error!(digest = %stat.digest, expected = stat.size, ?found, "a linked blob is damaged");
                Err(Error::BlobUnknown(stat.digest))
            }
        }
    }

    /// The size of a blob that `from`, or any repository, links.
    fn size_at_source(&self, digest: &Digest, from: Option<&Repository>) -> Result<Option<u64>, Error> {
        let failed = |error| from_index("looking for a blob to mount", error);
        let snapshot = self.parts.index.snapshot();
        let source = match from {
            Some(repository) => Some(repository.clone()),
            None => snapshot.repositories_with(digest, 1).map_err(failed)?.into_iter().next(),
        };
        let Some(source) = source else { return Ok(None) };
        Ok(snapshot.blob(&source, digest).map_err(failed)?.map(|row| row.size))
    }

    async fn link(
        &self,
        caller: &Caller,
        blob: (Repository, Digest, u64),
        grant: Grant,
    ) -> Result<(), Error> {
        let (repository, digest, size) = blob;
        let link = LinkBlob { digest, size, holders: vec![self.parts.member] };
        let command = self.command(caller, (repository, grant), Mutation::LinkBlob(link));
        self.parts.index.submit(command).await.map_err(|error| from_index("linking a blob", error))?;
        Ok(())
    }

    fn own_upload(&self, address: &UploadAddress) -> Result<UploadId, Error> {
        let holder = address.id.holder(self.parts.key, address.repository.as_str());
        if holder == Some(self.parts.member) { Ok(address.id) } else { Err(Error::UploadUnknown(address.id)) }
    }

    async fn received(&self, id: UploadId) -> Result<u64, Error> {
        let received =
            self.parts.store.progress(id).await.map_err(|error| from_store("reading an upload", error))?;
        received.ok_or(Error::UploadUnknown(id))
    }

    /// The answer to a repeated last request whose first answer was lost: the blob is linked, so the effect is there already.
    fn finished_before(&self, id: UploadId, address: &BlobAddress) -> Result<BlobStat, Error> {
        match self.look_up_blob(address)? {
            Some(found) => Ok(found.stat),
            None => Err(Error::UploadUnknown(id)),
        }
    }

    /// Writes one chunk and gives the number of bytes received in all.
    async fn append_chunk(&self, request: &AppendUpload, body: Body) -> Result<u64, Error> {
        let id = request.address.id;
        let before = self.received(id).await?;
        let announced = announced_bytes(request, id, before)?;
        let (pieces, seen) = limited(body, announced);
        let pieces = pieces.map_err(|error| error.to_string());
        let appended = match self.parts.store.append(id, before, Box::pin(pieces)).await {
            Ok(appended) => appended,
            Err(atoll_store::Error::OutOfOrder { received }) => {
                return Err(Error::UploadOutOfOrder { id, received });
            }
            Err(error) => return Err(from_store("writing an upload", error)),
        };
        let received = seen.load(Ordering::Relaxed).max(appended.received.saturating_sub(before));
        match (announced, appended.interrupted) {
            (Some(announced), Some(_)) if received > announced => {
                return Err(Error::SizeMismatch { announced, received });
            }
            (_, Some(cause)) => return Err(Error::BodyInterrupted(cause)),
            (_, None) => {}
        }
        match announced {
            Some(announced) if announced != received => Err(Error::SizeMismatch { announced, received }),
            _ => Ok(appended.received),
        }
    }
}

/// How many bytes the chunk says it has; refuses one that does not continue the upload.
fn announced_bytes(request: &AppendUpload, id: UploadId, before: u64) -> Result<Option<u64>, Error> {
    let Some(ContentRange { first, last }) = request.range else { return Ok(request.length) };
    let by_range = ContentRange { first, last }.length_bytes();
    if first != before {
        return Err(Error::UploadOutOfOrder { id, received: before });
    }
    match (by_range, request.length) {
        (Some(announced), Some(received)) if announced != received => {
            Err(Error::SizeMismatch { announced, received })
        }
        (announced, _) => Ok(announced),
    }
}

/// The body, ended with an error as soon as it has more bytes than announced, and how many it had so far.
fn limited(body: Body, announced: Option<u64>) -> (Body, Arc<AtomicU64>) {
    let seen = Arc::new(AtomicU64::new(0));
    let Some(announced) = announced else { return (body, seen) };
    let counter = Arc::clone(&seen);
    let pieces = body.map(move |piece| {
        let piece = piece?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let received = counter.fetch_add(length, Ordering::Relaxed).saturating_add(length);
        if received > announced { Err(Error::SizeMismatch { announced, received }) } else { Ok(piece) }
    });
    (Box::pin(pieces), seen)
}

/// The asked parts of a content in memory, one after another.
fn cut(content: &Bytes, ranges: &[ByteRange]) -> Body {
    if ranges.is_empty() {
        return atoll_service::full_body(content.clone());
    }
    let part = |range: &ByteRange| {
        let first = usize::try_from(range.first).unwrap_or(usize::MAX).min(content.len());
        let end = usize::try_from(range.last).unwrap_or(usize::MAX).saturating_add(1).min(content.len());
        content.slice(first..end.max(first))
    };
    let parts: Vec<Result<Bytes, Error>> = ranges.iter().map(|range| Ok(part(range))).collect();
    Box::pin(stream::iter(parts))
}
