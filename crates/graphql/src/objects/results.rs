//! Answers to questions about many.

use async_graphql::{Object, SimpleObject};
use atoll_service::{ExpandedRepository, ImagePage, RepositoryPage};

use super::small::Layer;
use super::{Image, Repo, Shown};

/// How much there is, and how much is shown.
#[derive(SimpleObject, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[graphql(name = "PageInfo", rename_fields = "PascalCase")]
pub(crate) struct PageInfo {
    /// Matches in all.
    pub(crate) total_count: u64,
    /// Rows of this page.
    pub(crate) item_count: usize,
}

/// A page of repositories.
pub(crate) struct ReposResult {
    pub(crate) page: RepositoryPage,
    pub(crate) shown: Shown,
}

/// A page of repositories.
#[Object(name = "PaginatedReposResult", rename_fields = "PascalCase")]
impl ReposResult {
    /// How much there is.
    async fn page(&self) -> Option<PageInfo> {
        Some(PageInfo { total_count: self.page.total, item_count: self.page.repositories.len() })
    }

    /// The rows.
    async fn results(&self) -> Vec<Repo<'_>> {
        self.page.repositories.iter().map(|of| Repo { of, shown: self.shown }).collect()
    }
}

/// A page of images.
#[derive(Default)]
pub(crate) struct ImagesResult {
    pub(crate) page: ImagePage,
    pub(crate) shown: Shown,
}

/// A page of images.
#[Object(name = "PaginatedImagesResult", rename_fields = "PascalCase")]
impl ImagesResult {
    /// How much there is.
    async fn page(&self) -> Option<PageInfo> {
        Some(PageInfo { total_count: self.page.total, item_count: self.page.images.len() })
    }

    /// The rows.
    async fn results(&self) -> Vec<Image<'_>> {
        self.page.images.iter().map(|of| Image::of(of, self.shown)).collect()
    }
}

/// What a global search found: repositories or images.
pub(crate) enum SearchResult {
    Repositories(ReposResult),
    Images(ImagesResult),
}

/// What a global search found: repositories or images, and never layers.
#[Object(name = "GlobalSearchResult", rename_fields = "PascalCase")]
impl SearchResult {
    /// How much there is.
    async fn page(&self) -> Option<PageInfo> {
        Some(match self {
            Self::Repositories(found) => {
                PageInfo { total_count: found.page.total, item_count: found.page.repositories.len() }
            }
            Self::Images(found) => {
                PageInfo { total_count: found.page.total, item_count: found.page.images.len() }
            }
        })
    }

    /// Images, if images were searched for.
    async fn images(&self) -> Option<Vec<Option<Image<'_>>>> {
        let Self::Images(found) = self else { return Some(Vec::new()) };
        Some(found.page.images.iter().map(|of| Some(Image::of(of, found.shown))).collect())
    }

    /// Repositories; null if images were searched for.
    async fn repos(&self) -> Option<Vec<Option<Repo<'_>>>> {
        let Self::Repositories(found) = self else { return None };
        Some(found.page.repositories.iter().map(|of| Some(Repo { of, shown: found.shown })).collect())
    }

    /// Always empty.
    async fn layers(&self) -> Option<Vec<Option<Layer>>> {
        Some(Vec::new())
    }
}

/// A repository with all its images; without any both fields are null.
pub(crate) struct RepoInfo {
    pub(crate) of: Option<ExpandedRepository>,
    pub(crate) images: Shown,
    pub(crate) newest: Shown,
}

/// A repository with all its images, the latest first.
#[Object(name = "RepoInfo", rename_fields = "PascalCase")]
impl RepoInfo {
    /// The images.
    async fn images(&self) -> Option<Vec<Option<Image<'_>>>> {
        let of = self.of.as_ref()?;
        Some(of.images.iter().map(|image| Some(Image::of(image, self.images))).collect())
    }

    /// The repository.
    async fn summary(&self) -> Option<Repo<'_>> {
        self.of.as_ref().map(|of| Repo { of: &of.summary, shown: self.newest })
    }
}
