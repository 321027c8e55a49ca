//! Parts of lists.

use serde::{Deserialize, Serialize};

use crate::{ImageSummary, RepositorySummary};

/// Most rows that a list without a limit answers unless configured otherwise; beyond that the caller has to ask for pages.
pub const MAX_ROWS: u64 = 100_000;

/// Which part of a list a client wants, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Page {
    /// Rows to leave out at the beginning.
    pub offset: u64,
    /// Most rows to show. Zero shows everything if `offset` is zero too, else nothing.
    pub limit: u64,
}

/// Which part of its own list a leaf is to answer. A root that has one leaf lets it leave out the beginning; a root that merges asks
/// for the beginning of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stretch {
    /// Rows to leave out at the beginning.
    pub skip: u64,
    /// Most rows to answer.
    pub take: u64,
    /// The first row to describe at once (the second phase together with the first), counted as `skip` is; `None` to describe none.
    /// A root that merges leaves out those of which it is as good as sure that they stand before its page.
    pub described_from: Option<u64>,
}

impl Stretch {
    /// Whether the row behind so many others of the list is to be described at once.
    pub fn describes(&self, before: u64) -> bool {
        self.described_from.is_some_and(|first| first <= before)
    }
}

/// Which parts of a description are wanted; the others may be left empty, since they cost reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent parts of a selection set")]
pub struct Want {
    /// Layers of each manifest.
    pub layers: bool,
    /// History of each manifest.
    pub history: bool,
    /// Referrers of images and manifests.
    pub referrers: bool,
    /// Texts from annotations and labels.
    pub texts: bool,
    /// The newest image of a repository.
    pub newest: bool,
}

impl Want {
    /// Everything there is.
    pub const ALL: Self = Self { layers: true, history: true, referrers: true, texts: true, newest: true };
}

/// A page of repositories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RepositoryPage {
    /// Matches in all, over the shards that answered.
    pub total: u64,
    /// The rows of the page.
    pub repositories: Vec<RepositorySummary>,
    /// What was wrong with single images, as sentences for the client; the rows are there all the same.
    pub faults: Vec<String>,
}

/// A page of images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImagePage {
    /// Matches in all, over the shards that answered.
    pub total: u64,
    /// The rows of the page.
    pub images: Vec<ImageSummary>,
    /// What was wrong with single images, as sentences for the client; the rows are there all the same.
    pub faults: Vec<String>,
}
