//! Where and how content is kept.

use std::num::NonZeroU64;
use std::path::PathBuf;

use crate::merged::Merged;
use crate::problem::Problem;
use crate::size::ByteSize;

/// Where and how content is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// Folder of this server's data; relative to the working folder unless absolute.
    pub root_directory: PathBuf,
    /// Whether a write is on the disk before it is acknowledged.
    pub commit: bool,
    /// The most repositories there may be; none for any number.
    pub max_repositories: Option<NonZeroU64>,
    /// Free disk space below which writes are refused, while reads and deletes go on.
    pub low_water_mark: ByteSize,
}

impl Storage {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self {
            root_directory: merged.text("storage.rootDirectory")?.into(),
            commit: merged.boolean("storage.commit")?,
            max_repositories: NonZeroU64::new(merged.number("storage.maxRepos")?),
            low_water_mark: merged.size("atoll.storage.lowWaterMark")?,
        })
    }
}
