//! Services that hold one manifest, one blob and one upload, and write down what they are asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use atoll_host::{BoxFuture, Clock, Timestamp};
use atoll_oci::{ByteRange, Digest, MediaType};
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Admin, AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, CatalogPage,
    ClusterReport, Coverage, DeleteManifest, Error, ExpandedRepository, FinishUpload, Gathered, GetImage,
    GetManifest, GetReferrers, GetRepository, Grant, ImagePage, ImageSummary, ListCatalog, ListImages,
    ListReferrers, ListRepositories, ListTags, Manifest, ManifestAccepted, ManifestDeleted, ManifestStat,
    Manifests, Missing, Mount, Preferences, PutManifest, Queries, ReadBlob, Referrer, ReferrerPage,
    ReferrerSummary, Reporter, RepositoryPage, Search, SearchAnswer, SearchOutcome, SearchRequest, Status,
    SweepReport, TagPage, ToggleMark, Toggled, Upload, UploadAddress, full_body,
};
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{digest, upload};

/// A clock that stands still.
pub(super) struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[derive(Default)]
pub(super) struct Fake {
    pub(super) failure: Option<Error>,
    /// What the end of an upload is refused with.
    pub(super) unfinished: Option<Error>,
    pub(super) media_type: Option<&'static str>,
    pub(super) names: Vec<&'static str>,
    pub(super) more: bool,
    pub(super) descriptors: Vec<&'static str>,
    pub(super) missing_shards: u16,
    pub(super) redirect: Option<&'static str>,
    pub(super) received: u64,
    pub(super) subject: Option<Digest>,
    pub(super) mountable: bool,
    /// Nothing is here yet.
    pub(super) is_empty: bool,
    /// What a push of a manifest is refused with.
    pub(super) unpushed: Option<Error>,
    pub(super) outcome: Option<SearchOutcome>,
    pub(super) asked: Mutex<Vec<String>>,
}

/// The content of the one manifest and the one blob.
pub(super) const MANIFEST: &str = "{\"a manifest\":true}";
pub(super) const BLOB: &str = "0123456789abcdefghij";

impl Fake {
    pub(super) fn failing(error: Error) -> Self {
        Self { failure: Some(error), ..Self::default() }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, what: String) -> Result<(), Error> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(what);
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn manifest(&self) -> ManifestStat {
        let media_type = self.media_type.unwrap_or(MediaType::OCI_MANIFEST).parse().unwrap();
        ManifestStat { digest: digest(MANIFEST), media_type, size: MANIFEST.len() as u64 }
    }

    fn blob(&self, digest: Digest) -> BlobStat {
        BlobStat { digest, size: BLOB.len() as u64, media_type: self.media_type.map(str::to_owned) }
    }

    async fn read_all(&self, name: &str, mut body: Body) -> Result<u64, Error> {
        let mut content = Vec::new();
        while let Some(chunk) = body.next().await {
            content.extend_from_slice(&chunk?);
        }
        self.note(format!("{name} read {}", String::from_utf8_lossy(&content)))?;
        Ok(content.len() as u64)
    }
}

fn cut(range: ByteRange) -> &'static str {
    let [first, last] = [range.first, range.last].map(|place| usize::try_from(place).unwrap());
    &BLOB[first..=last]
}

#[async_trait]
impl Manifests for Fake {
    async fn get(&self, _caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        self.note(format!("get {request:?}"))?;
        Ok(Manifest { stat: self.manifest(), content: Bytes::from_static(MANIFEST.as_bytes()) })
    }

    async fn head(&self, _caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        self.note(format!("head {request:?}"))?;
        let GetManifest { repository, reference, .. } = request;
        if self.is_empty {
            return Err(Error::ManifestUnknown { repository, reference: reference.to_string() });
        }
        Ok(self.manifest())
    }

    async fn put(&self, _caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        let tags: Vec<_> = request.tags.iter().map(|(tag, _)| tag.clone()).collect();
        self.note(format!(
            "put {} {:?} {tags:?} {} {}",
            request.repository,
            request.digest,
            request.media_type,
            String::from_utf8_lossy(&request.content)
        ))?;
        for (tag, grant) in request.tags.iter().filter(|(_, grant)| *grant != Grant::ALL) {
            self.note(format!("set {tag} create {} update {}", grant.create, grant.update))?;
        }
        self.unpushed.clone().map_or(Ok(()), Err)?;
        Ok(ManifestAccepted { digest: digest(MANIFEST), subject: self.subject, tags })
    }

    async fn remove(&self, _caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        self.note(format!("remove {} {}", request.repository, request.reference))?;
        Ok(ManifestDeleted { digest: digest(MANIFEST), tags: Vec::new() })
    }

    async fn tags(&self, _caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        self.note(format!("tags {request:?}"))?;
        Ok(TagPage { tags: self.names.iter().map(|name| name.parse().unwrap()).collect(), more: self.more })
    }

    async fn referrers(&self, _caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        self.note(format!("referrers {request:?}"))?;
        let referrers = self
            .descriptors
            .iter()
            .map(|text| Referrer { descriptor: Bytes::from_static(text.as_bytes()) })
            .collect();
        Ok(ReferrerPage { referrers, next: self.more.then_some(17) })
    }
}

#[async_trait]
impl Blobs for Fake {
    async fn stat(&self, _caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        self.note(format!("stat {}", request.repository))?;
        Ok(self.blob(request.digest))
    }

