//! A node behind an encoding: every request, answer and piece of a body becomes bytes and is read back.
//!
//! It stands for the member link before there is one: whatever a trait of `service` carries that could not travel fails here.

use std::sync::Arc;

use async_trait::async_trait;
use atoll_oci::ByteRange;
use atoll_placement::Shard;
use atoll_service::{
    Admin, AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, CatalogPage,
    DeleteManifest, Error, FinishUpload, GetManifest, Grant, Leaf, ListCatalog, ListReferrers, ListTags,
    Manifest, ManifestAccepted, ManifestDeleted, ManifestStat, Manifests, Mount, Node, PutManifest, ReadBlob,
    ReferrerPage, Status, SweepReport, TagPage, Upload, UploadAddress,
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
