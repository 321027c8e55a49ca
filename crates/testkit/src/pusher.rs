//! Pushing and pulling through the traits, as short as a test wants to say it.

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, MediaType, RangeRequest, Repository, digest_of};
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, Body, Caller, Error, FinishUpload,
    GetManifest, Grant, Manifest, ManifestAccepted, Manifests, PutManifest, ReadBlob, UploadAddress,
    full_body,
};
use bytes::Bytes;
use futures_util::TryStreamExt as _;

/// What a client can ask of a node, whether it is a member or a whole cluster.
pub trait Front: Manifests + Blobs {}

impl<T: Manifests + Blobs> Front for T {}

/// A node and a repository of it.
#[derive(Clone)]
pub struct Pusher {
    /// The node.
    pub node: Arc<dyn Front>,
    /// The repository.
    pub repository: Repository,
    /// Who asks.
    pub caller: Caller,
}

impl Pusher {
    /// Works in the repository `name` of a node.
    pub fn new(node: &Arc<dyn Front>, name: &str) -> Self {
        let repository = name.parse().expect("a test uses a valid name");
        Self { node: Arc::clone(node), repository, caller: Caller::internal("test") }
    }

    /// The address of a blob here.
    pub fn address(&self, digest: Digest) -> BlobAddress {
        BlobAddress { repository: self.repository.clone(), digest }
    }

    /// Opens an upload.
    pub async fn begin(&self) -> Result<UploadAddress, Error> {
        let request = BeginUpload { repository: self.repository.clone(), algorithm: None, grant: Grant::ALL };
        let upload = self.node.begin(&self.caller, request).await?;
        Ok(UploadAddress { repository: self.repository.clone(), id: upload.id })
    }

    /// Adds a chunk; gives the number of bytes received in all.
    pub async fn append(
        &self,
        to: &UploadAddress,
        range: Option<(u64, u64)>,
        body: Body,
    ) -> Result<u64, Error> {
        let range = range.map(|(first, last)| atoll_oci::ContentRange { first, last });
        let request = AppendUpload { address: to.clone(), range, length: None };
        Ok(self.node.append(&self.caller, request, body).await?.received)
    }

    /// Ends an upload.
    pub async fn finish(&self, upload: UploadAddress, digest: Digest, body: Body) -> Result<BlobStat, Error> {
        let chunk = AppendUpload { address: upload, range: None, length: None };
        let request = FinishUpload { chunk, digest, grant: Grant::ALL };
        self.node.finish(&self.caller, request, body).await
    }

    /// Pushes a blob in one piece and gives its digest.
    pub async fn blob(&self, content: &[u8]) -> Result<Digest, Error> {
        let digest = digest_of(Algorithm::Sha256, content);
        let upload = self.begin().await?;
        self.finish(upload, digest, full_body(Bytes::copy_from_slice(content))).await?;
        Ok(digest)
    }

    /// Pulls a blob, or parts of it.
    pub async fn read(&self, digest: Digest, range: Option<&str>) -> Result<Vec<u8>, Error> {
        let range = range.map(|text| RangeRequest::parse(text).expect("a test uses a valid range"));
        match self.node.read(&self.caller, ReadBlob { address: self.address(digest), range }).await? {
            BlobRead::Stream { body, .. } => collect(body).await,
            BlobRead::Redirect { url } => Err(Error::Unavailable(url)),
        }
    }

    /// Pushes a manifest under tags, or by its digest alone.
    pub async fn put(
        &self,
        media_type: &str,
        content: &str,
        tags: &[&str],
    ) -> Result<ManifestAccepted, Error> {
        let tags =
            tags.iter().map(|tag| (tag.parse().expect("a test uses valid tags"), Grant::ALL)).collect();
        let request = PutManifest {
            repository: self.repository.clone(),
            digest: None,
            tags,
            media_type: media_type.parse().expect("a test uses a valid media type"),
            content: Bytes::copy_from_slice(content.as_bytes()),
            grant: Grant::ALL,
        };
        self.node.put(&self.caller, request).await
    }

    /// Pushes an image of one layer, with its blobs.
    pub async fn image(&self, layer: &[u8], tags: &[&str]) -> Result<ManifestAccepted, Error> {
        let config = self.blob(b"{}").await?;
        let pushed = self.blob(layer).await?;
        let text = image_of((config, 2), (pushed, layer.len()), "");
        self.put(MediaType::OCI_MANIFEST, &text, tags).await
    }

    /// Pulls a manifest.
    pub async fn get(&self, reference: &str) -> Result<Manifest, Error> {
        self.node.get(&self.caller, self.request(reference)).await
    }

    /// The request for a manifest.
    pub fn request(&self, reference: &str) -> GetManifest {
        let reference = reference.parse().expect("a test uses a valid reference");
        GetManifest { repository: self.repository.clone(), reference, upstream: None }
    }
}

/// The text of an image manifest; `more` is put before the last brace.
pub fn image_of(config: (Digest, usize), layer: (Digest, usize), more: &str) -> String {
    let part = |media_type: &str, (digest, size): (Digest, usize)| {
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
    };
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]{more}}}"#,
        MediaType::OCI_MANIFEST,
        part("application/vnd.oci.image.config.v1+json", config),
        part("application/vnd.oci.image.layer.v1.tar+gzip", layer),
    )
}

/// Everything a body holds.
pub async fn collect(body: Body) -> Result<Vec<u8>, Error> {
    body.try_fold(Vec::new(), async |mut whole, piece| {
        whole.extend_from_slice(&piece);
        Ok(whole)
    })
    .await
}
