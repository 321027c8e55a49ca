//! Questions about everything, answered from this member's rows.

use async_trait::async_trait;
use atoll_index::Snapshot;
use atoll_oci::{Digest, Repository, Tag};
use atoll_placement::Shard;
use atoll_search::{Corpus, complete_image, complete_repository, details_of, listed_referrers};
use atoll_service::{
    Caller, CatalogPage, DescribeImages, DescribeRepositories, Error, ExpandedRepository, Freshness,
    GetImage, GetReferrers, GetRepository, ImageHits, ImageReference, ImageSummary, Layers, Leaf, LeafImages,
    LeafRepositories, ListCatalog, MAX_PAGE, Marks, ReferrerSummary, RepositoryHits, RepositorySummary,
    Visibility, Want,
};

use crate::LocalNode;
use crate::failure::from_index;
use crate::search::Rows;

/// Most layers, steps of histories and referrers of one answer.
pub(crate) const MAX_DETAILS: u64 = 200_000;

#[async_trait]
impl Leaf for LocalNode {
    async fn leaf_catalog(
        &self,
        _caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        let snapshot = self.own_shards(shards)?;
        let limit = request.limit.min(MAX_PAGE);
        let (repositories, more) = snapshot
            .catalog(shards, request.after.as_deref(), limit, &request.visibility)
            .map_err(|error| from_index("reading the catalog", error))?;
        Ok(CatalogPage { repositories, more })
    }

    async fn leaf_repositories(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafRepositories,
    ) -> Result<RepositoryHits, Error> {
        let ask = |corpus: &Corpus| Ok(corpus.list_repositories(shards, &request));
        let complete = |hits: &mut RepositoryHits, rows: &Rows<'_>| {
            let summaries = hits.hits.iter_mut().filter_map(|hit| hit.summary.as_mut()?.ready_mut());
            complete_repositories(summaries, request.want, rows)
        };
        let weight = self.weight(request.stretch.take, |corpus| corpus.repositories_looked_at(&request));
        self.answer((caller, weight), || self.own_shards(shards), ask, complete).await
    }

    async fn leaf_images(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafImages,
    ) -> Result<ImageHits, Error> {
        let ask = |corpus: &Corpus| Ok(corpus.list_images(shards, &request));
        let complete = |hits: &mut ImageHits, rows: &Rows<'_>| {
            let summaries = hits.hits.iter_mut().filter_map(|hit| hit.summary.as_mut()?.ready_mut());
            complete_images(summaries, request.want, rows)
        };
        let weight = self.weight(request.stretch.take, |corpus| corpus.images_looked_at(&request));
        self.answer((caller, weight), || self.own_shards(shards), ask, complete).await
    }

    async fn describe_repositories(
        &self,
        caller: &Caller,
        request: DescribeRepositories,
    ) -> Result<Vec<Option<RepositorySummary>>, Error> {
        let DescribeRepositories { repositories, want, visibility, marks } = request;
        let ask =
            |corpus: &Corpus| Ok(corpus.describe_repositories(&repositories, (want, &visibility), &marks));
        let complete = |found: &mut Vec<Option<RepositorySummary>>, rows: &Rows<'_>| {
            complete_repositories(found.iter_mut().flatten(), want, rows)
        };
        let weight = count(repositories.len());
        self.answer((caller, weight), || self.own_all(repositories.iter()), ask, complete).await
    }

    async fn describe_images(
        &self,
        caller: &Caller,
        request: DescribeImages,
    ) -> Result<Vec<Option<ImageSummary>>, Error> {
        let DescribeImages { images, want, visibility } = request;
        let ask = |corpus: &Corpus| Ok(corpus.describe_images(&images, &visibility));
        let complete = |found: &mut Vec<Option<ImageSummary>>, rows: &Rows<'_>| {
            complete_images(found.iter_mut().flatten(), want, rows)
        };
        let (weight, names) = (count(images.len()), || images.iter().map(|image| &image.repository));
        self.answer((caller, weight), || self.own_all(names()), ask, complete).await
    }

    async fn leaf_image(
        &self,
        caller: &Caller,
        request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error> {
        let GetImage { repository, tag, want } = &request;
        let ask = |corpus: &Corpus| {
            let found = corpus.image(repository, tag);
            found.ok_or_else(|| unknown(corpus, repository, tag))
        };
        let complete = |found: &mut (ImageSummary, Vec<String>), rows: &Rows<'_>| {
            complete_image(&mut found.0, *want, rows)
        };
        self.answer((caller, 1), || self.own(repository), ask, complete).await
    }

    async fn leaf_expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error> {
        let GetRepository { repository, want } = &request;
        let ask = |corpus: &Corpus| {
            let found = corpus.expanded(repository, *want, &marks);
            found.ok_or_else(|| Error::RepositoryUnknown(repository.clone()))
        };
        let complete = |found: &mut ExpandedRepository, rows: &Rows<'_>| {
            Ok(complete_repository(&mut found.summary, *want, rows)?
                && complete_images(found.images.iter_mut(), *want, rows)?)
        };
        let weight = self.of_corpus(|corpus| corpus.tags_in(repository));
        self.answer((caller, weight), || self.own(repository), ask, complete).await
    }

    async fn leaf_referrers(
        &self,
        _caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        use atoll_search::Content as _;
        let search = self.searching()?;
        let GetReferrers { repository, digest, artifact_types } = request;
        let rows = self.own(&repository)?;
        let found = rows.repository(&repository);
        if found.map_err(|error| from_index("looking up a repository", error))?.is_none() {
            return Err(Error::RepositoryUnknown(repository));
        }
        let rows = Rows { before: rows.clone(), after: rows, corpus: &search.corpus };
        Ok(listed_referrers(rows.referrers(&repository, &digest)?, &artifact_types))
    }

    async fn leaf_holder(
        &self,
        _caller: &Caller,
        digest: Digest,
        visibility: Visibility,
    ) -> Result<Option<Repository>, Error> {
        self.holder_of(&digest, &visibility)
    }

    async fn leaf_layers(&self, caller: &Caller, request: ImageReference) -> Result<Layers, Error> {
        let ask = |corpus: &Corpus| {
            let found = corpus.layers(&request);
            found.ok_or_else(|| unknown(corpus, &request.repository, &request.tag))
        };
        self.answer((caller, 1), || self.own(&request.repository), ask, |_, _| Ok(true)).await
    }

    async fn leaf_freshness(&self, _caller: &Caller) -> Result<Freshness, Error> {
        Ok(self.promises.tell(self.parts.host.clock.as_ref(), || self.freshness()))
    }
}

