//! What else a double is asked: blobs, manifests as far as tests need them, and users.

use async_trait::async_trait;
use atoll_oci::{Digest, digest_of};
use atoll_placement::{MemberId, Shard, UploadId};
use atoll_service::*;
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{Double, KEY};

fn unasked<T>() -> Result<T, Error> {
    Err(Error::Internal("no test asks a double that".to_owned()))
}

#[async_trait]
impl Manifests for Double {
    async fn get(&self, _caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        self.enter("get", &request).await?;
        self.own_name(request.repository.as_str())?;
        let reference = request.reference.to_string();
        Err(Error::ManifestUnknown { repository: request.repository, reference })
    }

    async fn head(&self, _caller: &Caller, _request: GetManifest) -> Result<ManifestStat, Error> {
        unasked()
    }

    async fn put(&self, _caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        self.enter("put", &request).await?;
        self.own_name(request.repository.as_str())?;
        Err(Error::ManifestInvalid("a double takes no manifests".to_owned()))
    }

    async fn remove(&self, _caller: &Caller, _request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        unasked()
    }

    async fn tags(&self, _caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        self.enter("tags", &request).await?;
        self.own_name(request.repository.as_str())?;
        if self.rows().repositories.contains_key(&request.repository) {
            Ok(TagPage { tags: Vec::new(), more: false })
        } else {
            Err(Error::RepositoryUnknown(request.repository))
        }
    }

    async fn referrers(&self, _caller: &Caller, _request: ListReferrers) -> Result<ReferrerPage, Error> {
        unasked()
    }
}

#[async_trait]
impl Blobs for Double {
    async fn stat(&self, _caller: &Caller, _request: BlobAddress) -> Result<BlobStat, Error> {
        unasked()
    }

    async fn read(&self, _caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        self.enter("read", &request).await?;
        let BlobAddress { repository, digest } = request.address;
        self.own_name(repository.as_str())?;
        let content = self.rows().blobs.get(&(repository, digest)).cloned();
        let content = content.ok_or(Error::BlobUnknown(digest))?;
        let stat = BlobStat { digest, size: content.len() as u64, media_type: None };
        Ok(BlobRead::Stream { stat, ranges: Vec::new(), body: full_body(content) })
    }

    async fn mount(&self, _caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.enter("mount", &request).await?;
        let BlobAddress { repository, digest } = request.address;
        self.own_name(repository.as_str())?;
        let mut rows = self.rows();
        let fits = |holder: &atoll_oci::Repository| {
            request.from.as_ref().is_none_or(|from| from == holder) && request.visibility.admits(holder)
        };
        let found = rows.blobs.iter().find(|((holder, held), _)| *held == digest && fits(holder));
        let Some(content) = found.map(|(_, content)| content.clone()) else { return Ok(None) };
        let size = content.len() as u64;
        rows.blobs.insert((repository, digest), content);
        Ok(Some(BlobStat { digest, size, media_type: None }))
    }

    async fn unlink(&self, _caller: &Caller, _request: BlobAddress, _grant: Grant) -> Result<(), Error> {
        unasked()
    }

    async fn begin(&self, _caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        self.enter("begin", &request).await?;
        self.own_name(request.repository.as_str())?;
        if !request.grant.create {
            return Err(Error::Denied("push".to_owned()));
        }
        let mut rows = self.rows();
        let nonce = u64::try_from(rows.uploads.len()).unwrap();
        let id = UploadId::issue(KEY, request.repository.as_str(), self.member, nonce);
        rows.uploads.insert(id, Vec::new());
        Ok(Upload { id, received: 0 })
    }

    async fn append(&self, _caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        self.enter("append", &request).await?;
        let id = request.address.id;
        let content: Vec<_> = body.try_collect().await?;
        let mut rows = self.rows();
        let upload = rows.uploads.get_mut(&id).ok_or(Error::UploadUnknown(id))?;
        for piece in content {
            upload.extend_from_slice(&piece);
        }
        Ok(Upload { id, received: upload.len() as u64 })
    }

