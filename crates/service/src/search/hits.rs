//! The first phase of a search: what matches, in order, and how much there is.

use atoll_oci::{Digest, Repository, Tag};
use serde::{Deserialize, Serialize};

use super::SortValue;
use crate::{Description, ImageSummary, RepositorySummary};

/// One repository that matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepositoryHit {
    /// Where it stands in the order.
    pub value: SortValue,
    /// Its name.
    pub repository: Repository,
    /// How well its name matches; smaller is better.
    pub rank: i32,
    /// Its description, if it was asked for at once.
    pub summary: Option<Description<RepositorySummary>>,
}

/// Repositories that match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RepositoryHits {
    /// Matches in all.
    pub total: u64,
    /// The asked stretch of them, in order.
    pub hits: Vec<RepositoryHit>,
    /// What was wrong with single images.
    pub faults: Vec<String>,
}

/// Names one image of a list, for the second phase.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageKey {
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
    /// What the tag points at.
    pub digest: Digest,
    /// Of an index, the manifests that are listed; all when empty.
    pub only: Vec<Digest>,
}

/// One image that matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageHit {
    /// Where it stands in the order.
    pub value: SortValue,
    /// Which image.
    pub key: ImageKey,
    /// Its description, if it was asked for at once.
    pub summary: Option<Description<ImageSummary>>,
}

/// Images that match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageHits {
    /// Matches in all.
    pub total: u64,
    /// The asked stretch of them, in order.
    pub hits: Vec<ImageHit>,
    /// What was wrong with single images.
    pub faults: Vec<String>,
}
