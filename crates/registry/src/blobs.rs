//! Blobs and uploads.

use async_trait::async_trait;
use atoll_index::{LinkBlob, Mutation};
use atoll_oci::{Digest, Repository};
use atoll_placement::UploadId;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    Grant, Mount, ReadBlob, Upload, UploadAddress,
};

use crate::LocalNode;
use crate::content::{Found, cut};
use crate::failure::{from_index, from_store};

#[async_trait]
impl Blobs for LocalNode {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        match self.look_up_blob(&request)? {
            // A link whose bytes are damaged counts as absent, so that a client sends them again.
            Some(Found { stat, inline: None }) => match self.parts.store.stat(&stat.digest).await {
                Ok(Some(size)) if size == stat.size => Ok(stat),
                Ok(damaged) => {
                    tracing::error!(digest = %stat.digest, expected = stat.size, found = ?damaged, "a linked blob is damaged");
                    Err(self.gone(&request))
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
            None => match self.stored_blob(&stat, ranges.clone()).await {
                Err(Error::BlobUnknown(_)) => return Err(self.gone(&request.address)),
                body => body?,
            },
        };
        Ok(BlobRead::Stream { stat, ranges, body })
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.own(&request.address.repository)?;
        let BlobAddress { repository, digest } = &request.address;
        let _pin = self.pins.hold(digest).await;
        let Some(size) = self.size_at_source(&request)? else { return Ok(None) };
        if self.parts.store.stat(digest).await.map_err(|error| from_store("looking for a blob", error))?
            != Some(size)
        {
            return Ok(None);
        }
        self.link(caller, (repository.clone(), *digest, size), request.grant).await?;
        self.hear_of_config(repository, digest).await;
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
        self.admit_repository(&request.repository)?;
        let mut nonce = [0; 8];
        self.parts.host.random.fill(&mut nonce);
        let id = UploadId::issue(
            self.parts.key,
            request.repository.as_str(),
            self.parts.member,
            u64::from_le_bytes(nonce),
        );
        let (limit, now) = (self.options().max_uploads_per_client, self.parts.host.clock.elapsed());
        self.sessions.open(caller, id, (limit, now))?;
        if let Err(error) = self.parts.store.begin(id, request.algorithm).await {
            self.sessions.close(id);
            return Err(from_store("opening an upload", error));
        }
        Ok(Upload { id, received: 0 })
    }

    async fn append(&self, _caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        let id = self.own_upload(&request.address)?;
        self.own(&request.address.repository)?;
        self.admit_write().await?;
        let received = self.append_chunk(&request, body).await?;
        Ok(Upload { id, received })
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        let id = self.own_upload(&request.chunk.address)?;
        // Before the upload is used up: its shard may have moved since it was begun.
        self.own(&request.chunk.address.repository)?;
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
        // The first blob makes a repository of a name.
        self.admit_repository(&repository)?;
        let size = self.finish_whole(caller, (id, repository.clone(), request.digest), request.grant).await?;
        self.hear_of_config(&repository, &request.digest).await;
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

impl LocalNode {
    async fn link(
        &self,
        caller: &Caller,
        blob: (Repository, Digest, u64),
        grant: Grant,
    ) -> Result<(), Error> {
        let (repository, digest, size) = blob;
        self.admit_repository(&repository)?;
        let link = LinkBlob { digest, size, holders: vec![self.parts.member] };
        let command = self.command(caller, (repository, grant), Mutation::LinkBlob(link));
        self.parts.index.submit(command).await.map_err(|error| from_index("linking a blob", error))?;
        Ok(())
    }

    /// The answer to a repeated last request whose first answer was lost: the blob is linked, so the effect is there already.
    fn finished_before(&self, id: UploadId, address: &BlobAddress) -> Result<BlobStat, Error> {
        match self.look_up_blob(address)? {
            Some(found) => Ok(found.stat),
            None => Err(Error::UploadUnknown(id)),
        }
    }
}
