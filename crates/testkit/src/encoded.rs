//! A node behind an encoding: every request, answer and piece of a body becomes bytes and is read back.
//!
//! It stands for the member link before there is one: whatever a trait of `service` carries that could not travel fails here.

use std::sync::Arc;

use async_trait::async_trait;
use atoll_oci::{ByteRange, Digest, Repository};
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Acquaintance, Admin, AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller,
    CatalogPage, DeleteManifest, DescribeImages, DescribeRepositories, Error, ExpandedRepository,
    FinishUpload, Freshness, GetImage, GetManifest, GetReferrers, GetRepository, Grant, Handover, ImageHits,
    ImageReference, ImageSummary, Layers, Leaf, LeafImages, LeafRepositories, ListCatalog, ListReferrers,
    ListTags, Manifest, ManifestAccepted, ManifestDeleted, ManifestStat, Manifests, Marks, Mount,
    NeededContent, Node, PutManifest, ReadBlob, ReadRows, ReferrerPage, ReferrerSummary, RepositoryHits,
    RepositorySummary, RowPage, SetStar, Standing, Status, SweepReport, TagPage, ToggleMark, Toggled, Upload,
    UploadAddress, Users, Visibility, YieldShard,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Wraps a node so that everything passes through bytes.
pub struct EncodedNode(pub Arc<dyn Node>);

fn through<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let bytes = postcard::to_stdvec(value).expect("everything that crosses the seam can be encoded");
    postcard::from_bytes(&bytes).expect("what was encoded can be decoded")
}

fn body_through(body: Body) -> Body {
    Box::pin(body.map(|piece: Result<Bytes, Error>| through(&piece)))
}

#[async_trait]
impl Manifests for EncodedNode {
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        through(&self.0.get(&through(caller), through(&request)).await)
    }

    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        through(&self.0.head(&through(caller), through(&request)).await)
    }

    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        through(&self.0.put(&through(caller), through(&request)).await)
    }

    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        through(&self.0.remove(&through(caller), through(&request)).await)
    }

    async fn tags(&self, caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        through(&self.0.tags(&through(caller), through(&request)).await)
    }

    async fn referrers(&self, caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        through(&self.0.referrers(&through(caller), through(&request)).await)
    }
}

#[async_trait]
impl Blobs for EncodedNode {
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error> {
        through(&self.0.stat(&through(caller), through(&request)).await)
    }

    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error> {
        match self.0.read(&through(caller), through(&request)).await {
            Ok(BlobRead::Redirect { url }) => Ok(BlobRead::Redirect { url: through(&url) }),
            Ok(BlobRead::Stream { stat, ranges, body }) => {
                let (stat, ranges): (BlobStat, Vec<ByteRange>) = through(&(stat, ranges));
                Ok(BlobRead::Stream { stat, ranges, body: body_through(body) })
            }
            Err(error) => Err(through(&error)),
        }
    }

    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error> {
        through(&self.0.mount(&through(caller), through(&request)).await)
    }

    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error> {
        through(&self.0.unlink(&through(caller), through(&request), through(&grant)).await)
    }

    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error> {
        through(&self.0.begin(&through(caller), through(&request)).await)
    }

    async fn append(&self, caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error> {
        through(&self.0.append(&through(caller), through(&request), body_through(body)).await)
    }

    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error> {
        through(&self.0.finish(&through(caller), through(&request), body_through(body)).await)
    }

    async fn progress(&self, caller: &Caller, request: UploadAddress) -> Result<Upload, Error> {
        through(&self.0.progress(&through(caller), through(&request)).await)
    }

    async fn cancel(&self, caller: &Caller, request: UploadAddress) -> Result<(), Error> {
        through(&self.0.cancel(&through(caller), through(&request)).await)
    }
}

#[async_trait]
impl Leaf for EncodedNode {
    async fn leaf_catalog(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        let shards: Vec<Shard> = through(&shards.to_vec());
        through(&self.0.leaf_catalog(&through(caller), &shards, through(&request)).await)
    }

