//! Searching the rows of a double: the plainest code that keeps the contract.

use async_trait::async_trait;
use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_service::*;

use super::{Double, shard};

fn page<T: Clone>(rows: &[T], stretch: Stretch) -> Vec<T> {
    let (skip, take) = (usize::try_from(stretch.skip).unwrap(), usize::try_from(stretch.take).unwrap());
    rows.iter().skip(skip).take(take).cloned().collect()
}

/// Ranks a name that contains the words by how much longer it is.
fn rank(name: &str, words: &str) -> Option<i32> {
    name.contains(words).then(|| i32::try_from(name.len() - words.len()).unwrap())
}

fn value(sort: Sort, rank: i32, updated: Option<&ToldTime>, downloads: u64) -> SortValue {
    match sort {
        Sort::Relevance => SortValue(rank.into()),
        Sort::Updated => updated.map_or(SortValue::LAST, |time| SortValue(-time.instant_nanos)),
        Sort::NameAscending | Sort::NameDescending => SortValue(0),
        Sort::Downloads => SortValue(-i128::from(downloads)),
    }
}

fn marked(mut summary: RepositorySummary, marks: &Marks) -> RepositorySummary {
    summary.is_starred = marks.starred.contains(&summary.name);
    summary.is_bookmarked = marks.bookmarked.contains(&summary.name);
    summary
}

impl Double {
    fn find_repositories(&self, shards: &[Shard], request: &LeafRepositories) -> RepositoryHits {
        let rows = self.rows();
        let admits = |summary: &RepositorySummary| {
            let summary = marked(summary.clone(), &request.marks);
            request.filter.starred.is_none_or(|wanted| wanted == summary.is_starred)
                && request.filter.bookmarked.is_none_or(|wanted| wanted == summary.is_bookmarked)
        };
        let mut hits: Vec<RepositoryHit> = Vec::new();
        for (name, summary) in &rows.repositories {
            let rank = match &request.find {
                Match::Words(words) => rank(name.as_str(), words),
                Match::Names(names) => names.contains(name).then_some(0),
            };
            if let Some(rank) = rank
                && shards.contains(&shard(name.as_str()))
                && request.visibility.admits(name)
                && admits(summary)
            {
                let value = value(request.sort, rank, summary.last_updated.as_ref(), summary.downloads);
                hits.push(RepositoryHit { value, repository: name.clone(), rank, summary: None });
            }
        }
        hits.sort_by(|a, b| {
            compare(request.sort, (a.value, &a.repository, None, None), (b.value, &b.repository, None, None))
        });
        let faults = hits.iter().filter(|hit| hit.repository.as_str().contains("bad"));
        let faults = faults.map(|hit| format!("{} has a bad image", hit.repository)).collect();
        let total = hits.len() as u64;
        let mut hits = page(&hits, request.stretch);
        for (hit, before) in hits.iter_mut().zip(request.stretch.skip..) {
            if request.stretch.describes(before) {
                let summary = marked(rows.repositories[&hit.repository].clone(), &request.marks);
                hit.summary = Some(Description::ready(RepositorySummary { rank: hit.rank, ..summary }));
            }
        }
        RepositoryHits { total, hits, faults }
    }

    fn find_images(&self, shards: &[Shard], request: &LeafImages) -> ImageHits {
        let rows = self.rows();
        let found = rows.images.iter().filter(|image| {
            shards.contains(&shard(image.repository.as_str()))
                && request.visibility.admits(&image.repository)
                && match &request.find {
                    MatchImages::All => true,
                    MatchImages::InRepository(repository) => image.repository == *repository,
                    MatchImages::TagBeginsWith { repository, prefix } => {
                        image.repository == *repository && image.tag.as_str().starts_with(prefix)
                    }
                    MatchImages::TagContains(text) => image.tag.as_str().contains(text),
                    MatchImages::DigestContains(text) => image.digest.to_string().contains(text),
                    MatchImages::DerivedFrom(layers) | MatchImages::BaseOf(layers) => {
                        layers.digest != Some(image.digest) && layers.manifests.len() == image.manifests.len()
                    }
                    MatchImages::Manifests(digests) => digests.contains(&image.digest),
                }
        });
        let hit = |image: &ImageSummary| ImageHit {
            value: value(request.sort, 0, image.last_updated.as_ref(), image.downloads),
            key: ImageKey {
                repository: image.repository.clone(),
                tag: image.tag.clone(),
                digest: image.digest,
                only: Vec::new(),
            },
            summary: Some(Description::ready(image.clone())),
        };
        let mut hits: Vec<ImageHit> = found.map(hit).collect();
        let place = |hit: &ImageHit| (hit.value, hit.key.clone());
        hits.sort_by(|a, b| {
            let ((av, ak), (bv, bk)) = (place(a), place(b));
            compare(
                request.sort,
                (av, &ak.repository, Some(&ak.tag), Some(&ak.digest)),
                (bv, &bk.repository, Some(&bk.tag), Some(&bk.digest)),
            )
        });
        let total = hits.len() as u64;
        let mut hits = page(&hits, request.stretch);
        for (hit, before) in hits.iter_mut().zip(request.stretch.skip..) {
            hit.summary = hit.summary.take().filter(|_| request.stretch.describes(before));
        }
        ImageHits { total, hits, faults: Vec::new() }
    }
}

