//! Lists of images.

use async_graphql::{Context, Lookahead, Result};
use atoll_service::{
    Error as Refusal, Filter, FindImages, GetImage, ImageReference, ListImages, Page, Sort, Want,
};

use crate::asking::Asking;
use crate::error::Error;
use crate::inputs::{PageInput, paging};
use crate::objects::{ImagesResult, Shown};
use crate::selection;
use crate::terms::Named;

/// A list, and how its rows are selected.
pub(crate) struct List<'a> {
    pub(crate) find: FindImages,
    pub(crate) filter: Filter,
    pub(crate) page: Page,
    pub(crate) sort: Sort,
    pub(crate) rows: Lookahead<'a>,
}

/// Asks for a list. `told` puts a refusal into words.
pub(crate) async fn list(
    context: &Context<'_>,
    list: List<'_>,
    told: impl FnOnce(&Asking, &Refusal) -> async_graphql::Error,
) -> Result<ImagesResult> {
    let asking = Asking::of(context)?;
    asking.take_turn(list.page.limit).await;
    let request = ListImages {
        find: list.find,
        filter: list.filter,
        sort: list.sort,
        page: list.page,
        want: selection::of_images(&list.rows),
        visibility: asking.visibility.clone(),
    };
    let found = asking.parts.queries.images(&asking.caller, request).await;
    let found = found.map_err(|refusal| told(asking, &refusal))?;
    asking.count(found.answer.images.len(), selection::fields(context))?;
    asking.tell(context, &found.answer.faults, &found.coverage);
    Ok(ImagesResult { page: found.answer, shown: shown(&list.rows) })
}

/// What is shown of rows selected like this.
pub(crate) fn shown(rows: &Lookahead<'_>) -> Shown {
    Shown { deletable: None, rates: selection::rates(rows) }
}

/// A refusal about no image in particular.
pub(crate) fn plain(asking: &Asking, refusal: &Refusal) -> async_graphql::Error {
    asking.refused(refusal, "")
}

pub(super) async fn with_digest(
    context: &Context<'_>,
    id: String,
    page: Option<PageInput>,
) -> Result<ImagesResult> {
    let (page, sort) = paging(page, Sort::Relevance)?;
    let rows = context.look_ahead().field("Results");
    let filter = Filter::default();
    list(context, List { find: FindImages::DigestContains(id), filter, page, sort, rows }, plain).await
}

pub(super) async fn all(context: &Context<'_>, repo: &str, page: Option<PageInput>) -> Result<ImagesResult> {
    let (page, sort) = paging(page, Sort::Relevance)?;
    let find = match (repo, repo.parse()) {
        ("", _) => FindImages::All,
        (_, Ok(repository)) => FindImages::InRepository(repository),
        // What cannot be a name is the name of no repository.
        (_, Err(_)) => return Ok(ImagesResult::default()),
    };
    let rows = context.look_ahead().field("Results");
    list(context, List { find, filter: Filter::default(), page, sort, rows }, plain).await
}

/// How images are related by their layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Built upon the named image.
    Derived,
    /// What the named image is built upon.
    Base,
}

pub(super) async fn related(
    context: &Context<'_>,
    relation: Relation,
    (image, manifest): (&str, Option<String>),
    page: Option<PageInput>,
) -> Result<ImagesResult> {
    let asking = Asking::of(context)?;
    let named = Named::read(image)?;
    let Some(repository) = named.repository else {
        return Ok(asking.unless_hidden(Error::ImageRepositoryUnknown)?.unwrap_or_default());
    };
    if !asking.visibility.admits(&repository) {
        return Ok(ImagesResult::default());
    }
    let tag = named.tag.ok_or(Error::ImageUnknown(named.text))?;
    let (page, sort) = paging(page, Sort::Updated)?;
    let mut reference = ImageReference { repository, tag, manifest };
    let rows = || context.look_ahead().field("Results");
    let ask = async |of: &ImageReference| {
        let find = relation.find(of.clone());
        let told = |asking: &Asking, refusal: &Refusal| related_refused(asking, refusal, of);
        list(context, List { find, filter: Filter::default(), page, sort, rows: rows() }, told).await
    };
    let found = ask(&reference).await?;
    let (0, Some(manifest)) = (found.page.total, reference.manifest.as_deref()) else { return Ok(found) };
    // No relatives, or no such manifest.
    match part(asking, &reference, manifest).await? {
        Part::Manifest => Ok(found),
        Part::Whole => {
            reference.manifest = None;
            ask(&reference).await
        }
    }
}

impl Relation {
    fn find(self, of: ImageReference) -> FindImages {
        match self {
            Self::Derived => FindImages::DerivedFrom(of),
            Self::Base => FindImages::BaseOf(of),
        }
    }
}

fn related_refused(asking: &Asking, refusal: &Refusal, of: &ImageReference) -> async_graphql::Error {
    match refusal {
        Refusal::RepositoryUnknown(_) => Error::ImageRepositoryUnknown.into(),
        Refusal::ManifestUnknown { reference, .. } if of.manifest.as_ref() == Some(reference) => {
            Error::ManifestForeign(reference.clone()).into()
        }
        other => asking.refused(other, format!("{}:{}", of.repository, of.tag)),
    }
}

/// What a digest is of an image.
enum Part {
    /// One of its manifests.
    Manifest,
    /// The index itself.
    Whole,
}

/// A digest that is neither is an error, rather than an image without relatives.
async fn part(asking: &Asking, of: &ImageReference, digest: &str) -> Result<Part> {
    let request = GetImage { repository: of.repository.clone(), tag: of.tag.clone(), want: Want::default() };
    let found = asking.parts.queries.image(&asking.caller, request).await;
    let (image, _) = found.map_err(|refusal| related_refused(asking, &refusal, of))?;
    if image.manifests.iter().any(|manifest| manifest.digest.to_string() == digest) {
        return Ok(Part::Manifest);
    }
    if image.digest.to_string() == digest {
        return Ok(Part::Whole);
    }
    Err(Error::ManifestForeign(digest.to_owned()).into())
}
