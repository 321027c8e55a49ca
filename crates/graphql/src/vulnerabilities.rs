//! Questions about known vulnerabilities, through whoever scans. Where nobody does, each is refused before anything else is looked at.

mod difference;
mod fixed;
mod list;
mod severity;

use std::collections::BTreeMap;

use async_graphql::{Context, Result, ServerError};
use atoll_oci::{Digest, Repository};
use atoll_service::{
    Error as Refusal, FindImages, ImageSummary, ListImages, ManifestSummary, Page, Sort, Vulnerability, Want,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

pub(crate) use difference::difference;
pub(crate) use fixed::images_fixed;
pub(crate) use list::Search;

use crate::asking::{Asking, beside};
use crate::error::Error;
use crate::inputs::{FilterInput, PageInput, paging};
use crate::limits::SCANS_AT_ONCE;
use crate::objects::{CveResult, Found, ImagesResult, Summary};
use crate::query::images::{self, List};

impl Asking {
    /// Refuses what is not switched on. Answers about vulnerabilities are not kept: the change feed does not tell of them.
    fn scanning(&self) -> Result<(), async_graphql::Error> {
        self.notes.set_fleeting();
        if self.parts.scanner.is_on() {
            return Ok(());
        }
        Err(async_graphql::Error::new("cve search is disabled"))
    }

    /// A refusal to look for vulnerabilities in a manifest.
    fn unscanned(&self, refusal: &Refusal, repository: &Repository, digest: &Digest) -> async_graphql::Error {
        match refusal {
            Refusal::MediaTypeUnsupported(media_type) => Error::Unscannable {
                repository: repository.to_string(),
                digest: digest.to_string(),
                media_type: media_type.clone(),
            }
            .into(),
            Refusal::ManifestUnknown { .. } => Error::ImageNotFound.into(),
            other => self.refused(other, ""),
        }
    }

    async fn scan_one(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Vec<Vulnerability>, async_graphql::Error> {
        let found = self.parts.scanner.scan(&self.caller, repository, &digest).await;
        found.map_err(|refusal| self.unscanned(&refusal, repository, &digest))
    }

    /// The vulnerabilities of some manifests of a repository, each once, in order of their identifiers.
    async fn scan(
        &self,
        repository: &Repository,
        manifests: &[Digest],
    ) -> Result<BTreeMap<String, Vulnerability>, async_graphql::Error> {
        let scans = manifests.iter().map(|digest| self.scan_one(repository, *digest)).collect::<Vec<_>>();
        let found: Vec<_> = stream::iter(scans).buffered(SCANS_AT_ONCE).try_collect().await?;
        let mut all = BTreeMap::new();
        for one in found.into_iter().flatten() {
            all.entry(one.id.clone()).or_insert(one);
        }
        Ok(all)
    }
}

/// What is known of the vulnerabilities of some manifests of an image, without looking for any. `None` where nobody has looked.
pub(crate) async fn known(
    context: &Context<'_>,
    image: &ImageSummary,
    manifests: &[ManifestSummary],
) -> Result<Option<Summary>> {
    let asking = Asking::of(context)?;
    let scanner = &asking.parts.scanner;
    if !scanner.is_on() {
        return Ok(None);
    }
    asking.notes.set_fleeting();
    let mut all = BTreeMap::new();
    for manifest in manifests {
        match scanner.known(&asking.caller, &image.repository, &manifest.digest).await {
            Ok(Some(found)) => all.extend(found.into_iter().map(|one| (one.id, one.severity))),
            Ok(None) => return Ok(None),
            Err(refusal) => {
                let why = asking.unscanned(&refusal, &image.repository, &manifest.digest).message;
                let (tag, repository) = (&image.tag, &image.repository);
                let message = format!(
                    "unable to run vulnerability scan on tag {tag} in repo {repository}: error: {why}"
                );
                beside(context, ServerError::new(message, None));
                return Ok(None);
            }
        }
    }
    Ok(Some(severity::summary(all.values().map(String::as_str))))
}

pub(crate) async fn of_image(asking: &Asking, image: &str, search: Search) -> Result<CveResult> {
    asking.scanning()?;
    let order = search.order()?;
    let Some((repository, reference)) =
        image.split_once(['@', ':']).filter(|(_, reference)| !reference.is_empty())
    else {
        return Err(Error::NoReference.into());
    };
    let Ok(repository) = repository.parse() else {
        return Ok(asking.unless_hidden(Error::RepositoryUnknown)?.unwrap_or_default());
    };
    if !asking.visibility.admits(&repository) {
        return Ok(CveResult::default());
    }
    let manifests = if image.contains('@') {
        asking.manifests_of(&repository, reference).await?
    } else {
        let tag = reference.parse().map_err(|_| Error::ImageUnknown(image.to_owned()))?;
        let request = atoll_service::GetImage { repository: repository.clone(), tag, want: Want::default() };
        let found = asking.parts.queries.image(&asking.caller, request).await;
        let (found, _) = found.map_err(|refusal| asking.refused(&refusal, image))?;
        found.manifests.into_iter().map(|manifest| manifest.digest).collect()
    };
    let all = asking.scan(&repository, &manifests).await?;
    let summary = severity::summary(all.values().map(|one| one.severity.as_str()));
    let (list, page) = search.apply(all.into_values().collect(), order);
    Ok(CveResult { found: Some(Found { tag: reference.to_owned(), list, summary, page }) })
}

impl Asking {
    /// The manifests that a digest stands for: those of an index with a tag, else itself.
    async fn manifests_of(
        &self,
        repository: &Repository,
        digest: &str,
    ) -> Result<Vec<Digest>, async_graphql::Error> {
        let digest: Digest = digest.parse().map_err(|_| Error::ImageNotFound)?;
        let request = ListImages {
            find: FindImages::InRepository(repository.clone()),
            filter: atoll_service::Filter::default(),
            sort: Sort::NameAscending,
            page: Page::default(),
            want: Want::default(),
            visibility: self.visibility.clone(),
        };
        self.take_turn(0).await;
        let found = self.parts.queries.images(&self.caller, request).await;
        let found = found.map_err(|refusal| images::plain(self, &refusal))?;
        let index = found.answer.images.into_iter().find(|image| image.digest == digest);
        Ok(index.map_or_else(
            || vec![digest],
            |image| image.manifests.into_iter().map(|manifest| manifest.digest).collect(),
        ))
    }
}

pub(crate) async fn images_with(
    context: &Context<'_>,
    id: &str,
    filter: Option<FilterInput>,
    page: Option<PageInput>,
) -> Result<ImagesResult> {
    let asking = Asking::of(context)?;
    asking.scanning()?;
    let (page, sort) = paging(page, Sort::Updated)?;
    let found = asking.parts.scanner.manifests_with(&asking.caller, id).await;
    let manifests = found.map_err(|refusal| images::plain(asking, &refusal))?;
    let rows = context.look_ahead().field("Results");
    let filter = FilterInput::read(filter);
    let find = FindImages::Manifests(manifests);
    images::list(context, List { find, filter, page, sort, rows }, images::plain).await
}