#[async_trait]
impl Leaf for Double {
    async fn leaf_catalog(
        &self,
        _caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        self.enter("leaf_catalog", &(shards, &request)).await?;
        self.own(shards)?;
        let rows = self.rows();
        let mut names: Vec<Repository> = rows.repositories.keys().cloned().collect();
        names.retain(|name| shards.contains(&shard(name.as_str())) && request.visibility.admits(name));
        names.sort_by(Repository::compare_components);
        if let Some(after) = &request.after {
            names.retain(|name| name.as_str().split('/').gt(after.split('/')));
        }
        let more = names.len() > request.limit;
        names.truncate(request.limit);
        self.leave(Ok(CatalogPage { repositories: names, more }))
    }

    async fn leaf_repositories(
        &self,
        _caller: &Caller,
        shards: &[Shard],
        request: LeafRepositories,
    ) -> Result<RepositoryHits, Error> {
        self.enter("leaf_repositories", &(shards, &request)).await?;
        self.own(shards)?;
        self.stretches.lock().unwrap().push(request.stretch);
        self.leave(Ok(self.find_repositories(shards, &request)))
    }

    async fn leaf_images(
        &self,
        _caller: &Caller,
        shards: &[Shard],
        request: LeafImages,
    ) -> Result<ImageHits, Error> {
        self.enter("leaf_images", &(shards, &request)).await?;
        self.own(shards)?;
        self.leave(Ok(self.find_images(shards, &request)))
    }

    async fn describe_repositories(
        &self,
        _caller: &Caller,
        request: DescribeRepositories,
    ) -> Result<Vec<Option<RepositorySummary>>, Error> {
        self.enter("describe_repositories", &request).await?;
        let rows = self.rows();
        let describe = |name: &Repository| {
            rows.repositories.get(name).filter(|_| request.visibility.admits(name)).cloned()
        };
        let marked = |summary| marked(summary, &request.marks);
        self.leave(Ok(request.repositories.iter().map(|name| describe(name).map(marked)).collect()))
    }

    async fn describe_images(
        &self,
        _caller: &Caller,
        request: DescribeImages,
    ) -> Result<Vec<Option<ImageSummary>>, Error> {
        self.enter("describe_images", &request).await?;
        let rows = self.rows();
        let describe = |key: &ImageKey| {
            let is_it = |image: &&ImageSummary| image.repository == key.repository && image.tag == key.tag;
            rows.images.iter().find(is_it).filter(|_| request.visibility.admits(&key.repository)).cloned()
        };
        self.leave(Ok(request.images.iter().map(describe).collect()))
    }

    async fn leaf_image(
        &self,
        _caller: &Caller,
        request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error> {
        self.enter("leaf_image", &request).await?;
        self.own_name(request.repository.as_str())?;
        let rows = self.rows();
        let is_it =
            |image: &&ImageSummary| image.repository == request.repository && image.tag == request.tag;
        let found = rows.images.iter().find(is_it).cloned().map(|image| (image, Vec::new()));
        self.leave(found.ok_or(Error::RepositoryUnknown(request.repository)))
    }

    async fn leaf_expanded(
        &self,
        _caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error> {
        self.enter("leaf_expanded", &(&request, &marks)).await?;
        self.own_name(request.repository.as_str())?;
        let found = self.rows().repositories.get(&request.repository).cloned();
        let summary = found.ok_or(Error::RepositoryUnknown(request.repository))?;
        let summary = marked(summary, &marks);
        self.leave(Ok(ExpandedRepository { summary, images: Vec::new(), faults: Vec::new() }))
    }

    async fn leaf_referrers(
        &self,
        _caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        self.enter("leaf_referrers", &request).await?;
        self.own_name(request.repository.as_str())?;
        self.leave(Ok(Vec::new()))
    }

    async fn leaf_holder(
        &self,
        _caller: &Caller,
        digest: Digest,
        visibility: Visibility,
    ) -> Result<Option<Repository>, Error> {
        self.enter("leaf_holder", &digest).await?;
        let rows = self.rows();
        let holders = rows.blobs.keys().filter(|(_, held)| *held == digest).map(|(holder, _)| holder);
        let found = holders.filter(|holder| visibility.admits(holder)).min().cloned();
        self.leave(Ok(found))
    }

    async fn leaf_layers(&self, _caller: &Caller, request: ImageReference) -> Result<Layers, Error> {
        self.enter("leaf_layers", &request).await?;
        self.own_name(request.repository.as_str())?;
        let rows = self.rows();
        let is_it =
            |image: &&ImageSummary| image.repository == request.repository && image.tag == request.tag;
        let found = rows.images.iter().find(is_it).map(|image| Layers {
            digest: Some(image.digest),
            manifests: image.manifests.iter().map(|manifest| (manifest.digest, Vec::new())).collect(),
        });
        self.leave(found.ok_or(Error::RepositoryUnknown(request.repository)))
    }

    async fn leaf_freshness(&self, _caller: &Caller) -> Result<Freshness, Error> {
        self.enter("leaf_freshness", &()).await?;
        let freshness = *self.freshness.lock().unwrap();
        self.leave(Ok(freshness))
    }
}
