//! What is shown of repositories and images: the second phase of a search, and the answers about one image.

use atoll_host::Timestamp;
use atoll_oci::{Digest, Platform, Repository, Tag};
use serde::{Deserialize, Serialize};

/// A time as an image tells it: the text is shown, the instant is compared. The offset of the text is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToldTime {
    /// Nanoseconds since 1970-01-01T00:00:00Z; negative before.
    pub instant_nanos: i128,
    /// As it is shown, in RFC 3339.
    pub text: String,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// One step of an image's history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistorySummary {
    /// The layer it made; `None` for a step that made none.
    pub layer: Option<LayerSummary>,
    /// When.
    pub created: Option<ToldTime>,
    /// By which command; `None` where the image tells no history.
    pub created_by: Option<String>,
    /// By whom.
    pub author: Option<String>,
    /// Free text.
    pub comment: Option<String>,
    /// Whether it made no layer.
    pub is_empty_layer: Option<bool>,
}

/// A signature found on an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignatureSummary {
    /// `cosign` or `notation`.
    pub tool: String,
    /// Whether it was verified against a trusted key.
    pub is_trusted: bool,
    /// Who signed, where that was verified.
    pub author: String,
}

/// A manifest that refers to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferrerSummary {
    /// Its media type.
    pub media_type: String,
    /// Its artifact type.
    pub artifact_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
    /// Its annotations, in order of their keys.
    pub annotations: Vec<(String, String)>,
}

/// One manifest of an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestSummary {
    /// Its digest.
    pub digest: Digest,
    /// The digest of its config.
    pub config_digest: Option<Digest>,
    /// When the image says it was made.
    pub last_updated: Option<ToldTime>,
    /// Size of config, manifest and layers in bytes.
    pub size: u64,
    /// Signatures on it.
    pub signatures: Vec<SignatureSummary>,
    /// What it runs on.
    pub platform: Platform,
    /// Pulls of it.
    pub downloads: u64,
    /// Its layers in order, if wanted.
    pub layers: Vec<LayerSummary>,
    /// Its history, if wanted.
    pub history: Vec<HistorySummary>,
    /// Manifests that refer to it, if wanted.
    pub referrers: Vec<ReferrerSummary>,
    /// Type of the artifact.
    pub artifact_type: String,
}

/// Texts that an image tells about itself; empty where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the image specification's predefined annotations, documented there")]
pub struct Texts {
    pub description: String,
    pub licenses: String,
    pub labels: String,
    pub title: String,
    pub source: String,
    pub documentation: String,
    pub vendor: String,
    pub authors: String,
}

/// What is shown of an image: a tag and what it points at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageSummary {
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
    /// What the tag points at.
    pub digest: Digest,
    /// Its media type, Docker's shown as OCI's.
    pub media_type: String,
    /// Its manifests: of an index those that are known, else itself.
    pub manifests: Vec<ManifestSummary>,
    /// Size of all its content in bytes.
    pub size: u64,
    /// Pulls.
    pub downloads: u64,
    /// The latest pull; `Timestamp(0)` for never, `None` where nothing is recorded.
    pub last_pulled_at: Option<Timestamp>,
    /// When it was pushed.
    pub pushed_at: Option<Timestamp>,
    /// Who pushed it.
    pub pushed_by: String,
    /// When the tag was first set.
    pub tagged_at: Option<Timestamp>,
    /// When the image says it was made.
    pub last_updated: Option<ToldTime>,
    /// Texts, if wanted.
    pub texts: Texts,
    /// Signatures on it.
    pub signatures: Vec<SignatureSummary>,
    /// Whether it is signed.
    pub is_signed: bool,
    /// Manifests that refer to it, if wanted.
    pub referrers: Vec<ReferrerSummary>,
    /// Type of the artifact.
    pub artifact_type: String,
}

/// What is shown of a repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepositorySummary {
    /// Its name.
    pub name: Repository,
    /// The later of its newest image's own time and the latest tagging.
    pub last_updated: Option<ToldTime>,
    /// Size of the distinct content its tags reach, in bytes.
    pub size: u64,
    /// Distinct platforms of its tags, in order.
    pub platforms: Vec<Platform>,
    /// Distinct vendors of its tags, in order.
    pub vendors: Vec<String>,
    /// Its newest image, if wanted and there is one.
    pub newest: Option<Box<ImageSummary>>,
    /// Pulls of its images.
    pub downloads: u64,
    /// Users who starred it.
    pub stars: u64,
    /// Whether the caller starred it.
    pub is_starred: bool,
    /// Whether the caller bookmarked it.
    pub is_bookmarked: bool,
    /// How well its name matches; smaller is better.
    pub rank: i32,
}

/// A repository with all its images, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpandedRepository {
    /// The repository.
    pub summary: RepositorySummary,
    /// Its images.
    pub images: Vec<ImageSummary>,
    /// What was wrong with single images, as sentences for the client.
    pub faults: Vec<String>,
}