    async fn leaf_repositories(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafRepositories,
    ) -> Result<RepositoryHits, Error> {
        let shards: Vec<Shard> = through(&shards.to_vec());
        through(&self.0.leaf_repositories(&through(caller), &shards, through(&request)).await)
    }
    async fn leaf_images(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafImages,
    ) -> Result<ImageHits, Error> {
        let shards: Vec<Shard> = through(&shards.to_vec());
        through(&self.0.leaf_images(&through(caller), &shards, through(&request)).await)
    }
    async fn describe_repositories(
        &self,
        caller: &Caller,
        request: DescribeRepositories,
    ) -> Result<Vec<Option<RepositorySummary>>, Error> {
        through(&self.0.describe_repositories(&through(caller), through(&request)).await)
    }
    async fn describe_images(
        &self,
        caller: &Caller,
        request: DescribeImages,
    ) -> Result<Vec<Option<ImageSummary>>, Error> {
        through(&self.0.describe_images(&through(caller), through(&request)).await)
    }
    async fn leaf_image(
        &self,
        caller: &Caller,
        request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error> {
        through(&self.0.leaf_image(&through(caller), through(&request)).await)
    }
    async fn leaf_expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error> {
        through(&self.0.leaf_expanded(&through(caller), through(&request), through(&marks)).await)
    }
    async fn leaf_referrers(
        &self,
        caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        through(&self.0.leaf_referrers(&through(caller), through(&request)).await)
    }
    async fn leaf_holder(
        &self,
        caller: &Caller,
        digest: Digest,
        visibility: Visibility,
    ) -> Result<Option<Repository>, Error> {
        through(&self.0.leaf_holder(&through(caller), through(&digest), through(&visibility)).await)
    }
    async fn leaf_layers(&self, caller: &Caller, request: ImageReference) -> Result<Layers, Error> {
        through(&self.0.leaf_layers(&through(caller), through(&request)).await)
    }

    async fn leaf_freshness(&self, caller: &Caller) -> Result<Freshness, Error> {
        through(&self.0.leaf_freshness(&through(caller)).await)
    }
}

#[async_trait]
impl Admin for EncodedNode {
    async fn status(&self, caller: &Caller) -> Result<Status, Error> {
        through(&self.0.status(&through(caller)).await)
    }

    async fn sweep(&self, caller: &Caller) -> Result<SweepReport, Error> {
        through(&self.0.sweep(&through(caller)).await)
    }
}

#[async_trait]
impl Users for EncodedNode {
    async fn marks(&self, caller: &Caller, user: &str) -> Result<Marks, Error> {
        through(&self.0.marks(&through(caller), user).await)
    }
    async fn toggle_mark(&self, caller: &Caller, user: &str, request: ToggleMark) -> Result<Toggled, Error> {
        through(&self.0.toggle_mark(&through(caller), user, through(&request)).await)
    }
    async fn set_star(&self, caller: &Caller, request: SetStar) -> Result<(), Error> {
        through(&self.0.set_star(&through(caller), through(&request)).await)
    }
}

#[async_trait]
impl Handover for EncodedNode {
    async fn standing(&self, caller: &Caller, request: Option<Standing>) -> Result<Standing, Error> {
        through(&self.0.standing(&through(caller), through(&request)).await)
    }
    async fn acquaintances(&self, caller: &Caller) -> Result<Vec<Acquaintance>, Error> {
        through(&self.0.acquaintances(&through(caller)).await)
    }
    async fn rows(&self, caller: &Caller, request: ReadRows) -> Result<RowPage, Error> {
        through(&self.0.rows(&through(caller), through(&request)).await)
    }
    async fn needed(
        &self,
        caller: &Caller,
        shard: Shard,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<NeededContent, Error> {
        through(&self.0.needed(&through(caller), through(&shard), through(&after), limit).await)
    }
    async fn content(&self, caller: &Caller, digest: Digest) -> Result<Option<(u64, Body)>, Error> {
        let found = self.0.content(&through(caller), through(&digest)).await;
        Ok(through(&found.as_ref().map(|_| ()).map_err(Clone::clone))
            .and(found)?
            .map(|(size, body)| (through(&size), body_through(body))))
    }
    async fn yield_shard(&self, caller: &Caller, request: YieldShard) -> Result<u64, Error> {
        through(&self.0.yield_shard(&through(caller), through(&request)).await)
    }
    async fn release(&self, caller: &Caller, shard: Shard, to: MemberId) -> Result<(), Error> {
        through(&self.0.release(&through(caller), through(&shard), through(&to)).await)
    }
}