impl LocalNode {
    /// The rows as of now, for a question about several repositories.
    fn own_all<'a>(&self, repositories: impl Iterator<Item = &'a Repository>) -> Result<Snapshot, Error> {
        let snapshot = self.parts.index.snapshot();
        for repository in repositories {
            snapshot.admit(snapshot.shard_of(repository))?;
        }
        Ok(snapshot)
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// Why there is no image.
fn unknown(corpus: &Corpus, repository: &Repository, tag: &Tag) -> Error {
    let repository = repository.clone();
    if corpus.has_repository(&repository) {
        Error::ManifestUnknown { repository, reference: tag.to_string() }
    } else {
        Error::RepositoryUnknown(repository)
    }
}

fn complete_repositories<'a>(
    found: impl Iterator<Item = &'a mut RepositorySummary>,
    want: Want,
    rows: &Rows<'_>,
) -> Result<bool, Error> {
    let mut details = Details::default();
    for found in found {
        if !complete_repository(found, want, rows)? {
            return Ok(false);
        }
        found.newest.as_deref().map_or(Ok(()), |newest| details.add(newest))?;
    }
    Ok(true)
}

fn complete_images<'a>(
    found: impl Iterator<Item = &'a mut ImageSummary>,
    want: Want,
    rows: &Rows<'_>,
) -> Result<bool, Error> {
    let mut details = Details::default();
    for found in found {
        if !complete_image(found, want, rows)? {
            return Ok(false);
        }
        details.add(found)?;
    }
    Ok(true)
}

/// Counts what descriptions hold beside their rows: a few images can have more layers than there is memory for.
#[derive(Default)]
struct Details(u64);

impl Details {
    fn add(&mut self, image: &ImageSummary) -> Result<(), Error> {
        self.0 = self.0.saturating_add(details_of(image));
        if self.0 > MAX_DETAILS { Err(Error::ListTooLong { limit: MAX_DETAILS }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
