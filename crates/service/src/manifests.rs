//! What a node can be asked about manifests, tags and referrers. All of it goes to the owner of the repository.

use async_trait::async_trait;
use atoll_oci::{Digest, MediaType, Reference, Repository, Tag};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Caller, Error, Grant};

/// Names one manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetManifest {
    /// The repository.
    pub repository: Repository,
    /// Tag or digest.
    pub reference: Reference,
    /// The registry that a mirror's client meant (`ns` of the distribution specification), for pull-through.
    pub upstream: Option<String>,
}

/// Facts of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestStat {
    /// Its digest: the one asked for, or the one the tag points at.
    pub digest: Digest,
    /// The media type it was pushed with.
    pub media_type: MediaType,
    /// Its size in bytes.
    pub size: u64,
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its facts.
    pub stat: ManifestStat,
    /// Its bytes, exactly as pushed.
    pub content: Bytes,
}

/// Stores a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutManifest {
    /// The repository.
    pub repository: Repository,
    /// The digest the client names, if it does; the content must have it.
    pub digest: Option<Digest>,
    /// Tags to point at it, each with the rights over it.
    pub tags: Vec<(Tag, Grant)>,
    /// The declared media type.
    pub media_type: MediaType,
    /// The bytes.
    pub content: Bytes,
    /// Rights over the repository.
    pub grant: Grant,
}

/// A manifest was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestAccepted {
    /// Its digest.
    pub digest: Digest,
    /// The subject it refers to, whether that is here or not.
    pub subject: Option<Digest>,
    /// The tags that point at it now, of those asked for.
    pub tags: Vec<Tag>,
}

/// Removes a tag, or a manifest with all its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteManifest {
    /// The repository.
    pub repository: Repository,
    /// Tag or digest.
    pub reference: Reference,
    /// Rights over the repository.
    pub grant: Grant,
}

/// What a deletion removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestDeleted {
    /// The manifest the reference named.
    pub digest: Digest,
    /// Tags that are gone, in order.
    pub tags: Vec<Tag>,
}

/// Asks for a page of tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListTags {
    /// The repository.
    pub repository: Repository,
    /// Only tags that sort behind this text, which need not be a tag.
    pub after: Option<String>,
    /// At most so many; more than [`crate::MAX_PAGE`] counts as that.
    pub limit: usize,
}

/// Tags in byte order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPage {
    /// The tags.
    pub tags: Vec<Tag>,
    /// Whether further ones follow.
    pub more: bool,
}

/// Asks for the manifests that have a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReferrers {
    /// The repository.
    pub repository: Repository,
    /// The subject, which need not be here.
    pub subject: Digest,
    /// Only these artifact types; all when empty.
    pub artifact_types: Vec<String>,
    /// Only those behind this place in the order of pushing ([`ReferrerPage::next`]).
    pub after: Option<u64>,
    /// At most so many; more than [`crate::MAX_PAGE`] counts as that.
    pub limit: usize,
}

/// One referrer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrer {
    /// Its descriptor in JSON, rendered once when it was pushed: mediaType, digest, size, artifactType, annotations.
    pub descriptor: Bytes,
}

/// Referrers in the order of pushing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferrerPage {
    /// The referrers.
    pub referrers: Vec<Referrer>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// Manifests, tags and referrers.
#[async_trait]
pub trait Manifests: Send + Sync {
    /// A manifest. Counts as a pull. `RepositoryUnknown` and `ManifestUnknown` are told apart.
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error>;

    /// Facts of a manifest; counts nothing.
    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error>;

    /// Stores a manifest and points its tags at it, all or nothing.
    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error>;

    /// Removes a tag, or a manifest with all its tags. `ManifestInUse` while an index of the repository names it.
    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error>;

    /// A page of tags. `RepositoryUnknown` for a repository that is not here.
    async fn tags(&self, caller: &Caller, request: ListTags) -> Result<TagPage, Error>;

    /// A page of referrers; empty for whatever is not here.
    async fn referrers(&self, caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error>;
}