    async fn finish(
        &self,
        _caller: &Caller,
        request: FinishUpload,
        mut body: Body,
    ) -> Result<BlobStat, Error> {
        self.enter("finish", &request).await?;
        let UploadAddress { repository, id } = request.chunk.address;
        self.own_name(repository.as_str())?;
        if !self.rows().uploads.contains_key(&id) {
            return Err(Error::UploadUnknown(id));
        }
        while let Some(piece) = body.next().await {
            let piece = piece?;
            self.rows().uploads.get_mut(&id).unwrap().extend_from_slice(&piece);
        }
        let mut rows = self.rows();
        let content = rows.uploads.remove(&id).unwrap();
        let (digest, size) = (request.digest, content.len() as u64);
        let computed = digest_of(digest.algorithm(), &content);
        if computed != digest {
            return Err(Error::DigestMismatch { expected: digest, computed });
        }
        rows.blobs.insert((repository, digest), content.into());
        Ok(BlobStat { digest, size, media_type: None })
    }

    async fn progress(&self, _caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        self.enter("progress", &request).await?;
        let id = request.id;
        let received = self.rows().uploads.get(&id).map(|upload| upload.len() as u64);
        received.map(|received| Upload { id, received }).ok_or(Error::UploadUnknown(id))
    }

    async fn cancel(&self, _caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        self.enter("cancel", &request).await?;
        let removed = self.rows().uploads.remove(&request.id);
        removed.map(|_| ()).ok_or(Error::UploadUnknown(request.id))
    }
}

#[async_trait]
impl Users for Double {
    async fn marks(&self, _caller: &Caller, user: &str) -> Result<Marks, Error> {
        self.enter("marks", &user).await?;
        self.own_name(&user_home(user))?;
        self.leave(Ok(self.rows().marks.get(user).cloned().unwrap_or_default()))
    }

    async fn toggle_mark(&self, _caller: &Caller, user: &str, request: ToggleMark) -> Result<Toggled, Error> {
        self.enter("toggle_mark", &request).await?;
        self.own_name(&user_home(user))?;
        let mut rows = self.rows();
        rows.toggles += 1;
        let number = rows.toggles;
        let marks = rows.marks.entry(user.to_owned()).or_default();
        let set = match request.mark {
            Mark::Star => &mut marks.starred,
            Mark::Bookmark => &mut marks.bookmarked,
        };
        let is_on = !set.remove(&request.repository);
        if is_on {
            set.insert(request.repository);
        }
        Ok(Toggled { is_on, number })
    }

    async fn set_star(&self, _caller: &Caller, request: SetStar) -> Result<(), Error> {
        self.enter("set_star", &request).await?;
        self.own_name(request.repository.as_str())?;
        let mut rows = self.rows();
        let star = rows.stars.entry((request.repository, request.user)).or_default();
        if request.number > star.1 {
            *star = (request.is_on, request.number);
        }
        Ok(())
    }
}

#[async_trait]
impl Admin for Double {
    async fn status(&self, _caller: &Caller) -> Result<Status, Error> {
        unasked()
    }

    async fn sweep(&self, _caller: &Caller) -> Result<SweepReport, Error> {
        unasked()
    }
}

#[async_trait]
impl Handover for Double {
    async fn standing(&self, _caller: &Caller, _asker: Option<Standing>) -> Result<Standing, Error> {
        unasked()
    }

    async fn acquaintances(&self, _caller: &Caller) -> Result<Vec<Acquaintance>, Error> {
        unasked()
    }

    async fn rows(&self, _caller: &Caller, _request: ReadRows) -> Result<RowPage, Error> {
        unasked()
    }

    async fn needed(
        &self,
        _caller: &Caller,
        _shard: Shard,
        _after: Option<Digest>,
        _limit: usize,
    ) -> Result<NeededContent, Error> {
        unasked()
    }

    async fn content(&self, _caller: &Caller, _digest: Digest) -> Result<Option<(u64, Body)>, Error> {
        unasked()
    }

    async fn yield_shard(&self, _caller: &Caller, _request: YieldShard) -> Result<u64, Error> {
        unasked()
    }

    async fn release(&self, _caller: &Caller, _shard: Shard, _to: MemberId) -> Result<(), Error> {
        unasked()
    }
}
