//! Images of one repository in which a vulnerability is fixed.

use std::collections::BTreeSet;

use async_graphql::{Context, Result};
use atoll_oci::{Digest, Repository};
use atoll_service::{
    Filter, GetRepository, ImagePage, ImageSummary, ManifestSummary, Sort, SortValue, ToldTime, compare,
};
use futures_util::{StreamExt as _, stream};

use super::list::cut;
use crate::asking::Asking;
use crate::error::Error;
use crate::inputs::{FilterInput, PageInput, paging};
use crate::limits::SCANS_AT_ONCE;
use crate::objects::{ImagesResult, architecture};
use crate::query::images;
use crate::selection;

pub(crate) async fn images_fixed(
    context: &Context<'_>,
    (id, repo): (&str, &str),
    filter: Option<FilterInput>,
    page: Option<PageInput>,
) -> Result<ImagesResult> {
    let asking = Asking::of(context)?;
    asking.scanning()?;
    let (page, sort) = paging(page, Sort::Updated)?;
    let filter = FilterInput::read(filter);
    let Ok(repository) = repo.parse::<Repository>() else {
        return Ok(asking.unless_hidden(Error::RepositoryUnknown)?.unwrap_or_default());
    };
    if !asking.visibility.admits(&repository) {
        return Ok(ImagesResult::default());
    }
    let rows = context.look_ahead().field("Results");
    let want = selection::of_images(&rows);
    asking.take_turn(0).await;
    let request = GetRepository { repository: repository.clone(), want };
    let found = asking.parts.queries.expanded(&asking.caller, request).await;
    // The caller's stars and bookmarks are not shown here, so it does not matter if they are missing.
    let found = found.map_err(|refusal| asking.refused(&refusal, ""))?.answer;
    let vulnerable = asking.vulnerable(&repository, &found.images, id).await;
    let mut images = fixed(found.images, &vulnerable);
    images.retain(|image| admits(&filter, image));
    order(&mut images, sort);
    let total = images.len() as u64;
    let images = cut(images, page);
    asking.count(images.len(), selection::fields(context))?;
    let page = ImagePage { total, images, faults: Vec::new() };
    Ok(ImagesResult { page, shown: images::shown(&rows) })
}

impl Asking {
    /// The manifests that have a vulnerability, or that cannot be looked through.
    async fn vulnerable(
        &self,
        repository: &Repository,
        images: &[ImageSummary],
        id: &str,
    ) -> BTreeSet<Digest> {
        let manifests: BTreeSet<_> =
            images.iter().flat_map(|image| &image.manifests).map(|manifest| manifest.digest).collect();
        let scans = manifests.into_iter().map(|digest| self.has(repository, digest, id)).collect::<Vec<_>>();
        let found: Vec<_> = stream::iter(scans).buffered(SCANS_AT_ONCE).collect().await;
        found.into_iter().flatten().collect()
    }

    /// The digest back, if the manifest has the vulnerability.
    async fn has(&self, repository: &Repository, digest: Digest, id: &str) -> Option<Digest> {
        let found = self.parts.scanner.scan(&self.caller, repository, &digest).await;
        found.map_or(true, |found| found.iter().any(|one| one.id == id)).then_some(digest)
    }
}

/// Images that are not older than the first vulnerable one, with their manifests that are not vulnerable; all where none is.
fn fixed(mut images: Vec<ImageSummary>, vulnerable: &BTreeSet<Digest>) -> Vec<ImageSummary> {
    let is_vulnerable = |manifest: &ManifestSummary| vulnerable.contains(&manifest.digest);
    let all = images.iter().flat_map(|image| &image.manifests);
    let Some(since) =
        all.filter(|one| is_vulnerable(one)).map(|one| instant(one.last_updated.as_ref())).min()
    else {
        return images;
    };
    images.retain_mut(|image| {
        let is_index = image.manifests.iter().all(|manifest| manifest.digest != image.digest);
        let before = image.manifests.len();
        image.manifests.retain(|one| !is_vulnerable(one) && instant(one.last_updated.as_ref()) >= since);
        if is_index && image.manifests.len() < before {
            image.size = image.manifests.iter().map(|manifest| manifest.size).sum();
        }
        !image.manifests.is_empty()
    });
    images
}

/// What tells no time is older than everything.
fn instant(time: Option<&ToldTime>) -> i128 {
    time.map_or(i128::MIN, |time| time.instant_nanos)
}

fn admits(filter: &Filter, image: &ImageSummary) -> bool {
    if filter.signed && !image.is_signed {
        return false;
    }
    if filter.os.is_none() && filter.arch.is_none() {
        return true;
    }
    let has = |words: Option<&Vec<String>>, word: &str| {
        words.is_none_or(|words| words.is_empty() || words.contains(&word.to_lowercase()))
    };
    image.manifests.iter().any(|manifest| {
        has(filter.os.as_ref(), &manifest.platform.os)
            && has(filter.arch.as_ref(), &architecture(&manifest.platform))
    })
}

fn order(images: &mut [ImageSummary], sort: Sort) {
    let value = |image: &ImageSummary| match sort {
        Sort::Updated => {
            image.last_updated.as_ref().map_or(SortValue::LAST, |time| SortValue(-time.instant_nanos))
        }
        Sort::Downloads => SortValue(-i128::from(image.downloads)),
        Sort::Relevance | Sort::NameAscending | Sort::NameDescending => SortValue::default(),
    };
    images.sort_by(|a, b| {
        let left = (value(a), &a.repository, Some(&a.tag), Some(&a.digest));
        let right = (value(b), &b.repository, Some(&b.tag), Some(&b.digest));
        compare(sort, left, right)
    });
}
