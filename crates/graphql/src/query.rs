//! The fifteen questions. Each checks its arguments, asks, and shows what comes back.

pub(crate) mod images;
mod repositories;
mod single;

use async_graphql::{Context, Object, Result};

use crate::asking::Asking;
use crate::inputs::{FilterInput, ImageInput, PageInput};
use crate::objects::{
    CveResult, DiffResult, Image, ImagesResult, Referrer, RepoInfo, ReposResult, SearchResult,
};
use crate::vulnerabilities::{self, Search};

/// The root of the schema.
pub(crate) struct Query;

/// Questions about repositories and images.
#[expect(clippy::too_many_arguments, reason = "the arguments are zot's")]
#[Object(name = "Query", rename_fields = "PascalCase")]
impl Query {
    /// The vulnerabilities of an image, given as `repository:tag` or `repository@digest`.
    #[graphql(name = "CVEListForImage")]
    async fn cve_list_for_image(
        &self,
        context: &Context<'_>,
        image: String,
        requested_page: Option<PageInput>,
        #[graphql(name = "searchedCVE")] searched: Option<String>,
        #[graphql(name = "excludedCVE")] excluded: Option<String>,
        severity: Option<String>,
    ) -> Result<CveResult> {
        let search = Search { page: requested_page, searched, excluded, severity };
        vulnerabilities::of_image(Asking::of(context)?, &image, search).await
    }

    /// The vulnerabilities that one image has and another has not.
    #[graphql(name = "CVEDiffListForImages")]
    async fn cve_diff_list_for_images(
        &self,
        context: &Context<'_>,
        minuend: ImageInput,
        subtrahend: ImageInput,
        requested_page: Option<PageInput>,
        #[graphql(name = "searchedCVE")] searched: Option<String>,
        #[graphql(name = "excludedCVE")] excluded: Option<String>,
    ) -> Result<DiffResult> {
        let search = Search { page: requested_page, searched, excluded, severity: None };
        vulnerabilities::difference(Asking::of(context)?, minuend, subtrahend, search).await
    }

    /// Images that have a vulnerability.
    #[graphql(name = "ImageListForCVE")]
    async fn image_list_for_cve(
        &self,
        context: &Context<'_>,
        id: String,
        filter: Option<FilterInput>,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        vulnerabilities::images_with(context, &id, filter, requested_page).await
    }

    /// Images of a repository in which a vulnerability is fixed.
    #[graphql(name = "ImageListWithCVEFixed")]
    async fn image_list_with_cve_fixed(
        &self,
        context: &Context<'_>,
        id: String,
        image: String,
        filter: Option<FilterInput>,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        vulnerabilities::images_fixed(context, (&id, &image), filter, requested_page).await
    }

    /// Images that have a digest, in whole or in part: of an index, a manifest, a config or a layer.
    async fn image_list_for_digest(
        &self,
        context: &Context<'_>,
        id: String,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        images::with_digest(context, id, requested_page).await
    }

    /// Repositories with their newest image.
    async fn repo_list_with_newest_image(
        &self,
        context: &Context<'_>,
        requested_page: Option<PageInput>,
    ) -> Result<ReposResult> {
        repositories::all(context, requested_page).await
    }

    /// All images, or those of one repository.
    async fn image_list(
        &self,
        context: &Context<'_>,
        repo: String,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        images::all(context, &repo, requested_page).await
    }

    /// A repository with all its images, the latest first.
    async fn expanded_repo_info(&self, context: &Context<'_>, repo: String) -> Result<RepoInfo> {
        single::expanded(context, &repo).await
    }

    /// Repositories by words, or images by `repository:tag`, `:tag` or digest.
    async fn global_search(
        &self,
        context: &Context<'_>,
        query: String,
        filter: Option<FilterInput>,
        requested_page: Option<PageInput>,
    ) -> Result<SearchResult> {
        repositories::search(context, &query, filter, requested_page).await
    }

    /// Images built upon this one, or upon one manifest of it.
    async fn derived_image_list(
        &self,
        context: &Context<'_>,
        image: String,
        digest: Option<String>,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        images::related(context, images::Relation::Derived, (&image, digest), requested_page).await
    }

    /// Images this one, or one manifest of it, is built upon.
    async fn base_image_list(
        &self,
        context: &Context<'_>,
        image: String,
        digest: Option<String>,
        requested_page: Option<PageInput>,
    ) -> Result<ImagesResult> {
        images::related(context, images::Relation::Base, (&image, digest), requested_page).await
    }

    /// An image, given as `repository:tag`.
    async fn image(&self, context: &Context<'_>, image: String) -> Result<Image<'static>> {
        single::image(context, &image).await
    }

    /// Manifests that refer to one, of some artifact types or of all.
    async fn referrers(
        &self,
        context: &Context<'_>,
        repo: String,
        digest: String,
        #[graphql(name = "type")] types: Option<Vec<String>>,
    ) -> Result<Vec<Option<Referrer<'static>>>> {
        single::referrers(context, (&repo, &digest), types).await
    }

    /// Repositories that the caller has starred.
    async fn starred_repos(
        &self,
        context: &Context<'_>,
        requested_page: Option<PageInput>,
    ) -> Result<ReposResult> {
        repositories::marked(context, atoll_service::Find::Starred, requested_page).await
    }

    /// Repositories that the caller has bookmarked.
    async fn bookmarked_repos(
        &self,
        context: &Context<'_>,
        requested_page: Option<PageInput>,
    ) -> Result<ReposResult> {
        repositories::marked(context, atoll_service::Find::Bookmarked, requested_page).await
    }
}
