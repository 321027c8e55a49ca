//! The vulnerabilities that one image has and another has not.

use async_graphql::Result;
use atoll_oci::{Repository, Tag};
use atoll_service::{
    Filter, FindImages, GetImage, ImageReference, ImageSummary, ListImages, ManifestSummary, Page, Sort, Want,
};

use super::{Search, severity};
use crate::asking::Asking;
use crate::error::Error;
use crate::inputs::{ImageInput, PlatformInput};
use crate::objects::{DiffResult, Difference, Identifier, architecture};
use crate::query::images;

pub(crate) async fn difference(
    asking: &Asking,
    minuend: ImageInput,
    subtrahend: ImageInput,
    search: Search,
) -> Result<DiffResult> {
    asking.scanning()?;
    let order = search.order()?;
    let Some(minuend) = asking.resolve("minuend", &minuend).await? else { return Ok(DiffResult(None)) };
    let subtrahend = if subtrahend.repo.is_empty() {
        asking.base_of(&minuend).await?
    } else {
        asking.resolve("subtrahend", &subtrahend).await?
    };
    let Some(subtrahend) = subtrahend else { return Ok(DiffResult(None)) };
    let mut all = asking.scan(&minuend.repository, &[minuend.manifest.digest]).await?;
    for id in asking.scan(&subtrahend.repository, &[subtrahend.manifest.digest]).await?.keys() {
        all.remove(id);
    }
    let summary = severity::summary(all.values().map(|one| one.severity.as_str()));
    let (list, page) = search.apply(all.into_values().collect(), order);
    let (minuend, subtrahend) = (minuend.identifier(), subtrahend.identifier());
    Ok(DiffResult(Some(Difference { minuend, subtrahend, list, summary, page })))
}

/// One side of the difference: one manifest of an image.
struct Side {
    repository: Repository,
    tag: Tag,
    manifest: ManifestSummary,
}

impl Side {
    fn identifier(self) -> Identifier {
        Identifier {
            repository: self.repository.to_string(),
            tag: self.tag.to_string(),
            digest: self.manifest.digest.to_string(),
            platform: self.manifest.platform,
        }
    }
}

impl Asking {
    /// `None` for what the caller may not see.
    async fn resolve(&self, side: &'static str, input: &ImageInput) -> Result<Option<Side>> {
        let unresolved = |why: String| Error::SideUnresolved { side, image: named(input), why };
        let refused = |why: Error| unresolved(why.to_string());
        if input.repo.is_empty() {
            return Err(refused(Error::RepositoryEmpty).into());
        }
        let Ok(repository) = input.repo.parse::<Repository>() else {
            return Ok(self.unless_hidden(refused(Error::RepositoryUnknown))?);
        };
        if !self.visibility.admits(&repository) {
            return Ok(None);
        }
        if input.tag.is_empty() {
            return Err(refused(Error::TagEmpty).into());
        }
        let tag: Tag = input.tag.parse().map_err(|_| refused(Error::ImageNotFound))?;
        let request = GetImage { repository: repository.clone(), tag: tag.clone(), want: Want::default() };
        let found = self.parts.queries.image(&self.caller, request).await;
        let (image, _) = found.map_err(|refusal| match refusal {
            atoll_service::Error::ManifestUnknown { .. } => refused(Error::ImageNotFound).into(),
            // What says more than a sentence, such as which shard is missing, keeps it.
            other => {
                let mut error = self.refused(&other, "");
                error.message = unresolved(error.message).to_string();
                error
            }
        })?;
        let manifest = pick(image, input).map_err(refused)?;
        Ok(Some(Side { repository, tag, manifest }))
    }

    /// The image of the same repository upon which this one is built, the one with the most layers.
    async fn base_of(&self, of: &Side) -> Result<Option<Side>> {
        let reference = ImageReference {
            repository: of.repository.clone(),
            tag: of.tag.clone(),
            manifest: Some(of.manifest.digest.to_string()),
        };
        let request = ListImages {
            find: FindImages::BaseOf(reference),
            filter: Filter::default(),
            sort: Sort::Updated,
            page: Page::default(),
            want: Want { layers: true, ..Want::default() },
            visibility: self.visibility.clone(),
        };
        self.take_turn(0).await;
        let found = self.parts.queries.images(&self.caller, request).await;
        let found = found.map_err(|refusal| images::plain(self, &refusal))?;
        let bases = found.answer.images.into_iter().filter(|image| image.repository == of.repository);
        let sides = bases.flat_map(|image| {
            let ImageSummary { repository, tag, manifests, .. } = image;
            manifests.into_iter().map(move |manifest| Side {
                repository: repository.clone(),
                tag: tag.clone(),
                manifest,
            })
        });
        // The list is ordered, and the first of equals is kept.
        let best =
            sides.filter(|side| side.manifest.platform == of.manifest.platform).reduce(|best, side| {
                if side.manifest.layers.len() > best.manifest.layers.len() { side } else { best }
            });
        best.map(Some).ok_or_else(|| {
            let (image, why) = (String::new(), Error::ImageNotFound.to_string());
            Error::SideUnresolved { side: "subtrahend", image, why }.into()
        })
    }
}

/// The manifest that an input names; the only one where it names none.
fn pick(image: ImageSummary, input: &ImageInput) -> Result<ManifestSummary, Error> {
    let digest = input.digest.as_deref().unwrap_or_default();
    let is_index = image.manifests.iter().all(|manifest| manifest.digest != image.digest);
    let mut manifests = image.manifests.into_iter();
    if !digest.is_empty() {
        return manifests.find(|manifest| manifest.digest.to_string() == digest).ok_or(Error::ImageNotFound);
    }
    if !is_index {
        return manifests.next().ok_or(Error::ImageNotFound);
    }
    let (os, arch) = platform(input.platform.as_ref());
    if os.is_empty() || arch.is_empty() {
        return Err(Error::Unspecific);
    }
    let fits = |one: &ManifestSummary| one.platform.os == os && architecture(&one.platform) == arch;
    manifests.find(fits).ok_or(Error::ImageNotFound)
}

fn platform(input: Option<&PlatformInput>) -> (&str, &str) {
    let os = input.and_then(|platform| platform.os.as_deref());
    let arch = input.and_then(|platform| platform.arch.as_deref());
    (os.unwrap_or_default(), arch.unwrap_or_default())
}

/// An image as errors name it.
fn named(input: &ImageInput) -> String {
    let (os, arch) = platform(input.platform.as_ref());
    let place = format!("{}:{}", input.repo, input.tag);
    if os.is_empty() && arch.is_empty() { place } else { format!("{place} ({os}/{arch})") }
}
