//! Questions about everything: a root asks leaves, a leaf answers from its own rows. A leaf cannot ask a root, by type.

use async_trait::async_trait;
use atoll_oci::{Digest, Repository, Tag};
use atoll_placement::Shard;
use serde::{Deserialize, Serialize};

use crate::{
    Caller, Error, ExpandedRepository, Freshness, Gathered, ImageHits, ImageKey, ImagePage, ImageReference,
    ImageSummary, Layers, LeafImages, LeafRepositories, ListImages, ListRepositories, Marks, Missing,
    ReferrerSummary, RepositoryHits, RepositoryPage, RepositorySummary, Visibility, Want,
};

/// Most entries one page of a list may have; a larger wish is answered with this many.
pub const MAX_PAGE: usize = 10_000;

/// Asks for a page of repository names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListCatalog {
    /// Only names that sort behind this text by path component; it need not be a name that exists.
    pub after: Option<String>,
    /// At most so many; more than [`crate::MAX_PAGE`] counts as that.
    pub limit: usize,
    /// What the caller may see.
    pub visibility: Visibility,
}

/// Repository names, compared component by component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogPage {
    /// The names.
    pub repositories: Vec<Repository>,
    /// Whether further visible ones follow.
    pub more: bool,
}

/// The root's side: answers for the whole cluster. The caller's stars and bookmarks are looked up here.
#[async_trait]
pub trait Queries: Send + Sync {
    /// A page of the catalog, and what it covers.
    async fn catalog(&self, caller: &Caller, request: ListCatalog) -> Result<Gathered<CatalogPage>, Error>;

    /// A page of repositories. `ListTooLong` if a list without a limit has more rows than are answered at once.
    async fn repositories(
        &self,
        caller: &Caller,
        request: ListRepositories,
    ) -> Result<Gathered<RepositoryPage>, Error>;

    /// A page of images. `RepositoryUnknown` or `ManifestUnknown` if the image that a question is about is not here; empty if the
    /// caller may not see it.
    async fn images(&self, caller: &Caller, request: ListImages) -> Result<Gathered<ImagePage>, Error>;

    /// One image by tag, with the sentences about its faults. `RepositoryUnknown` and `ManifestUnknown` are told apart.
    async fn image(&self, caller: &Caller, request: GetImage) -> Result<(ImageSummary, Vec<String>), Error>;

    /// A repository with all its images, the latest first, at most [`crate::MAX_ROWS`]. The shard of the caller is missing from the
    /// coverage where the caller's stars and bookmarks could not be asked for: then it is shown without them.
    async fn expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, Error>;

    /// Manifests that refer to one, without signatures. `RepositoryUnknown` if the repository is not here.
    async fn image_referrers(
        &self,
        caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error>;

    /// What is told of a shard that could not be asked: who should have answered, as far as is known.
    fn missing(&self, shard: Shard) -> Missing {
        Missing { shards: vec![shard], member: None, is_retryable: true }
    }

    /// A number that has changed if any answer to this caller may have changed since it was last told; `None` if that cannot be
    /// told without asking others. Cheap: it is asked for each request.
    fn freshness_at_hand(&self) -> Option<u64>;

    /// The same number, for which others may be asked; `None` if they do not answer, so that nothing may be kept.
    async fn freshness(&self, _caller: &Caller) -> Option<u64> {
        self.freshness_at_hand()
    }
}

/// Asks for one image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetImage {
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
    /// What of it.
    pub want: Want,
}

/// Asks for a repository with its images.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetRepository {
    /// The repository.
    pub repository: Repository,
    /// What of it.
    pub want: Want,
}

/// Asks for the manifests that refer to one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetReferrers {
    /// The repository.
    pub repository: Repository,
    /// The manifest.
    pub digest: Digest,
    /// Only these artifact types; all when empty or when one of them is empty.
    pub artifact_types: Vec<String>,
}

/// The leaf's side: answers for the named shards from local rows only. `Misdirected` if one of them is not held here.
#[async_trait]
pub trait Leaf: Send + Sync {
    /// A page of the catalog of these shards.
    async fn leaf_catalog(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error>;

    /// Repositories of these shards that match.
    async fn leaf_repositories(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafRepositories,
    ) -> Result<RepositoryHits, Error>;

    /// Images of these shards that match.
    async fn leaf_images(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafImages,
    ) -> Result<ImageHits, Error>;

    /// Descriptions of repositories, in the order they are asked for; `None` for one that is gone or that the caller may not see.
    /// `rank` is zero.
    async fn describe_repositories(
        &self,
        caller: &Caller,
        request: DescribeRepositories,
    ) -> Result<Vec<Option<RepositorySummary>>, Error>;

    /// Descriptions of images, in the order they are asked for; `None` for one that is gone or that the caller may not see.
    async fn describe_images(
        &self,
        caller: &Caller,
        request: DescribeImages,
    ) -> Result<Vec<Option<ImageSummary>>, Error>;

    /// One image, as [`Queries::image`].
    async fn leaf_image(
        &self,
        caller: &Caller,
        request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error>;

    /// A repository with its images, as [`Queries::expanded`].
    async fn leaf_expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error>;

    /// As [`Queries::image_referrers`].
    async fn leaf_referrers(
        &self,
        caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error>;

    /// A repository held here that links a blob and that the caller may read, whichever; `None` without one.
    async fn leaf_holder(
        &self,
        caller: &Caller,
        digest: Digest,
        visibility: Visibility,
    ) -> Result<Option<Repository>, Error>;

    /// The layers of an image. `RepositoryUnknown` and `ManifestUnknown` are told apart; a manifest that does not belong to the image
    /// gives no layers.
    async fn leaf_layers(&self, caller: &Caller, request: ImageReference) -> Result<Layers, Error>;

    /// Whether anything has changed here since it was last asked.
    async fn leaf_freshness(&self, caller: &Caller) -> Result<Freshness, Error>;
}

/// Asks for descriptions of repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribeRepositories {
    /// Which.
    pub repositories: Vec<Repository>,
    /// What of each.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
    /// The caller's stars and bookmarks.
    pub marks: Marks,
}

/// Asks for descriptions of images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribeImages {
    /// Which.
    pub images: Vec<ImageKey>,
    /// What of each.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
}
