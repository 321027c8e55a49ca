//! Questions about one image or one repository. What the caller may not see is answered like nothing, not like an error.

use std::borrow::Cow;

use async_graphql::{Context, Result};
use atoll_service::{Coverage, Error as Refusal, Gathered, GetImage, GetReferrers, GetRepository};

use crate::asking::Asking;
use crate::error::Error;
use crate::objects::{Image, Referrer, RepoInfo, Shown};
use crate::selection;
use crate::terms::{self, Named};

pub(super) async fn image(context: &Context<'_>, image: &str) -> Result<Image<'static>> {
    let asking = Asking::of(context)?;
    let named = Named::read(image)?;
    let Some(repository) = named.repository else {
        return Ok(asking.unless_hidden(Error::RepositoryUnknown)?.unwrap_or_else(Image::nothing));
    };
    if !asking.visibility.admits(&repository) {
        return Ok(Image::nothing());
    }
    let tag = named.tag.ok_or_else(|| Error::ImageUnknown(named.text.clone()))?;
    let rows = context.look_ahead();
    let request = GetImage { repository, tag, want: selection::of_images(&rows) };
    let found = asking.parts.queries.image(&asking.caller, request).await;
    let (image, faults) = found.map_err(|refusal| asking.refused(&refusal, named.text))?;
    asking.tell(context, &faults, &Coverage::default());
    Ok(Image::owned(image, Shown { deletable: None, rates: selection::rates(&rows) }))
}

pub(super) async fn expanded(context: &Context<'_>, repo: &str) -> Result<RepoInfo> {
    let asking = Asking::of(context)?;
    let hidden = || RepoInfo { of: None, images: Shown::default(), newest: Shown::default() };
    let Ok(repository) = repo.parse() else {
        return Ok(asking.unless_hidden(Error::RepositoryUnknown)?.unwrap_or_else(hidden));
    };
    if !asking.visibility.admits(&repository) {
        return Ok(hidden());
    }
    let rows = context.look_ahead();
    let (images, summary) = (rows.field("Images"), rows.field("Summary"));
    let wants = selection::either(selection::of_images(&images), selection::of_repositories(&summary));
    asking.take_turn(0).await;
    let deletable = images.field("IsDeletable").exists().then(|| asking.may_delete(&repository));
    let found =
        asking.parts.queries.expanded(&asking.caller, GetRepository { repository, want: wants }).await;
    let found = found.map_err(|refusal| asking.refused(&refusal, ""))?;
    let Gathered { answer: found, coverage } = found;
    asking.count(found.images.len(), selection::fields(context))?;
    asking.tell(context, &found.faults, &coverage);
    let newest = Shown { deletable: None, rates: selection::rates(&summary.field("NewestImage")) };
    let images = Shown { deletable, rates: selection::rates(&images) };
    Ok(RepoInfo { of: Some(found), images, newest })
}

pub(super) async fn referrers(
    context: &Context<'_>,
    (repo, digest): (&str, &str),
    types: Option<Vec<String>>,
) -> Result<Vec<Option<Referrer<'static>>>> {
    let asking = Asking::of(context)?;
    let digest = terms::digest(digest)?;
    let Ok(repository) = repo.parse() else {
        return Ok(asking.unless_hidden(Error::RepositoryUnknown)?.unwrap_or_default());
    };
    if !asking.visibility.admits(&repository) {
        return Ok(Vec::new());
    }
    let request = GetReferrers { repository, digest, artifact_types: types.unwrap_or_default() };
    match asking.parts.queries.image_referrers(&asking.caller, request).await {
        Ok(found) => {
            asking.count(found.len(), selection::fields(context))?;
            Ok(found.into_iter().map(|one| Some(Referrer(Cow::Owned(one)))).collect())
        }
        // A manifest that is not here may have referrers, and may have none.
        Err(Refusal::ManifestUnknown { .. }) => Ok(Vec::new()),
        Err(refusal) => Err(asking.refused(&refusal, "")),
    }
}