    async fn read(&self, _caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        self.note(format!("read {} ranges {}", request.address.repository, request.range.is_some()))?;
        if let Some(url) = self.redirect {
            return Ok(BlobRead::Redirect { url: url.to_owned() });
        }
        let stat = self.blob(request.address.digest);
        let ranges: Vec<ByteRange> = request.range.map(|range| range.resolve(stat.size)).unwrap_or_default();
        let content: String = match &*ranges {
            [] => BLOB.to_owned(),
            ranges => ranges.iter().map(|range| cut(*range)).collect(),
        };
        Ok(BlobRead::Stream { stat, ranges, body: full_body(content.into()) })
    }

    async fn mount(&self, _caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        self.note(format!("mount {} from {:?}", request.address.repository, request.from))?;
        Ok(self.mountable.then(|| self.blob(request.address.digest)))
    }

    async fn unlink(&self, _caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        self.note(format!("unlink {} {}", request.repository, grant.delete))
    }

    async fn begin(&self, _caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        self.note(format!("begin {} {:?}", request.repository, request.algorithm))?;
        Ok(Upload { id: upload(), received: 0 })
    }

    async fn append(&self, _caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        self.note(format!(
            "append {:?} {:?}",
            request.range.map(|range| (range.first, range.last)),
            request.length
        ))?;
        let read = self.read_all("append", body).await?;
        Ok(Upload { id: request.address.id, received: self.received + read })
    }

    async fn finish(&self, _caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        let read = self.read_all("finish", body).await?;
        self.unfinished.clone().map_or(Ok(()), Err)?;
        Ok(BlobStat { digest: request.digest, size: self.received + read, media_type: None })
    }

    async fn progress(&self, _caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        self.note(format!("progress {}", request.repository))?;
        Ok(Upload { id: request.id, received: self.received })
    }

    async fn cancel(&self, _caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        self.note(format!("cancel {}", request.repository))
    }
}

#[async_trait]
impl Queries for Fake {
    async fn catalog(&self, _caller: &Caller, request: ListCatalog) -> Result<Gathered<CatalogPage>, Error> {
        self.note(format!("catalog {request:?}"))?;
        let repositories = self.names.iter().map(|name| name.parse().unwrap()).collect();
        let coverage = Coverage { answered: vec![Shard(0)], missing: missing(self.missing_shards) };
        Ok(Gathered { answer: CatalogPage { repositories, more: self.more }, coverage })
    }

    async fn repositories(
        &self,
        _caller: &Caller,
        _request: ListRepositories,
    ) -> Result<Gathered<RepositoryPage>, Error> {
        Err(unasked())
    }

    async fn images(&self, _caller: &Caller, _request: ListImages) -> Result<Gathered<ImagePage>, Error> {
        Err(unasked())
    }

    async fn image(
        &self,
        _caller: &Caller,
        _request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error> {
        Err(unasked())
    }

    async fn expanded(
        &self,
        _caller: &Caller,
        _request: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, Error> {
        Err(unasked())
    }

    async fn image_referrers(
        &self,
        _caller: &Caller,
        _request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        Err(unasked())
    }

    fn freshness_at_hand(&self) -> Option<u64> {
        None
    }
}

/// What this surface never asks a node by itself: the search does.
fn unasked() -> Error {
    Error::Internal("the surface asked what only the search asks".to_owned())
}

/// So many shards that two members do not answer for: the first for one, the second for the others.
fn missing(count: u16) -> Vec<Missing> {
    let group =
        |member, shards: Vec<Shard>| Missing { shards, member: Some(MemberId(member)), is_retryable: true };
    let all: Vec<_> = (1..=count).map(Shard).collect();
    let (first, others) = all.split_at(all.len().min(1));
    [group(1, first.to_vec()), group(2, others.to_vec())]
        .into_iter()
        .filter(|group| !group.shards.is_empty())
        .collect()
}

#[async_trait]
impl Preferences for Fake {
    async fn toggle(&self, caller: &Caller, request: ToggleMark) -> Result<Toggled, Error> {
        self.note(format!("toggle {:?} {} of {}", request.mark, request.repository, caller.name()))?;
        Ok(Toggled { is_on: true, number: 1 })
    }
}

#[async_trait]
impl Search for Fake {
    async fn answer(&self, _caller: &Caller, request: SearchRequest) -> SearchAnswer {
        let SearchRequest { method, query, content_type, accept, body } = request;
        let facts = format!("{method:?} {query:?} {content_type:?} {accept:?}");
        let _told = self.read_all(&facts, body).await;
        SearchAnswer {
            outcome: self.outcome.unwrap_or(SearchOutcome::Executed),
            media_type: "application/json",
            body: Bytes::from_static(b"{\"data\":{}}"),
        }
    }
}

#[async_trait]
impl Reporter for Fake {
    async fn report(&self, _caller: &Caller) -> ClusterReport {
        ClusterReport {
            answered_by: MemberId(3),
            layout_version: 7,
            layout_digest: "00ff".to_owned(),
            shards: 256,
            missing: vec![Shard(9)],
            members: Vec::new(),
            moves: Vec::new(),
        }
    }
}

#[async_trait]
impl Admin for Fake {
    async fn status(&self, _caller: &Caller) -> Result<Status, Error> {
        self.note("status".to_owned())?;
        Ok(Status::default())
    }

    async fn sweep(&self, _caller: &Caller) -> Result<SweepReport, Error> {
        self.note("sweep".to_owned())?;
        Ok(SweepReport::default())
    }
}
