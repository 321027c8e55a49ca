//! A repository.

use async_graphql::Object;
use atoll_service::RepositorySummary;

use super::small::Platform;
use super::{Image, Shown};
use crate::time::{Time, told};

/// A repository.
pub(crate) struct Repo<'a> {
    pub(crate) of: &'a RepositorySummary,
    pub(crate) shown: Shown,
}

/// A repository.
#[Object(name = "RepoSummary", rename_fields = "PascalCase")]
impl<'a> Repo<'a> {
    /// Its name.
    async fn name(&self) -> Option<&'a str> {
        Some(self.of.name.as_str())
    }

    /// The later of its newest image's own time and the latest tagging.
    async fn last_updated(&self) -> Option<Time> {
        told(self.of.last_updated.as_ref())
    }

    /// Size of the distinct content its tags reach, in bytes.
    async fn size(&self) -> Option<String> {
        Some(self.of.size.to_string())
    }

    /// Distinct platforms of its tags.
    async fn platforms(&self) -> Option<Vec<Option<Platform<'a>>>> {
        Some(self.of.platforms.iter().map(|platform| Some(Platform::of(platform))).collect())
    }

    /// Distinct vendors of its tags.
    async fn vendors(&self) -> Option<Vec<Option<&'a str>>> {
        Some(self.of.vendors.iter().map(|vendor| Some(vendor.as_str())).collect())
    }

    /// Its newest image.
    async fn newest_image(&self) -> Option<Image<'a>> {
        self.of.newest.as_deref().map(|image| Image::of(image, self.shown))
    }

    /// Pulls of its images.
    async fn download_count(&self) -> Option<u64> {
        Some(self.of.downloads)
    }

    /// Users who starred it.
    async fn star_count(&self) -> Option<u64> {
        Some(self.of.stars)
    }

    /// Whether the caller bookmarked it.
    async fn is_bookmarked(&self) -> Option<bool> {
        Some(self.of.is_bookmarked)
    }

    /// Whether the caller starred it.
    async fn is_starred(&self) -> Option<bool> {
        Some(self.of.is_starred)
    }

    /// How well its name matches the words of a search; smaller is better.
    async fn rank(&self) -> Option<i32> {
        Some(self.of.rank)
    }
}
